#include "encoding/json_scanner.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "support/exact_copy.hpp"
#include "support/object_text.hpp"

namespace portcullis {
namespace {

using support::exact_copy;
using support::filler_members;
using support::nested_arrays;

constexpr json_bounds wide{32, 512};

// Reads a scalar, or goes into an object or array, and adds it to `out`.
bool read_value(json_scanner& scanner, std::vector<bool>& objects, std::string& out) {
  json_text text;
  std::string_view word;
  switch (scanner.peek()) {
    case json_kind::object:
      if (!scanner.enter_object()) return false;
      objects.push_back(true);
      out += "{ ";
      return true;
    case json_kind::array:
      if (!scanner.enter_array()) return false;
      objects.push_back(false);
      out += "[ ";
      return true;
    case json_kind::string:
      if (!scanner.read_string(text)) return false;
      out += '\'' + decode(text) + "' ";
      return true;
    case json_kind::number:
      if (!scanner.read_number(word)) return false;
      break;
    case json_kind::literal:
      if (!scanner.read_literal(word)) return false;
      break;
    case json_kind::none:
      return scanner.skip_value();
  }
  out += std::string(word) + ' ';
  return true;
}

bool read_document(json_scanner& scanner, std::string& out) {
  std::vector<bool> objects;
  if (!read_value(scanner, objects, out)) return false;
  while (!objects.empty()) {
    json_text name;
    const bool object = objects.back();
    if (object ? scanner.next_member(name) : scanner.next_item()) {
      if (object) out += decode(name) + ": ";
      if (!read_value(scanner, objects, out)) return false;
    } else {
      if (scanner.failed()) return false;
      out += object ? "} " : "] ";
      objects.pop_back();
    }
  }
  return scanner.finish();
}

// Nothing can be read after a failure.
void expect_the_end(json_scanner& scanner) {
  const json_failure failure = scanner.failure();
  json_text text;
  EXPECT_FALSE(scanner.next_item());
  EXPECT_FALSE(scanner.next_member(text));
  EXPECT_FALSE(scanner.enter_object());
  EXPECT_FALSE(scanner.enter_array());
  EXPECT_FALSE(scanner.finish());
  EXPECT_EQ(scanner.failure(), failure);
}

std::string spell(json_failure failure, std::size_t offset) {
  switch (failure) {
    case json_failure::none:
      return "none";
    case json_failure::syntax:
      return "syntax@" + std::to_string(offset);
    case json_failure::duplicate_member:
      return "duplicate";
    case json_failure::too_deep:
      return "depth";
    case json_failure::too_many_members:
      return "members";
  }
  return "?";
}

// All that is read, parted by spaces; an error as its name and the byte where reading stopped.
// Skipping must come to the same end.
std::string scan(std::string_view text, json_bounds bounds = wide) {
  const exact_copy copy(text);
  json_scanner skipper(copy.view(), bounds);
  const bool skipped = skipper.skip_value() && skipper.finish();
  const std::string skipped_to = spell(skipper.failure(), skipper.offset());

  json_scanner scanner(copy.view(), bounds);
  std::string out;
  const bool read = read_document(scanner, out);
  const std::string read_to = spell(scanner.failure(), scanner.offset());
  EXPECT_EQ(read, !scanner.failed()) << text;
  EXPECT_EQ(skipped, read) << text;
  EXPECT_EQ(skipped_to, read_to) << text;
  if (read) return out + '.';
  expect_the_end(scanner);
  return out + read_to;
}

struct scan_row {
  std::string_view text;
  std::string_view tokens;
};

TEST(json_scanner, reads_valid_texts) {
  constexpr scan_row rows[] = {
      {"{}", "{ } ."},
      {"[]", "[ ] ."},
      {" \t\r\n[ \t\r\n] \t\r\n", "[ ] ."},
      {"null", "null ."},
      {"true", "true ."},
      {"false", "false ."},
      {"\"\"", "'' ."},
      {"0", "0 ."},
      {"-0", "-0 ."},
      {"10", "10 ."},
      {"-1.50e+03", "-1.50e+03 ."},
      {"1E5", "1E5 ."},
      {"0.0", "0.0 ."},
      {"0e0", "0e0 ."},
      {"1e-9", "1e-9 ."},
      {R"({"a":1,"b":[true,false,null,"x"],"c":{"a":{}}})",
       "{ a: 1 b: [ true false null 'x' ] c: { a: { } } } ."},
      {"{ \"a\" : 1 , \"b\" : 2 }", "{ a: 1 b: 2 } ."},
      {R"({"":0})", "{ : 0 } ."},
      {R"(["\u0041\n\ud83d\ude00"])", "[ 'A\n\xf0\x9f\x98\x80' ] ."},
      {"[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"]",
       "[ '\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f' ] ."},
      {"[1,[2,[3]],4]", "[ 1 [ 2 [ 3 ] ] 4 ] ."},
      {R"([{"a":1},{"a":1}])", "[ { a: 1 } { a: 1 } ] ."},
      {R"({"a":{"a":{"a":0}}})", "{ a: { a: { a: 0 } } } ."},
      // Alike in length, first and last byte, and still different.
      {R"({"abc":0,"adc":0})", "{ abc: 0 adc: 0 } ."},
  };
  for (const auto& [text, tokens] : rows) EXPECT_EQ(scan(text), tokens) << text;
}

TEST(json_scanner, refuses_what_rfc_8259_refuses) {
  constexpr scan_row rows[] = {
      {"", "syntax@0"},
      {" ", "syntax@1"},
      {"{} x", "{ } syntax@3"},
      {"{}{}", "{ } syntax@2"},
      {"1 2", "1 syntax@2"},
      {"{", "{ syntax@1"},
      {"[", "[ syntax@1"},
      {"}", "syntax@0"},
      {"]", "syntax@0"},
      {"[}", "[ syntax@1"},
      {"{]", "{ syntax@1"},
      {"[1}", "[ 1 syntax@2"},
      {"[1,]", "[ 1 syntax@3"},
      {"[,1]", "[ syntax@1"},
      {"[1,,2]", "[ 1 syntax@3"},
      {"[1 2]", "[ 1 syntax@3"},
      {R"({"a":1,})", "{ a: 1 syntax@7"},
      {R"({,"a":1})", "{ syntax@1"},
      {R"({"a"})", "{ syntax@4"},
      {R"({"a" 1})", "{ syntax@5"},
      {R"({"a":})", "{ a: syntax@5"},
      {R"({"a":1 "b":2})", "{ a: 1 syntax@7"},
      {R"({"a":1:2})", "{ a: 1 syntax@6"},
      {"{a:1}", "{ syntax@1"},
      {"{'a':1}", "{ syntax@1"},
      {"{1:1}", "{ syntax@1"},
      {"{\"a\":1]", "{ a: 1 syntax@6"},
      {"[1,{]", "[ 1 { syntax@4"},
      {"nul", "syntax@0"},
      {"nulL", "syntax@0"},
      {"NULL", "syntax@0"},
      {"True", "syntax@0"},
      {"nullx", "null syntax@4"},
      {"NaN", "syntax@0"},
      {"Infinity", "syntax@0"},
      {"-Infinity", "syntax@1"},
      {"undefined", "syntax@0"},
      {"-", "syntax@1"},
      {"+1", "syntax@0"},
      {"01", "0 syntax@1"},
      {"-01", "-0 syntax@2"},
      {"00", "0 syntax@1"},
      {"1.", "syntax@2"},
      {".5", "syntax@0"},
      {"1.e5", "syntax@2"},
      {"1e", "syntax@2"},
      {"1e+", "syntax@3"},
      {"1e-", "syntax@3"},
      {"1e5.5", "1e5 syntax@3"},
      {"0x10", "0 syntax@1"},
      {"1_000", "1 syntax@1"},
      {"- 1", "syntax@1"},
      {"// x\n1", "syntax@0"},
      {"/* x */1", "syntax@0"},
      {"#", "syntax@0"},
      {"\xef\xbb\xbf{}", "syntax@0"},  // a byte order mark
      {"\xc2\xa0{}", "syntax@0"},      // U+00A0 is no white space of JSON
      {"\v1", "syntax@0"},
      {"\f1", "syntax@0"},
      {"'x'", "syntax@0"},
      {"\"", "syntax@1"},
      {"\"abc", "syntax@4"},
      {"\"a\nb\"", "syntax@2"},
      {"\"a\tb\"", "syntax@2"},
      {"\"a\x1f\"", "syntax@2"},
      {R"("\)", "syntax@1"},
      {R"("\")", "syntax@3"},
      {R"("\x41")", "syntax@1"},
      {R"("\a")", "syntax@1"},
      {R"("\'")", "syntax@1"},
      {R"("\0")", "syntax@1"},
      {R"("\U0041")", "syntax@1"},
      {R"("\u")", "syntax@1"},
      {R"("\u004")", "syntax@1"},
      {R"("\u004g")", "syntax@1"},
      {R"("\u 041")", "syntax@1"},
      {R"("\u+041")", "syntax@1"},
      {R"("\u00:0")", "syntax@1"},
      {R"("\u00@0")", "syntax@1"},
      {R"("\ud800")", "syntax@1"},
      {R"("\udbff")", "syntax@1"},
      {R"("\uDC00")", "syntax@1"},
      {R"("\udfff")", "syntax@1"},
      {R"("\ud800x")", "syntax@1"},
      {R"("\ud800\n")", "syntax@1"},
      {R"("\ud800\u0041")", "syntax@1"},
      {R"("\ud800\ud800")", "syntax@1"},
      {R"("\ud800\udbff")", "syntax@1"},
      {R"("\ud800\ue000")", "syntax@1"},
      {R"("\ud800\udc0")", "syntax@1"},
      {R"("\udc00\ud800")", "syntax@1"},
      {"\"\x80\"", "syntax@1"},
      {"\"\xc0\xaf\"", "syntax@1"},          // overlong
      {"\"\xc1\xbf\"", "syntax@1"},          //
      {"\"\xe0\x80\xaf\"", "syntax@1"},      //
      {"\"\xf0\x80\x80\xaf\"", "syntax@1"},  //
      {"\"\xed\xa0\x80\"", "syntax@1"},      // a surrogate
      {"\"\xf4\x90\x80\x80\"", "syntax@1"},  // above U+10FFFF
      {"\"\xff\"", "syntax@1"},
      {"\"\xe2\x82\"", "syntax@1"},
      {"{\"\xff\":1}", "{ syntax@2"},
      {"\xff", "syntax@0"},
  };
  for (const auto& [text, tokens] : rows) EXPECT_EQ(scan(text), tokens) << text;
  EXPECT_EQ(scan(std::string_view("1\0", 2)), "1 syntax@1");
  EXPECT_EQ(scan(std::string_view("\0", 1)), "syntax@0");
  EXPECT_EQ(scan(std::string_view("\"\0\"", 3)), "syntax@1");
}

TEST(json_scanner, refuses_every_prefix_of_a_text) {
  const std::string text = R"({"a":[true,false,null,-1.5e+2,"x\u0041\ud83d\ude00)"
                           "\xf0\x9f\x98\x80"
                           R"("],"b":{"c":{}}})";
  ASSERT_EQ(scan(text).back(), '.');
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_NE(scan(std::string_view(text).substr(0, length)).find("syntax@"), std::string::npos)
        << length;
  }
}

TEST(json_scanner, refuses_every_control_character_in_a_string) {
  for (char c = 0; c < 0x20; ++c) {
    const std::string text = std::string("[\"") + c + "\"]";
    EXPECT_EQ(scan(text), "[ syntax@2") << static_cast<int>(c);
  }
}

TEST(json_scanner, refuses_a_name_given_twice) {
  constexpr scan_row rows[] = {
      {R"({"a":1,"a":2})", "{ a: 1 duplicate"},
      {R"({"a":1,"b":2,"a":3})", "{ a: 1 b: 2 duplicate"},
      {R"({"a":1,"\u0061":2})", "{ a: 1 duplicate"},
      {R"({"\u0061":1,"a":2})", "{ a: 1 duplicate"},
      {R"({"\u0061":1,"\u0061":2})", "{ a: 1 duplicate"},
      {R"({"a\/b":1,"a/b":2})", "{ a/b: 1 duplicate"},
      {R"({"":1,"":2})", "{ : 1 duplicate"},
      {R"({"\ud83d\ude00":1,")"
       "\xf0\x9f\x98\x80"
       R"(":2})",
       "{ \xf0\x9f\x98\x80: 1 duplicate"},
      {R"({"a":{"x":1,"y":2},"a":3})", "{ a: { x: 1 y: 2 } duplicate"},
      {R"({"a":{"b":1,"b":2}})", "{ a: { b: 1 duplicate"},
      {R"({"a":[{"b":1}],"b":2,"b":3})", "{ a: [ { b: 1 } ] b: 2 duplicate"},
  };
  for (const auto& [text, tokens] : rows) EXPECT_EQ(scan(text), tokens) << text;
}

// Names fall into buckets by length, first and last byte; in one bucket all bytes count.
TEST(json_scanner, finds_a_name_given_twice_among_many) {
  for (std::size_t twice = 0; twice < 200; ++twice) {
    std::string text = "{";
    for (int i = 100; i < 300; ++i) text += "\"n" + std::to_string(i) + "n\":0,";
    const std::string good = text + "\"last\":0}";
    const std::string bad = text + "\"n" + std::to_string(100 + twice) + "n\":0}";
    ASSERT_EQ(scan(good).back(), '.');
    ASSERT_NE(scan(bad).find("duplicate"), std::string::npos) << twice;
  }
}

// In an object of many the last names are compared when it ends, in whatever order and spelling.
TEST(json_scanner, finds_the_one_name_that_occurs_twice_among_many) {
  for (const std::size_t count : {15, 16, 17, 18, 40, 300}) {
    const auto spell_name = [](std::size_t i, bool escaped) {
      const std::string digits = std::to_string(i * 7919 % 1000);
      return '"' + (escaped ? "\\u006e" + digits : 'n' + digits) + '"';
    };
    std::string unique;
    for (std::size_t i = 0; i < count; ++i) {
      unique += (i == 0 ? "" : ",") + spell_name(i, i % 3 == 0) + ":0";
    }
    ASSERT_EQ(scan('{' + unique + '}').back(), '.') << count;
    ASSERT_EQ(scan("[{\"a\":{" + unique + "}}]").back(), '.') << count;
    for (std::size_t i = 0; i < count; ++i) {
      for (const bool escaped : {false, true}) {
        const std::string again = ',' + spell_name(i, escaped) + ":1";
        ASSERT_NE(scan('{' + unique + again + '}').find("duplicate"), std::string::npos) << i;
        ASSERT_NE(scan("[{\"a\":{" + unique + again + "}}]").find("duplicate"), std::string::npos)
            << i;
      }
    }
  }
}

TEST(json_scanner, bounds_the_depth) {
  EXPECT_EQ(scan(nested_arrays(3), {3, 8}), "[ [ [ ] ] ] .");
  EXPECT_EQ(scan(nested_arrays(4), {3, 8}), "[ [ [ depth");
  EXPECT_EQ(scan(R"({"a":{"a":{}}})", {2, 8}), "{ a: { a: depth");
  EXPECT_EQ(scan(nested_arrays(32)).back(), '.');
  EXPECT_EQ(scan(support::repeat("[", 33)), support::repeat("[ ", 32) + "depth");
  EXPECT_EQ(scan("[[],[],[],[]]", {2, 8}), "[ [ ] [ ] [ ] [ ] ] .");
}

TEST(json_scanner, bounds_the_members_of_the_open_objects) {
  EXPECT_EQ(scan('{' + filler_members(3) + '}', {3, 3}), "{ m0: 0 m1: 0 m2: 0 } .");
  EXPECT_EQ(scan('{' + filler_members(4) + '}', {3, 3}), "{ m0: 0 m1: 0 m2: 0 members");
  // Nested objects count together, a closed one no longer.
  EXPECT_EQ(scan(R"({"a":{"b":1,"c":2}})", {3, 3}), "{ a: { b: 1 c: 2 } } .");
  EXPECT_EQ(scan(R"({"a":{"b":1,"c":2,"d":3}})", {3, 3}), "{ a: { b: 1 c: 2 members");
  EXPECT_EQ(scan(R"({"a":{"b":1,"c":2},"d":{"e":1},"f":{}})", {3, 3}),
            "{ a: { b: 1 c: 2 } d: { e: 1 } f: { } } .");
  EXPECT_EQ(scan(R"([{"a":1,"b":2,"c":3},{"a":1,"b":2,"c":3}])", {3, 3}),
            "[ { a: 1 b: 2 c: 3 } { a: 1 b: 2 c: 3 } ] .");
  EXPECT_EQ(scan('{' + filler_members(512) + '}').back(), '.');
  EXPECT_NE(scan('{' + filler_members(513) + '}').find("members"), std::string::npos);
}

TEST(json_scanner, skips_a_value_and_goes_on) {
  const exact_copy copy(R"({"a":{"b":[1,{"c":2}]},"d":[],"e":"x","f":-1,"g":null,"h":[[[]]]} )");
  json_scanner scanner(copy.view(), wide);
  ASSERT_TRUE(scanner.enter_object());
  std::string names;
  for (json_text name; scanner.next_member(name);) {
    names += name.raw;
    EXPECT_TRUE(scanner.skip_value()) << name.raw;
  }
  EXPECT_EQ(names, "adefgh");
  EXPECT_TRUE(scanner.finish());
}

// Wrong kinds are failures, and none of them reads anything.
TEST(json_scanner, reads_what_is_asked_for_or_nothing) {
  constexpr std::string_view texts[] = {"{}", "[]", "\"x\"", "1", "true", "", "]"};
  for (std::size_t i = 0; i < std::size(texts); ++i) {
    json_text text;
    std::string_view word;
    const bool answers[] = {
        json_scanner(texts[i], wide).enter_object(),
        json_scanner(texts[i], wide).enter_array(),
        json_scanner(texts[i], wide).read_string(text),
        json_scanner(texts[i], wide).read_number(word),
        json_scanner(texts[i], wide).read_literal(word),
    };
    for (std::size_t j = 0; j < std::size(answers); ++j) EXPECT_EQ(answers[j], i == j) << texts[i];
  }
}

TEST(json_scanner, does_not_finish_early) {
  json_scanner inside("{}", wide);
  ASSERT_TRUE(inside.enter_object());
  EXPECT_FALSE(inside.finish());
  json_scanner before_more("1 2", wide);
  std::string_view word;
  ASSERT_TRUE(before_more.read_number(word));
  EXPECT_EQ(word, "1");
  EXPECT_FALSE(before_more.finish());
  json_scanner done("1 \n", wide);
  ASSERT_TRUE(done.read_number(word));
  EXPECT_TRUE(done.finish());
}

// Sixteen bytes are looked at together: every special character at every place of two such runs.
TEST(json_scanner, finds_special_characters_at_every_place) {
  for (std::size_t length = 1; length <= 40; ++length) {
    const std::string plain(length, 'x');
    EXPECT_EQ(scan('"' + plain + '"'), '\'' + plain + "' .");
    EXPECT_EQ(scan('"' + plain), "syntax@" + std::to_string(length + 1));
    for (std::size_t place = 0; place < length; ++place) {
      const std::string before = plain.substr(0, place);
      const std::string after = plain.substr(place + 1);
      const std::string at = "syntax@" + std::to_string(place + 1);
      EXPECT_EQ(scan('"' + before + "\\n" + after + '"'), '\'' + before + '\n' + after + "' .");
      EXPECT_EQ(scan('"' + before + "\xc3\xa9" + after + '"'),
                '\'' + before + "\xc3\xa9" + after + "' .");
      EXPECT_EQ(scan('"' + before + '\x1f' + after + '"'), at);
      EXPECT_EQ(scan('"' + before + '\0' + after + '"'), at);
      EXPECT_EQ(scan('"' + before + '\x80' + after + '"'), at);
      EXPECT_EQ(scan('"' + before + '\xff' + after + '"'), at);
    }
  }
}

constexpr std::int64_t farthest = std::int64_t{1} << 62;

TEST(numeric_date, rounds_up_to_whole_seconds) {
  struct row {
    std::string_view number;
    std::int64_t seconds;
  };
  const std::string zeros(300, '0');
  const std::string long_fraction = "1." + zeros + "1";
  const std::string long_whole = "1" + zeros + "e-300";
  const std::string long_small = "0." + zeros + "15e301";
  const row rows[] = {
      {"0", 0},
      {"-0", 0},
      {"0.0", 0},
      {"0e999999999999", 0},
      {"-0.0e-5", 0},
      {"1", 1},
      {"-1", -1},
      {"1700000000", 1700000000},
      {"1700000000.0", 1700000000},
      {"1700000000.000000001", 1700000001},
      {"1700000000.5", 1700000001},
      {"1700000000.999", 1700000001},
      {"0.5", 1},
      {"0.0001", 1},
      {"-0.5", 0},
      {"-1.5", -1},
      {"-1.999", -1},
      {"-2.0", -2},
      {"1.7e9", 1700000000},
      {"1.7E+9", 1700000000},
      {"17e8", 1700000000},
      {"17000000000e-1", 1700000000},
      {"17000000001e-1", 1700000001},
      {"0.17e10", 1700000000},
      {"0.00017e13", 1700000000},
      {"1e-400", 1},  // no double is that small, and it is still not before 0
      {"-1e-400", 0},
      {"1e-99999999999999999999", 1},
      {"-1e-99999999999999999999", 0},
      {"9007199254740993", 9007199254740993},  // 2^53 + 1: no double has it
      {"9007199254740992.5", 9007199254740993},
      {"1e18", 1000000000000000000},
      {"4000000000000000000", 4000000000000000000},
      {"4611686018427387904", farthest},
      {"4611686018427387905", farthest},
      {"-4611686018427387905", -farthest},
      {"9223372036854775807", farthest},
      {"9223372036854775808", farthest},
      {"-9223372036854775809", -farthest},
      {"18446744073709551617", farthest},  // 2^64 + 1: not 1
      {"99999999999999999999999999", farthest},
      {"1e19", farthest},
      {"1e308", farthest},
      {"-1e308", -farthest},
      {"9.9e308", farthest},
      {"0.1e309", farthest},
      {long_fraction, 2},
      {long_whole, 1},
      {long_small, 2},
  };
  for (const auto& [number, seconds] : rows) {
    std::int64_t given = 12345;
    const exact_copy copy(number);
    EXPECT_TRUE(parse_numeric_date(copy.view(), given)) << number;
    EXPECT_EQ(given, seconds) << number;
  }
}

TEST(numeric_date, refuses_what_no_double_holds) {
  const std::string huge = "1" + std::string(309, '0');
  const std::string_view rows[] = {
      "1e309", "-1e309", "10e308", "0.01e311", "1e99999999999999999999", "-1e18446744073709551616",
      huge};
  for (const auto number : rows) {
    std::int64_t given = 0;
    EXPECT_FALSE(parse_numeric_date(number, given)) << number;
  }
  const std::string largest = "1" + std::string(308, '0');
  std::int64_t given = 0;
  EXPECT_TRUE(parse_numeric_date(largest, given));
  EXPECT_EQ(given, farthest);
}

TEST(json_integer, takes_what_fits) {
  struct row {
    std::string_view number;
    std::int64_t value;
  };
  constexpr row rows[] = {
      {"0", 0},
      {"-0", 0},
      {"300", 300},
      {"-1", -1},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
  };
  for (const auto& [number, value] : rows) {
    std::int64_t given = 12345;
    EXPECT_TRUE(parse_integer(number, given)) << number;
    EXPECT_EQ(given, value) << number;
  }
  for (const std::string_view number :
       {"1.0", "1e0", "0.5", "-1.0", "9223372036854775808", "-9223372036854775809",
        "18446744073709551616", "18446744073709551617", "99999999999999999999999"}) {
    std::int64_t given = 0;
    EXPECT_FALSE(parse_integer(number, given)) << number;
  }
}

}  // namespace
}  // namespace portcullis
