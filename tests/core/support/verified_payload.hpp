// A payload that has come through signature verification, the only way to a verified_jws.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/backend.hpp"
#include "jose/compact_jws.hpp"
#include "jose/signature.hpp"
#include "support/signing.hpp"

namespace portcullis::support {

// A key for HS256. `id` is borrowed.
struct hs256_key : verification_key {
  explicit hs256_key(std::string_view key_secret, std::string_view key_id = {}) {
    id = key_id;
    auto& slot = secrets[static_cast<std::size_t>(hash::sha256)];
    slot = std::make_unique<hmac_key>();
    if (slot->import_secret(hash::sha256, key_secret)) usable_for.add(algorithm::hs256);
  }
};

class verified_payload {
 public:
  explicit verified_payload(std::string_view payload)
      : token_(sign(sample_header().text(), payload)) {
    const auto parsed = parse_compact_jws(token_, buffer_);
    // The payload once more, with nothing behind it.
    unverified_jws jws = parsed.has_value() ? *parsed : unverified_jws{};
    bytes_.reset(new char[jws.payload.size()]);
    jws.payload.copy(bytes_.get(), jws.payload.size());
    jws.payload = {bytes_.get(), jws.payload.size()};
    auto verified = verify_signature(jws, algorithm::hs256, hs256_key(secret));
    if (verified) jws_ = *verified;
  }
  verified_payload(const verified_payload&) = delete;
  verified_payload& operator=(const verified_payload&) = delete;

  [[nodiscard]] const verified_jws& jws() const { return jws_.value(); }

 private:
  std::string token_;
  jws_buffer buffer_;
  std::unique_ptr<char[]> bytes_;
  std::optional<verified_jws> jws_;
};

}  // namespace portcullis::support
