// Tokens by hand: any bytes can stand in any segment.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::support {

// RFC 4648 section 5, without padding. Not the core's own, which is tested against it.
[[nodiscard]] inline std::string encode_base64url(std::string_view bytes) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : bytes) {
    bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xffff;
    for (count += 8; count >= 6; count -= 6) out += alphabet[bits >> (count - 6) & 0x3f];
  }
  if (count != 0) out += alphabet[bits << (6 - count) & 0x3f];
  return out;
}

// The JWS Signing Input, RFC 7515 section 5.1.
[[nodiscard]] inline std::string signing_input(std::string_view header, std::string_view payload) {
  return encode_base64url(header) + '.' + encode_base64url(payload);
}

}  // namespace portcullis::support
