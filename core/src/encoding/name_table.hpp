// Finding what a member name means: a small table, searched by the first eight bytes as one number.
#pragma once

#include <cstddef>
#include <cstdint>
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

template <class Meaning>
struct name_row {
  constexpr name_row(std::string_view row_name, Meaning row_meaning) noexcept
      : packed(pack_name(row_name)), name(row_name), meaning(row_meaning) {}

  std::uint64_t packed;
  std::string_view name;
  Meaning meaning;
};

// The meaning of the row called `name`, or `otherwise`.
template <class Meaning, std::size_t Count>
[[nodiscard]] Meaning find_meaning(const name_row<Meaning> (&rows)[Count], const json_text& name,
                                   Meaning otherwise) noexcept {
  if (name.escaped) {
    for (const auto& row : rows) {
      if (equal(name, row.name)) return row.meaning;
    }
    return otherwise;
  }
  const std::uint64_t packed = pack_name(name.raw);
  for (const auto& row : rows) {
    if (row.packed == packed && (name.raw.size() <= 7 || name.raw == row.name)) return row.meaning;
  }
  return otherwise;
}

}  // namespace portcullis
