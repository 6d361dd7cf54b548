#include "jwt/claims_rules.hpp"

#include <array>

#include "encoding/json_scanner.hpp"
#include "encoding/slice.hpp"
#include "jwt/media_type.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

// RFC 7519 section 4.1.4: exp is the first second that is too late.
reason check_expiration(const claims::date& expiration, const issuer_policy& issuer,
                        judged_at time) noexcept {
  if (!expiration) return issuer.expiration_required ? reason::claim_missing : reason::ok;
  return time.now - time.tolerance >= *expiration ? reason::expired : reason::ok;
}

// RFC 7519 section 4.1.5.
reason check_not_before(const claims::date& not_before, judged_at time) noexcept {
  if (!not_before) return reason::ok;
  return time.now + time.tolerance < *not_before ? reason::not_yet_valid : reason::ok;
}

// RFC 7519 section 4.1.6 gives iat no rule of its own. A token from the future is a broken clock or
// a forgery by somebody who holds the key; neither proves anything. The age counts like exp: the
// first second that is too old is told.
reason check_issued_at(const claims::date& issued_at, const issuer_policy& issuer,
                       judged_at time) noexcept {
  if (!issued_at) return issuer.max_token_age != 0 ? reason::claim_missing : reason::ok;
  if (time.now + time.tolerance < *issued_at) return reason::issued_in_future;
  if (issuer.max_token_age == 0) return reason::ok;
  const bool too_old = time.now - time.tolerance - *issued_at >= issuer.max_token_age;
  return too_old ? reason::token_too_old : reason::ok;
}

// Whether the reader's next bytes are these.
bool skip(json_text_reader& reader, std::string_view bytes) noexcept {
  for (const char c : bytes) {
    if (reader.next() != static_cast<unsigned char>(c)) return false;
  }
  return true;
}

// The issuer's tenant says so itself in `tid`: one tenant's token never names another.
reason check_tenant(const claims& set, std::string_view tenant) noexcept {
  claim_value named;
  set.find("tid", named);
  if (named.absent()) return reason::claim_missing;
  if (named.type != claim_value::form::string) return reason::claims_invalid;
  return equal(named.text, tenant) ? reason::ok : reason::issuer_mismatch;
}

// RFC 7519 section 4.1.1, RFC 8725 section 3.8: the whole string, byte for byte.
reason check_issuer(const claims& set, const issuer_policy& issuer) noexcept {
  if (issuer.issuer.empty()) return reason::ok;
  if (set.issuer().absent()) return reason::claim_missing;
  const issuer_match match = match_issuer(set.issuer().text, issuer);
  if (!match.fits) return reason::issuer_mismatch;
  return match.tenant.empty() ? reason::ok : check_tenant(set, match.tenant);
}

bool contains_any(const claim_value& claim, const string_list& wanted, matching how) noexcept {
  for (const std::string_view each : wanted) {
    if (contains(claim, each, how)) return true;
  }
  return false;
}

bool contains_all(const claim_value& claim, const string_list& wanted, matching how) noexcept {
  for (const std::string_view each : wanted) {
    if (!contains(claim, each, how)) return false;
  }
  return true;
}

// RFC 7519 section 4.1.3, RFC 8725 section 3.9.
reason check_audience(const claims& set, const issuer_policy& issuer) noexcept {
  if (issuer.audiences.empty()) return reason::ok;
  if (set.audience().absent()) return reason::claim_missing;
  const bool ours = contains_any(set.audience(), issuer.audiences, matching::whole);
  return ours ? reason::ok : reason::audience_mismatch;
}

// What is required must be there; that all of what is there is known would prove nothing.
bool satisfies(const requirement& required, const claim_value& claim, matching how) noexcept {
  return contains_all(claim, required.all_of(), how) &&
         (required.any_of().empty() || contains_any(claim, required.any_of(), how)) &&
         !contains_any(claim, required.none_of(), how);
}

// No conversion: the number 1, the string "1" and true are three values.
bool is_value(const claim_value& claim, const json_node& wanted) noexcept {
  if (wanted.is_string()) {
    return claim.type == claim_value::form::string && equal(claim.text, wanted.text);
  }
  if (claim.type != claim_value::form::other) return false;
  // Valid JSON: a literal is known by its first letter.
  const std::string_view raw = claim.text.raw;
  if (wanted.type == json_node::kind::boolean)
    return raw.front() == (wanted.integer != 0 ? 't' : 'f');
  std::int64_t integer = 0;
  return parse_integer(raw, integer) && integer == wanted.integer;
}

// What a rule says of the claim's value, wherever it was found.
[[gnu::hot]] reason judge_claim(const claim_rule& rule, const claim_value& claim) noexcept {
  using form = claim_value::form;
  if (rule.asks == claim_rule::present) {
    const bool null = claim.type == form::other && claim.text.raw.front() == 'n';
    return claim.absent() || null ? reason::claim_missing : reason::ok;
  }
  const bool grants = rule.asks >= claim_rule::permissions;
  if (rule.asks == claim_rule::value) {
    if (is_value(claim, *rule.wanted)) return reason::ok;
  } else {
    if (claim.type == form::other) return reason::claims_invalid;
    if (claim.type == form::strings && rule.asks == claim_rule::text) return reason::claims_invalid;
    const bool words = grants && rule.asks <= claim_rule::scope;
    // An absent claim has none of any strings: that alone may be what is asked.
    if (satisfies(rule.lists, claim, words ? matching::words : matching::whole)) return reason::ok;
  }
  if (grants) return reason::scope_insufficient;
  return claim.absent() ? reason::claim_missing : reason::claim_mismatch;
}

reason check_rule(const claims& set, const claim_rule& rule) noexcept {
  if (rule.asks == claim_rule::permissions) return judge_claim(rule, set.permissions());
  if (rule.asks == claim_rule::scope) return judge_claim(rule, set.scope());
  claim_value claim;
  set.find(rule.claim, claim);
  if (claim.absent() && rule.asks == claim_rule::groups) set.find("cognito:groups", claim);
  return judge_claim(rule, claim);
}

}  // namespace

reason check_times(const claim_times& times, const issuer_policy& issuer, judged_at time) noexcept {
  reason why = check_expiration(times.expiration, issuer, time);
  if (why == reason::ok) why = check_not_before(times.not_before, time);
  if (why == reason::ok) why = check_issued_at(times.issued_at, issuer, time);
  return why;
}

[[gnu::hot]] reason check_rules(const claims& set, const claim_rule* first) noexcept {
  reason why = reason::ok;
  for (const claim_rule* rule = first; rule != nullptr && why == reason::ok;
       rule = rule->next.get()) {
    why = check_rule(set, *rule);
  }
  return why;
}

reason check_claims(const claims& set, const issuer_policy& issuer, judged_at time) noexcept {
  if (!set.well_formed()) return reason::claims_invalid;
  reason why = check_times({set.expiration(), set.not_before(), set.issued_at()}, issuer, time);
  if (why == reason::ok) why = check_issuer(set, issuer);
  if (why == reason::ok) why = check_audience(set, issuer);
  if (why == reason::ok) why = check_rules(set, issuer.first_rule.get());
  return why;
}

bool check_type(const std::optional<json_text>& type, const issuer_policy& issuer) noexcept {
  if (!type || issuer.any_type) return true;
  // Room for the longest type that a policy can name, spelled with the prefix.
  std::array<char, media_type_prefix.size() + limits::max_string_bytes> buffer;
  const auto given = decode(*type, buffer);
  if (!given) return false;
  for (const std::string_view accepted : issuer.types) {
    if (equal_media_type(*given, accepted)) return true;
  }
  if (!issuer.types.empty()) return false;
  for (const auto accepted : usual_types) {
    if (equal_media_type(*given, accepted)) return true;
  }
  return false;
}

issuer_match match_issuer(const json_text& named, const issuer_policy& issuer) noexcept {
  if (issuer.tenants.empty()) return {equal(named, issuer.issuer), {}};

  json_text_reader reader(named);
  if (!skip(reader, slice(issuer.issuer, 0, issuer.tenant_at))) return {};
  const std::string_view after = slice(issuer.issuer, issuer.tenant_at + tenant_mark.size());
  for (const std::string_view tenant : issuer.tenants) {
    json_text_reader rest = reader;
    if (skip(rest, tenant) && skip(rest, after) && rest.next() == -1) return {true, tenant};
  }
  return {};
}

}  // namespace portcullis
