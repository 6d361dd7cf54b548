// base64url by vectors.
#pragma once

#include <cstddef>

#include "encoding/vectors.hpp"

namespace portcullis {

enum class block_result : unsigned char { decoded, invalid, not_tried };

// Decodes as much of a text of a possible length as these vectors can, from the front: with
// vectors::bytes_64 all of it, else all whole fours of characters, and nothing of fewer than
// sixteen. What an invalid character is decoded to means nothing; the stray bits of the last one
// are not looked at. Touches no more room at `out` than all of it decodes to; `out` may be `in`.
[[nodiscard]] block_result decode_base64url_blocks(vectors by, const char* in, std::size_t length,
                                                   char* out) noexcept;

}  // namespace portcullis
