#include "edge/path.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "support/exact_copy.hpp"
#include "support/object_text.hpp"

namespace portcullis {
namespace {

using support::repeat;

struct outcome {
  std::string text;
  bool has_capitals;
  bool has_parameters;
};

std::optional<outcome> parse(std::string_view uri) {
  const support::exact_copy copy(uri);
  const auto buffer = std::make_unique<path_buffer>();
  parsed_path path;
  if (!parse_path(copy.view(), *buffer, path)) return std::nullopt;
  return outcome{std::string(path.text), path.has_capitals, path.has_parameters};
}

// The text, or "refused": no path is called that.
std::string text_of(std::string_view uri) {
  const auto parsed = parse(uri);
  return parsed ? parsed->text : "refused";
}

std::string fold(std::string_view text) {
  const support::exact_copy copy(text);
  const auto buffer = std::make_unique<path_buffer>();
  return std::string(fold_case(copy.view(), *buffer));
}

std::string escape_of(int byte, const char* format = "%%%02x") {
  char text[4];
  std::snprintf(text, sizeof text, format, static_cast<unsigned>(byte));
  return text;
}

TEST(path, decodes_to_one_spelling) {
  constexpr std::string_view rows[][2] = {
      {"/", "/"},
      {"/a", "/a"},
      {"/a/", "/a"},
      {"/a/b", "/a/b"},
      {"/a/b/", "/a/b"},
      {"/%61dmin", "/admin"},
      {"/%61%64%6d%69%6e", "/admin"},
      {"/%41", "/A"},
      {"/%4A%4a", "/JJ"},
      {"/%7Euser", "/~user"},
      {"/a%20b", "/a b"},
      {"/a b", "/a b"},
      {"/100%25", "/100%"},
      {"/100%25/a", "/100%/a"},
      {"/%25zz", "/%zz"},
      {"/%25a", "/%a"},
      {"/%254", "/%4"},
      {"/%25%25", "/%%"},
      {"/%25/41", "/%/41"},
      {"/.a", "/.a"},
      {"/..a", "/..a"},
      {"/a..b", "/a..b"},
      {"/...a/.b", "/...a/.b"},
      {"/.well-known/jwks.json", "/.well-known/jwks.json"},
      {"/!$&'()*+,=:@-_~", "/!$&'()*+,=:@-_~"},
      {"/\"<>[]^`{|}", "/\"<>[]^`{|}"},
      {"/caf%C3%A9", "/caf\xc3\xa9"},
      {"/caf%c3\xa9", "/caf\xc3\xa9"},
      {"/caf\xc3\xa9", "/caf\xc3\xa9"},
      {"/\xe6\x97\xa5/\xf0\x9f\x94\x91", "/\xe6\x97\xa5/\xf0\x9f\x94\x91"},
      {"/%e6%97%a5", "/\xe6\x97\xa5"},
  };
  for (const auto& [uri, text] : rows) EXPECT_EQ(text_of(uri), text) << uri;
}

TEST(path, refuses_what_has_several_structures) {
  constexpr std::string_view rows[] = {
      // No path at all.
      "",
      "a",
      "a/b",
      " /a",
      "*",
      "%2Fa",
      "%2fa",
      "http://example.com/a",
      "?",
      "\\a",
      ".",
      "../a",
      // Empty segments.
      "//",
      "///",
      "//a",
      "/a//",
      "/a//b",
      "/a///",
      "/a/b//",
      // Dots alone.
      "/.",
      "/./",
      "/..",
      "/../",
      "/...",
      "/....",
      "/a/.",
      "/a/..",
      "/a/./b",
      "/a/../b",
      "/../a",
      "/a/.../b",
      "/%2e",
      "/%2E%2E/",
      "/.%2e/a",
      "/%2e./a",
      "/a/%2e%2E/b",
      "/a/..%2fb",
      // An escaped slash, and the other slash.
      "/a%2fb",
      "/a%2Fb",
      "/a%2f",
      "/%2f",
      "/%2F%2F",
      "/a\\b",
      "/a\\",
      "/\\",
      "/a%5cb",
      "/a%5C",
      "/..\\a",
      "/..%5ca",
      "/%5c..",
      // Not an escape.
      "/%",
      "/%4",
      "/a%",
      "/a%4",
      "/%4/a",
      "/%zz",
      "/%4g",
      "/%g4",
      "/% 41",
      "/%+4",
      "/%-1",
      "/%0x41",
      "/%u0041",
      "/%U0041",
      "/%%41",
      "/%%",
      "/%4%31",
      // Still an escape when decoded.
      "/%2541",
      "/%25%34%31",
      "/%254%31",
      "/%25%341",
      "/%2525",
      "/%252e%252e/a",
      "/%252f",
      "/%25252f",
      "/a%255c",
      "/%25c0%25af",
      "/%25fF",
      "/%2500",
      // Control characters.
      "/a%00",
      "/%00",
      "/a%00b",
      "/a%0ab",
      "/a%0d%0ab",
      "/%09",
      "/a\tb",
      "/a\nb",
      "/\x01",
      "/a%1f",
      "/a\x1f",
      "/a\x7f",
      "/a%7f",
      "/a%7F",
      // Not UTF-8: overlong, cut short, surrogates, beyond U+10FFFF, stray bytes.
      "/%c0%af",
      "/%c0%ae%c0%ae/a",
      "/%c1%81",
      "/%e0%80%af",
      "/%e0%9f%bf",
      "/%f0%80%80%af",
      "/%f0%8f%bf%bf",
      "/%f8%80%80%80%af",
      "/%c3",
      "/%c3/%a9",
      "/\xc3",
      "/%e6%97",
      "/%e6%97/",
      "/%ed%a0%80",
      "/%ed%bf%bf",
      "/%f4%90%80%80",
      "/%f5%80%80%80",
      "/%80",
      "/%bf",
      "/\x80",
      "/a\xff",
      "/%fe",
      "/%ff",
      "/\xc0\xaf",
      "/%c0\xaf",
      "/%c3%a9%a9",
      "/%c3%c3%a9",
  };
  for (const auto uri : rows) EXPECT_EQ(text_of(uri), "refused") << uri;
  EXPECT_EQ(text_of(std::string_view("/\0", 2)), "refused");
  EXPECT_EQ(text_of(std::string_view("/a\0b", 4)), "refused");
}

// Each byte alone, plain and escaped: the list of what is refused is complete.
TEST(path, decides_about_each_byte) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const std::string expected = std::string("/a") + c + "b";
    const bool fine = byte >= 0x20 && byte < 0x7f && c != '\\' && c != '/' && c != '%';
    EXPECT_EQ(text_of("/a" + escape_of(byte) + "b"), fine || c == '%' ? expected : "refused")
        << byte;
    EXPECT_EQ(text_of("/a" + escape_of(byte, "%%%02X") + "b"),
              fine || c == '%' ? expected : "refused")
        << byte;
    EXPECT_EQ(text_of(expected), fine || c == '/' ? expected : "refused") << byte;

    const auto parsed = parse(expected);
    if (!parsed) continue;
    EXPECT_EQ(parsed->has_parameters, c == ';' || c == '?' || c == '#') << byte;
    EXPECT_EQ(parsed->has_capitals, c >= 'A' && c <= 'Z') << byte;
  }
}

TEST(path, sees_where_an_origin_may_cut) {
  constexpr std::string_view cut[] = {
      "/a;",   "/a;b",  "/;",     "/;/a",    "/a%3bb",  "/a%3B", "/a?b",   "/a%3fb",
      "/a%3F", "/a#",   "/a%23b", "/a.",     "/a./b",   "/a%2e", "/a../b", "/a ",
      "/a%20", "/a /b", "/ ",     "/. ",     "/.. /b",  "/ ./b", "/..;/b", "/.;",
      "/a/.;", "/a./",  "/a%20/", "/b/a..;", "/b/a.b.",
  };
  for (const auto uri : cut) {
    const auto parsed = parse(uri);
    ASSERT_TRUE(parsed) << uri;
    EXPECT_TRUE(parsed->has_parameters) << uri;
  }
  constexpr std::string_view whole[] = {"/",       "/a",      "/.a",    "/a.b", "/a b", "/ a",
                                        "/%20a/b", "/a/.b/c", "/a,b=c", "/a:",  "/a&b"};
  for (const auto uri : whole) {
    const auto parsed = parse(uri);
    ASSERT_TRUE(parsed) << uri;
    EXPECT_FALSE(parsed->has_parameters) << uri;
  }
}

TEST(path, folds_what_has_another_case_in_ascii) {
  constexpr std::string_view rows[][2] = {
      {"/ADMIN", "/admin"},
      {"/Zz/aA", "/zz/aa"},
      {"/%41", "/a"},
      {"/a/Z", "/a/z"},
      {"/adm\xc4\xb0n", "/admin"},
      {"/adm%c4%b1n", "/admin"},
      {"/u\xc5\xbf"
       "ers",
       "/users"},
      {"/to%e2%84%aaens", "/tokens"},
      {"/\xc3\x89"
       "A",
       "/\xc3\x89"
       "a"},
  };
  for (const auto& [uri, folded] : rows) {
    const auto parsed = parse(uri);
    ASSERT_TRUE(parsed) << uri;
    EXPECT_TRUE(parsed->has_capitals) << uri;
    EXPECT_EQ(fold(parsed->text), folded) << uri;
    EXPECT_FALSE(parse(folded)->has_capitals) << uri;
  }
  // Neighbours of the capitals, and of the four characters, in every length.
  for (const std::string_view text :
       {"/", "/admin", "/@[`{", "/0_-", "/\xc3\x89", "/\xc4\xaf", "/\xc4\xb2", "/\xc5\xbe",
        "/\xc6\x80", "/\xe2\x84\xa9", "/\xe2\x84\xab", "/\xe2\x85\xaa", "/\xf0\x9f\x94\x91"}) {
    const auto parsed = parse(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_FALSE(parsed->has_capitals) << text;
    EXPECT_EQ(fold(text), text);
  }
}

TEST(path, keeps_its_limits) {
  static_assert(limits::max_path_bytes == 8192);
  static_assert(limits::max_path_segments == 256);

  const std::string longest = '/' + std::string(8191, 'a');
  EXPECT_EQ(text_of(longest), longest);
  EXPECT_EQ(text_of(longest + 'a'), "refused");
  EXPECT_EQ(text_of(longest + '/'), "refused");
  // Bytes count as they arrive.
  EXPECT_EQ(text_of('/' + repeat("%61", 2730)), '/' + std::string(2730, 'a'));
  EXPECT_EQ(text_of('/' + repeat("%61", 2730) + 'a'), '/' + std::string(2731, 'a'));
  EXPECT_EQ(text_of('/' + repeat("%61", 2731)), "refused");

  const std::string deepest = repeat("/a", 256);
  EXPECT_EQ(text_of(deepest), deepest);
  EXPECT_EQ(text_of(deepest + '/'), deepest);
  EXPECT_EQ(text_of(deepest + "/a"), "refused");
  EXPECT_EQ(text_of(deepest + "/a/"), "refused");
}

// An earlier answer leaves nothing behind.
TEST(path, sets_all_of_its_answer) {
  path_buffer buffer;
  parsed_path path{"/old", true, true};
  ASSERT_TRUE(parse_path("/a", buffer, path));
  EXPECT_EQ(path.text, "/a");
  EXPECT_FALSE(path.has_capitals);
  EXPECT_FALSE(path.has_parameters);
}

// What is decoded is a path again unless it has a '%', and then it is that path.
TEST(path, is_decoded_once_and_for_all) {
  for (const std::string_view uri : {"/%61/b%20c/", "/A%3Bb/c.", "/%c3%a9/x"}) {
    const auto once = parse(uri);
    ASSERT_TRUE(once) << uri;
    const auto twice = parse(once->text);
    ASSERT_TRUE(twice) << uri;
    EXPECT_EQ(once->text, twice->text);
    EXPECT_EQ(once->has_capitals, twice->has_capitals);
    EXPECT_EQ(once->has_parameters, twice->has_parameters);
  }
}

}  // namespace
}  // namespace portcullis
