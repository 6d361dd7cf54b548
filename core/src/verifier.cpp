// The order of the steps, and nothing but the order.
#include "portcullis/verifier.hpp"

#include <utility>

#include "edge/credential.hpp"
#include "edge/render_response.hpp"
#include "jose/compact_jws.hpp"
#include "jose/header_cache.hpp"
#include "jose/jose_header.hpp"
#include "jose/signature.hpp"
#include "jwt/claims.hpp"
#include "jwt/claims_rules.hpp"
#include "jwt/policy.hpp"
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
// `choice`: reason::ok, or why no issuer has been chosen.
result<header_match, reason> match_header(const unverified_jws& jws, jws_buffer& buffer,
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
  return header_match{key, chosen->id};
}

reason judge(std::string_view token, const policy& policy, header_cache& headers,
             std::int64_t now) noexcept {
  if (now < -limits::farthest_now || now > limits::farthest_now) return reason::internal_error;

  jws_buffer buffer;
  const auto jws = parse_compact_jws(token, buffer);
  if (!jws) return jws.error();

  // Nothing of an unverified payload is looked at where there is no choice.
  const issuer_policy* issuer = policy.first_issuer.get();
  reason choice = reason::ok;
  if (issuer->next != nullptr) choice = choose_by_unverified_issuer(*jws, issuer);

  header_match match;
  if (choice == reason::ok) match = headers.find(jws->header_segment, issuer->keys);
  const bool known_header = match.key != nullptr;
  if (!known_header) {
    const auto matched = match_header(*jws, buffer, issuer, choice);
    if (!matched) return matched.error();
    match = *matched;
  }
  const auto verified = verify_signature(*jws, match.chosen, *match.key);
  if (!verified) return verified.error();
  if (!known_header) headers.add(jws->header_segment, issuer->keys, match);

  return check_claims(claims(*verified), *issuer, {now, policy.clock_tolerance});
}

}  // namespace

// Everything that outlives a call. On the heap, so that the key addresses that the header cache
// holds survive when the verifier is moved.
struct verifier::state {
  policy rules;
  header_cache headers;
};

verifier::verifier(std::unique_ptr<state> made) noexcept : state_(std::move(made)) {}
verifier::verifier(verifier&&) noexcept = default;
verifier& verifier::operator=(verifier&&) noexcept = default;
verifier::~verifier() = default;

result<verifier, policy_error> verifier::from_policy(std::string_view policy_json) {
  auto made = std::make_unique<state>();
  policy_error error;
  if (!parse_policy(policy_json, made->rules, error)) return error;
  return verifier(std::move(made));
}

decision verifier::verify(const request_view& request, std::int64_t now) const noexcept {
  const auto token = parse_credential(request.authorization);
  if (!token) return decision::deny(token.error());
  return verify_token(*token, now);
}

decision verifier::verify_token(std::string_view token, std::int64_t now) const noexcept {
  const reason why = judge(token, state_->rules, state_->headers, now);
  return why == reason::ok ? decision(reason::ok, token) : decision::deny(why);
}

cloudfront_response verifier::respond(reason why) const noexcept {
  return make_response(why, state_->rules.realm);
}

std::string_view verifier::realm() const noexcept { return state_->rules.realm; }

}  // namespace portcullis
