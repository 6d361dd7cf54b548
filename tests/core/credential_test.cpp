#include "edge/credential.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/exact_copy.hpp"
#include "support/print.hpp"
#include "support/samples.hpp"

namespace portcullis {
namespace {

using support::exact_copy;
using support::request_with;

reason reason_of(std::string_view value) {
  const exact_copy copy(value);
  const auto token = parse_credential(request_with(copy.view()).authorization);
  return token ? reason::ok : token.error();
}

std::string token_of(std::string_view value) {
  const exact_copy copy(value);
  const auto token = parse_credential(request_with(copy.view()).authorization);
  return token ? std::string(*token) : "-";
}

TEST(credential, is_what_follows_bearer) {
  EXPECT_EQ(token_of("Bearer abc"), "abc");
  EXPECT_EQ(token_of("bearer abc"), "abc");
  EXPECT_EQ(token_of("BEARER abc"), "abc");
  EXPECT_EQ(token_of("bEaReR abc"), "abc");
  EXPECT_EQ(token_of("Bearer    abc"), "abc");
  // Not looked into: the token's own rules refuse these.
  EXPECT_EQ(token_of("Bearer abc "), "abc ");
  EXPECT_EQ(token_of("Bearer abc def"), "abc def");
  EXPECT_EQ(token_of("Bearer \tabc"), "\tabc");
  EXPECT_EQ(token_of("Bearer \xff"), "\xff");
}

TEST(credential, of_another_scheme_is_none) {
  for (const std::string_view value :
       {"Basic YWJj", "Bearerx abc", "Bearerabc", "Beare abc", "B abc", "DPoP abc", " Bearer abc",
        " ", "Bearer\tabc", "Bearer,abc", "Bearer=abc", "\"Bearer\" abc", "abc.def.ghi",
        "\x02"
        "earer abc",
        "Bearer\xc2\xa0"
        "abc"}) {
    EXPECT_EQ(reason_of(value), reason::credential_missing) << value;
  }
}

// Folding case must touch letters alone: each of these differs from a letter in the same bit.
TEST(credential, folds_the_case_of_letters_only) {
  const std::string good = "Bearer x";
  for (std::size_t place = 0; place < 6; ++place) {
    for (int c = 0; c < 256; ++c) {
      std::string value = good;
      value[place] = static_cast<char>(c);
      const bool same = c == good[place] || c == (good[place] ^ 0x20);
      EXPECT_EQ(reason_of(value), same ? reason::ok : reason::credential_missing) << c;
    }
  }
}

TEST(credential, without_a_token_is_malformed) {
  for (const std::string_view value : {"", "Bearer", "bearer", "Bearer ", "Bearer     "}) {
    EXPECT_EQ(reason_of(value), reason::credential_malformed) << value;
  }
}

TEST(credential, depends_on_the_shape) {
  struct row {
    field_shape shape;
    reason why;
  };
  constexpr row rows[] = {
      {field_shape::absent, reason::credential_missing},
      {field_shape::repeated, reason::credential_malformed},
      {field_shape::malformed, reason::credential_malformed},
      {field_shape::no_request, reason::request_malformed},
      {static_cast<field_shape>(5), reason::internal_error},
      {static_cast<field_shape>(255), reason::internal_error},
  };
  for (const auto& [shape, why] : rows) {
    // The value counts for nothing.
    const auto token = parse_credential({shape, "Bearer abc"});
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error(), why);
  }
}

TEST(credential, is_bounded) {
  const std::string longest = "Bearer " + std::string(16448 - 7, 'a');
  EXPECT_EQ(reason_of(longest), reason::ok);
  EXPECT_EQ(reason_of(longest + 'a'), reason::token_too_large);
}

}  // namespace
}  // namespace portcullis
