#include "encoding/json_document.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "encoding/utf8.hpp"
#include "support/exact_copy.hpp"
#include "support/object_text.hpp"
#include "support/samples.hpp"

namespace portcullis {
namespace {

using support::exact_copy;
using support::filler_members;
using support::nested_arrays;
using kind = json_node::kind;

std::string quote(std::string_view text) {
  return std::to_string(text.size()) + '\'' + std::string(text) + '\'';
}

// A document as text, the same for the same document only. Checks the links on the way.
std::string spell(const json_node& node) {
  switch (node.type) {
    case kind::null:
      return "null";
    case kind::boolean:
      return node.integer == 1 ? "true" : "false";
    case kind::integer:
      return std::to_string(node.integer);
    case kind::other_number:
      return "number";
    case kind::string:
      return quote(node.text);
    case kind::array:
    case kind::object:
      break;
  }
  std::string out = node.type == kind::object ? "{" : "[";
  std::uint32_t index = 0;
  for (const json_node* child = node.first; child != nullptr; child = child->next) {
    EXPECT_EQ(child->parent, &node);
    EXPECT_EQ(child->index, index);
    if (index++ != 0) out += ' ';
    if (node.type == kind::object) out += quote(child->name) + ':';
    out += spell(*child);
  }
  EXPECT_EQ(node.count, index);
  return out + (node.type == kind::object ? '}' : ']');
}

using parser = bool (*)(std::string_view, json_document&, policy_error&);

// The document, or "path: what was expected".
std::string parse_by(parser parse_document, std::string_view text) {
  const exact_copy copy(text);
  json_document document;
  policy_error error;
  if (!parse_document(copy.view(), document, error)) return support::told(error);
  EXPECT_EQ(document.root().parent, nullptr);
  return spell(document.root());
}

// Both parsers must say the same.
std::string parse(std::string_view text) {
  const std::string by_scanner = parse_by(parse_document_by_scanner, text);
  EXPECT_EQ(by_scanner, parse_by(parse_document_by_nlohmann, text)) << text;
  return by_scanner;
}

struct row {
  std::string_view text;
  std::string_view told;
};

TEST(json_document, is_the_same_from_both_parsers) {
  constexpr row rows[] = {
      {"null", "null"},
      {"true", "true"},
      {" false ", "false"},
      {"0", "0"},
      {"-0", "0"},
      {"-0.0", "number"},
      {"300", "300"},
      {"-1", "-1"},
      {"1.0", "number"},
      {"1e2", "number"},
      {"9223372036854775807", "9223372036854775807"},
      {"9223372036854775808", "number"},
      {"18446744073709551615", "number"},
      {"18446744073709551616", "number"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"-9223372036854775809", "number"},
      {"1e308", "number"},
      {"1.7976931348623157e308", "number"},
      {"1.7976931348623159e308", "number"},
      {"9.9e308", "number"},
      {"1e-400", "number"},
      {"1e309", "number"},
      {"[-1e99999999999]", "[number]"},
      {"0e400", "number"},
      {"\"\"", "0''"},
      {R"("a\u00e9\ud83d\ude00\u0000")", std::string_view("8'a\xc3\xa9\xf0\x9f\x98\x80\0'", 11)},
      {"[]", "[]"},
      {"{}", "{}"},
      {R"({"b":1,"a":[2,{"c":null}],"":"x"})", "{1'b':1 1'a':[2 {1'c':null}] 0'':1'x'}"},
      {R"({"\u0061":{"a":1}})", "{1'a':{1'a':1}}"},
  };
  for (const auto& [text, told] : rows) EXPECT_EQ(parse(text), told) << text;
}

constexpr std::string_view not_json = "$: expected JSON; reading stopped at byte ";

TEST(json_document, has_the_same_error_from_both_parsers) {
  const std::string deep = nested_arrays(33);
  const std::string crowded = '{' + filler_members(513) + '}';
  const std::string stopped(not_json);
  struct error_row {
    std::string text;
    std::string told;
  };
  const error_row rows[] = {
      {"", stopped + "0"},
      {" ", stopped + "1"},
      {"{", stopped + "1"},
      {"{} x", stopped + "3"},
      {"[1,]", stopped + "3"},
      {"01", stopped + "1"},
      {"\xef\xbb\xbf{}", stopped + "0"},
      {"// x\n{}", stopped + "0"},
      {"NaN", stopped + "0"},
      {"1e", stopped + "2"},
      {"{\"a\":1e309,}", stopped + "11"},
      {"\"\xff\"", stopped + "1"},
      {R"("\ud800")", stopped + "1"},
      {"\"\n\"", stopped + "1"},
      {std::string("{}\0", 3), stopped + "2"},
      {std::string("{}\0x", 4), stopped + "2"},
      {std::string("\0{}", 3), stopped + "0"},
      {std::string("[1\0]", 4), stopped + "2"},
      {deep, "$: expected at most 32 levels of nesting"},
      {crowded, "$: expected at most 512 members in open objects"},
      {R"({"a":1,"a":2})", "$.a: expected each member name once"},
      {R"({"a":1,"\u0061":2})", "$.a: expected each member name once"},
      {R"({"keys":[{},{"kid":1,"kid":2}]})", "$.keys[1].kid: expected each member name once"},
      {R"({"a":{"b c":1,"b c":2}})", R"($.a["b c"]: expected each member name once)"},
      {R"({"":1,"":2})", R"($[""]: expected each member name once)"},
  };
  for (const auto& [text, told] : rows) EXPECT_EQ(parse(text), told) << text;
}

TEST(json_document, goes_to_the_edge_of_the_bounds) {
  EXPECT_EQ(parse(nested_arrays(32)), nested_arrays(32));
  EXPECT_EQ(parse('{' + filler_members(512) + '}').substr(0, 17), "{2'm0':0 2'm1':0 ");
  // A closed object's members no longer count.
  const std::string full = '{' + filler_members(510) + '}';
  EXPECT_EQ(parse(R"({"a":)" + full + R"(,"b":)" + full + '}').substr(0, 15), "{1'a':{2'm0':0 ");
  // The array is a value too.
  EXPECT_EQ(parse(support::array_text("0", 16383)).substr(0, 4), "[0 0");
  EXPECT_EQ(parse(support::array_text("0", 16384)), "$: expected at most 16384 values");
  EXPECT_EQ(parse(support::array_text("[]", 16384)), "$: expected at most 16384 values");
  EXPECT_EQ(parse(support::array_text(R"("x")", 16384)), "$: expected at most 16384 values");
}

TEST(json_document, keeps_the_order_over_many_blocks) {
  std::string text = "[";
  std::string told = "[";
  for (int i = 0; i < 1000; ++i) {
    text += (i == 0 ? "" : ",") + std::to_string(i);
    told += (i == 0 ? "" : " ") + std::to_string(i);
  }
  EXPECT_EQ(parse(text + ']'), told + ']');
}

TEST(json_document, finds_members) {
  json_document document;
  policy_error error;
  ASSERT_TRUE(parse_document_by_scanner(R"({"a":1,"b":[{"b":2}],"":3})", document, error));
  const json_node& root = document.root();
  ASSERT_NE(root.find("b"), nullptr);
  EXPECT_EQ(root.find("b")->count, 1u);
  EXPECT_EQ(root.find("b")->find("b"), nullptr);  // an array has no members
  ASSERT_NE(root.find(""), nullptr);
  EXPECT_EQ(root.find("")->integer, 3);
  EXPECT_EQ(root.find("c"), nullptr);
  EXPECT_EQ(root.find("a")->find(""), nullptr);
}

TEST(json_document, keeps_nothing_of_the_text) {
  std::string text = R"({"a":["x","y"]})";
  for (const parser parse_document : {parse_document_by_scanner, parse_document_by_nlohmann}) {
    std::string copy = text;
    json_document document;
    policy_error error;
    ASSERT_TRUE(parse_document(copy, document, error));
    copy.assign(copy.size(), '#');
    EXPECT_EQ(spell(document.root()), "{1'a':[1'x' 1'y']}");
  }
}

TEST(json_document, can_be_moved) {
  json_document first;
  json_document second;
  policy_error error;
  ASSERT_TRUE(parse_document_by_scanner(R"({"a":["x","y"]})", first, error));
  ASSERT_TRUE(parse_document_by_scanner(R"(["z"])", second, error));
  const json_node* const root = &first.root();
  second = std::move(first);
  EXPECT_EQ(&second.root(), root);
  EXPECT_EQ(spell(second.root()), "{1'a':[1'x' 1'y']}");
  const json_document third = std::move(second);
  EXPECT_EQ(&third.root(), root);
  EXPECT_EQ(spell(third.root()), "{1'a':[1'x' 1'y']}");
}

TEST(json_document, wipes_a_secret) {
  json_document document;
  policy_error error;
  ASSERT_TRUE(parse_document_by_scanner(R"(["before","secret","after"])", document, error));
  const json_node& secret = *document.root().first->next;
  document.wipe(secret);
  EXPECT_EQ(secret.text, std::string(6, '\0'));
  EXPECT_EQ(document.root().first->text, "before");
  EXPECT_EQ(secret.next->text, "after");
}

// Where `refuse` says that the last value of a text stands.
std::string path_of(std::string_view text) {
  json_document document;
  policy_error error;
  EXPECT_TRUE(parse_document_by_scanner(text, document, error)) << text;
  const json_node* node = &document.root();
  while (node->first != nullptr) {
    node = node->first;
    while (node->next != nullptr) node = node->next;
  }
  EXPECT_FALSE(refuse(error, *node, policy_text::string));
  EXPECT_EQ(error.expected.view(), "expected a string");
  return std::string(error.path.view());
}

TEST(json_document, spells_where) {
  EXPECT_EQ(path_of("1"), "$");
  EXPECT_EQ(path_of("[]"), "$");
  EXPECT_EQ(path_of("[1]"), "$[0]");
  EXPECT_EQ(path_of("[" + support::repeat("0,", 1009) + "{\"k\":1}]"), "$[1009].k");
  EXPECT_EQ(path_of(R"({"keys":[{},{"kid":1,"k":[[2]]}]})"), "$.keys[1].k[0][0]");
  EXPECT_EQ(path_of(R"({"$schema":1})"), "$.$schema");
  EXPECT_EQ(path_of(R"({"a1_B":1})"), "$.a1_B");
  EXPECT_EQ(path_of(R"({"1a":1})"), R"($["1a"])");
  EXPECT_EQ(path_of(R"({"":1})"), R"($[""])");
  EXPECT_EQ(path_of(R"({"":[1]})"), R"($[""][0])");
  EXPECT_EQ(path_of(R"({"a b":1})"), R"($["a b"])");
  EXPECT_EQ(path_of(R"({"a.b":1})"), R"($["a.b"])");
}

TEST(json_document, spells_where_a_member_is_missing) {
  json_document document;
  policy_error error;
  ASSERT_TRUE(parse_document_by_scanner(R"({"keys":[{}]})", document, error));
  const json_node& key = *document.root().find("keys")->first;
  EXPECT_FALSE(refuse_member(error, key, "k", policy_text::string));
  EXPECT_EQ(error.path.view(), "$.keys[0].k");
  EXPECT_EQ(error.expected.view(), "expected a string");
  EXPECT_FALSE(refuse_member(error, document.root(), "a b", policy_text::no_such_member));
  EXPECT_EQ(error.path.view(), R"($["a b"])");
  EXPECT_EQ(error.expected.view(), "expected no such member");
}

// A name comes from the file of an operator and ends in a log.
TEST(json_document, cannot_disturb_a_log) {
  const auto named = [](std::string_view name) {
    return path_of("{\"" + std::string(name) + "\":1}");
  };
  EXPECT_EQ(named(R"(a\nb)"), R"($["a\u000ab"])");
  EXPECT_EQ(named("\\u0000\\u001b\x7f"), R"($["\u0000\u001b\u007f"])");
  EXPECT_EQ(named(R"(\"\\)"), R"($["\"\\"])");
  const std::string sixty_four(64, 'a');
  EXPECT_EQ(named(sixty_four), "$." + sixty_four);
  EXPECT_EQ(named(sixty_four + 'a'), R"($[")" + sixty_four + R"(..."])");
  // Never cut inside a character.
  EXPECT_EQ(named(std::string(63, 'a') + "\xc3\xa9"), R"($[")" + std::string(63, 'a') + R"(..."])");
}

// However deep and long the names: cut, but still UTF-8 and one line.
TEST(json_document, spells_a_very_long_way) {
  const std::string name = "\"a" + support::repeat("\xc3\xa9", 31) + "\":";  // 63 bytes
  for (std::size_t shift = 0; shift < 4; ++shift) {
    const std::string start = "{\"" + std::string(shift, ' ') + "\":";
    const std::string nested = start + support::repeat('{' + name, 30);
    const std::string path = path_of(nested + '1' + std::string(31, '}'));
    EXPECT_GT(path.size(), 400u);
    for (const char* at = path.data(); at != path.data() + path.size();) {
      const std::size_t length = static_cast<unsigned char>(*at) < 0x80
                                     ? 1
                                     : find_utf8_sequence(at, path.data() + path.size());
      ASSERT_NE(length, 0u) << "not UTF-8 at byte " << at - path.data();
      at += length;
    }
  }
}

// ---- both parsers against each other on documents that nobody wrote ----

using generator = std::mt19937;  // its sequence is part of the C++ standard

std::size_t pick(generator& random, std::size_t count) { return random() % count; }

std::string generate(generator& random, std::size_t depth) {
  constexpr std::string_view scalars[] = {
      "null",
      "true",
      "false",
      "0",
      "-1",
      "12.5e-3",
      "9223372036854775807",
      "1e308",
      "\"\"",
      R"("x\ny")",
      R"("\u00e9")",
      "\"\xe2\x82\xac\"",
      R"("\ud83d\ude00")",
  };
  constexpr std::string_view names[] = {"a", "b", "kid", R"(\u0061)", "", "\xc3\xa9", "a b"};
  const std::size_t shape = pick(random, depth == 0 ? 1 : 3);
  if (shape == 0) return std::string(scalars[pick(random, std::size(scalars))]);
  const std::size_t count = pick(random, 4);
  std::string out = shape == 1 ? "[" : "{";
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0) out += pick(random, 4) == 0 ? " , " : ",";
    if (shape == 2) out += '"' + std::string(names[pick(random, std::size(names))]) + "\":";
    out += generate(random, depth - 1);
  }
  return out + (shape == 1 ? ']' : '}');
}

std::string mutate(generator& random, std::string text) {
  constexpr std::string_view pieces[] = {
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "\"",
      "\\",
      "0",
      "-",
      ".",
      "e5",
      "e309",
      "\\u00e9",
      "\\ud800",
      "\\udc00",
      "\n",
      "\t",
      "\x1f",
      "\x7f",
      "\xc3",
      "\xa9",
      "\xed\xa0\x80",
      "null",
      "true",
      " ",
      "/",
      "\xef\xbb\xbf",
      "1e400",
      "\"a\":1,",
  };
  const std::size_t at = pick(random, text.size() + 1);
  const std::size_t length = std::min<std::size_t>(pick(random, 4), text.size() - at);
  switch (pick(random, 5)) {
    case 0:
      return text.erase(at, length);
    case 1:
      return text.insert(at, pieces[pick(random, std::size(pieces))]);
    case 2:
      return text.replace(at, length, pieces[pick(random, std::size(pieces))]);
    case 3:
      return text.insert(at, text.substr(at, length));
    default:
      return text.insert(at, 1, static_cast<char>(pick(random, 256)));
  }
}

TEST(json_document, both_parsers_agree_on_generated_documents) {
  generator random(8259);
  int accepted = 0;
  int refused = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string text = generate(random, 4);
    const std::size_t changes = pick(random, 3);
    for (std::size_t change = 0; change < changes; ++change) text = mutate(random, text);
    const std::string by_scanner = parse_by(parse_document_by_scanner, text);
    ASSERT_EQ(by_scanner, parse_by(parse_document_by_nlohmann, text)) << text;
    ++(by_scanner.front() == '$' ? refused : accepted);
  }
  // Both sides of the border were visited.
  EXPECT_GT(accepted, 1000);
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace portcullis
