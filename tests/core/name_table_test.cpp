#include "encoding/name_table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/exact_copy.hpp"

namespace portcullis {
namespace {

enum class meaning { other, one, seven, eight, nine, empty };

constexpr name_row<meaning> rows[] = {
    {"a", meaning::one},          {"abcdefg", meaning::seven}, {"abcdefgh", meaning::eight},
    {"abcdefghi", meaning::nine}, {"", meaning::empty},
};

meaning find(std::string_view raw) {
  const support::exact_copy copy(raw);
  const json_text name{copy.view(), raw.find('\\') != std::string_view::npos};
  return find_meaning(rows, name, meaning::other);
}

TEST(name_table, finds_whole_names) {
  EXPECT_EQ(find("a"), meaning::one);
  EXPECT_EQ(find("abcdefg"), meaning::seven);
  EXPECT_EQ(find("abcdefgh"), meaning::eight);
  EXPECT_EQ(find("abcdefghi"), meaning::nine);
  EXPECT_EQ(find(""), meaning::empty);
}

TEST(name_table, finds_escaped_names) {
  EXPECT_EQ(find(R"(\u0061)"), meaning::one);
  EXPECT_EQ(find(R"(abcdef\u0067)"), meaning::seven);
  EXPECT_EQ(find(R"(\u0061bcdefghi)"), meaning::nine);
  EXPECT_EQ(find(R"(\u0062)"), meaning::other);
}

TEST(name_table, finds_nothing_else) {
  for (const std::string_view name :
       {"b", "A", "aa", "ab", "abcdef", "abcdefG", "abcdefgH", "abcdefghj", "abcdefghij",
        "bbcdefgh", "abcdefx", "abcdefghia"}) {
    EXPECT_EQ(find(name), meaning::other) << name;
  }
  EXPECT_EQ(find(std::string_view("a\0", 2)), meaning::other);
  EXPECT_EQ(find(std::string_view("\0a", 2)), meaning::other);
  EXPECT_EQ(find(std::string_view("\0", 1)), meaning::other);
  EXPECT_EQ(find("\x01"), meaning::other);
  // Only the low byte of a length is packed: these share it with a row.
  EXPECT_EQ(find("abcdefg" + std::string(256, 'h')), meaning::other);
  EXPECT_EQ(find("abcdefgh" + std::string(256, 'h')), meaning::other);
  EXPECT_EQ(find("a" + std::string(256, '\0')), meaning::other);
}

TEST(name_table, packs_names_of_up_to_seven_bytes_without_collision) {
  // Neighbours in length with the bytes of the length in them.
  for (std::size_t length = 0; length < 7; ++length) {
    const std::string shorter(length, '\0');
    const std::string longer(length + 1, '\0');
    EXPECT_NE(pack_name(shorter), pack_name(longer)) << length;
    std::string tricky = longer;
    tricky[0] = static_cast<char>(length);
    EXPECT_NE(pack_name(shorter), pack_name(tricky)) << length;
  }
}

}  // namespace
}  // namespace portcullis
