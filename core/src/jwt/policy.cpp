#include "jwt/policy.hpp"

#include "jose/jwk.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

using kind = json_node::kind;

// A row per member of an object: its name, what is said when it is missing although it is required
// (nothing: it is optional), and what reads it.
template <class Target>
struct member_row {
  std::string_view name;
  std::string_view required;
  bool (*read)(const json_node&, Target&, policy_error&);
};

template <class Target, std::size_t Count>
bool read_members(const json_node& object, const member_row<Target> (&rows)[Count], Target& target,
                  policy_error& error) {
  for (const json_node* child = object.first; child != nullptr; child = child->next) {
    bool known = false;
    for (const auto& row : rows) known = known || row.name == child->name;
    if (!known) return refuse(error, *child, "expected no such member");
  }
  for (const auto& row : rows) {
    const json_node* const value = object.find(row.name);
    if (value == nullptr) {
      if (!row.required.empty()) return refuse_member(error, object, row.name, row.required);
    } else if (!row.read(*value, target, error)) {
      return false;
    }
  }
  return true;
}

bool is_name(const json_node& value) noexcept {
  return value.is_string() && !value.text.empty() && value.text.size() <= limits::max_string_bytes;
}

bool read_names(const json_node& value, string_list& out, policy_error& error) {
  if (value.type != kind::array || value.count == 0 || value.count > limits::max_list_entries) {
    return refuse(error, value, "expected an array of 1 to 256 strings");
  }
  for (const json_node* item = value.first; item != nullptr; item = item->next) {
    if (!is_name(*item)) return refuse(error, *item, "expected a string of 1 to 1024 bytes");
  }
  out = {value.first, value.count};
  return true;
}

bool read_schema(const json_node& value, policy& /*out*/, policy_error& error) {
  return value.is_string() || refuse(error, value, "expected a string");
}

constexpr std::string_view algorithms_expected = "expected an array of algorithms: \"HS256\"";

bool read_algorithms(const json_node& value, policy& out, policy_error& error) {
  if (value.type != kind::array || value.count == 0) {
    return refuse(error, value, algorithms_expected);
  }
  for (const json_node* item = value.first; item != nullptr; item = item->next) {
    const algorithm_row* found = nullptr;
    for (const auto& row : algorithms) {
      if (item->is_string() && item->text == row.name) found = &row;
    }
    if (found == nullptr) return refuse(error, *item, "expected \"HS256\"");
    if (out.allowed_algorithms.contains(found->id)) {
      return refuse(error, *item, "expected each algorithm once");
    }
    out.allowed_algorithms.add(found->id);
  }
  return true;
}

constexpr std::string_view issuer_expected =
    "expected a string of 1 to 1024 bytes, or null for any issuer";

bool read_issuer(const json_node& value, policy& out, policy_error& error) {
  if (value.type == kind::null) return true;
  if (!is_name(value)) return refuse(error, value, issuer_expected);
  out.issuer = value.text;
  return true;
}

constexpr std::string_view audience_expected =
    "expected a string of 1 to 1024 bytes, an array of them, or null for any audience";

bool read_audience(const json_node& value, policy& out, policy_error& error) {
  if (value.type == kind::null) return true;
  if (value.type == kind::array) return read_names(value, out.audiences, error);
  if (!is_name(value)) return refuse(error, value, audience_expected);
  out.audiences = {&value, 1};
  return true;
}

constexpr std::string_view keys_expected = "expected an array of 1 to 1000 keys";

bool read_keys(const json_node& value, policy& out, policy_error& error) {
  if (value.type != kind::array || value.count == 0 || value.count > limits::max_keys) {
    return refuse(error, value, keys_expected);
  }
  out.keys.reserve(value.count);
  for (const json_node* item = value.first; item != nullptr; item = item->next) {
    if (!parse_key(out.document, *item, out.keys.next(), error)) return false;
    if (!out.keys.accept()) {
      return refuse_member(error, *item, "kid", "expected a kid that no other key has");
    }
  }
  return true;
}

bool read_clock_tolerance(const json_node& value, policy& out, policy_error& error) {
  if (value.type != kind::integer || value.integer < 0 ||
      value.integer > limits::max_clock_tolerance) {
    return refuse(error, value, "expected a whole number of seconds from 0 to 300");
  }
  out.clock_tolerance = value.integer;
  return true;
}

bool read_expiration(const json_node& value, policy& out, policy_error& error) {
  out.expiration_required = value.is_string() && value.text == "required";
  const bool optional = value.is_string() && value.text == "optional";
  return out.expiration_required || optional ||
         refuse(error, value, "expected \"required\" or \"optional\"");
}

bool read_types(const json_node& value, policy& out, policy_error& error) {
  out.any_type = value.type == kind::null;
  return out.any_type || read_names(value, out.types, error);
}

bool read_all_of(const json_node& value, requirement& out, policy_error& error) {
  return read_names(value, out.all_of, error);
}

bool read_any_of(const json_node& value, requirement& out, policy_error& error) {
  return read_names(value, out.any_of, error);
}

bool read_requirement(const json_node& value, requirement& out, policy_error& error) {
  static constexpr member_row<requirement> rows[] = {
      {"all_of", {}, read_all_of},
      {"any_of", {}, read_any_of},
  };
  if (value.type != kind::object || value.count == 0) {
    return refuse(error, value, "expected an object with all_of or any_of");
  }
  return read_members(value, rows, out, error);
}

bool read_permissions(const json_node& value, policy& out, policy_error& error) {
  return read_requirement(value, out.permissions, error);
}

bool read_scope(const json_node& value, policy& out, policy_error& error) {
  return read_requirement(value, out.scope, error);
}

bool read_require(const json_node& value, policy& out, policy_error& error) {
  static constexpr member_row<policy> rows[] = {
      {"permissions", {}, read_permissions},
      {"scope", {}, read_scope},
  };
  if (value.type != kind::object || value.count == 0) {
    return refuse(error, value, "expected an object with permissions or scope");
  }
  return read_members(value, rows, out, error);
}

bool read_realm(const json_node& value, policy& out, policy_error& error) {
  bool printable =
      value.is_string() && !value.text.empty() && value.text.size() <= limits::max_realm_bytes;
  for (const char c : value.text) {
    printable = printable && c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
  }
  out.realm = value.text;
  return printable ||
         refuse(error, value,
                "expected 1 to 64 printable ASCII characters without quote or backslash");
}

constexpr member_row<policy> policy_rows[] = {
    {"$schema", {}, read_schema},
    {"algorithms", algorithms_expected, read_algorithms},
    {"issuer", issuer_expected, read_issuer},
    {"audience", audience_expected, read_audience},
    {"keys", keys_expected, read_keys},
    {"clock_tolerance", {}, read_clock_tolerance},
    {"expiration", {}, read_expiration},
    {"typ", {}, read_types},
    {"require", {}, read_require},
    {"realm", {}, read_realm},
};

bool parse_document(std::string_view json, json_document& document, policy_error& error) {
#if PORTCULLIS_JSON_NLOHMANN
  return parse_document_by_nlohmann(json, document, error);
#else
  return parse_document_by_scanner(json, document, error);
#endif
}

}  // namespace

bool parse_policy(std::string_view json, policy& policy, policy_error& error) {
  if (json.size() > limits::max_policy_bytes) {
    error.path.append('$');
    error.expected.append("expected at most 65536 bytes");
    return false;
  }
  if (!parse_document(json, policy.document, error)) return false;
  const json_node& root = policy.document.root();
  if (root.type != kind::object) return refuse(error, root, "expected a JSON object");
  return read_members(root, policy_rows, policy, error);
}

}  // namespace portcullis
