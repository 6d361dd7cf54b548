// The textual encoding of keys and certificates, RFC 7468: one block and nothing beside it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "limits.hpp"

namespace portcullis {

struct pem_block {
  std::string_view label;  // "PUBLIC KEY"; points into the text
  std::string_view der;    // points into the buffer
};

struct pem_buffer {
  char bytes[limits::max_pem_bytes];
};

// Nothing unless the text is exactly one block, white space around it aside.
[[nodiscard]] std::optional<pem_block> parse_pem(std::string_view text,
                                                 pem_buffer& buffer) noexcept;

}  // namespace portcullis
