#include "portcullis/fixed_text.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace portcullis {
namespace {

TEST(fixed_text, appends) {
  fixed_text<16> text;
  EXPECT_EQ(text.view(), "");
  text.append("ab");
  text.append('c');
  text.append(std::string_view());
  EXPECT_EQ(text.view(), "abc");
  const fixed_text<16> copy = text;
  text.clear();
  EXPECT_EQ(text.view(), "");
  EXPECT_EQ(std::string_view(copy), "abc");
}

TEST(fixed_text, cuts_what_does_not_fit) {
  fixed_text<4> text;
  text.append("abcd");
  EXPECT_EQ(text.view(), "abcd");
  text.append('e');
  text.append("fg");
  EXPECT_EQ(text.view(), "abcd");
  text.clear();
  text.append("abc");
  text.append("defgh");
  EXPECT_EQ(text.view(), "abcd");
}

TEST(fixed_text, does_not_cut_inside_a_character) {
  constexpr std::string_view characters[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
  for (const auto character : characters) {
    for (std::size_t before = 0; before <= 5; ++before) {
      const std::string start(before, 'a');
      fixed_text<4> text;
      text.append(start + std::string(character));
      const bool fits = before + character.size() <= 4;
      EXPECT_EQ(text.view(), fits ? start + std::string(character) : start.substr(0, 4)) << before;
    }
  }
}

TEST(fixed_text, appends_numbers_in_decimal) {
  for (const std::size_t value :
       {std::size_t{0}, std::size_t{1}, std::size_t{9}, std::size_t{10}, std::size_t{99},
        std::size_t{100}, std::size_t{65536}, std::numeric_limits<std::size_t>::max()}) {
    fixed_text<32> text;
    text.append('n');
    text.append_number(value);
    EXPECT_EQ(text.view(), 'n' + std::to_string(value));
  }
}

}  // namespace
}  // namespace portcullis
