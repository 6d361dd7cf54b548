// Which rule a path is judged by.
//
// A pattern is a path whose segments stand for themselves, but `*`, which stands for any one
// segment, and `**` at the end, which stands for any number of them, none included. Of the patterns
// that match, the one that is more specific from left to right wins: a written segment before `*`
// before `**`; the order of the rules in the policy never decides. Methods do: rules of one pattern
// are asked in the policy's order, and if none is for the method, nothing less specific is tried.
//
// The patterns are a tree. A path is matched in one pass over its segments, with a set of places in
// the tree instead of going back; the set has at most limits::max_wildcard_routes + 1 places.
// Children are found by a hash, so that the number of routes does not matter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "edge/path.hpp"
#include "owned.hpp"

namespace portcullis {

enum class pattern_fault : std::uint8_t {
  none,
  not_a_path,       // parse_path refuses it, or it has what a path may be cut at
  star_in_segment,  // `*` beside other characters, or `**` before the end
  too_many_stars,   // more than limits::max_wildcard_routes patterns with `*`
  out_of_memory
};

class route_table {
 public:
  static constexpr std::uint32_t none = 0xffffffff;

  // Room for `count` patterns of at most `segments` segments together, once, before the first is
  // added. False when there is no memory.
  [[nodiscard]] bool reserve(std::size_t count, std::size_t segments) noexcept;

  // Adds a pattern and gives the number of its place: the same for another spelling of the same
  // pattern ("/a" and "/a/"). Places are numbered from 0 in the order of their first pattern.
  // `pattern` has to outlive the table. Patterns that differ in case alone are two places.
  [[nodiscard]] pattern_fault add(std::string_view pattern, std::uint32_t& place);

  // The place that judges a path: `none` when there is none.
  //   ambiguous: an origin may read the path in several ways, and they do not all lead to the same
  //   place. Each of these may be done to it or not, in any combination:
  //   - its case is folded (not with `case_decides`). Where patterns differ in case alone, that
  //     leads to all of them, and a path spelled like one of them is judged by that one;
  //   - each segment loses its parameters, from ';' on, and dots and spaces at its end. What loses
  //     a whole segment has no meaning that origins agree on, and is ambiguous at once;
  //   - the whole path ends at its first ';', '?' or '#'.
  struct match {
    std::uint32_t place = none;
    bool ambiguous = false;
  };
  [[nodiscard]] match find(const parsed_path& path, bool case_decides) const noexcept;

 private:
  // Two trees in one array: the patterns as they are, and the patterns in small letters. A node
  // knows its parent and segment, so that an edge is found by a hash of both.
  struct node {
    std::string_view segment;
    std::uint32_t parent = 0;
    std::uint32_t star = 0;      // the child for any segment; 0: none, as a root is nobody's child
    std::uint32_t place = none;  // of the pattern that ends here
    std::uint32_t rest = none;   // of the pattern that goes on with `**`
  };
  struct edge {
    std::uint32_t hash;
    std::uint32_t child;  // 0: a free entry
  };

  [[nodiscard]] edge& find_edge(std::uint32_t parent, std::string_view segment,
                                std::uint32_t hash) const noexcept;
  [[nodiscard]] std::uint32_t follow(std::uint32_t root, std::string_view pattern,
                                     bool grow) noexcept;
  [[nodiscard]] bool keep(std::string_view& text) noexcept;
  [[nodiscard]] bool find_place(std::uint32_t root, std::string_view path, bool cut,
                                std::uint32_t& place) const noexcept;
  [[nodiscard]] match read(std::uint32_t root, std::string_view path,
                           bool has_parameters) const noexcept;

  owned<node[]> nodes_;
  owned<edge[]> edges_;
  owned<std::uint32_t[]> folded_;  // of each place: the first whose pattern is the same when folded
  owned<owned<char[]>[]> spellings_;  // decoded or folded, where a pattern is written differently
  std::uint32_t node_count_ = 0;
  std::uint32_t edge_mask_ = 0;
  std::uint32_t place_count_ = 0;
  std::uint32_t spelling_count_ = 0;
  std::uint32_t wildcards_ = 0;
  bool has_capitals_ = false;  // in any pattern
};

}  // namespace portcullis
