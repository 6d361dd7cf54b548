#include "jwt/claims_rules.hpp"

#include <array>

#include "jwt/media_type.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

// RFC 7519 section 4.1.4: exp is the first second that is too late.
reason check_expiration(const claims& set, const policy& policy, std::int64_t now) noexcept {
  if (!set.expiration()) {
    return policy.expiration_required ? reason::claim_missing : reason::ok;
  }
  return now - policy.clock_tolerance >= *set.expiration() ? reason::expired : reason::ok;
}

// RFC 7519 section 4.1.5.
reason check_not_before(const claims& set, const policy& policy, std::int64_t now) noexcept {
  if (!set.not_before()) return reason::ok;
  return now + policy.clock_tolerance < *set.not_before() ? reason::not_yet_valid : reason::ok;
}

// RFC 7519 section 4.1.6 gives iat no rule of its own. A token from the future is a broken clock or
// a forgery by somebody who holds the key; neither proves anything.
reason check_issued_at(const claims& set, const policy& policy, std::int64_t now) noexcept {
  if (!set.issued_at()) return reason::ok;
  return now + policy.clock_tolerance < *set.issued_at() ? reason::issued_in_future : reason::ok;
}

// RFC 7519 section 4.1.1, RFC 8725 section 3.8: the whole string, byte for byte.
reason check_issuer(const claims& set, const policy& policy, std::int64_t /*now*/) noexcept {
  if (policy.issuer.empty()) return reason::ok;
  if (!set.issuer()) return reason::claim_missing;
  return equal(*set.issuer(), policy.issuer) ? reason::ok : reason::issuer_mismatch;
}

// RFC 7519 section 4.1.3, RFC 8725 section 3.9.
reason check_audience(const claims& set, const policy& policy, std::int64_t /*now*/) noexcept {
  if (policy.audiences.empty()) return reason::ok;
  if (set.audience().type == string_claim::form::absent) return reason::claim_missing;
  const bool ours = policy.audiences.any(
      [&](std::string_view audience) { return contains(set.audience(), audience); });
  return ours ? reason::ok : reason::audience_mismatch;
}

// What is required must be granted; that the grants are all known would prove nothing.
reason check_requirement(const requirement& required, const string_claim& granted) noexcept {
  if (required.all_of.empty() && required.any_of.empty()) return reason::ok;
  if (granted.type == string_claim::form::malformed) return reason::claims_invalid;
  const bool any_missing =
      required.all_of.any([&](std::string_view wanted) { return !grants(granted, wanted); });
  const bool one_granted =
      required.any_of.empty() ||
      required.any_of.any([&](std::string_view wanted) { return grants(granted, wanted); });
  return !any_missing && one_granted ? reason::ok : reason::scope_insufficient;
}

reason check_permissions(const claims& set, const policy& policy, std::int64_t /*now*/) noexcept {
  return check_requirement(policy.permissions, set.permissions());
}

reason check_scope(const claims& set, const policy& policy, std::int64_t /*now*/) noexcept {
  return check_requirement(policy.scope, set.scope());
}

constexpr reason (*rules[])(const claims&, const policy&, std::int64_t) noexcept = {
    check_expiration, check_not_before,  check_issued_at, check_issuer,
    check_audience,   check_permissions, check_scope,
};

}  // namespace

reason check_claims(const claims& set, const policy& policy, std::int64_t now) noexcept {
  if (!set.well_formed()) return reason::claims_invalid;
  for (const auto rule : rules) {
    if (const reason why = rule(set, policy, now); why != reason::ok) return why;
  }
  return reason::ok;
}

bool check_type(const std::optional<json_text>& type, const policy& policy) noexcept {
  if (!type || policy.any_type) return true;
  // Room for the longest type that a policy can name, spelled with the prefix.
  std::array<char, media_type_prefix.size() + limits::max_string_bytes> buffer;
  const auto given = decode(*type, buffer);
  if (!given) return false;
  const auto same = [&](std::string_view accepted) { return equal_media_type(*given, accepted); };
  if (!policy.types.empty()) return policy.types.any(same);
  for (const auto accepted : usual_types) {
    if (same(accepted)) return true;
  }
  return false;
}

}  // namespace portcullis
