// Protected patterns beside a public "/**": no respelling of a protected path may be judged by the
// public place. The respellings are those that some origin is known to read as the same path.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "edge/path.hpp"
#include "edge/routes.hpp"
#include "support/exact_copy.hpp"

namespace portcullis {
namespace {

using strings = std::vector<std::string>;
using generator = std::mt19937;  // its sequence is part of the C++ standard

std::size_t pick(generator& random, std::size_t count) { return random() % count; }

bool one_in(generator& random, std::size_t count) { return pick(random, count) == 0; }

constexpr std::string_view words[] = {"admin", "api",      "Admin", "users", "v1",  "tokens",
                                      "a",     "b",        "A",     "x.y",   "a b", "caf\xc3\xa9",
                                      "~k",    "Settings", "1",     ".git",  "i",   "a-b_c"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

char other_case(char c) { return is_letter(c) ? static_cast<char>(c ^ 0x20) : c; }

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = other_case(c);
  }
  return text;
}

std::string random_pattern(generator& random) {
  std::string text;
  const std::size_t depth = 1 + pick(random, 4);
  for (std::size_t i = 0; i < depth; ++i) {
    text += '/';
    text += one_in(random, 5) ? "*" : words[pick(random, std::size(words))];
  }
  if (one_in(random, 3)) text += "/**";
  return text;
}

// The segments of a path that a pattern matches.
strings random_match(generator& random, std::string_view pattern) {
  strings segments;
  std::size_t at = 1;
  while (at <= pattern.size()) {
    const std::size_t end = std::min(pattern.find('/', at), pattern.size());
    const std::string_view segment = pattern.substr(at, end - at);
    std::size_t count = segment == "**" ? pick(random, 3) : 1;
    for (; count != 0; --count) {
      segments.emplace_back(segment.front() == '*' ? words[pick(random, std::size(words))]
                                                   : segment);
    }
    at = end + 1;
  }
  return segments;
}

std::string escape(generator& random, char c) {
  constexpr std::string_view digits[] = {"0123456789abcdef", "0123456789ABCDEF"};
  const auto byte = static_cast<unsigned char>(c);
  return {'%', digits[pick(random, 2)][byte >> 4], digits[pick(random, 2)][byte & 15]};
}

// A path in parts: a character, which may still be escaped, or what is written as it is.
using parts = strings;

void add_plain(parts& out, std::string_view text) {
  for (const char c : text) out.emplace_back(1, c);
}

template <std::size_t Count>
std::string_view any_of(generator& random, const std::string_view (&texts)[Count]) {
  return texts[pick(random, Count)];
}

// What an origin may take for a slash.
void add_slash(generator& random, parts& out, bool wild) {
  constexpr std::string_view slashes[] = {"//",         "/./",      "/x/../", "/.//",  "/%2e/",
                                          "/x/%2e%2e/", "%2f",      "%2F",    "\\",    "%5c",
                                          "%5C",        "/x/..%2f", "%c0%af", "%252f", "/..;/../"};
  if (wild && one_in(random, 4)) {
    out.emplace_back(any_of(random, slashes));
  } else {
    out.emplace_back("/");
  }
}

// What an origin may drop at the end of a segment.
constexpr std::string_view segment_ends[] = {";",   ";p",  ";p=1;q", ".",    "..",  " ",   ". .",
                                             "%20", "%2e", "%3b",    "%3bp", ".;p", ";p.", "; ."};
// And of a path.
constexpr std::string_view path_ends[] = {
    "/",    "%00", "%00.png", "?",    "?x/y", "%3fx", "#",   "%23/y/z", ";p/..;q", "/.",
    "/%2e", "//",  "/?",      "/%3f", "/;p",  "%2f",  "%5c", "/ ",      "%3f%23",  "#?/x"};

struct style {
  bool slashes;
  bool case_changes;
  bool segment_ends;
  bool path_ends;
  bool escapes;
  bool broken_escapes;  // decoded twice, overlong, letters that fold to ASCII
};

void add_character(generator& random, parts& out, char c, const style& how) {
  if (how.case_changes && one_in(random, 3)) c = other_case(c);
  const auto byte = static_cast<unsigned char>(c);
  if (how.broken_escapes && byte < 0x80 && one_in(random, 8)) {
    switch (pick(random, 4)) {
      case 0:
        out.emplace_back("%25" + escape(random, c).substr(1));
        return;
      case 1:
        out.emplace_back(escape(random, static_cast<char>(0xc0 | byte >> 6)) +
                         escape(random, static_cast<char>(0x80 | (byte & 0x3f))));
        return;
      case 2:
        out.emplace_back("%00" + std::string(1, c));
        return;
      default:
        if (!how.case_changes) break;
        if ((c | 0x20) == 'k') return add_plain(out, "\xe2\x84\xaa");
        if ((c | 0x20) == 's') return add_plain(out, "\xc5\xbf");
        if ((c | 0x20) == 'i') return add_plain(out, one_in(random, 2) ? "\xc4\xb0" : "\xc4\xb1");
    }
  }
  out.emplace_back(1, c);
}

std::string respell(generator& random, const strings& segments, const style& how) {
  parts out;
  for (const std::string& segment : segments) {
    add_slash(random, out, how.slashes);
    for (const char c : segment) add_character(random, out, c, how);
    if (how.segment_ends && one_in(random, 3)) {
      const std::string_view end = any_of(random, segment_ends);
      if (end.front() == '%') {
        out.emplace_back(end);
      } else {
        add_plain(out, end);
      }
    }
  }
  if (how.path_ends && one_in(random, 2)) {
    // An origin ends the whole path at its first ';', or each segment: not at one and then the
    // other.
    out.emplace_back(!how.segment_ends && one_in(random, 8) ? ";p/q" : any_of(random, path_ends));
  }

  std::string text;
  const std::size_t rarity = 1 + pick(random, 6);
  for (std::size_t i = 0; i < out.size(); ++i) {
    // The first slash makes it a path, and CloudFront would send no other.
    const bool may = how.escapes && i != 0 && out[i].size() == 1;
    // Slashes seldom, as an escaped one is refused whatever else there is.
    const bool chosen = one_in(random, out[i] == "/" ? 40 : rarity);
    text += may && chosen ? escape(random, out[i].front()) : out[i];
  }
  return text;
}

struct counts {
  std::size_t refused = 0;
  std::size_t ambiguous = 0;
  std::size_t judged = 0;
  std::size_t respellings = 0;
  std::size_t skipped = 0;  // paths that are ambiguous as they are
};

struct judgement {
  bool refused;
  route_table::match match;
};

judgement judge(const route_table& table, std::string_view uri, bool case_decides) {
  const support::exact_copy copy(uri);
  path_buffer buffer;
  parsed_path path;
  if (!parse_path(copy.view(), buffer, path)) return {true, {}};
  return {false, table.find(path, case_decides)};
}

void try_patterns(generator& random, bool case_decides, counts& sums) {
  // Two patterns that differ in case alone are two rules, and each judges its own spelling.
  std::set<std::string> folded;
  std::deque<std::string> patterns = {"/**"};
  for (std::size_t count = 1 + pick(random, 8); count != 0; --count) {
    const std::string pattern = random_pattern(random);
    if (folded.insert(lower(pattern)).second) patterns.push_back(pattern);
  }
  const std::size_t public_rule = pick(random, patterns.size());
  std::swap(patterns[0], patterns[public_rule]);

  route_table table;
  EXPECT_TRUE(table.reserve(patterns.size(), patterns.size() * 5));
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    std::uint32_t place = route_table::none;
    ASSERT_EQ(table.add(patterns[i], place), pattern_fault::none) << patterns[i];
    ASSERT_EQ(place, i);
  }

  for (int originals = 0; originals < 8; ++originals) {
    const std::size_t rule = pick(random, patterns.size());
    if (rule == public_rule) continue;
    const strings segments = random_match(random, patterns[rule]);
    std::string original;
    for (const std::string& segment : segments) original += '/' + segment;
    const judgement expected = judge(table, original, case_decides);
    ASSERT_FALSE(expected.refused) << original;
    if (expected.match.ambiguous) {
      ++sums.skipped;
      continue;
    }
    ASSERT_NE(expected.match.place, public_rule) << original;
    ASSERT_NE(expected.match.place, route_table::none) << original;

    for (int i = 0; i < 40; ++i) {
      const style how = {one_in(random, 6), !case_decides && one_in(random, 3),
                         one_in(random, 3), one_in(random, 3),
                         one_in(random, 2), one_in(random, 6)};
      const std::string uri = respell(random, segments, how);
      const judgement got = judge(table, uri, case_decides);
      ++sums.respellings;
      ++(got.refused ? sums.refused : got.match.ambiguous ? sums.ambiguous : sums.judged);
      if (got.refused || got.match.ambiguous) continue;
      ASSERT_EQ(got.match.place, expected.match.place)
          << uri << " for " << original << ", which " << patterns[expected.match.place]
          << " judges";
    }
  }
}

void expect_no_bypass(std::uint32_t seed, bool case_decides, std::size_t respellings) {
  generator random(seed);
  counts sums;
  while (sums.respellings < respellings) {
    try_patterns(random, case_decides, sums);
    if (testing::Test::HasFatalFailure()) return;
  }
  // Each outcome is common, so that none of them hides the others.
  EXPECT_GT(sums.refused, respellings / 20);
  EXPECT_GT(sums.ambiguous, respellings / 20);
  EXPECT_GT(sums.judged, respellings / 20);
  std::printf("%zu respellings: %zu refused, %zu ambiguous, %zu judged; %zu paths left out\n",
              sums.respellings, sums.refused, sums.ambiguous, sums.judged, sums.skipped);
}

TEST(path_bypass, finds_none_where_origins_may_fold_case) { expect_no_bypass(5, false, 300000); }

TEST(path_bypass, finds_none_where_case_decides) { expect_no_bypass(6, true, 100000); }

}  // namespace
}  // namespace portcullis
