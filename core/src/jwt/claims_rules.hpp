// Verified claims + policy + now -> reason. One function per rule; `claims` is the only way in, and
// only a verified JWS makes one: "checked before verified" does not compile.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "encoding/json_text.hpp"
#include "jwt/claims.hpp"
#include "jwt/policy.hpp"
#include "portcullis/reason.hpp"

namespace portcullis {

// What time it is, and how far the issuer's clock may be from ours: seconds both.
struct judged_at {
  std::int64_t now = 0;
  std::int64_t tolerance = 0;
};

// The NumericDates of a claims set, as far as they are there.
struct claim_times {
  claims::date expiration;
  claims::date not_before;
  claims::date issued_at;
};

// exp, nbf and iat alone: what can change its mind about a token that has passed before.
[[nodiscard]] reason check_times(const claim_times& times, const issuer_policy& issuer,
                                 judged_at time) noexcept;

// Rules beside the issuer's own, one after the other from `first` on; null: none.
[[nodiscard]] reason check_rules(const claims& set, const claim_rule* first) noexcept;

// reason::ok, or the first rule that the claims break; claims_invalid if they are not well formed.
[[nodiscard]] reason check_claims(const claims& set, const issuer_policy& issuer,
                                  judged_at time) noexcept;

// Whether the header's `typ` is one that the policy takes. Media types are compared without case
// and without the prefix "application/" (RFC 7515 section 4.1.9, RFC 8725 section 3.11).
[[nodiscard]] bool check_type(const std::optional<json_text>& type,
                              const issuer_policy& issuer) noexcept;

// Whether an `iss` is the policy's issuer, byte by byte, and which of the tenants stands in it; the
// tenant points into the policy and is empty if the issuer has none.
struct issuer_match {
  bool fits = false;
  std::string_view tenant;
};
[[nodiscard]] issuer_match match_issuer(const json_text& named,
                                        const issuer_policy& issuer) noexcept;

}  // namespace portcullis
