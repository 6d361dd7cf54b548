// The `typ` header parameter names a media type, RFC 7515 section 4.1.9.
#pragma once

#include <string_view>

namespace portcullis {

inline constexpr std::string_view media_type_prefix = "application/";

// Compares without case; "at+jwt" and "application/at+jwt" are the same type.
[[nodiscard]] constexpr bool equal_media_type(std::string_view left,
                                              std::string_view right) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  const auto equal = [lower](std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
  };
  const auto short_form = [equal](std::string_view type) {
    if (!equal(type.substr(0, media_type_prefix.size()), media_type_prefix)) return type;
    const auto rest = type.substr(media_type_prefix.size());
    // Only a type whose rest has no further slash may be shortened.
    return rest.find('/') == std::string_view::npos ? rest : type;
  };
  return equal(short_form(left), short_form(right));
}

}  // namespace portcullis
