// Sixteen characters of base64url at a time, where the processor can.
#pragma once

#include <cstddef>

namespace portcullis {

// Decodes whole blocks of 16 characters from `in` into 12 bytes each, until fewer than 22 of
// `length` are left or a block has an invalid character. Gives the number of characters decoded;
// the rest is the caller's. Needs no more room at `out` than all of `length` decodes to. Decodes
// nothing on a processor without SSSE3.
[[nodiscard]] std::size_t decode_base64url_blocks(const char* in, std::size_t length,
                                                  char* out) noexcept;

}  // namespace portcullis
