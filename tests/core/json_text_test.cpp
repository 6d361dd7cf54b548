#include "encoding/json_text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "support/exact_copy.hpp"

namespace portcullis {
namespace {

using support::exact_copy;

// What the scanner gives for a valid string of these characters.
json_text text_of(std::string_view raw) { return {raw, raw.find('\\') != std::string_view::npos}; }

struct row {
  std::string_view raw;
  std::string_view decoded;
};

constexpr row rows[] = {
    {"", ""},
    {"plain", "plain"},
    {R"(\"\\\/)", "\"\\/"},
    {R"(\b\f\n\r\t)", "\b\f\n\r\t"},
    {R"(\u0000)", std::string_view("\0", 1)},
    {R"(\u0041\u007f)", "A\x7f"},
    {R"(\u0080\u07ff)", "\xc2\x80\xdf\xbf"},
    {R"(\u0800\ud7ff\ue000\uFFFF)", "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"},
    {R"(\ud800\udc00)", "\xf0\x90\x80\x80"},
    {R"(\uDBFF\uDFFF)", "\xf4\x8f\xbf\xbf"},
    {R"(\uD83d\uDe00)", "\xf0\x9f\x98\x80"},
    {R"(a\u0062c)", "abc"},
    {R"(\u00e9)", "\xc3\xa9"},
    {"\xc3\xa9", "\xc3\xa9"},
    {R"(\\u0041)", "\\u0041"},
};

TEST(json_text, decodes_every_escape) {
  for (const auto& [raw, decoded] : rows) {
    const exact_copy copy(raw);
    EXPECT_EQ(decode(text_of(copy.view())), decoded) << raw;
  }
}

TEST(json_text, reads_the_end_for_ever) {
  json_text_reader reader(text_of(R"(\n)"));
  EXPECT_EQ(reader.next(), '\n');
  EXPECT_EQ(reader.next(), -1);
  EXPECT_EQ(reader.next(), -1);
}

TEST(json_text, reads_bytes_and_not_signed_characters) {
  json_text_reader reader(text_of("\xff"));
  EXPECT_EQ(reader.next(), 0xff);
}

TEST(json_text, equals_its_bytes_and_no_others) {
  for (const auto& [raw, decoded] : rows) {
    const exact_copy copy(raw);
    const json_text text = text_of(copy.view());
    const std::string same(decoded);
    EXPECT_TRUE(equal(text, same)) << raw;
    EXPECT_FALSE(equal(text, same + 'x')) << raw;
    EXPECT_FALSE(equal(text, same + '\0')) << raw;
    if (!same.empty()) {
      EXPECT_FALSE(equal(text, std::string_view(same).substr(1))) << raw;
      EXPECT_FALSE(equal(text, std::string_view(same).substr(0, same.size() - 1))) << raw;
      std::string other = same;
      other.back() = static_cast<char>(other.back() ^ 1);
      EXPECT_FALSE(equal(text, other)) << raw;
    }
  }
}

TEST(json_text, equals_another_spelling) {
  const std::string_view spellings[] = {"abc", R"(\u0061bc)", R"(a\u0062c)", R"(ab\u0063)"};
  const std::string_view others[] = {"abd", "ab", "abcd", R"(\u0061b)", R"(\u0061bcd)", R"(abc\n)"};
  for (const auto left : spellings) {
    for (const auto right : spellings) {
      EXPECT_TRUE(equal(text_of(left), text_of(right))) << left << ' ' << right;
    }
    for (const auto right : others) {
      EXPECT_FALSE(equal(text_of(left), text_of(right))) << left << ' ' << right;
      EXPECT_FALSE(equal(text_of(right), text_of(left))) << left << ' ' << right;
    }
  }
}

TEST(json_text, finds_whole_words) {
  struct word_row {
    std::string_view raw;
    std::string_view word;
    bool found;
  };
  constexpr word_row words[] = {
      {"read", "read", true},
      {"read write", "read", true},
      {"read write", "write", true},
      {"a read b", "read", true},
      {"  read  ", "read", true},
      {R"(re\u0061d)", "read", true},
      {R"(a\u0020read)", "read", true},
      {"", "read", false},
      {" ", "read", false},
      {"rea", "read", false},
      {"reads", "read", false},
      {"xread", "read", false},
      {"re ad", "read", false},
      {"read:all", "read", false},
      {"READ", "read", false},
      {"rread", "read", false},
      {"a\tread", "read", false},  // RFC 6749 section 3.3: only a space parts words
      {R"(a\tread)", "read", false},
      {"read,write", "read", false},
      {"read write", "read write", false},
      {"readread", "read", false},
  };
  for (const auto& [raw, word, found] : words) {
    const exact_copy copy(raw);
    EXPECT_EQ(contains_word(text_of(copy.view()), word), found) << raw << " / " << word;
  }
}

TEST(json_text, decodes_into_a_buffer_that_just_fits) {
  std::array<char, 3> three{};
  std::array<char, 2> two{};
  EXPECT_EQ(decode(text_of(R"(a\u0062c)"), three), "abc");
  EXPECT_EQ(decode(text_of(R"(a\u0062c)"), two), std::nullopt);
  EXPECT_EQ(decode(text_of(R"(\u00e9)"), two), "\xc3\xa9");
  EXPECT_EQ(decode(text_of(R"(\n)"), std::span<char>()), std::nullopt);
}

TEST(json_text, does_not_copy_what_has_no_escape) {
  const std::string long_text(10000, 'x');
  const auto decoded = decode(text_of(long_text), std::span<char>());
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->data(), long_text.data());
  EXPECT_EQ(decoded->size(), long_text.size());
}

}  // namespace
}  // namespace portcullis
