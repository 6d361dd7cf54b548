// The order of the steps, and nothing but the order.
#include "portcullis/verifier.hpp"

#include <utility>

#include "edge/credential.hpp"
#include "edge/render_response.hpp"
#include "jose/compact_jws.hpp"
#include "jose/jose_header.hpp"
#include "jose/signature.hpp"
#include "jwt/claims.hpp"
#include "jwt/claims_rules.hpp"
#include "jwt/policy.hpp"

namespace portcullis {
namespace {

// The one algorithm that policy, key and header agree on (RFC 8725 section 3.1).
const algorithm_row* find_allowed_algorithm(const json_text& named, const policy& policy) noexcept {
  for (const auto& row : algorithms) {
    if (equal(named, row.name)) {
      return policy.allowed_algorithms.contains(row.id) ? &row : nullptr;
    }
  }
  return nullptr;
}

reason judge(std::string_view token, const policy& policy, std::int64_t now) noexcept {
  jws_buffer buffer;
  const auto jws = parse_compact_jws(token, buffer);
  if (!jws) return jws.error();

  const auto header = parse_jose_header(jws->header);
  if (!header) return header.error();
  const algorithm_row* const chosen = find_allowed_algorithm(header->algorithm, policy);
  if (chosen == nullptr) return reason::algorithm_not_allowed;
  if (!check_type(header->type, policy)) return reason::type_not_allowed;

  const verification_key* const key = policy.keys.find(header->key_id);
  if (key == nullptr || !key->usable_for.contains(chosen->id)) return reason::key_not_found;
  const auto verified = verify_signature(*jws, chosen->id, *key);
  if (!verified) return verified.error();

  const auto claims = parse_claims(*verified);
  if (!claims) return claims.error();
  return check_claims(*claims, policy, now);
}

}  // namespace

verifier::verifier(std::unique_ptr<const policy> policy) noexcept : policy_(std::move(policy)) {}
verifier::verifier(verifier&&) noexcept = default;
verifier& verifier::operator=(verifier&&) noexcept = default;
verifier::~verifier() = default;

result<verifier, policy_error> verifier::from_policy(std::string_view policy_json) {
  auto parsed = parse_policy(policy_json);
  if (!parsed) return std::move(parsed.error());
  return verifier(std::make_unique<const policy>(std::move(*parsed)));
}

decision verifier::verify(const request_view& request, std::int64_t now) const noexcept {
  const auto token = parse_credential(request.authorization);
  if (!token) return decision::deny(token.error());
  return verify_token(*token, now);
}

decision verifier::verify_token(std::string_view token, std::int64_t now) const noexcept {
  const reason why = judge(token, *policy_, now);
  return why == reason::ok ? decision(reason::ok, token) : decision::deny(why);
}

cloudfront_response verifier::respond(reason why) const {
  return make_response(why, policy_->realm);
}

}  // namespace portcullis
