// Reading the members of a policy's objects: tables of names and readers, and the shapes that values
// have in more than one place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "encoding/json_document.hpp"
#include "jwt/policy.hpp"
#include "limits.hpp"
#include "portcullis/policy_error.hpp"

namespace portcullis {

// Where a member may stand, and whether it must.
enum place : std::uint8_t {
  top = 1,    // beside `issuers`
  entry = 2,  // in an entry of `issuers`, or at the top when there is no such list
  both = top | entry,
  required = 4
};

// A row per member of an object: its name, what reads it, and a number for its reader. `Reading` is
// where readers write to; it has a member `error`.
template <class Reading>
struct basic_member_row {
  const char* name;
  bool (*read)(const json_node& value, const basic_member_row& row, Reading& in);
  std::uint8_t places = both;
  std::uint8_t number = 0;
};

// `known`: where a member may stand that this object may have at all. `taken`: where it may stand
// to be read here.
template <class Reading>
[[nodiscard]] bool read_members(const json_node& object,
                                std::span<const basic_member_row<Reading>> rows, std::uint8_t known,
                                std::uint8_t taken, Reading& in) {
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

// A string of 1 to limits::max_string_bytes bytes.
[[nodiscard]] bool is_name(const json_node& value) noexcept;

// A string of 1 to 64 characters of a kind.
[[nodiscard]] bool is_short_text(const json_node& value, bool (*is_good)(char)) noexcept;

// An array or object with 1 to `most` children.
[[nodiscard]] bool has_children(const json_node& value, json_node::kind type,
                                std::size_t most) noexcept;

[[nodiscard]] bool read_names(const json_node& value, string_list& out, policy_error& error);

// A list of names, or a single one.
[[nodiscard]] bool read_name_or_names(const json_node& value, string_list& out,
                                      policy_text expected, policy_error& error);

// A whole number within bounds.
[[nodiscard]] bool read_whole(const json_node& value, std::int64_t least, std::int64_t most,
                              std::int64_t& out, policy_text expected, policy_error& error);

}  // namespace portcullis
