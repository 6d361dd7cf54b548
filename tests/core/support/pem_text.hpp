// PEM texts and DER elements by hand.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "support/tokens.hpp"

namespace portcullis::support {

// RFC 4648 section 4.
[[nodiscard]] inline std::string encode_base64(std::string_view bytes) {
  std::string out = encode_base64url(bytes);
  for (char& c : out) c = c == '-' ? '+' : c == '_' ? '/' : c;
  return out + std::string((4 - out.size() % 4) % 4, '=');
}

// RFC 7468 section 2: lines of 64 characters.
[[nodiscard]] inline std::string pem_text(std::string_view label, std::string_view der) {
  const std::string name(label);
  const std::string body = encode_base64(der);
  std::string out = "-----BEGIN " + name + "-----\n";
  for (std::size_t at = 0; at < body.size(); at += 64) out += body.substr(at, 64) + '\n';
  return out + "-----END " + name + "-----\n";
}

// An element of X.690, its length as short as possible.
[[nodiscard]] inline std::string der_element(unsigned tag, std::string_view contents) {
  std::string out(1, static_cast<char>(tag));
  const std::size_t size = contents.size();
  if (size >= 0x100) {
    out += {'\x82', static_cast<char>(size >> 8), static_cast<char>(size & 0xff)};
  } else if (size >= 0x80) {
    out += {'\x81', static_cast<char>(size)};
  } else {
    out += static_cast<char>(size);
  }
  return out + std::string(contents);
}

}  // namespace portcullis::support
