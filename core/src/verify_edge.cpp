// The order of the steps by which a request is judged where a policy has an edge layer, and nothing
// but the order. What costs least comes first; whatever is not proven valid is denied.
#include <span>

#include "edge/challenge.hpp"
#include "edge/client_address.hpp"
#include "edge/cors.hpp"
#include "edge/edge_response.hpp"
#include "edge/find_credential.hpp"
#include "edge/log_line.hpp"
#include "edge/path.hpp"
#include "edge/request_edits.hpp"
#include "judge_token.hpp"
#include "limits.hpp"
#include "verifier_state.hpp"

namespace portcullis {
namespace {

// An event of CloudFront has all of these.
bool is_request(const edge_request& request) noexcept {
  std::size_t bytes = 0;
  for (const field_view* field :
       {&request.method, &request.uri, &request.querystring, &request.client}) {
    if (field->shape == field_shape::single) bytes += field->value.size();
  }
  for (const field_view& field : request.headers) {
    if (field.shape == field_shape::single) bytes += field.value.size();
  }
  return request.method.shape == field_shape::single && request.uri.shape == field_shape::single &&
         bytes <= limits::max_request_bytes;
}

bool names_method(const string_list& methods, std::string_view method) noexcept {
  for (const std::string_view each : methods) {
    // RFC 9110 section 9.3.2: whoever may GET may ask for the head of it.
    if (each == method || (method == "HEAD" && each == "GET")) return true;
  }
  return methods.empty();
}

// The rule for a path and method, or why there is none.
struct found_route {
  const route_rule* rule = nullptr;
  reason why = reason::ok;
};

found_route find_route(const edge_policy& policy, const edge_request& request) noexcept {
  path_buffer buffer;
  parsed_path path;
  if (!parse_path(request.uri.value, buffer, path)) return {nullptr, reason::path_ambiguous};
  const route_table::match found = policy.patterns.find(path, policy.case_decides);
  if (found.ambiguous) return {nullptr, reason::path_ambiguous};
  if (found.place == route_table::none) return {nullptr, reason::route_not_found};
  const route_rule* rule = policy.first_of_place[found.place];
  while (rule != nullptr && !names_method(rule->methods, request.method.value)) rule = rule->next;
  return {rule, reason::route_not_found};
}

// Whether a valid answer to a challenge came along.
bool has_proof(const edge_policy& policy, const edge_request& request, std::string_view client,
               std::int64_t now) noexcept {
  const field_view& cookies = request.headers[policy.cookie_field];
  if (cookies.shape != field_shape::single) return false;
  const named_part found = find_cookie(cookies.value, policy.page.cookie);
  return found.count == 1 &&
         check_challenge(challenge_kind::proof, policy.page.mac_key(), client, found.value, now,
                         policy.page.proof_lifetime + limits::max_clock_gap) == verdict::valid;
}

// A redirect is an answer to who asks for a page, not to who sends something.
bool may_redirect(const edge_request& request) noexcept {
  return request.method.value == "GET" || request.method.value == "HEAD";
}

cached_claims to_cached(const route_judging& judged, const route_rule* rule) noexcept {
  const claim_times& times = judged.times;
  return {times.expiration.value_or(0),
          times.not_before.value_or(0),
          times.issued_at.value_or(0),
          times.expiration.has_value(),
          times.not_before.has_value(),
          times.issued_at.has_value(),
          judged.subject,
          judged.issuer,
          rule};
}

claim_times times_of(const cached_claims& known) noexcept {
  claim_times times;
  if (known.has_expiration) times.expiration = known.expiration;
  if (known.has_not_before) times.not_before = known.not_before;
  if (known.has_issued_at) times.issued_at = known.issued_at;
  return times;
}

// A token by the cache, else by its signature and claims. `subject`: that of one that passes.
reason judge_or_remember(verifier_parts& parts, std::string_view token, const route_rule* rule,
                         std::int64_t now, std::uint64_t& subject) noexcept {
  const bool cached = parts.tokens.enabled();
  if (cached) {
    if (const auto known = parts.tokens.find(token, rule, parts.seed)) {
      subject = known->subject;
      return check_times(times_of(*known), *static_cast<const issuer_policy*>(known->issuer),
                         {now, parts.rules.clock_tolerance});
    }
  }
  route_judging judging;
  judging.seed = parts.seed;
  judging.wants_subject = parts.edge.by_subject.requests != 0;
  if (rule != nullptr) {
    judging.issuers = rule->issuers;
    judging.first_rule = rule->first_rule.get();
  }
  const reason why = judge_token(token, parts.rules, parts.headers, now, &judging);
  if (why != reason::ok) return why;
  subject = judging.subject;
  if (cached) parts.tokens.add(token, to_cached(judging, rule), parts.seed);
  return why;
}

}  // namespace

bool verifier::at_edge() const noexcept { return state_->edge.present; }
bool verifier::edits() const noexcept { return state_->edge.edits(); }
bool verifier::shadow() const noexcept { return state_->edge.shadow; }
bool verifier::logs() const noexcept { return state_->edge.log != logged::none; }

std::span<const std::string_view> verifier::fields() const noexcept {
  return {state_->edge.fields, state_->edge.field_count};
}

void verifier::seed(std::uint64_t first, std::uint64_t second) noexcept {
  state_->seed = {first, second};
}

decision verifier::verify_at_edge(const edge_request& request, std::int64_t now) const noexcept {
  verifier_parts& parts = *state_;
  const edge_policy& policy = parts.edge;
  if (!policy.present || request.headers.size() != policy.field_count || !limits::is_now(now)) {
    return decision::deny(reason::internal_error);
  }
  if (!is_request(request)) return decision::deny(reason::request_malformed);

  if (is_preflight(policy, request)) {
    const reason why = check_preflight(policy, request);
    const bool answered = why == reason::preflight_answered;
    return decision(why, answered ? decision_kind::answer : decision_kind::deny, {});
  }

  const route_rule* rule = nullptr;
  if (policy.route_count != 0) {
    const found_route found = find_route(policy, request);
    if (found.rule == nullptr) return decision::deny(found.why);
    rule = found.rule;
    if (rule->lets == access::none) return decision::deny(reason::route_denied, rule->number);
  }
  const std::uint32_t route = rule == nullptr ? decision::no_route : rule->number;
  const auto challenge = [&](reason why) {
    const auto kind = may_redirect(request) ? decision_kind::challenge : decision_kind::deny;
    return decision(why, kind, {}, route);
  };
  const auto limited = [&] {
    return policy.limit_by_page ? challenge(reason::rate_limited)
                                : decision::deny(reason::rate_limited, route);
  };

  const client_key client = parse_client_address(
      request.client.shape == field_shape::single ? request.client.value : std::string_view(),
      policy.ipv6_prefix);
  bool proven = false;
  if (policy.limit_by_page || (rule != nullptr && rule->proof)) {
    proven = has_proof(policy, request, client.view(), now);
    if (rule != nullptr && rule->proof && !proven) return challenge(reason::proof_missing);
  }
  const bool let_off = proven && policy.limit_by_page;
  if (rule != nullptr && rule->lets == access::all) {
    return decision(reason::ok, decision_kind::allow, {}, route);
  }

  // Before anything is computed for the client.
  if (policy.by_address.requests != 0 && !let_off &&
      !parts.addresses.admit(policy.by_address, client.view(), parts.seed, now)) {
    return limited();
  }

  const found_credential found = find_credential(policy, request);
  std::uint64_t subject = 0;
  const reason why = found.why == reason::ok
                         ? judge_or_remember(parts, found.token, rule, now, subject)
                         : found.why;
  if (why != reason::ok) {
    const bool login =
        rule == nullptr ? policy.route_count == 0 && !policy.login.url.empty() : rule->login;
    if (login && find_reason(why).http_status == 401) return challenge(why);
    return decision::deny(why, route);
  }

  if (policy.by_subject.requests != 0 && subject != 0 && !let_off) {
    const std::string_view key(reinterpret_cast<const char*>(&subject), sizeof subject);
    if (!parts.subjects.admit(policy.by_subject, key, parts.seed, now)) return limited();
  }
  return decision(reason::ok, decision_kind::allow, found.token, route);
}

void verifier::write_response(const edge_request& request, const decision& judged, std::int64_t now,
                              text_buffer& out) const noexcept {
  const client_key client = parse_client_address(
      request.client.shape == field_shape::single ? request.client.value : std::string_view(),
      state_->edge.ipv6_prefix);
  render_edge_response(state_->edge, state_->rules.realm, request, judged, client.view(), now, out);
}

std::string_view verifier::passed_token(const edge_request& request,
                                        const decision& judged) const noexcept {
  if (!judged.token_.empty()) return judged.token_;
  const edge_policy& policy = state_->edge;
  if (!judged.allowed() || request.headers.size() != policy.field_count) return {};
  const bool open = judged.route() != decision::no_route && judged.route() < policy.route_count &&
                    policy.routes[judged.route()].lets != access::token;
  if (open) return {};
  const found_credential found = find_credential(policy, request);
  return found.why == reason::ok ? found.token : std::string_view();
}

bool verifier::answer_challenge(std::string_view challenge, std::string_view client,
                                std::int64_t now, challenge_proof& out) const noexcept {
  const edge_policy& policy = state_->edge;
  if (policy.page.url.empty() || !limits::is_now(now)) return false;
  const client_key key = parse_client_address(client, policy.ipv6_prefix);
  return check_challenge(challenge_kind::challenge, policy.page.mac_key(), key.view(), challenge,
                         now, policy.page.lifetime + limits::max_clock_gap) == verdict::valid &&
         make_challenge(challenge_kind::proof, policy.page.mac_key(), key.view(),
                        now + policy.page.proof_lifetime, out);
}

void verifier::write_edits(const edge_request& request, const decision& judged,
                           text_buffer& out) const noexcept {
  render_request_edits(state_->edge, request, passed_token(request, judged), out);
}

void verifier::write_log(const edge_request& request, const decision& judged,
                         text_buffer& out) const noexcept {
  render_log_members(state_->rules, state_->edge, judged, passed_token(request, judged), out);
}

}  // namespace portcullis
