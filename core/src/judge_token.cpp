// The order of the steps by which a token is judged, and nothing but the order.
#include "judge_token.hpp"

#include "encoding/base64url.hpp"
#include "fetch_ahead.hpp"
#include "jose/compact_jws.hpp"
#include "jose/jose_header.hpp"
#include "jose/signature.hpp"
#include "jwt/unverified_issuer.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

// The one algorithm that policy, key and header agree on (RFC 8725 section 3.1).
const algorithm_row* find_allowed_algorithm(const json_text& named,
                                            const issuer_policy& issuer) noexcept {
  for (const auto& row : algorithms) {
    if (equal(named, row.name)) {
      return issuer.allowed_algorithms.contains(row.id) ? &row : nullptr;
    }
  }
  return nullptr;
}

// The key and algorithm for a header: the policy's choice, which the header can only agree to.
// `choice`: reason::ok, or why no issuer has been chosen. Apart, because its scanner needs much of
// the stack, and what is done for each token would be spread over that.
[[gnu::noinline]] result<header_match, reason> match_header(const unverified_jws& jws,
                                                            jws_buffer& buffer,
                                                            const issuer_policy* chosen_issuer,
                                                            reason choice) noexcept {
  const auto json = decode_header(jws, buffer);
  if (!json) return json.error();
  const auto header = parse_jose_header(*json);
  if (!header) return header.error();
  if (choice != reason::ok) return choice;
  const issuer_policy& issuer = *chosen_issuer;
  const algorithm_row* const chosen = find_allowed_algorithm(header->algorithm, issuer);
  if (chosen == nullptr) return reason::algorithm_not_allowed;
  if (!check_type(header->type, issuer)) return reason::type_not_allowed;

  const verification_key* const key = issuer.keys.find(header->key_id, chosen->id);
  if (key == nullptr) return reason::key_not_found;
  return header_match{key, chosen->id, {}};
}

#if PORTCULLIS_EDGE

reason judge_by_route(const claims& set, const issuer_policy& issuer,
                      route_judging& route) noexcept {
  bool taken = route.issuers.empty();
  for (const std::string_view each : route.issuers) taken = taken || each == issuer.issuer;
  if (!taken) return reason::issuer_not_allowed;
  const reason why = check_rules(set, route.first_rule);
  if (why != reason::ok) return why;

  route.issuer = &issuer;
  route.times = {set.expiration(), set.not_before(), set.issued_at()};
  if (!route.wants_subject) return reason::ok;
  claim_value subject;
  set.find("sub", subject);
  // Issuers write a subject one way; another spelling of it is another bucket.
  if (!subject.absent()) {
    route.subject = keyed_hash(subject.text.raw, route.seed) ^
                    keyed_hash(set.issuer().text.raw, {route.seed.second, route.seed.first});
  }
  return reason::ok;
}

#endif

}  // namespace

[[gnu::hot]] reason judge_token(std::string_view token, const policy& policy, header_cache& headers,
                                std::int64_t now, [[maybe_unused]] route_judging* route) noexcept {
  if (!limits::is_now(now)) [[unlikely]]
    return reason::internal_error;

  const issuer_policy* issuer = policy.first_issuer.get();
  fetch_token_and_policy(token, *issuer);
  const bool several = issuer->next != nullptr;
  const header_match* match = several ? nullptr : headers.find(token, issuer->keys);

  const auto segments = split_compact_jws(token, match != nullptr ? &match->dots : nullptr);
  if (!segments) [[unlikely]]
    return segments.error();

  fetch_code(reinterpret_cast<const void*>(&judge_token));
  started_check started;
  if (can_start_mac && match != nullptr) {
    started.start(row_of(match->chosen), *match->key, segments->signing_input);
  }
  fetch_rules(*issuer);
  jws_buffer buffer;
  unverified_jws decoded;
  if (!decode_segments(*segments, buffer, decoded)) [[unlikely]]
    return reason::token_malformed;
  const unverified_jws* const jws = &decoded;
  fetch_texts(*issuer);

  // Nothing of an unverified payload is looked at where there is no choice.
  reason choice = reason::ok;
  if (several) {
    choice = choose_by_unverified_issuer(*jws, issuer);
    if (choice == reason::ok) match = headers.find(token, issuer->keys);
  }
  const bool known_header = match != nullptr;
  header_match made;
  if (!known_header) {
    const auto matched = match_header(*jws, buffer, issuer, choice);
    if (!matched) [[unlikely]]
      return matched.error();
    made = *matched;
    match = &made;
  }
  const auto verified = verify_signature(*jws, match->chosen, *match->key, &started);
  if (!verified) [[unlikely]]
    return verified.error();
  if (!known_header) {
    made.dots = {jws->header_segment.size(), token.size() - jws->signing_input.size() - 1};
    headers.add(token, issuer->keys, made);
  }

  const claims set(*verified);
  reason why = check_claims(set, *issuer, {now, policy.clock_tolerance});
#if PORTCULLIS_EDGE
  if (why == reason::ok && route != nullptr) why = judge_by_route(set, *issuer, *route);
#endif
  return why;
}

}  // namespace portcullis
