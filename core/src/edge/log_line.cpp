#include "edge/log_line.hpp"

#include "edge/payload_claims.hpp"
#include "encoding/json_writer.hpp"
#include "jose/compact_jws.hpp"
#include "jose/jose_header.hpp"

namespace portcullis {
namespace {

constexpr const char* kinds[] = {"allow", "deny", "challenge", "answer"};

void append_member(text_buffer& out, const char* name, std::string_view value) noexcept {
  out.append(",\"");
  out.append(name);
  out.append("\":\"");
  append_json_string(out, value);
  out.append('"');
}

// The kid of the policy's key that verified the token: the token's own is only compared.
std::string_view find_key_id(const policy& rules, std::string_view token) noexcept {
  jws_buffer buffer;
  const auto jws = parse_compact_jws(token, buffer);
  if (!jws) return {};
  const auto json = decode_header(*jws, buffer);
  if (!json) return {};
  const auto header = parse_jose_header(*json);
  if (!header) return {};
  for (const issuer_policy* issuer = rules.first_issuer.get(); issuer != nullptr;
       issuer = issuer->next.get()) {
    for (const auto& row : algorithms) {
      if (!equal(header->algorithm, row.name)) continue;
      const verification_key* const key = issuer->keys.find(header->key_id, row.id);
      if (key != nullptr && !key->id.empty()) return key->id;
    }
  }
  return {};
}

void append_claims(text_buffer& out, const edge_policy& edge, std::string_view token) noexcept {
  if (edge.logged_claims.empty()) return;
  const payload_claims claims(token);
  fixed_text<limits::max_claim_header_bytes> value;
  out.append(",\"claims\":{");
  bool any = false;
  for (const std::string_view name : edge.logged_claims) {
    if (!claims.find(name, value)) continue;
    out.append(any ? ",\"" : "\"");
    any = true;
    append_json_string(out, name);
    out.append("\":\"");
    append_json_string(out, value);
    out.append('"');
  }
  out.append('}');
}

}  // namespace

void render_log_members(const policy& rules, const edge_policy& edge, const decision& judged,
                        std::string_view token, text_buffer& out) noexcept {
  const bool denied =
      judged.kind() == decision_kind::deny || judged.kind() == decision_kind::challenge;
  const bool wanted = edge.log == logged::all || (edge.log == logged::denied && denied);
  if (!wanted) return;
  const reason_row row = find_reason(judged.why());
  out.append("\"decision\":\"");
  out.append(kinds[static_cast<std::size_t>(judged.kind())]);
  out.append('"');
  append_member(out, "reason", row.name);
  if (!judged.allowed()) {
    out.append(",\"status\":");
    out.append_number(static_cast<std::size_t>(judged.status()));
  }
  if (judged.route() != decision::no_route) {
    append_member(out, "route", edge.routes[judged.route()].pattern);
  }
  if (edge.shadow) append_member(out, "mode", "shadow");
  if (token.empty()) return;
  if (const std::string_view id = find_key_id(rules, token); !id.empty()) {
    append_member(out, "kid", id);
  }
  append_claims(out, edge, token);
}

}  // namespace portcullis
