/// @file
/// The answer to a request: allow, deny for a reason, or challenge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "portcullis/reason.hpp"

namespace portcullis {

/// What is done with a request. challenge: a denial that says what to do about it, a redirect to a
/// login page or to one that asks for a proof. answer: neither; a CORS preflight, which the edge
/// answers by itself.
enum class decision_kind : std::uint8_t { allow, deny, challenge, answer };

/// What verify says. A value: copied freely, but see claims_json().
class decision {
 public:
  /// What route() is when no route judged.
  static constexpr std::uint32_t no_route = 0xffffffff;

  /// To deny for reason::ok is our own fault: internal_error.
  [[nodiscard]] static decision deny(reason why, std::uint32_t route = no_route) noexcept {
    return decision(why == reason::ok ? reason::internal_error : why, decision_kind::deny, {},
                    route);
  }

  /// What verify has said before, put together again by a door that keeps numbers: without the
  /// token.
  [[nodiscard]] static decision of(decision_kind kind, reason why, std::uint32_t route) noexcept {
    return decision(why, kind, {}, route);
  }

  /// What is done with the request.
  [[nodiscard]] decision_kind kind() const noexcept { return kind_; }
  /// Whether the request may pass: nothing but decision_kind::allow.
  [[nodiscard]] bool allowed() const noexcept { return kind_ == decision_kind::allow; }

  /// The number of the route in the policy that judged, from 0; no_route when none did.
  [[nodiscard]] std::uint32_t route() const noexcept { return route_; }

  /// reason::ok when allowed.
  [[nodiscard]] portcullis::reason why() const noexcept { return why_; }

  /// The HTTP status of the answer; 0 when allowed.
  [[nodiscard]] int status() const noexcept {
    if (allowed()) return 0;
    return kind_ == decision_kind::challenge ? 302 : find_reason(why_).http_status;
  }

  /// The JWT Claims Set of an allowed token as the UTF-8 JSON text that the issuer signed, decoded
  /// when asked for; nothing for a denied one. The token passed to verify must still be alive.
  [[nodiscard]] std::optional<std::string> claims_json() const;

  /// The same text, written to `out`, without memory being taken. Gives the number of its bytes; 0
  /// for a denied token, and when `capacity` is too small: 12,288 bytes always are enough.
  [[nodiscard]] std::size_t write_claims(char* out, std::size_t capacity) const noexcept;

 private:
  friend class verifier;
  decision(reason why, decision_kind kind, std::string_view token,
           std::uint32_t route = no_route) noexcept
      : why_(why), kind_(kind), route_(route), token_(token) {}

  reason why_;
  decision_kind kind_;
  std::uint32_t route_;
  std::string_view token_;  // borrowed; empty unless a token was allowed
};

}  // namespace portcullis
