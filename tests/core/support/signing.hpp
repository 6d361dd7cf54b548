// Signing with OpenSSL's own HMAC, so that the core is not measured against itself.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string>
#include <string_view>

#include "crypto/algorithm.hpp"
#include "support/object_text.hpp"
#include "support/samples.hpp"
#include "support/tokens.hpp"

namespace portcullis::support {

[[nodiscard]] inline const EVP_MD* digest_of(hash which) {
  switch (which) {
    case hash::sha256:
      return EVP_sha256();
    case hash::sha384:
      return EVP_sha384();
    case hash::sha512:
      return EVP_sha512();
  }
  return nullptr;
}

[[nodiscard]] inline std::string hmac(hash digest, std::string_view key, std::string_view message) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  if (HMAC(digest_of(digest), key.data(), static_cast<int>(key.size()), bytes, message.size(), mac,
           &length) == nullptr) {
    return {};  // no test takes an empty signature for a good one
  }
  return {reinterpret_cast<const char*>(mac), length};
}

[[nodiscard]] inline std::string hmac_sha256(std::string_view key, std::string_view message) {
  return hmac(hash::sha256, key, message);
}

[[nodiscard]] inline std::string sign(std::string_view header, std::string_view payload,
                                      std::string_view key = secret) {
  const std::string input = signing_input(header, payload);
  return input + '.' + encode_base64url(hmac_sha256(key, input));
}

[[nodiscard]] inline std::string sign(const object_text& header, const object_text& payload,
                                      std::string_view key = secret) {
  return sign(header.text(), payload.text(), key);
}

// The sample header, and these claims.
[[nodiscard]] inline std::string sign(const object_text& payload) {
  return sign(sample_header(), payload);
}

}  // namespace portcullis::support
