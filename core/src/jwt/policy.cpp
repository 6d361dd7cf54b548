#include "jwt/policy.hpp"

#include <span>

#include "encoding/slice.hpp"
#include "jose/jwk_set.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

using kind = json_node::kind;

// Where the readers of members write to.
struct reading {
  policy& out;
  issuer_policy* issuer;
  owned<claim_rule>* next_rule;
  requirement* lists;
  policy_error& error;
};

// Where a member may stand, and whether it must.
enum place : std::uint8_t {
  top = 1,    // beside `issuers`
  entry = 2,  // in an entry of `issuers`, or at the top when there is no such list
  both = top | entry,
  required = 4
};

// A row per member of an object: its name, what reads it, and a number for its reader: what to ask
// of the claim of the same name (claim_rule::kind), or which list of a requirement it is.
struct member_row {
  const char* name;
  bool (*read)(const json_node& value, const member_row& row, reading& in);
  std::uint8_t places = both;
  std::uint8_t number = 0;
};

// `known`: where a member may stand that this object may have at all. `taken`: where it may stand
// to be read here.
bool read_members(const json_node& object, std::span<const member_row> rows, std::uint8_t known,
                  std::uint8_t taken, reading& in) {
  for (const json_node* child = object.first; child != nullptr; child = child->next) {
    bool found = false;
    for (const auto& row : rows) {
      found = found || ((row.places & known) != 0 && child->name == row.name);
    }
    if (!found) return refuse(in.error, *child, policy_text::no_such_member);
  }
  for (const auto& row : rows) {
    if ((row.places & known) == 0) continue;
    const json_node* value = object.find(row.name);
    if ((row.places & taken) == 0) {
      if (value == nullptr) continue;
      return refuse(in.error, *value, policy_text::not_beside_issuers);
    }
    // No required member takes a boolean: its reader says what it wants instead.
    json_node missing;
    if (value == nullptr) {
      if ((row.places & required) == 0) continue;
      missing.type = kind::boolean;
      missing.parent = &object;
      missing.name = row.name;
      value = &missing;
    }
    if (!row.read(*value, row, in)) return false;
  }
  return true;
}

bool is_name(const json_node& value) noexcept {
  return value.is_string() && !value.text.empty() && value.text.size() <= limits::max_string_bytes;
}

// Whether it is a string of 1 to 64 characters of a kind.
bool is_short_text(const json_node& value, bool (*is_good)(char)) noexcept {
  bool good = value.is_string() && !value.text.empty() && value.text.size() <= 64;
  for (const char c : value.text) good = good && is_good(c);
  return good;
}
static_assert(limits::max_realm_bytes == 64 && limits::max_tenant_bytes == 64);

bool has_children(const json_node& value, kind type, std::size_t most) noexcept {
  return value.type == type && value.count != 0 && value.count <= most;
}

bool read_names(const json_node& value, string_list& out, policy_error& error) {
  if (!has_children(value, kind::array, limits::max_list_entries)) {
    return refuse(error, value, policy_text::name_list);
  }
  for (const json_node* item = value.first; item != nullptr; item = item->next) {
    if (!is_name(*item)) return refuse(error, *item, policy_text::name);
  }
  out = {value.first, value.count};
  return true;
}

// A list, or a single string.
bool read_name_or_names(const json_node& value, string_list& out, policy_text expected,
                        policy_error& error) {
  if (value.type == kind::array) return read_names(value, out, error);
  if (!is_name(value)) return refuse(error, value, expected);
  out = {&value, 1};
  return true;
}

bool read_seconds(const json_node& value, std::int64_t least, std::int64_t most, std::int64_t& out,
                  policy_text expected, policy_error& error) {
  out = value.integer;
  return (value.type == kind::integer && out >= least && out <= most) ||
         refuse(error, value, expected);
}

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
  return read_seconds(value, 0, limits::max_clock_tolerance, in.out.clock_tolerance,
                      policy_text::clock_tolerance, in.error);
}

bool read_max_token_age(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_seconds(value, 1, limits::max_token_age, in.issuer->max_token_age,
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

claim_rule& add_rule(std::uint8_t number, std::string_view claim, reading& in) {
  claim_rule& rule = *(*in.next_rule = make_owned<claim_rule>());
  in.next_rule = &rule.next;
  rule.asks = static_cast<claim_rule::kind>(number);
  rule.claim = claim;
  return rule;
}

bool read_text_claim(const json_node& value, const member_row& row, reading& in) {
  return read_name_or_names(value, add_rule(row.number, row.name, in).lists.lists[1],
                            policy_text::name_or_names, in.error);
}

bool read_list(const json_node& value, const member_row& row, reading& in) {
  return read_names(value, in.lists->lists[row.number], in.error);
}

constexpr member_row requirement_rows[] = {
    {"all_of", read_list, both, 0},
    {"any_of", read_list, both, 1},
    {"none_of", read_list, both, 2},
};

bool read_requirement(const json_node& value, requirement& out, reading& in) {
  if (!has_children(value, kind::object, limits::max_policy_members)) {
    return refuse(in.error, value, policy_text::requirement);
  }
  in.lists = &out;
  return read_members(value, requirement_rows, both, both, in);
}

bool read_grants(const json_node& value, const member_row& row, reading& in) {
  return read_requirement(value, add_rule(row.number, row.name, in).lists, in);
}

bool read_present(const json_node& value, const member_row& row, reading& in) {
  if (!has_children(value, kind::array, limits::max_named_claims)) {
    return refuse(in.error, value, policy_text::claim_names);
  }
  for (const json_node* item = value.first; item != nullptr; item = item->next) {
    if (!is_name(*item)) return refuse(in.error, *item, policy_text::name);
    add_rule(row.number, item->text, in);
  }
  return true;
}

bool read_claims(const json_node& value, const member_row& /*row*/, reading& in) {
  if (!has_children(value, kind::object, limits::max_named_claims)) {
    return refuse(in.error, value, policy_text::claims);
  }
  for (const json_node* claim = value.first; claim != nullptr; claim = claim->next) {
    // Unlike a name, the value of a claim may be empty.
    const bool text = claim->is_string() && claim->text.size() <= limits::max_string_bytes;
    if (claim->type == kind::object) {
      if (!read_requirement(*claim, add_rule(claim_rule::strings, claim->name, in).lists, in)) {
        return false;
      }
    } else if (text || claim->type == kind::integer || claim->type == kind::boolean) {
      add_rule(claim_rule::value, claim->name, in).wanted = claim;
    } else {
      return refuse(in.error, *claim, policy_text::claim);
    }
  }
  return true;
}

constexpr member_row require_rows[] = {
    {"present", read_present},
    {"claims", read_claims},
    {"permissions", read_grants, both, claim_rule::permissions},
    {"scope", read_grants, both, claim_rule::scope},
    {"roles", read_grants, both, claim_rule::roles},
    {"groups", read_grants, both, claim_rule::groups},
};

bool read_require(const json_node& value, const member_row& /*row*/, reading& in) {
  if (!has_children(value, kind::object, limits::max_policy_members)) {
    return refuse(in.error, value, policy_text::requirements);
  }
  return read_members(value, require_rows, both, both, in);
}

// What may stand between quotation marks without a backslash (RFC 9110 section 5.6.4).
constexpr bool is_realm_character(char c) noexcept {
  return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

bool read_realm(const json_node& value, const member_row& /*row*/, reading& in) {
  in.out.realm = value.text;
  return is_short_text(value, is_realm_character) || refuse(in.error, value, policy_text::realm);
}

bool read_issuers(const json_node& value, const member_row& row, reading& in);

constexpr member_row policy_rows[] = {
    {"$schema", read_schema, top},
    {"issuers", read_issuers, top},
    {"algorithms", read_algorithms, entry | required},
    {"issuer", read_issuer, entry | required},
    {"tenants", read_tenants, entry},
    {"audience", read_audience, entry | required},
    {"keys", read_keys, entry | required},
    {"clock_tolerance", read_clock_tolerance, top},
    {"expiration", read_expiration, entry},
    {"max_token_age", read_max_token_age, entry},
    {"typ", read_types, entry},
    {"token_use", read_text_claim, entry, claim_rule::text},
    {"client_id", read_text_claim, entry, claim_rule::text},
    {"azp", read_text_claim, entry, claim_rule::text},
    {"require", read_require, entry},
    {"realm", read_realm, top},
};

bool read_issuer_members(const json_node& object, std::uint8_t known, reading& in) {
  auto& place = in.issuer == nullptr ? in.out.first_issuer : in.issuer->next;
  place = make_owned<issuer_policy>();
  in.issuer = place.get();
  in.next_rule = &in.issuer->first_rule;
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
  reading in{policy, nullptr, nullptr, nullptr, error};
  if (root.find("issuers") != nullptr) return read_members(root, policy_rows, both, top, in);
  return read_issuer_members(root, both, in);
}

}  // namespace portcullis
