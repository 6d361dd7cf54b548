// The facade: a policy goes in once, requests are judged from then on.
//
//   auto made = portcullis::verifier::from_policy(policy_json);
//   if (!made) { log(made.error().message()); return; }
//   portcullis::decision answer = made->verify(request, now);
//
// A verifier reads no clock, environment, file or socket and never prints. Any number of threads
// may call verify() on one verifier at the same time.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "portcullis/cloudfront_response.hpp"
#include "portcullis/decision.hpp"
#include "portcullis/policy_error.hpp"
#include "portcullis/reason.hpp"
#include "portcullis/request.hpp"
#include "portcullis/result.hpp"

namespace portcullis {

class verifier {
 public:
  // `policy_json`: the policy as UTF-8 JSON text (docs/policy.md); not kept.
  [[nodiscard]] static result<verifier, policy_error> from_policy(std::string_view policy_json);

  verifier(verifier&&) noexcept;
  verifier& operator=(verifier&&) noexcept;
  ~verifier();

  // Judges a request. `now` is whole seconds since 1970-01-01T00:00:00Z (RFC 7519 NumericDate); a
  // clock beyond +-2^53 is broken and denies with internal_error.
  // Never throws, allocates or blocks. The request's bytes are borrowed for the call; the decision
  // refers to them only for claims_json().
  [[nodiscard]] decision verify(const request_view& request, std::int64_t now) const noexcept;

  // Judges a bare JWT in JWS Compact Serialization (RFC 7515 section 7.1).
  [[nodiscard]] decision verify_token(std::string_view token, std::int64_t now) const noexcept;

  // The response that answers a denied request. For reason::ok it is that of internal_error:
  // there is no response that lets a request pass.
  [[nodiscard]] cloudfront_response respond(reason why) const noexcept;

  // The policy's realm, which challenges name.
  [[nodiscard]] std::string_view realm() const noexcept;

 private:
  struct state;
  explicit verifier(std::unique_ptr<state> made) noexcept;

  std::unique_ptr<state> state_;
};

}  // namespace portcullis
