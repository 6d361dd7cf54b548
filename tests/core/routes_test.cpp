#include "edge/routes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/exact_copy.hpp"
#include "support/object_text.hpp"

namespace portcullis {
namespace {

using support::repeat;
using strings = std::vector<std::string>;

// A table with the patterns that it borrows.
class routes {
 public:
  explicit routes(const strings& patterns, bool case_decides = false)
      : case_decides_(case_decides) {
    std::size_t segments = 0;
    for (const std::string& pattern : patterns) {
      segments += static_cast<std::size_t>(std::count(pattern.begin(), pattern.end(), '/'));
    }
    EXPECT_TRUE(table_.reserve(patterns.size(), segments));
    for (const std::string& pattern : patterns) {
      std::uint32_t place = route_table::none;
      EXPECT_EQ(add(pattern, place), pattern_fault::none) << pattern;
      if (place == names_.size()) names_.push_back(pattern);
    }
  }

  pattern_fault add(const std::string& pattern, std::uint32_t& place) {
    kept_.emplace_back(pattern);
    return table_.add(kept_.back().view(), place);
  }

  [[nodiscard]] route_table::match match(std::string_view uri) const {
    const support::exact_copy copy(uri);
    path_buffer buffer;
    parsed_path path;
    EXPECT_TRUE(parse_path(copy.view(), buffer, path)) << uri;
    return table_.find(path, case_decides_);
  }

  // The first spelling of the pattern that judges, "-" for none, "?" for ambiguous.
  [[nodiscard]] std::string find(std::string_view uri) const {
    const auto found = match(uri);
    if (found.ambiguous) {
      EXPECT_EQ(found.place, route_table::none) << uri;
      return "?";
    }
    return found.place == route_table::none ? "-" : names_.at(found.place);
  }

 private:
  route_table table_;
  std::deque<support::exact_copy> kept_;
  strings names_;
  bool case_decides_;
};

struct row {
  const char* uri;
  const char* pattern;
};

TEST(routes, finds_the_more_specific_pattern_from_left_to_right) {
  const strings patterns = {"/**",     "/*",      "/a",       "/a/**",       "/a/*",    "/a/b",
                            "/*/b",    "/*/b/c",  "/a/b/c/d", "/a/*/c/**",   "/*/*/x",  "/x/*/y",
                            "/x/b/**", "/*/q/**", "/a/b/*/*", "/deep/*/*/*", "/x/*/**", "/"};
  constexpr row rows[] = {
      {"/", "/"},
      {"/a", "/a"},
      {"/a/", "/a"},
      {"/b", "/*"},
      {"/a/b", "/a/b"},
      {"/a/c", "/a/*"},
      {"/a/x/x", "/a/**"},  // not /*/*/x: that is less specific in the first segment
      {"/z/b", "/*/b"},
      {"/z/b/c", "/*/b/c"},
      {"/z/b/x", "/*/*/x"},
      {"/z/b/z", "/**"},
      {"/a/b/c", "/a/*/c/**"},  // not /a/**, though the way over /a/b ends dead
      {"/a/b/c/d", "/a/b/c/d"},
      {"/a/b/c/e", "/a/b/*/*"},
      {"/a/b/e/e", "/a/b/*/*"},
      {"/a/b/c/e/f", "/a/*/c/**"},
      {"/a/b/x/y/z", "/a/**"},
      {"/x/b", "/x/b/**"},
      {"/x/b/y", "/x/b/**"},
      {"/x/c/y", "/x/*/y"},
      {"/x/c/z", "/x/*/**"},
      {"/x/c", "/x/*/**"},
      {"/x/q/z", "/x/*/**"},
      {"/z/q", "/*/q/**"},
      {"/z/q/x", "/*/q/**"},
      {"/deep/1/2/3", "/deep/*/*/*"},
      {"/deep/1/2", "/**"},
      {"/deep/1/2/3/4", "/**"},
      {"/deep/q/2/3", "/deep/*/*/*"},
      {"/deep/q/2", "/*/q/**"},
      {"/deep/q/2/3/4", "/*/q/**"},
      {"/deep/b", "/*/b"},
      {"/%61/%62", "/a/b"},
      {"/*", "/*"},  // in a path a star is a segment like any other
      {"/**", "/*"},
      {"/a/**", "/a/*"},
      {"/a/*/c", "/a/*/c/**"},
  };
  std::mt19937 random(1);
  strings order = patterns;
  for (int i = 0; i < 20; ++i) {
    const routes table(order);
    for (const auto& [uri, pattern] : rows) EXPECT_EQ(table.find(uri), pattern) << uri;
    std::shuffle(order.begin(), order.end(), random);
  }
}

TEST(routes, lets_two_stars_stand_for_no_segment) {
  const routes table({"/admin/**", "/a/*/**"});
  EXPECT_EQ(table.find("/admin"), "/admin/**");
  EXPECT_EQ(table.find("/admin/"), "/admin/**");
  EXPECT_EQ(table.find("/admin/x/y"), "/admin/**");
  EXPECT_EQ(table.find("/administrator"), "-");
  EXPECT_EQ(table.find("/"), "-");
  EXPECT_EQ(table.find("/a"), "-");
  EXPECT_EQ(table.find("/a/b"), "/a/*/**");
  EXPECT_EQ(table.find("/a/b/c"), "/a/*/**");
}

TEST(routes, has_a_root) {
  EXPECT_EQ(routes({"/"}).find("/"), "/");
  EXPECT_EQ(routes({"/"}).find("/a"), "-");
  EXPECT_EQ(routes({"/**"}).find("/"), "/**");
  EXPECT_EQ(routes({"/**"}).find("/a/b"), "/**");
  EXPECT_EQ(routes({"/**", "/"}).find("/"), "/");
  EXPECT_EQ(routes({"/*"}).find("/"), "-");
  EXPECT_EQ(routes({"/*"}).find("/a"), "/*");
  EXPECT_EQ(routes({"/*"}).find("/a/b"), "-");
}

TEST(routes, finds_nothing_in_an_empty_table) {
  EXPECT_EQ(routes({}).find("/"), "-");
  EXPECT_EQ(routes({}).find("/A;x"), "-");
  path_buffer buffer;
  parsed_path path;
  ASSERT_TRUE(parse_path("/a", buffer, path));
  EXPECT_EQ(route_table().find(path, false).place, route_table::none);
}

TEST(routes, gives_spellings_of_one_pattern_one_place) {
  route_table table;
  EXPECT_TRUE(table.reserve(20, 60));
  const auto place_of = [&table](std::string_view pattern) {
    std::uint32_t place = route_table::none;
    EXPECT_EQ(table.add(pattern, place), pattern_fault::none) << pattern;
    return place;
  };
  EXPECT_EQ(place_of("/a"), 0u);
  EXPECT_EQ(place_of("/a/"), 0u);
  EXPECT_EQ(place_of("/%61"), 0u);
  EXPECT_EQ(place_of("/%61/"), 0u);
  EXPECT_EQ(place_of("/A"), 1u);
  EXPECT_EQ(place_of("/%41"), 1u);
  EXPECT_EQ(place_of("/a/**"), 2u);
  EXPECT_EQ(place_of("/a/**/"), 2u);
  EXPECT_EQ(place_of("/a/*"), 3u);
  EXPECT_EQ(place_of("/a/*/"), 3u);
  EXPECT_EQ(place_of("/"), 4u);
  EXPECT_EQ(place_of("/**"), 5u);
  EXPECT_EQ(place_of("/a"), 0u);
}

TEST(routes, finds_patterns_that_are_written_with_escapes) {
  const routes table({"/%61dmin/%C3%A9", "/b%20c", "/%4B/x", "/100%25/**"});
  EXPECT_EQ(table.find("/admin/\xc3\xa9"), "/%61dmin/%C3%A9");
  EXPECT_EQ(table.find("/admin/%c3%a9"), "/%61dmin/%C3%A9");
  EXPECT_EQ(table.find("/b c"), "/b%20c");
  EXPECT_EQ(table.find("/K/x"), "/%4B/x");
  EXPECT_EQ(table.find("/k/x"), "?");
  EXPECT_EQ(table.find("/100%25/a"), "/100%25/**");
}

TEST(routes, refuses_faulty_patterns) {
  struct fault_row {
    const char* pattern;
    pattern_fault fault;
  };
  constexpr fault_row rows[] = {
      {"", pattern_fault::not_a_path},
      {"a", pattern_fault::not_a_path},
      {"*", pattern_fault::not_a_path},
      {"**", pattern_fault::not_a_path},
      {"//", pattern_fault::not_a_path},
      {"/a//b", pattern_fault::not_a_path},
      {"/a/../b", pattern_fault::not_a_path},
      {"/a%2fb", pattern_fault::not_a_path},
      {"/a\\b", pattern_fault::not_a_path},
      {"/%zz", pattern_fault::not_a_path},
      {"/%c0%af", pattern_fault::not_a_path},
      {"/a;b", pattern_fault::not_a_path},
      {"/a?b", pattern_fault::not_a_path},
      {"/a%3fb", pattern_fault::not_a_path},
      {"/a#", pattern_fault::not_a_path},
      {"/a.", pattern_fault::not_a_path},
      {"/a /b", pattern_fault::not_a_path},
      {"/*.", pattern_fault::not_a_path},
      {"/a*", pattern_fault::star_in_segment},
      {"/*a", pattern_fault::star_in_segment},
      {"/a*b/c", pattern_fault::star_in_segment},
      {"/*.html", pattern_fault::star_in_segment},
      {"/***", pattern_fault::star_in_segment},
      {"/a/**b", pattern_fault::star_in_segment},
      {"/**/a", pattern_fault::star_in_segment},
      {"/**/*", pattern_fault::star_in_segment},
      {"/**/**", pattern_fault::star_in_segment},
      {"/a/**/b", pattern_fault::star_in_segment},
      {"/%2a", pattern_fault::star_in_segment},
      {"/%2A%2A", pattern_fault::star_in_segment},
      {"/*%2A", pattern_fault::star_in_segment},
      {"/a%2Ab", pattern_fault::star_in_segment},
  };
  routes table({"/kept", "/kept", "/kept", "/kept"});
  for (const auto& [pattern, fault] : rows) {
    std::uint32_t place = 77;
    EXPECT_EQ(table.add(pattern, place), fault) << pattern;
    EXPECT_EQ(place, 77u) << pattern;
  }
  EXPECT_EQ(table.find("/kept"), "/kept");
  EXPECT_EQ(table.find("/a"), "-");
}

TEST(routes, limits_patterns_with_a_star) {
  static_assert(limits::max_wildcard_routes == 64);
  strings patterns = {"/**"};
  for (int i = 0; i < 64; ++i) patterns.push_back("/*/" + std::to_string(i));
  // Known ones, and ones without a star for a segment, are no more of them.
  patterns.push_back("/*/7/");
  patterns.push_back("/x/**");
  patterns.push_back("/plain");
  strings reserved = patterns;
  reserved.resize(patterns.size() + 4, "/plain");
  routes table(reserved);
  std::uint32_t place = 77;
  for (const char* pattern : {"/*/64", "/*", "/*/7/**", "/*/7/*"}) {
    EXPECT_EQ(table.add(pattern, place), pattern_fault::too_many_stars) << pattern;
    EXPECT_EQ(place, 77u);
  }
  EXPECT_EQ(table.find("/z/63"), "/*/63");
  EXPECT_EQ(table.find("/z/64"), "/**");
  EXPECT_EQ(table.find("/z"), "/**");
  EXPECT_EQ(table.find("/z/7/z"), "/**");
}

// As many places at once as there can be: the pattern with a star at each of the bits of a number.
TEST(routes, keeps_as_many_places_as_patterns_make) {
  strings patterns = {repeat("/a", 7) + "/end", "/**"};
  for (unsigned i = 1; i <= 64; ++i) {
    std::string pattern;
    for (unsigned bit = 0; bit < 7; ++bit) pattern += (i >> bit & 1) != 0 ? "/*" : "/a";
    patterns.push_back(pattern + "/" + std::to_string(i));
  }
  const routes table(patterns);
  for (unsigned i = 1; i <= 64; ++i) {
    EXPECT_EQ(table.find(repeat("/a", 7) + '/' + std::to_string(i)), patterns[i + 1]);
    EXPECT_EQ(table.find(repeat("/A", 7) + '/' + std::to_string(i)), "?");
  }
  EXPECT_EQ(table.find(repeat("/a", 7) + "/end"), patterns[0]);
  EXPECT_EQ(table.find(repeat("/a", 7) + "/none"), "/**");
}

TEST(routes, finds_each_of_a_thousand) {
  static_assert(limits::max_routes == 1000);
  strings patterns;
  for (int i = 0; i < 1000; ++i) {
    patterns.push_back("/api/v" + std::to_string(i % 7) + "/thing-" + std::to_string(i));
  }
  const routes table(patterns);
  for (const std::string& pattern : patterns) {
    EXPECT_EQ(table.find(pattern), pattern);
    EXPECT_EQ(table.find(pattern + "/x"), "-");
  }
  EXPECT_EQ(table.find("/api/v1"), "-");
  EXPECT_EQ(table.find("/api/v1/thing-1000"), "-");
  EXPECT_EQ(table.find("/api/v2/thing-1"), "-");
}

TEST(routes, takes_the_deepest_path_and_pattern) {
  const std::string deepest = repeat("/a", 256);
  const routes table({deepest, repeat("/a", 255) + "/**", "/*"});
  EXPECT_EQ(table.find(deepest), deepest);
  EXPECT_EQ(table.find(repeat("/a", 255) + "/b"), repeat("/a", 255) + "/**");
  EXPECT_EQ(table.find(repeat("/a", 254)), "-");
}

TEST(routes, is_ambiguous_where_case_may_decide) {
  const strings patterns = {"/admin/**", "/Mixed/x", "/u/*", "/**"};
  const routes folding(patterns);
  constexpr row folded[] = {
      {"/admin", "/admin/**"},  {"/admin/X", "/admin/**"},
      {"/ADMIN", "?"},          {"/Admin/x", "?"},
      {"/adm\xc4\xb1n", "?"},   {"/adm\xc4\xb0n/x", "?"},
      {"/Mixed/x", "/Mixed/x"}, {"/mixed/x", "?"},
      {"/MIXED/X", "?"},        {"/Mixed/X", "?"},
      {"/mixed/y", "/**"},      {"/Mixed", "/**"},
      {"/u/Q", "/u/*"},         {"/U/q", "?"},
      {"/Other", "/**"},        {"/\xe2\x84\xaa", "/**"},
  };
  for (const auto& [uri, pattern] : folded) EXPECT_EQ(folding.find(uri), pattern) << uri;

  const routes exact(patterns, true);
  constexpr row decided[] = {
      {"/admin", "/admin/**"},  {"/ADMIN", "/**"},   {"/Admin/x", "/**"}, {"/adm\xc4\xb1n", "/**"},
      {"/Mixed/x", "/Mixed/x"}, {"/mixed/x", "/**"}, {"/u/Q", "/u/*"},    {"/U/q", "/**"},
  };
  for (const auto& [uri, pattern] : decided) EXPECT_EQ(exact.find(uri), pattern) << uri;
}

TEST(routes, tells_patterns_that_fold_to_one_by_their_exact_spelling) {
  const routes table({"/A/*", "/a/*", "/a/b", "/Q", "/q"});
  EXPECT_EQ(table.find("/A/x"), "/A/*");
  EXPECT_EQ(table.find("/a/x"), "/a/*");
  EXPECT_EQ(table.find("/a/b"), "/a/b");
  EXPECT_EQ(table.find("/A/b"), "?");  // an origin that folds it means /a/b
  EXPECT_EQ(table.find("/a/B"), "?");
  EXPECT_EQ(table.find("/Q"), "/Q");
  EXPECT_EQ(table.find("/q"), "/q");
  EXPECT_EQ(table.find("/z"), "-");

  const routes three({"/Ab", "/aB", "/**"});
  EXPECT_EQ(three.find("/Ab"), "/Ab");
  EXPECT_EQ(three.find("/aB"), "/aB");
  EXPECT_EQ(three.find("/ab"), "?");
  EXPECT_EQ(three.find("/AB"), "?");

  // Spelled exactly, and yet on the way of another when folded.
  const routes crossed({"/A/x", "/a/y", "/**"});
  EXPECT_EQ(crossed.find("/A/x"), "/A/x");
  EXPECT_EQ(crossed.find("/a/x"), "?");
  EXPECT_EQ(crossed.find("/A/y"), "?");
}

TEST(routes, is_ambiguous_where_parameters_may_be_cut) {
  const routes table({"/admin", "/a/*", "/a/b", "/a/*/*", "/o/**", "/q/r", "/**"});
  constexpr row rows[] = {
      {"/admin;x", "?"},
      {"/admin;", "?"},
      {"/admin;x=1;y", "?"},
      {"/admin%3bx", "?"},
      {"/admin.", "?"},
      {"/admin...", "?"},
      {"/admin%20", "?"},
      {"/admin. .", "?"},
      {"/admin.;x", "?"},
      {"/admin;.", "?"},
      {"/admin%3fx", "?"},
      {"/admin%23", "?"},
      {"/admin/%3fx", "?"},
      {"/admin/;x", "?"},
      {"/ADMIN;x", "?"},
      {"/admin%3fx/y/z", "?"},
      {"/admin;x/y", "?"},
      {"/admin%23/%3f", "?"},
      {"/other;x", "/**"},
      {"/other.", "/**"},
      {"/other/x;y/z", "/**"},
      {"/o/x;y", "/o/**"},
      {"/o;y/x", "?"},
      {"/o/x%3fy/z", "/o/**"},
      {"/a/c;x", "/a/*"},
      {"/a/b;x", "?"},
      {"/a/b.", "?"},
      {"/a/c.", "/a/*"},
      {"/a/c;x/d", "?"},
      {"/a/c./d", "/a/*/*"},
      {"/a/c%3fx/d", "?"},
      {"/q/r;", "?"},
      {"/Q/r;", "?"},
      // A segment is lost.
      {"/;", "?"},
      {"/;x", "?"},
      {"/ ", "?"},
      {"/..;/admin", "?"},
      {"/x/..;/x", "?"},
      {"/o/..;x/x", "?"},
      {"/o/.;/x", "?"},
      {"/o/.. /x", "?"},
      {"/o/. ./x", "?"},
      {"/o/%20/x", "?"},
      {"/o/..%3fx", "?"},
      {"/o/.%23", "?"},
      {"/z/z/z/..;/z", "?"},
      // A question mark ends a path, and leaves a slash that does not matter.
      {"/o/%3fx", "/o/**"},
      {"/%3f", "/**"},
  };
  for (const auto& [uri, pattern] : rows) EXPECT_EQ(table.find(uri), pattern) << uri;
}

// Each of the ways to cut decides alone here: what judges the whole path also judges what the
// others leave of it.
TEST(routes, looks_at_each_way_to_cut) {
  const routes semicolon({"/a", "/**"});
  EXPECT_EQ(semicolon.find("/a;x/y"), "?");
  const routes parameters({"/a/*/*", "/**"});
  EXPECT_EQ(parameters.find("/a;x/b%3fc/d"), "?");
  const routes question({"/a/b", "/**"});
  EXPECT_EQ(question.find("/a/b%3fc/d"), "?");
  EXPECT_EQ(question.find("/a/b%23c/d"), "?");
  EXPECT_EQ(question.find("/a/b%23c/d%3fe/f"), "?");
  EXPECT_EQ(question.find("/a/b%3fc/d%23e/f"), "?");
  const routes later({"/a/*/b", "/**"});
  EXPECT_EQ(later.find("/a/x%3fy/b%23z/w"), "?");
  EXPECT_EQ(later.find("/a/x%23y/b%3fz/w"), "?");
}

// The oracle: every pattern tried by going back, every reading spelled out.

strings split(std::string_view path) {
  strings segments;
  std::size_t at = 1;
  while (at < path.size()) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    segments.emplace_back(path.substr(at, end - at));
    at = end + 1;
  }
  return segments;
}

bool matches(const strings& pattern, std::size_t p, const strings& path, std::size_t s) {
  if (p == pattern.size()) return s == path.size();
  if (pattern[p] == "**") {
    return matches(pattern, p + 1, path, s) ||
           (s != path.size() && matches(pattern, p, path, s + 1));
  }
  if (s == path.size()) return false;
  return (pattern[p] == "*" || pattern[p] == path[s]) && matches(pattern, p + 1, path, s + 1);
}

// How specific each segment is; the smaller vector wins.
std::vector<int> rank(const strings& pattern) {
  std::vector<int> ranks;
  for (const std::string& segment : pattern) {
    ranks.push_back(segment == "**" ? 2 : segment == "*" ? 1 : 0);
  }
  return ranks;
}

// The pattern that wins, in text, or "-".
std::string best(const std::vector<strings>& patterns, const strings& path) {
  const strings* winner = nullptr;
  for (const strings& pattern : patterns) {
    if (!matches(pattern, 0, path, 0)) continue;
    if (winner == nullptr || rank(pattern) < rank(*winner)) winner = &pattern;
  }
  if (winner == nullptr) return "-";
  std::string text;
  for (const std::string& segment : *winner) text += '/' + segment;
  return text.empty() ? "/" : text;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string judge(const strings& patterns, const std::string& path, bool case_decides) {
  std::vector<strings> exact;
  std::vector<strings> folded;
  for (const std::string& pattern : patterns) {
    exact.push_back(split(pattern));
    folded.push_back(split(lower(pattern)));
  }
  const std::string expected = best(exact, split(path));
  const bool marked = path.find_first_of(";?#. ") != std::string::npos;
  for (int reading = 0; reading < (marked ? 32 : 2); ++reading) {
    const bool fold = (reading & 1) != 0;
    const bool drop_parameters = (reading & 2) != 0;
    const bool drop_dots = (reading & 4) != 0;
    if (fold && case_decides) continue;
    std::string text = path;
    // Whole paths end at one of the marks.
    const char mark = "\0;?#"[reading >> 3];
    if (mark != '\0') text = text.substr(0, text.find(mark));
    if (fold) text = lower(text);
    strings segments = split(text);
    for (std::string& segment : segments) {
      if (drop_parameters) segment = segment.substr(0, segment.find(';'));
      if (drop_dots) {
        while (!segment.empty() && (segment.back() == '.' || segment.back() == ' ')) {
          segment.pop_back();
        }
      }
      if (segment.empty()) return "?";
    }
    if (fold ? best(folded, segments) != lower(expected) : best(exact, segments) != expected) {
      return "?";
    }
  }
  return expected;
}

using generator = std::mt19937;  // its sequence is part of the C++ standard

std::size_t pick(generator& random, std::size_t count) { return random() % count; }

std::string random_pattern(generator& random, bool capitals) {
  constexpr std::string_view small[] = {"a", "b", "ab", "*", "*"};
  constexpr std::string_view mixed[] = {"a", "b", "A", "B", "*"};
  std::string text;
  for (std::size_t depth = pick(random, 5); depth != 0; --depth) {
    text += '/';
    text +=
        capitals ? mixed[pick(random, std::size(mixed))] : small[pick(random, std::size(small))];
  }
  if (pick(random, 3) == 0) text += "/**";
  return text.empty() ? "/" : text;
}

std::string random_path(generator& random, bool marks) {
  constexpr std::string_view plain[] = {"a", "b", "ab", "c", "*", "**", "A", "B", "a", "b"};
  constexpr std::string_view marked[] = {"a;",  "a;b",  "b.",  "a ",   ";",    "..;", " ",
                                         "a?b", "b#",   "?",   "#a",   "A;.",  "a.;", "b;?",
                                         "a?#", "a#?;", "*;a", "b;a.", "..?a", "c;"};
  std::string text;
  for (std::size_t depth = pick(random, 6); depth != 0; --depth) {
    text += '/';
    text += marks && pick(random, 4) == 0 ? marked[pick(random, std::size(marked))]
                                          : plain[pick(random, std::size(plain))];
  }
  return text.empty() ? "/" : text;
}

TEST(routes, agrees_with_an_oracle_that_goes_back) {
  generator random(20);
  std::size_t found = 0;
  std::size_t missed = 0;
  std::size_t ambiguous = 0;
  for (int i = 0; i < 4000; ++i) {
    const bool capitals = pick(random, 3) == 0;
    const bool case_decides = pick(random, 3) == 0;
    std::set<std::string> unique;
    for (std::size_t count = 1 + pick(random, 12); count != 0; --count) {
      unique.insert(random_pattern(random, capitals));
    }
    strings patterns(unique.begin(), unique.end());
    std::shuffle(patterns.begin(), patterns.end(), random);
    const routes table(patterns, case_decides);
    std::string all;
    for (const std::string& pattern : patterns) all += pattern + ' ';
    for (int j = 0; j < 20; ++j) {
      const std::string path = random_path(random, j % 2 == 0);
      const std::string expected = judge(patterns, path, case_decides);
      ++(expected == "?" ? ambiguous : expected == "-" ? missed : found);
      ASSERT_EQ(table.find(path), expected) << path << " in " << all << case_decides;
    }
  }
  EXPECT_GT(found, 10000u);
  EXPECT_GT(missed, 5000u);
  EXPECT_GT(ambiguous, 5000u);
}

}  // namespace
}  // namespace portcullis
