// The verifier that most code has: HMAC() with the key each time, and nlohmann-json for both
// objects.
#pragma once

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "subjects.hpp"

namespace portcullis::bench {

inline std::optional<std::string> textbook_base64url(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    unsigned value = 0;
    if (c >= 'A' && c <= 'Z') {
      value = static_cast<unsigned>(c - 'A');
    } else if (c >= 'a' && c <= 'z') {
      value = static_cast<unsigned>(c - 'a') + 26;
    } else if (c >= '0' && c <= '9') {
      value = static_cast<unsigned>(c - '0') + 52;
    } else if (c == '-') {
      value = 62;
    } else if (c == '_') {
      value = 63;
    } else {
      return std::nullopt;
    }
    bits = bits << 6 | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xff);
    }
  }
  return out;
}

inline bool textbook_allows(std::string_view token, std::int64_t at) {
  using nlohmann::json;
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (first == std::string_view::npos || first == last) return false;

  const auto header_text = textbook_base64url(token.substr(0, first));
  if (!header_text) return false;
  const json header = json::parse(*header_text, nullptr, false);
  if (!header.is_object() || header.value("alg", json()) != "HS256") return false;

  const auto mac = textbook_base64url(token.substr(last + 1));
  std::array<unsigned char, 32> expected{};
  unsigned length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(token.data()), last, expected.data(), &length);
  if (!mac || mac->size() != length || CRYPTO_memcmp(mac->data(), expected.data(), length) != 0) {
    return false;
  }

  const auto payload = textbook_base64url(token.substr(first + 1, last - first - 1));
  if (!payload) return false;
  const json claims = json::parse(*payload, nullptr, false);
  if (!claims.is_object() || claims.value("iss", json()) != issuer) return false;
  const json expiration = claims.value("exp", json());
  if (!expiration.is_number() || expiration.get<double>() <= static_cast<double>(at)) return false;
  const json aud = claims.value("aud", json());
  if (aud != audience &&
      !(aud.is_array() && std::find(aud.begin(), aud.end(), audience) != aud.end())) {
    return false;
  }
  const json granted = claims.value("permissions", json());
  return granted.is_array() &&
         std::find(granted.begin(), granted.end(), "view:data") != granted.end();
}

}  // namespace portcullis::bench
