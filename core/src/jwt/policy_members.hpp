// Reading the members of a policy's objects: tables of names and readers, and the shapes that
// values have in more than one place.
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

// Where readers write to: each table has a struct of its own behind this one.
struct member_reading {
  policy_error& error;
};

// A row per member of an object: its name, what reads it, and a number for its reader.
struct member_row {
  const char* name;
  bool (*read)(const json_node& value, const member_row& row, member_reading& in);
  std::uint8_t places = both;
  std::uint8_t number = 0;
};

template <class Reading>
struct reader_of {
  using type = bool (*)(const json_node& value, const member_row& row, Reading& in);

  template <type read>
  static bool by(const json_node& value, const member_row& row, member_reading& in) {
    return read(value, row, static_cast<Reading&>(in));
  }
};

// `known`: where a member may stand that this object may have at all. `taken`: where it may stand
// to be read here. Not a template: one for all tables.
[[nodiscard]] bool read_members(const json_node& object, std::span<const member_row> rows,
                                std::uint8_t known, std::uint8_t taken, member_reading& in);

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
