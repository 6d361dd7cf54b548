// How the C door writes values: shared by its two halves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "portcullis/c_api.h"
#include "portcullis/fixed_text.hpp"
#include "portcullis/reason.hpp"
#include "portcullis/verifier.hpp"

struct portcullis_verifier {
  portcullis::verifier core;
};

namespace portcullis {

inline std::string_view view(const char* text, size_t length) noexcept {
  return length == 0 ? std::string_view() : std::string_view(text, length);
}

// Doubles hold every whole number up to here.
inline std::optional<std::int64_t> parse_now(double now) noexcept {
  constexpr double farthest = 9007199254740992.0;
  if (!(now >= -farthest && now <= farthest)) return std::nullopt;
  const auto seconds = static_cast<std::int64_t>(now);  // towards zero
  return seconds - (static_cast<double>(seconds) > now ? 1 : 0);
}

inline std::int32_t code_of(reason why) noexcept { return static_cast<std::int32_t>(why); }

inline size_t write_text(const text_buffer& text, char* out, size_t capacity) noexcept {
  const std::string_view bytes = text.view();
  // An empty buffer may be a null pointer, which memcpy must not see.
  if (!bytes.empty() && bytes.size() <= capacity) std::memcpy(out, bytes.data(), bytes.size());
  return bytes.size();
}

// Reasons of C callers are numbers: anything out of range is our own fault.
inline reason reason_of(std::int32_t code) noexcept {
  const bool known = code >= 0 && static_cast<std::size_t>(code) < reason_count;
  return known ? static_cast<reason>(code) : reason::internal_error;
}

}  // namespace portcullis
