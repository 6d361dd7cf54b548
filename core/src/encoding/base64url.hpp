// base64url without padding, RFC 4648 section 5 as RFC 7515 section 2 uses it, one spelling only.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "encoding/vectors.hpp"

namespace portcullis {

// The number of bytes that `length` characters decode to, when they decode at all.
[[nodiscard]] constexpr std::size_t base64url_decoded_size(std::size_t length) noexcept {
  return length / 4 * 3 + (length % 4 == 0 ? 0 : length % 4 - 1);
}

// Decodes into `out`, which has room for base64url_decoded_size(text.size()) bytes. Gives the
// number of bytes written, or nothing for any spelling but the canonical one: another alphabet,
// padding, white space, an impossible length, or a last character with stray bits. `out` is then
// unspecified.
[[nodiscard]] std::optional<std::size_t> decode_base64url(std::string_view text, char* out,
                                                          vectors by = widest_vectors()) noexcept;

// The same for text of any length, when memory may be taken: configuration, claims on demand.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);

// The number of characters that `length` bytes encode to.
[[nodiscard]] constexpr std::size_t base64url_encoded_size(std::size_t length) noexcept {
  return length / 3 * 4 + (length % 3 == 0 ? 0 : length % 3 + 1);
}

// Writes base64url_encoded_size(bytes.size()) characters. For what may be seen: it looks characters
// up by the bytes.
void encode_base64url(std::string_view bytes, char* out) noexcept;

}  // namespace portcullis
