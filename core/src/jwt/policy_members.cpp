#include "jwt/policy_members.hpp"

namespace portcullis {

bool read_members(const json_node& object, std::span<const member_row> rows, std::uint8_t known,
                  std::uint8_t taken, member_reading& in) {
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
      missing.type = json_node::kind::boolean;
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

bool has_children(const json_node& value, json_node::kind type, std::size_t most) noexcept {
  return value.type == type && value.count != 0 && value.count <= most;
}

bool read_names(const json_node& value, string_list& out, policy_error& error) {
  if (!has_children(value, json_node::kind::array, limits::max_list_entries)) {
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
  if (value.type == json_node::kind::array) return read_names(value, out, error);
  if (!is_name(value)) return refuse(error, value, expected);
  out = {&value, 1};
  return true;
}

bool read_whole(const json_node& value, std::int64_t least, std::int64_t most, std::int64_t& out,
                policy_text expected, policy_error& error) {
  out = value.integer;
  return (value.type == json_node::kind::integer && out >= least && out <= most) ||
         refuse(error, value, expected);
}

}  // namespace portcullis
