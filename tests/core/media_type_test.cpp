#include "jwt/media_type.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace portcullis {
namespace {

struct row {
  std::string_view left;
  std::string_view right;
  bool same;
};

TEST(media_type, has_no_case_and_an_optional_prefix) {
  constexpr row rows[] = {
      {"JWT", "JWT", true},
      {"JWT", "jwt", true},
      {"at+jwt", "AT+JWT", true},
      {"at+jwt", "application/at+jwt", true},
      {"application/at+jwt", "APPLICATION/AT+JWT", true},
      {"application/x/y", "application/x/y", true},
      {"", "", true},

      {"JWT", "JW", false},
      {"JWT", "JWT ", false},
      {"JWT", "", false},
      {"at+jwt", "jwt", false},
      {"at+jwt", "at-jwt", false},
      {"JWT", "text/JWT", false},
      {"application/x/y", "x/y", false},  // RFC 7515 section 4.1.9: no further slash
      {"application", "application/", false},
      {"JWT", "application/application/JWT", false},
      {"JWT", "applicationJWT", false},
      // Letters alone have case: these pairs differ in the same bit.
      {"@", "`", false},
      {"[", "{", false},
      {"K", "\x0b", false},
      {"\xc3\x89", "\xc3\xa9", false},
  };
  for (const auto& [left, right, same] : rows) {
    EXPECT_EQ(equal_media_type(left, right), same) << left << ' ' << right;
    EXPECT_EQ(equal_media_type(right, left), same) << right << ' ' << left;
  }
}

}  // namespace
}  // namespace portcullis
