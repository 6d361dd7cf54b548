#include "edge/routes.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "encoding/find_byte.hpp"
#include "encoding/slice.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

// The two roots, the first nodes.
constexpr std::uint32_t exact_root = 0;
constexpr std::uint32_t folded_root = 1;

constexpr std::string_view any_segment = "*";
constexpr std::string_view any_rest = "**";

// Takes the next segment off a path. A slash at the end is followed by none.
bool take_segment(std::string_view& path, std::string_view& segment) noexcept {
  if (path.size() <= 1) return false;
  const std::size_t end = std::min(find_byte(path, '/', 1), path.size());
  segment = slice(path, 1, end - 1);
  path = slice(path, end);
  return true;
}

// FNV-1a. Not keyed: a stranger chooses what is looked up, but never what is in the table.
std::uint32_t hash_segment(std::string_view segment) noexcept {
  std::uint32_t hash = 0x811c9dc5;
  for (const char c : segment) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193;
  return hash;
}

std::uint32_t hash_edge(std::uint32_t parent, std::uint32_t segment_hash) noexcept {
  std::uint32_t hash = segment_hash ^ parent * 0x9e3779b1;
  hash = (hash ^ hash >> 15) * 0x85ebca6b;
  return hash ^ hash >> 13;
}

// What is left of a segment where an origin drops parameters, and then dots and spaces.
std::string_view cut_segment(std::string_view segment) noexcept {
  segment = slice(segment, 0, std::min(find_byte(segment, ';', 0), segment.size()));
  while (!segment.empty() && (segment.back() == '.' || segment.back() == ' ')) {
    segment.remove_suffix(1);
  }
  return segment;
}

// Whether each star stands where it means something.
bool check_stars(std::string_view pattern, bool& has_star, bool& has_rest) noexcept {
  std::string_view segment;
  while (take_segment(pattern, segment)) {
    if (has_rest) return false;
    if (segment == any_segment) {
      has_star = true;
    } else if (segment == any_rest) {
      has_rest = true;
    } else if (find_byte(segment, '*', 0) != std::string_view::npos) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool route_table::reserve(std::size_t count, std::size_t segments) noexcept {
  // At most half of the entries are ever taken.
  const std::size_t edges = std::bit_ceil(4 * segments + 1);
  nodes_ = make_owned_array<node>(2 * segments + 2);
  edges_ = make_owned_array<edge>(edges);
  folded_ = make_owned_array<std::uint32_t>(count);
  spellings_ = make_owned_array<owned<char[]>>(2 * count);
  if (nodes_ == nullptr || edges_ == nullptr || folded_ == nullptr || spellings_ == nullptr) {
    return false;
  }
  edge_mask_ = static_cast<std::uint32_t>(edges - 1);
  node_count_ = 2;
  return true;
}

// The entry of an edge, or the free one where it belongs.
route_table::edge& route_table::find_edge(std::uint32_t parent, std::string_view segment,
                                          std::uint32_t hash) const noexcept {
  for (std::uint32_t at = hash;; ++at) {
    edge& found = edges_[at & edge_mask_];
    if (found.child == 0) return found;
    if (found.hash != hash) continue;
    const node& child = nodes_[found.child];
    if (child.parent == parent && child.segment == segment) return found;
  }
}

// The node at which a pattern ends. Nodes that are missing are made, or it is `none`.
std::uint32_t route_table::follow(std::uint32_t root, std::string_view pattern,
                                  bool grow) noexcept {
  std::uint32_t at = root;
  std::string_view segment;
  while (take_segment(pattern, segment) && segment != any_rest) {
    const std::uint32_t hash = hash_edge(at, hash_segment(segment));
    // No edge is called `*`: for it the entry found is a free one, and stays free.
    edge& entry = find_edge(at, segment, hash);
    std::uint32_t& child = segment == any_segment ? nodes_[at].star : entry.child;
    if (child == 0) {
      if (!grow) return none;
      entry.hash = hash;
      child = node_count_++;
      nodes_[child].segment = segment;
      nodes_[child].parent = at;
    }
    at = child;
  }
  return at;
}

bool route_table::keep(std::string_view& text) noexcept {
  owned<char[]>& copy = spellings_[spelling_count_++];
  copy = make_owned_array<char>(text.size());
  if (copy == nullptr) return false;
  std::memcpy(copy.get(), text.data(), text.size());
  text = {copy.get(), text.size()};
  return true;
}

pattern_fault route_table::add(std::string_view pattern, std::uint32_t& place) {
  path_buffer buffer;
  parsed_path path;
  if (!parse_path(pattern, buffer, path) || path.has_parameters) return pattern_fault::not_a_path;
  bool has_star = false;
  bool has_rest = false;
  // An escaped star would be one that stands for itself, or not: nobody can tell from the pattern.
  if (!check_stars(path.text, has_star, has_rest) ||
      std::count(path.text.begin(), path.text.end(), '*') !=
          std::count(pattern.begin(), pattern.end(), '*')) {
    return pattern_fault::star_in_segment;
  }

  std::string_view text = path.text;
  if (text.data() == buffer.bytes.data() && !keep(text)) return pattern_fault::out_of_memory;
  // What is refused must leave no nodes: their number bounds the set of places.
  const bool full = has_star && wildcards_ == limits::max_wildcard_routes;
  const std::uint32_t end = follow(exact_root, text, !full);
  if (end == none) return pattern_fault::too_many_stars;
  std::uint32_t& own = has_rest ? nodes_[end].rest : nodes_[end].place;
  if (own == none) {
    if (full) return pattern_fault::too_many_stars;
    own = place_count_++;
    if (has_star) ++wildcards_;
    if (path.has_capitals) {
      has_capitals_ = true;
      text = fold_case(text, buffer);
      if (!keep(text)) return pattern_fault::out_of_memory;
    }
    node& folded_end = nodes_[follow(folded_root, text, true)];
    std::uint32_t& first = has_rest ? folded_end.rest : folded_end.place;
    if (first == none) first = own;
    folded_[own] = first;
  }
  place = own;
  return pattern_fault::none;
}

// Matches one reading. False if a segment is lost when it is cut.
//
// The set of nodes that the segments so far lead to is in order: what is more specific comes first,
// as do the children of what comes first. A node with `**` matches whatever follows, so nothing
// behind it can win any more; and all that its own children lead to wins over it. So one place for
// the case that the set comes to nothing is enough.
bool route_table::find_place(std::uint32_t root, std::string_view path, bool cut,
                             std::uint32_t& place) const noexcept {
  // Nodes of one depth have a pattern with `*` each, but for one at most.
  using node_set = std::array<std::uint32_t, limits::max_wildcard_routes + 1>;
  node_set sets[2];
  node_set* now = &sets[0];
  node_set* next = &sets[1];
  std::size_t count = 1;
  (*now)[0] = root;
  place = none;

  std::string_view segment;
  while (take_segment(path, segment)) {
    if (cut) {
      segment = cut_segment(segment);
      if (segment.empty()) return false;
    } else if (count == 0) {
      return true;
    }
    const std::uint32_t segment_hash = hash_segment(segment);
    std::size_t next_count = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t at = (*now)[i];
      const node& here = nodes_[at];
      const edge& entry = find_edge(at, segment, hash_edge(at, segment_hash));
      if (entry.child != 0) (*next)[next_count++] = entry.child;
      if (here.star != 0) (*next)[next_count++] = here.star;
      if (here.rest != none) {
        place = here.rest;
        break;
      }
    }
    std::swap(now, next);
    count = next_count;
  }

  for (std::size_t i = 0; i < count; ++i) {
    const node& here = nodes_[(*now)[i]];
    const std::uint32_t own = here.place != none ? here.place : here.rest;
    if (own == none) continue;
    place = own;
    break;
  }
  return true;
}

// All readings of a path in one of the trees.
route_table::match route_table::read(std::uint32_t root, std::string_view path,
                                     bool has_parameters) const noexcept {
  match out;
  // As it stands, no segment is lost.
  (void)find_place(root, path, false, out.place);
  if (!has_parameters) return out;

  // An origin may cut at ';' but keep a dot, or the other way around. Such readings need no look of
  // their own: no pattern has what may be cut, so a pattern that matches one of them matches where
  // everything is cut as well, and where the most and the least cut agree, so does all in between.
  // That holds between readings of one number of segments, hence not for what ends the whole path.
  // No path has the NUL: it stands for the whole.
  for (const char mark : {'\0', ';', '?', '#'}) {
    const std::string_view part = slice(path, 0, std::min(find_byte(path, mark, 0), path.size()));
    for (const bool cut : {false, true}) {
      std::uint32_t place = none;
      if (!find_place(root, part, cut, place) || place != out.place) return {none, true};
    }
  }
  return out;
}

route_table::match route_table::find(const parsed_path& path, bool case_decides) const noexcept {
  if (place_count_ == 0) return {};
  const match exact = read(exact_root, path.text, path.has_parameters);
  if (exact.ambiguous || case_decides || !(path.has_capitals || has_capitals_)) return exact;

  path_buffer buffer;
  const match folded = read(folded_root, fold_case(path.text, buffer), path.has_parameters);
  const std::uint32_t expected = exact.place == none ? none : folded_[exact.place];
  if (folded.ambiguous || folded.place != expected) return {none, true};
  return exact;
}

}  // namespace portcullis
