// Patterns and a path, a line each, the path last: the tree finds what a search through the list
// finds. A path that has one structure has the same once it is written out.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "edge/path.hpp"
#include "edge/routes.hpp"
#include "support/check.hpp"
#include "support/exact_copy.hpp"

using namespace portcullis;

namespace {

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string> segments(std::string_view path) {
  auto parts = split(path, '/');
  parts.erase(parts.begin());
  if (parts.size() == 1 && parts[0].empty()) parts.clear();
  return parts;
}

// How specific each segment of a pattern is; nothing when it does not match. A pattern that ends
// where the path does is more specific than one that goes on with `**`.
bool rank(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
          std::string& out) {
  out.clear();
  for (std::size_t i = 0; i != pattern.size(); ++i) {
    if (pattern[i] == "**") {
      out += '1';
      return true;
    }
    if (i == path.size()) return false;
    if (pattern[i] != "*" && pattern[i] != path[i]) return false;
    out += pattern[i] == "*" ? '2' : '3';
  }
  out += '2';  // here it ends
  return pattern.size() == path.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const support::exact_copy input({reinterpret_cast<const char*>(data), size});
  auto lines = split(input.view(), '\n');
  if (lines.size() > 40) return -1;
  const std::string uri = lines.back();
  lines.pop_back();

  path_buffer buffer;
  parsed_path path;
  if (!parse_path(uri, buffer, path)) return 0;
  path_buffer other_buffer;
  parsed_path again;
  if (uri.find('%') == std::string::npos) {
    fuzz::check(parse_path(path.text, other_buffer, again) && again.text == path.text,
                "a path has one structure");
  }

  route_table table;
  std::size_t all_segments = 0;
  for (const auto& line : lines) all_segments += segments(line).size() + 1;
  if (!table.reserve(lines.size() + 1, all_segments + 1)) std::abort();
  struct known {
    std::vector<std::string> segments;
    std::uint32_t place;
  };
  std::vector<known> patterns;
  for (const auto& line : lines) {
    std::uint32_t place = route_table::none;
    if (table.add(line, place) != pattern_fault::none) continue;
    path_buffer pattern_buffer;
    parsed_path parsed;
    fuzz::check(parse_path(line, pattern_buffer, parsed), "a pattern is a path");
    patterns.push_back({segments(parsed.text), place});
  }
  if (path.has_parameters) {
    (void)table.find(path, false);
    return 0;  // several readings: the vectors have these
  }

  std::string best;
  std::uint32_t wanted = route_table::none;
  const auto asked = segments(path.text);
  for (const auto& each : patterns) {
    std::string ranked;
    if (rank(each.segments, asked, ranked) && ranked > best) {
      best = ranked;
      wanted = each.place;
    }
  }
  const auto found = table.find(path, true);
  fuzz::check(!found.ambiguous && found.place == wanted, "the most specific pattern judges");
  return 0;
}
