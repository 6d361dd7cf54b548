// Finding what a member name means: a small table, searched by the first eight bytes as one number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "encoding/json_text.hpp"

namespace portcullis {

[[nodiscard, gnu::always_inline]] constexpr std::uint64_t pack_name(
    std::string_view name) noexcept {
  std::uint64_t packed = name.size();
  for (std::size_t i = 0; i < name.size() && i < 7; ++i) {
    packed = packed << 8 | static_cast<unsigned char>(name[i]);
  }
  return packed;
}

struct packed_name {
  std::uint64_t packed;
  const char* name;
  std::uint8_t meaning;
};

template <class Meaning>
struct name_row : packed_name {
  // cppcheck-suppress uninitDerivedMemberVar ; it does not see a base's initializer in braces
  constexpr name_row(const char* row_name, Meaning row_meaning) noexcept
      : packed_name{pack_name(row_name), row_name, static_cast<std::uint8_t>(row_meaning)} {}
};

// The meaning of the row called `name`, or `otherwise`: for all tables.
[[nodiscard]] inline std::uint8_t find_packed(const packed_name* rows, std::size_t count,
                                              const json_text& name,
                                              std::uint8_t otherwise) noexcept {
  const std::size_t size = name.raw.size();
  const std::uint64_t packed = pack_name(name.raw);
  for (const packed_name* row = rows; row != rows + count; ++row) {
    if (name.escaped) {
      if (equal_decoded(name, row->name)) return row->meaning;
    } else if (row->packed == packed &&
               // Of a longer name the upper byte is the length, and the rest is still to be
               // compared.
               (size <= 7 || (row->packed >> 56 == size &&
                              std::memcmp(name.raw.data(), row->name, size) == 0))) {
      return row->meaning;
    }
  }
  return otherwise;
}

template <class Meaning, std::size_t Count>
[[nodiscard]] Meaning find_meaning(const name_row<Meaning> (&rows)[Count], const json_text& name,
                                   Meaning otherwise) noexcept {
  static_assert(sizeof(name_row<Meaning>) == sizeof(packed_name));
  return static_cast<Meaning>(find_packed(rows, Count, name, static_cast<std::uint8_t>(otherwise)));
}

}  // namespace portcullis
