// The step from what a token says to what its issuer said.
#pragma once

#include <string_view>

#include "jose/compact_jws.hpp"
#include "jose/key_set.hpp"
#include "portcullis/reason.hpp"
#include "portcullis/result.hpp"

namespace portcullis {

// How many bytes a signature has.
[[nodiscard]] inline std::size_t signature_size(const algorithm_row& row,
                                                const verification_key& key) noexcept {
  return row.signature_bytes != 0 ? row.signature_bytes : key.modulus_bytes;
}

// Whether `key` made the signature of `message` by this algorithm. `invalid` also if the key does
// not serve it, or the signature has not the one size that it can have.
[[nodiscard]] verdict check_signature(const algorithm_row& row, const verification_key& key,
                                      std::string_view message,
                                      std::string_view signature) noexcept;

// The check of a signature by a secret, started before the signature is decoded. A public key's
// waits for it.
class started_check {
 public:
  // `message` must outlive this.
  void start(const algorithm_row& row, const verification_key& key,
             std::string_view message) noexcept;

  // Whether it is this one that has been started.
  [[nodiscard]] bool is_of(const algorithm_row& row, const verification_key& key,
                           std::string_view message) const noexcept;

  [[nodiscard]] verdict finish(std::string_view signature) noexcept {
    return secret_->finish(run_, signature);
  }

 private:
  const hmac_key* secret_ = nullptr;
  std::string_view message_;
  hmac_run run_;  // left uninitialised: secret_ says whether it is anything
};

// A JWS whose signature has been verified. Only verify_signature can make one.
class verified_jws {
 public:
  [[nodiscard]] std::string_view payload() const noexcept { return payload_; }

 private:
  friend result<verified_jws, reason> verify_signature(const unverified_jws& jws, algorithm chosen,
                                                       const verification_key& key,
                                                       started_check* started) noexcept;
  explicit verified_jws(std::string_view payload) noexcept : payload_(payload) {}

  std::string_view payload_;
};

// `chosen` comes from the policy and the key. `started`: of this token, if any is.
// signature_invalid, internal_error.
[[nodiscard]] result<verified_jws, reason> verify_signature(
    const unverified_jws& jws, algorithm chosen, const verification_key& key,
    started_check* started = nullptr) noexcept;

}  // namespace portcullis
