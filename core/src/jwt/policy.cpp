#include "jwt/policy.hpp"

#include <utility>

#include "encoding/json_value.hpp"
#include "jose/jwk.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

using kind = json_value::kind;
using maybe_error = std::optional<policy_error>;

policy_error fail(const json_path& path, std::string expected) {
  return {path.spell(), std::move(expected)};
}

// A row per member of an object: its name, whether it must be there, and what reads it.
template <class Target>
struct member_row {
  std::string_view name;
  bool required;
  std::string_view expected;  // said when it is missing
  maybe_error (*read)(const json_value&, const json_path&, Target&);
};

template <class Target, std::size_t Count>
maybe_error read_members(const json_value& object, const json_path& path,
                         const member_row<Target> (&rows)[Count], Target& target) {
  for (const auto& name : object.names) {
    bool known = false;
    for (const auto& row : rows) known = known || row.name == name;
    if (!known) return fail(path.member(name), "expected no member of this name");
  }
  for (const auto& row : rows) {
    const json_value* const value = object.find(row.name);
    if (value == nullptr) {
      if (row.required) return fail(path.member(row.name), std::string(row.expected));
    } else if (auto error = row.read(*value, path.member(row.name), target)) {
      return error;
    }
  }
  return std::nullopt;
}

bool is_name(const json_value& value) noexcept {
  return value.type == kind::string && !value.string.empty() &&
         value.string.size() <= limits::max_string_bytes;
}

maybe_error read_names(const json_value& value, const json_path& path,
                       std::vector<std::string>& out) {
  if (value.type != kind::array || value.items.empty() ||
      value.items.size() > limits::max_list_entries) {
    return fail(path, "expected an array of 1 to 256 strings");
  }
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    if (!is_name(value.items[i])) {
      return fail(path.item(i), "expected a string of 1 to 1024 bytes");
    }
    out.push_back(value.items[i].string);
  }
  return std::nullopt;
}

maybe_error read_schema(const json_value& value, const json_path& path, policy& /*out*/) {
  if (value.type != kind::string) return fail(path, "expected a string");
  return std::nullopt;
}

constexpr std::string_view algorithms_expected = "expected an array of algorithms: \"HS256\"";

maybe_error read_algorithms(const json_value& value, const json_path& path, policy& out) {
  if (value.type != kind::array || value.items.empty()) {
    return fail(path, std::string(algorithms_expected));
  }
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const algorithm_row* found = nullptr;
    for (const auto& row : algorithms) {
      if (value.items[i].type == kind::string && value.items[i].string == row.name) found = &row;
    }
    if (found == nullptr) return fail(path.item(i), "expected \"HS256\"");
    if (out.allowed_algorithms.contains(found->id)) {
      return fail(path.item(i), "expected each algorithm once");
    }
    out.allowed_algorithms.add(found->id);
  }
  return std::nullopt;
}

constexpr std::string_view issuer_expected =
    "expected a string of 1 to 1024 bytes, or null to accept any issuer";

maybe_error read_issuer(const json_value& value, const json_path& path, policy& out) {
  if (value.type == kind::null) return std::nullopt;
  if (!is_name(value)) return fail(path, std::string(issuer_expected));
  out.issuer = value.string;
  return std::nullopt;
}

constexpr std::string_view audience_expected =
    "expected a string of 1 to 1024 bytes, an array of them, or null to accept any audience";

maybe_error read_audience(const json_value& value, const json_path& path, policy& out) {
  if (value.type == kind::null) return std::nullopt;
  if (value.type == kind::array) return read_names(value, path, out.audiences);
  if (!is_name(value)) return fail(path, std::string(audience_expected));
  out.audiences.push_back(value.string);
  return std::nullopt;
}

constexpr std::string_view keys_expected = "expected an array of 1 to 1000 keys";

maybe_error read_keys(const json_value& value, const json_path& path, policy& out) {
  if (value.type != kind::array || value.items.empty() || value.items.size() > limits::max_keys) {
    return fail(path, std::string(keys_expected));
  }
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const json_path key_path = path.item(i);
    auto key = parse_key(value.items[i], key_path);
    if (!key) return std::move(key.error());
    if (!out.keys.add(std::move(*key))) {
      return fail(key_path.member("kid"), "expected a kid that no other key has");
    }
  }
  return std::nullopt;
}

maybe_error read_clock_tolerance(const json_value& value, const json_path& path, policy& out) {
  if (value.type != kind::integer || value.integer < 0 ||
      value.integer > limits::max_clock_tolerance) {
    return fail(path, "expected a whole number of seconds from 0 to 300");
  }
  out.clock_tolerance = value.integer;
  return std::nullopt;
}

maybe_error read_expiration(const json_value& value, const json_path& path, policy& out) {
  const bool required = value.type == kind::string && value.string == "required";
  const bool optional = value.type == kind::string && value.string == "optional";
  if (!required && !optional) return fail(path, "expected \"required\" or \"optional\"");
  out.expiration_required = required;
  return std::nullopt;
}

maybe_error read_types(const json_value& value, const json_path& path, policy& out) {
  out.types.clear();
  if (value.type == kind::null) return std::nullopt;
  return read_names(value, path, out.types);
}

maybe_error read_all_of(const json_value& value, const json_path& path, requirement& out) {
  return read_names(value, path, out.all_of);
}

maybe_error read_any_of(const json_value& value, const json_path& path, requirement& out) {
  return read_names(value, path, out.any_of);
}

maybe_error read_requirement(const json_value& value, const json_path& path, requirement& out) {
  static constexpr member_row<requirement> rows[] = {
      {"all_of", false, {}, read_all_of},
      {"any_of", false, {}, read_any_of},
  };
  if (value.type != kind::object || value.names.empty()) {
    return fail(path, "expected an object with all_of or any_of");
  }
  return read_members(value, path, rows, out);
}

maybe_error read_permissions(const json_value& value, const json_path& path, policy& out) {
  return read_requirement(value, path, out.permissions);
}

maybe_error read_scope(const json_value& value, const json_path& path, policy& out) {
  return read_requirement(value, path, out.scope);
}

maybe_error read_require(const json_value& value, const json_path& path, policy& out) {
  static constexpr member_row<policy> rows[] = {
      {"permissions", false, {}, read_permissions},
      {"scope", false, {}, read_scope},
  };
  if (value.type != kind::object || value.names.empty()) {
    return fail(path, "expected an object with permissions or scope");
  }
  return read_members(value, path, rows, out);
}

maybe_error read_realm(const json_value& value, const json_path& path, policy& out) {
  bool printable = value.type == kind::string && !value.string.empty() &&
                   value.string.size() <= limits::max_realm_bytes;
  for (const char c : value.string) {
    printable = printable && c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
  }
  if (!printable) {
    return fail(path, "expected 1 to 64 printable ASCII characters without quote or backslash");
  }
  out.realm = value.string;
  return std::nullopt;
}

constexpr member_row<policy> policy_rows[] = {
    {"$schema", false, {}, read_schema},
    {"algorithms", true, algorithms_expected, read_algorithms},
    {"issuer", true, issuer_expected, read_issuer},
    {"audience", true, audience_expected, read_audience},
    {"keys", true, keys_expected, read_keys},
    {"clock_tolerance", false, {}, read_clock_tolerance},
    {"expiration", false, {}, read_expiration},
    {"typ", false, {}, read_types},
    {"require", false, {}, read_require},
    {"realm", false, {}, read_realm},
};

result<json_value, json_error> parse_document(std::string_view json) {
#if PORTCULLIS_JSON_NLOHMANN
  return parse_document_by_nlohmann(json);
#else
  return parse_document_by_scanner(json);
#endif
}

}  // namespace

result<policy, policy_error> parse_policy(std::string_view json) {
  const json_path root;
  if (json.size() > limits::max_policy_bytes) return fail(root, "expected at most 65536 bytes");
  auto document = parse_document(json);
  if (!document) {
    return policy_error{std::move(document.error().path), std::move(document.error().expected)};
  }
  if (document->type != kind::object) return fail(root, "expected a JSON object");

  policy parsed;
  parsed.types = {"JWT", "at+jwt"};
  if (auto error = read_members(*document, root, policy_rows, parsed)) return std::move(*error);
  return parsed;
}

}  // namespace portcullis
