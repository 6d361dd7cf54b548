/// @file
/// The facade: a policy goes in once, requests are judged from then on.
///
///     auto made = portcullis::verifier::from_policy(policy_json);
///     if (!made) { log(made.error().message()); return; }
///     portcullis::decision answer = made->verify(request, now);
///
/// A verifier reads no clock, environment, file or socket and never prints. Any number of threads
/// may call verify() on one verifier at the same time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "portcullis/cloudfront_response.hpp"
#include "portcullis/decision.hpp"
#include "portcullis/edge_request.hpp"
#include "portcullis/policy_error.hpp"
#include "portcullis/reason.hpp"
#include "portcullis/request.hpp"
#include "portcullis/result.hpp"

namespace portcullis {

/// The value of a proof's cookie.
using challenge_proof = fixed_text<64>;

/// One policy. Moved, not copied; a verifier that was moved from is good for nothing.
class verifier {
 public:
  /// A verifier of one policy, or what is wrong with it and where. `policy_json`: the policy as
  /// UTF-8 JSON text (docs/policy.md), at most 524,288 bytes; not kept.
  [[nodiscard]] static result<verifier, policy_error> from_policy(std::string_view policy_json);

  /// Takes the policy over.
  verifier(verifier&&) noexcept;
  /// Takes the policy over, and lets the own one go.
  verifier& operator=(verifier&&) noexcept;
  /// Wipes secrets.
  ~verifier();

  /// Judges a request. `now` is whole seconds since 1970-01-01T00:00:00Z (RFC 7519 NumericDate); a
  /// clock beyond +-2^53 is broken and denies with internal_error.
  /// Never throws, allocates or blocks. The request's bytes are borrowed for the call; the decision
  /// refers to them only for claims_json().
  [[nodiscard]] decision verify(const request_view& request, std::int64_t now) const noexcept;

  /// Judges a bare JWT in JWS Compact Serialization (RFC 7515 section 7.1).
  [[nodiscard]] decision verify_token(std::string_view token, std::int64_t now) const noexcept;

  /// The response that answers a denied request. For reason::ok it is that of internal_error:
  /// there is no response that lets a request pass.
  [[nodiscard]] cloudfront_response respond(reason why) const noexcept;

  /// The policy's realm, which challenges name.
  [[nodiscard]] std::string_view realm() const noexcept;

#if PORTCULLIS_EDGE
  // ---- for policies with an edge layer (docs/edge.md) ----

  /// Whether the policy has an edge layer. Its requests are judged by the functions below; verify
  /// denies them with internal_error.
  [[nodiscard]] bool at_edge() const noexcept;

  /// Whether a request that may pass is changed on its way: then write_edits has to be asked.
  [[nodiscard]] bool edits() const noexcept;

  /// Which headers an edge_request has, lower case, in this order.
  [[nodiscard]] std::span<const std::string_view> fields() const noexcept;

  /// 16 random bytes of the process, for the tables that strangers fill. Once, before the first
  /// request.
  void seed(std::uint64_t first, std::uint64_t second) noexcept;

  /// Judges a request. As verify above, but for rate limits and the token cache, which it keeps.
  [[nodiscard]] decision verify_at_edge(const edge_request& request,
                                        std::int64_t now) const noexcept;

  /// The response to a request that has not been allowed, as the JSON object that CloudFront reads.
  /// `judged`: what verify_at_edge said of it, at the same `now`. An allowed one gets that of
  /// internal_error.
  void write_response(const edge_request& request, const decision& judged, std::int64_t now,
                      text_buffer& out) const noexcept;

  /// What is to be changed of a request that passes, as a JSON object (docs/edge.md, "Edits").
  void write_edits(const edge_request& request, const decision& judged,
                   text_buffer& out) const noexcept;

  /// The members of a log line (docs/edge.md, "Logs"), without braces; nothing when the policy does
  /// not want this decision logged. No token, secret or claim but those that the policy names.
  void write_log(const edge_request& request, const decision& judged,
                 text_buffer& out) const noexcept;

  /// The token of an allowed request; empty on a public route. It is not verified again.
  [[nodiscard]] std::string_view passed_token(const edge_request& request,
                                              const decision& judged) const noexcept;

  /// Whether the handler lets everything through, whatever is decided.
  [[nodiscard]] bool shadow() const noexcept;

  /// Whether any decision is logged.
  [[nodiscard]] bool logs() const noexcept;

  /// The proof for a challenge that this policy has made for the client at this address, once the
  /// challenge is met: the value of the cookie that the policy names. False if it is no valid one.
  [[nodiscard]] bool answer_challenge(std::string_view challenge, std::string_view client,
                                      std::int64_t now, challenge_proof& out) const noexcept;
#endif

 private:
  struct state;
  explicit verifier(std::unique_ptr<state> made) noexcept;

  std::unique_ptr<state> state_;
};

}  // namespace portcullis
