// base64url by vectors, where the processor can.
#pragma once

#include <cstddef>

namespace portcullis {

// The fewest characters that are worth it.
inline constexpr std::size_t base64url_block = 16;

enum class block_result : unsigned char { decoded, invalid, not_tried };

// Decodes all of a text whose length is possible, without a look at the stray bits of its last character.
// For processors that permute whole vectors of bytes.
[[nodiscard]] block_result decode_base64url_at_once(const char* in, std::size_t length,
                                                    char* out) noexcept;

// Decodes `length` characters, a multiple of four and at least a block, into three bytes for each four:
// no more room than that is touched at `out`, which may be `in`. Not tried on a processor that cannot.
[[nodiscard]] block_result decode_base64url_blocks(const char* in, std::size_t length,
                                                   char* out) noexcept;

}  // namespace portcullis
