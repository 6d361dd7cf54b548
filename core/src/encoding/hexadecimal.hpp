// Hexadecimal digits, RFC 4648 section 8, in either case.
#pragma once

#include <cstdint>

namespace portcullis {

// 0 to 15, or -1.
[[nodiscard]] int parse_hex_digit(char c) noexcept;

// The number that four digits write, or -1 if one of them is none.
[[nodiscard]] std::int32_t parse_four_hex_digits(const char* digits) noexcept;

}  // namespace portcullis
