// Signs as an issuer does, with the key pairs of the vectors, which are the same every time: what
// is found is found again.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "crypto/algorithm.hpp"
#include "fuzz_keys.hpp"
#include "support/key_pairs.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"

namespace portcullis::fuzz {

[[nodiscard]] inline const support::key_pair& pair_of(key_type type) {
  using support::key_pair;
  // Never destroyed: at exit OpenSSL goes first.
  static const auto& pairs = *new std::array{
      key_pair::read(key_type::rsa, rsa_pem), key_pair::read(key_type::p256, p256_pem),
      key_pair::read(key_type::p384, p384_pem), key_pair::read(key_type::p521, p521_pem),
      key_pair::read(key_type::ed25519, ed25519_pem)};
  return pairs[static_cast<std::size_t>(type) - 1];
}

[[nodiscard]] inline std::string sign_bytes(const algorithm_row& row, std::string_view message) {
  return row.key == key_type::secret ? support::hmac(row.digest, support::long_secret, message)
                                     : pair_of(row.key).sign(row, message);
}

[[nodiscard]] inline std::string sign_token(const algorithm_row& row, std::string_view header,
                                            std::string_view claims) {
  const std::string input = support::signing_input(header, claims);
  return input + '.' + support::encode_base64url(sign_bytes(row, input));
}

// Takes what any of these has signed.
[[nodiscard]] inline const std::string& every_algorithm_policy() {
  static const std::string text = [] {
    std::string names;
    for (const auto& row : algorithms) names += '"' + std::string(row.name) + "\",";
    names.pop_back();
    std::string keys = support::raw_key(support::long_secret);
    for (const key_type type : support::public_key_types) keys += ',' + pair_of(type).jwk().text();
    return R"({"algorithms":[)" + names +
           R"(],"issuer":"https://issuer.example/","audience":"https://api.example/","keys":[)" +
           keys + R"(],"require":{"permissions":{"all_of":["view:data"]}}})";
  }();
  return text;
}

}  // namespace portcullis::fuzz
