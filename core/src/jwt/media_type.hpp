// The `typ` header parameter names a media type, RFC 7515 section 4.1.9.
#pragma once

#include <cstddef>
#include <string_view>

#include "encoding/slice.hpp"

namespace portcullis {

inline constexpr std::string_view media_type_prefix = "application/";

[[nodiscard]] constexpr bool equal_without_case(std::string_view left,
                                                std::string_view right) noexcept {
  if (left.size() != right.size()) return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (lower(left[i]) != lower(right[i])) return false;
  }
  return true;
}

// "at+jwt" for "application/at+jwt". Only a type whose rest has no further slash may be shortened.
[[nodiscard]] constexpr std::string_view shorten_media_type(std::string_view type) noexcept {
  const std::size_t prefix = media_type_prefix.size();
  if (type.size() < prefix || !equal_without_case(slice(type, 0, prefix), media_type_prefix)) {
    return type;
  }
  const std::string_view rest = slice(type, prefix);
  for (const char c : rest) {
    if (c == '/') return type;
  }
  return rest;
}

// Compares without case; "at+jwt" and "application/at+jwt" are the same type.
[[nodiscard]] constexpr bool equal_media_type(std::string_view left,
                                              std::string_view right) noexcept {
  return equal_without_case(shorten_media_type(left), shorten_media_type(right));
}

}  // namespace portcullis
