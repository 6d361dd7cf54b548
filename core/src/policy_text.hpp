// The sentences that an error of a policy is told in, by name.
#pragma once

#include <cstddef>
#include <cstdint>

#include "portcullis/policy_error.hpp"

namespace portcullis {

enum class policy_text : std::uint8_t {
#define PORTCULLIS_POLICY_TEXT(id, sentence) id,
#include "policy_texts.def"
#undef PORTCULLIS_POLICY_TEXT
};

// Writes "expected ..." in place of what was there. A build with PORTCULLIS_TEXTS_OUTSIDE (WASM)
// has no sentences: it writes the row's number as one byte, and its host knows the rest.
void set_text(policy_error::text& out, policy_text which) noexcept;

// The row so many further on.
[[nodiscard]] constexpr policy_text advance(policy_text first, std::size_t rows) noexcept {
  return static_cast<policy_text>(static_cast<std::size_t>(first) + rows);
}

}  // namespace portcullis
