// The value of each character of base64url, RFC 4648 section 5.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace portcullis {

inline constexpr std::string_view base64url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// A bit that no value has: or-ing all that was looked up tells at the end whether any character was
// invalid, without a branch for each.
inline constexpr std::uint8_t base64url_invalid = 0x80;

constexpr std::array<std::uint8_t, 128> make_base64url_values() {
  std::array<std::uint8_t, 128> table{};
  table.fill(base64url_invalid);
  for (std::size_t value = 0; value < base64url_alphabet.size(); ++value) {
    table[static_cast<unsigned char>(base64url_alphabet[value])] = static_cast<std::uint8_t>(value);
  }
  return table;
}

inline constexpr std::array<std::uint8_t, 128> base64url_values = make_base64url_values();

}  // namespace portcullis
