#include "portcullis/verifier.hpp"

#include <new>
#include <utility>

#include "edge/credential.hpp"
#include "edge/render_response.hpp"
#include "judge_token.hpp"
#include "verifier_state.hpp"

namespace portcullis {

verifier::verifier(std::unique_ptr<state> made) noexcept : state_(std::move(made)) {}
verifier::verifier(verifier&&) noexcept = default;
verifier& verifier::operator=(verifier&&) noexcept = default;
verifier::~verifier() = default;

result<verifier, policy_error> verifier::from_policy(std::string_view policy_json) {
  policy_error error;
  std::unique_ptr<state> made(new (std::nothrow) state());
  if (made == nullptr) return refuse_for_memory(error), error;
  if (!parse_policy(policy_json, made->rules, error)) return error;
  std::size_t keys = 0;
  for (const issuer_policy* issuer = made->rules.first_issuer.get(); issuer != nullptr;
       issuer = issuer->next.get()) {
    keys += issuer->keys.size();
  }
  bool room = made->headers.reserve(keys);
#if PORTCULLIS_EDGE
  edge_policy& edge = made->edge;
  if (!parse_edge_policy(made->rules, edge, error)) return error;
  room = room && (edge.by_address.requests == 0 || made->addresses.reserve(edge.limiter_entries)) &&
         (edge.by_subject.requests == 0 || made->subjects.reserve(edge.limiter_entries)) &&
         (edge.cache_entries == 0 || made->tokens.reserve(edge.cache_entries));
#endif
  if (!room) return refuse_for_memory(error), error;
  return verifier(std::move(made));
}

decision verifier::verify(const request_view& request, std::int64_t now) const noexcept {
#if PORTCULLIS_EDGE
  // A policy with routes cannot be answered from one header: whoever asks so has a bug.
  if (state_->edge.present) return decision::deny(reason::internal_error);
#endif
  const auto token = parse_credential(request.authorization);
  if (!token) return decision::deny(token.error());
  return verify_token(*token, now);
}

[[gnu::hot]] decision verifier::verify_token(std::string_view token,
                                             std::int64_t now) const noexcept {
  const reason why = judge_token(token, state_->rules, state_->headers, now, nullptr);
  if (why != reason::ok) return decision::deny(why);
  return decision(reason::ok, decision_kind::allow, token);
}

cloudfront_response verifier::respond(reason why) const noexcept {
  return make_response(why, state_->rules.realm);
}

std::string_view verifier::realm() const noexcept { return state_->rules.realm; }

}  // namespace portcullis
