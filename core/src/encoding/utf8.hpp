// UTF-8 as RFC 3629 defines it: shortest form, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>

namespace portcullis {

// The length of the valid multi-byte sequence that begins at `at` (2 to 4), or 0 if there is none
// before `end`.
[[nodiscard]] std::size_t find_utf8_sequence(const char* at, const char* end) noexcept;

// Writes the UTF-8 form of a code point (not a surrogate, at most U+10FFFF): 1 to 4 bytes.
std::size_t render_utf8(std::uint32_t code_point, char* out) noexcept;

}  // namespace portcullis
