#include "jwt/claim_value.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/exact_copy.hpp"
#include "support/object_text.hpp"

namespace portcullis {
namespace {

using form = claim_value::form;
using support::exact_copy;

// One value, read as that of a claim.
struct read_value {
  explicit read_value(std::string_view json) : copy(json) {
    json_scanner scanner(copy.view(), claims_bounds);
    good = read_claim_value(scanner, value) && scanner.finish();
  }

  exact_copy copy;
  claim_value value;
  bool good;
};

struct member_row {
  std::string_view value;
  std::string_view wanted;
  bool contained;
  bool granted;
};

TEST(claim_value, is_a_string_or_strings_that_are_looked_for) {
  constexpr member_row rows[] = {
      {R"("a")", "a", true, true},
      {R"("a b")", "a", false, true},
      {R"("a b")", "a b", true, false},
      {R"(["a","b"])", "a", true, true},
      {R"(["a","b"])", "b", true, true},
      {R"([ "a" , "b" ])", "b", true, true},
      {R"(["a b"])", "a", false, false},
      {R"(["a b"])", "a b", true, true},
      {R"(["\u0061"])", "a", true, true},
      {R"(["x\"","a"])", "a", true, true},
      {R"(["x\\","a"])", "a", true, true},
      {R"(["x\\\",\"a\",\""])", "a", false, false},
      {R"(["\",\"a\",\""])", "a", false, false},
      {R"(["]","a"])", "a", true, true},
      {R"(["\u005d\u0022","a"])", "a", true, true},
      {R"([])", "a", false, false},
      {R"([])", "", false, false},
      {R"([""])", "", true, true},
      {R"(["A","aa",""," a"])", "a", false, false},
      {R"("")", "a", false, false},
      {R"(["\ud83d\ude00"])", "\xf0\x9f\x98\x80", true, true},
      {R"(["a\u0000"])", "a", false, false},
  };
  for (const auto& [value, wanted, contained, granted] : rows) {
    const read_value read(value);
    ASSERT_TRUE(read.good) << value;
    EXPECT_EQ(contains(read.value, wanted, matching::whole), contained) << value << ' ' << wanted;
    EXPECT_EQ(contains(read.value, wanted, matching::words), granted) << value << ' ' << wanted;
  }
}

struct form_row {
  std::string_view json;
  form type;
  std::string_view raw;
};

TEST(claim_value, knows_what_it_is_and_where_it_stands) {
  constexpr form_row rows[] = {
      {R"("a b")", form::string, "a b"},
      {R"("")", form::string, ""},
      {R"("\"")", form::string, R"(\")"},
      {"[]", form::strings, ""},
      {"[ ]", form::strings, " "},
      {R"(["a"])", form::strings, R"("a")"},
      {R"( [ "a" , "]" ])", form::strings, R"( "a" , "]" )"},
      {"null", form::other, "null"},
      {" true", form::other, "true"},
      {"-0", form::other, "-0"},
      {"1.50e3", form::other, "1.50e3"},
      {R"({"a":[]})", form::other, R"({"a":[]})"},
      {R"(["a",1])", form::other, R"(["a",1])"},
      {R"([["a"]])", form::other, R"([["a"]])"},
      {R"([1,"a"])", form::other, R"([1,"a"])"},
  };
  for (const auto& [json, type, raw] : rows) {
    const read_value read(json);
    ASSERT_TRUE(read.good) << json;
    EXPECT_EQ(read.value.type, type) << json;
    EXPECT_EQ(read.value.text.raw, raw) << json;
    EXPECT_FALSE(contains(claim_value{form::other, {json}}, "a", matching::words));
  }
  for (const std::string_view json : {"", " ", "[", R"(["a")", R"(["a",])", R"("a)", "nul", "01",
                                      R"([{"a":1,"a":1}])", "]", "-", R"(["\ud800"])"}) {
    EXPECT_FALSE(read_value(json).good) << json;
  }
}

bool find(std::string_view json, std::string_view name, reading_ends where, claim_value& out) {
  const exact_copy copy(json);
  const bool read = find_claim(copy.view(), name, where, out);
  out.text = {};
  return read;
}

TEST(claim_value, is_found_among_the_members_of_the_set) {
  constexpr auto whole = reading_ends::with_the_text;
  for (const std::string_view json :
       {R"({"iss":"a"})", R"({"x":{"iss":1},"iss":"a","y":[]})", R"({"\u0069ss":"a"})"}) {
    claim_value found;
    EXPECT_TRUE(find(json, "iss", whole, found)) << json;
    EXPECT_EQ(found.type, form::string) << json;
  }
  for (const std::string_view json : {"{}", R"({"x":{"iss":"a"}})", R"({"ISS":"a","isS":"b"})"}) {
    claim_value found;
    EXPECT_TRUE(find(json, "iss", whole, found)) << json;
    EXPECT_TRUE(found.absent()) << json;
  }
  for (const std::string_view json :
       {"", "null", "[]", R"(["iss"])", R"({"iss":"a")", R"({"iss":"a"}x)", R"({"iss":"a","x":})",
        R"({"iss":"a","iss":"b"})", R"({"iss":"a","\u0069ss":"b"})", R"({"iss":"a","x":1,"x":2})",
        R"({"iss":"a","x":"\ud800"})", "\xef\xbb\xbf{}"}) {
    claim_value found;
    EXPECT_FALSE(find(json, "iss", whole, found)) << json;
  }
}

TEST(claim_value, is_read_within_the_bounds_of_a_claims_set) {
  constexpr auto whole = reading_ends::with_the_text;
  const auto deep = [](std::size_t depth) {
    return R"({"iss":"a","x":)" + support::nested_arrays(depth) + '}';
  };
  const auto wide = [](std::size_t count) {
    return R"({"iss":"a",)" + support::filler_members(count) + '}';
  };
  claim_value found;
  EXPECT_TRUE(find(deep(31), "iss", whole, found));
  EXPECT_FALSE(find(deep(32), "iss", whole, found));
  EXPECT_TRUE(find(wide(511), "iss", whole, found));
  EXPECT_FALSE(find(wide(512), "iss", whole, found));
}

// Only what comes before the claim has to be good then: the rest has been read before.
TEST(claim_value, may_end_the_reading) {
  claim_value found;
  EXPECT_TRUE(find(R"({"a":1,"b":"x",)", "b", reading_ends::with_the_claim, found));
  EXPECT_EQ(found.type, form::string);
  claim_value none;
  EXPECT_TRUE(find(R"({"a":1})", "b", reading_ends::with_the_claim, none));
  EXPECT_TRUE(none.absent());
}

}  // namespace
}  // namespace portcullis
