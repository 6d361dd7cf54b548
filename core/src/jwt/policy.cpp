#include "jwt/policy.hpp"

#include "encoding/slice.hpp"
#include "jose/jwk_set.hpp"
#include "jwt/policy_members.hpp"
#include "jwt/requirements.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

using kind = json_node::kind;

// Where the readers of members write to.
struct reading : member_reading {
  policy& out;
  issuer_policy* issuer;
  rule_writer rules;
};

template <reader_of<reading>::type read>
constexpr auto as = reader_of<reading>::by<read>;

bool read_schema(const json_node& value, const member_row& /*row*/, reading& in) {
  return value.is_string() || refuse(in.error, value, policy_text::string);
}

bool read_algorithms(const json_node& value, const member_row& /*row*/, reading& in) {
  if (value.type != kind::array || value.count == 0) {
    return refuse(in.error, value, policy_text::algorithm_list);
  }
  algorithm_set& allowed = in.issuer->allowed_algorithms;
  for (const json_node* item = value.first; item != nullptr; item = item->next) {
    const algorithm_row* const found = item->is_string() ? find_algorithm(item->text) : nullptr;
    if (found == nullptr) return refuse(in.error, *item, policy_text::algorithm);
    if (allowed.contains(found->id)) {
      return refuse(in.error, *item, policy_text::algorithm_once);
    }
    allowed.add(found->id);
  }
  return true;
}

bool read_issuer(const json_node& value, const member_row& /*row*/, reading& in) {
  // Only a policy for a single issuer may leave it open.
  const bool single = value.parent->parent == nullptr;
  if (single && value.type == kind::null) return true;
  if (!is_name(value)) {
    return refuse(in.error, value, single ? policy_text::issuer_or_null : policy_text::name);
  }
  for (const issuer_policy* other = in.out.first_issuer.get(); other != in.issuer;
       other = other->next.get()) {
    if (other->issuer == value.text) {
      return refuse(in.error, value, policy_text::issuer_unique);
    }
  }
  in.issuer->issuer = value.text;

  bool marked = false;
  for (std::size_t at = 0; at < value.text.size(); ++at) {
    if (!has_at(value.text, at, tenant_mark)) continue;
    if (marked) return refuse(in.error, value, policy_text::tenant_mark_once);
    marked = true;
    in.issuer->tenant_at = at;
  }
  const json_node* const tenants = value.parent->find("tenants");
  if (marked == (tenants != nullptr)) return true;
  return refuse_member(in.error, *value.parent, "tenants",
                       marked ? policy_text::tenant_list : policy_text::tenant_mark_in_issuer);
}

constexpr bool is_tenant_character(char c) noexcept {
  const char lower = static_cast<char>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

bool read_tenants(const json_node& value, const member_row& /*row*/, reading& in) {
  if (in.issuer->issuer.empty()) return refuse(in.error, value, policy_text::tenant_mark_in_issuer);
  if (!has_children(value, kind::array, limits::max_list_entries)) {
    return refuse(in.error, value, policy_text::tenant_list);
  }
  for (const json_node* item = value.first; item != nullptr; item = item->next) {
    if (!is_short_text(*item, is_tenant_character)) {
      return refuse(in.error, *item, policy_text::tenant);
    }
  }
  in.issuer->tenants = {value.first, value.count};
  return true;
}

bool read_audience(const json_node& value, const member_row& /*row*/, reading& in) {
  return value.type == kind::null ||
         read_name_or_names(value, in.issuer->audiences, policy_text::audience_or_null, in.error);
}

bool read_keys(const json_node& value, const member_row& /*row*/, reading& in) {
  return parse_keys(in.out.document, value, in.issuer->allowed_algorithms, in.issuer->keys,
                    in.error);
}

bool read_clock_tolerance(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_whole(value, 0, limits::max_clock_tolerance, in.out.clock_tolerance,
                    policy_text::clock_tolerance, in.error);
}

bool read_max_token_age(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_whole(value, 1, limits::max_token_age, in.issuer->max_token_age,
                    policy_text::max_token_age, in.error);
}

bool read_expiration(const json_node& value, const member_row& /*row*/, reading& in) {
  const bool required = value.is_string() && value.text == "required";
  const bool optional = value.is_string() && value.text == "optional";
  in.issuer->expiration_required = required;
  return required || optional || refuse(in.error, value, policy_text::expiration);
}

bool read_types(const json_node& value, const member_row& /*row*/, reading& in) {
  in.issuer->any_type = value.type == kind::null;
  return in.issuer->any_type || read_names(value, in.issuer->types, in.error);
}

// ---- what is asked of other claims ----

bool read_text_claim(const json_node& value, const member_row& row, reading& in) {
  claim_rule* const rule = in.rules.add(row.number, row.name);
  if (rule == nullptr) return refuse_for_memory(in.error);
  return read_name_or_names(value, rule->lists.lists[1], policy_text::name_or_names, in.error);
}

bool read_require(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_requirements(value, in.rules, in.error);
}

// What may stand between quotation marks without a backslash (RFC 9110 section 5.6.4).
constexpr bool is_realm_character(char c) noexcept {
  return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

bool read_realm(const json_node& value, const member_row& /*row*/, reading& in) {
  in.out.realm = value.text;
  return is_short_text(value, is_realm_character) || refuse(in.error, value, policy_text::realm);
}

#if PORTCULLIS_EDGE
// What edge/edge_policy.cpp reads.
bool leave_to_edge(const json_node& /*value*/, const member_row& /*row*/, reading& /*in*/) {
  return true;
}
#endif

bool read_issuers(const json_node& value, const member_row& row, reading& in);

constexpr member_row policy_rows[] = {
    {"$schema", as<read_schema>, top},
    {"issuers", as<read_issuers>, top},
    {"algorithms", as<read_algorithms>, entry | required},
    {"issuer", as<read_issuer>, entry | required},
    {"tenants", as<read_tenants>, entry},
    {"audience", as<read_audience>, entry | required},
    {"keys", as<read_keys>, entry | required},
    {"clock_tolerance", as<read_clock_tolerance>, top},
    {"expiration", as<read_expiration>, entry},
    {"max_token_age", as<read_max_token_age>, entry},
    {"typ", as<read_types>, entry},
    {"token_use", as<read_text_claim>, entry, claim_rule::text},
    {"client_id", as<read_text_claim>, entry, claim_rule::text},
    {"azp", as<read_text_claim>, entry, claim_rule::text},
    {"require", as<read_require>, entry},
    {"realm", as<read_realm>, top},
#if PORTCULLIS_EDGE
    {"sources", as<leave_to_edge>, top},
    {"claim_headers", as<leave_to_edge>, top},
    {"challenge", as<leave_to_edge>, top},
    {"path_case", as<leave_to_edge>, top},
    {"routes", as<leave_to_edge>, top},
    {"cors", as<leave_to_edge>, top},
    {"rate_limit", as<leave_to_edge>, top},
    {"token_cache", as<leave_to_edge>, top},
    {"mode", as<leave_to_edge>, top},
    {"log", as<leave_to_edge>, top},
#endif
};

bool read_issuer_members(const json_node& object, std::uint8_t known, reading& in) {
  auto& place = in.issuer == nullptr ? in.out.first_issuer : in.issuer->next;
  place = make_owned<issuer_policy>();
  if (place == nullptr) return refuse_for_memory(in.error);
  in.issuer = place.get();
  in.rules = rule_writer(in.issuer->first_rule);
  return read_members(object, policy_rows, known, known, in);
}

bool read_issuers(const json_node& value, const member_row& /*row*/, reading& in) {
  if (!has_children(value, kind::array, limits::max_issuers)) {
    return refuse(in.error, value, policy_text::issuer_list);
  }
  for (const json_node* item = value.first; item != nullptr; item = item->next) {
    if (item->type != kind::object) {
      return refuse(in.error, *item, policy_text::issuer_object);
    }
    if (!read_issuer_members(*item, entry, in)) return false;
  }
  return true;
}

}  // namespace

bool parse_policy(std::string_view json, policy& policy, policy_error& error) {
  if (!parse_document(json, policy.document, error)) return false;
  const json_node& root = policy.document.root();
  if (root.type != kind::object) return refuse(error, root, policy_text::json_object);
  owned<claim_rule> nowhere;
  reading in{{error}, policy, nullptr, rule_writer(nowhere)};
  if (root.find("issuers") != nullptr) return read_members(root, policy_rows, both, top, in);
  return read_issuer_members(root, both, in);
}

}  // namespace portcullis
