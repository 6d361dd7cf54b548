#include "edge/path.hpp"

#include <algorithm>

#include "encoding/find_byte.hpp"
#include "encoding/hexadecimal.hpp"
#include "encoding/slice.hpp"
#include "encoding/utf8.hpp"

namespace portcullis {
namespace {

// The byte that the escape at `at` stands for, where there is a '%'; -1 if no escape begins there.
int parse_escape(std::string_view text, std::size_t at) noexcept {
  if (text.size() - at < 3) return -1;
  const int high = parse_hex_digit(text[at + 1]);
  const int low = parse_hex_digit(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

// Takes the escapes out. An escaped slash is refused here, where it still differs from a plain one.
bool decode_escapes(std::string_view& text, path_buffer& buffer) noexcept {
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int value = parse_escape(text, i);
      if (value < 0 || value == '/') return false;
      c = static_cast<char>(value);
      i += 2;
    }
    buffer.bytes[size++] = c;
  }
  text = {buffer.bytes.data(), size};
  return true;
}

struct folding {
  std::string_view character;
  char letter;
};

// The characters that Unicode's simple case mappings, up or down, turn into a letter of ASCII.
constexpr folding foldings[] = {
    {"\xc4\xb0", 'i'}, {"\xc4\xb1", 'i'}, {"\xc5\xbf", 's'}, {"\xe2\x84\xaa", 'k'}};

// The length of the character at `at` if folding makes it a `letter`, else 0.
std::size_t find_folding(std::string_view text, std::size_t at, char& letter) noexcept {
  const char c = text[at];
  if (c >= 'A' && c <= 'Z') {
    letter = static_cast<char>(c | 0x20);
    return 1;
  }
  if (static_cast<unsigned char>(c) < 0x80) return 0;
  for (const folding& row : foldings) {
    if (!has_at(text, at, row.character)) continue;
    letter = row.letter;
    return row.character.size();
  }
  return 0;
}

// Whether a segment has one meaning, or the path has to be read in several ways because of it.
bool check_segment(std::string_view segment, parsed_path& path) noexcept {
  if (segment.empty()) return false;
  bool is_dots = true;
  for (std::size_t i = 0; i < segment.size();) {
    const char c = segment[i];
    std::size_t length = 1;
    char letter = 0;
    is_dots = is_dots && c == '.';
    if (c >= 'a' && c <= 'z') {
      ++i;
      continue;
    }
    if (static_cast<unsigned char>(c) >= 0x80) {
      length = find_utf8_sequence(segment.data() + i, segment.data() + segment.size());
      if (length == 0) return false;
    } else if (c < 0x20 || c == 0x7f || c == '\\') {
      return false;
    } else if (c == '%') {
      // An origin that decodes twice would see what this check does not.
      if (parse_escape(segment, i) >= 0) return false;
    } else if (c == ';' || c == '?' || c == '#') {
      path.has_parameters = true;
    }
    if (find_folding(segment, i, letter) != 0) path.has_capitals = true;
    i += length;
  }
  if (segment.back() == '.' || segment.back() == ' ') path.has_parameters = true;
  return !is_dots;
}

}  // namespace

bool parse_path(std::string_view uri, path_buffer& buffer, parsed_path& out) noexcept {
  if (uri.empty() || uri.front() != '/' || uri.size() > limits::max_path_bytes) return false;
  std::string_view text = uri;
  if (find_byte(text, '%', 0) != std::string_view::npos && !decode_escapes(text, buffer)) {
    return false;
  }

  out = parsed_path{text};
  if (text.size() == 1) return true;
  if (text.back() == '/') text.remove_suffix(1);
  out.text = text;
  std::size_t segments = 0;
  for (std::size_t at = 0; at != text.size();) {
    const std::size_t end = std::min(find_byte(text, '/', at + 1), text.size());
    if (++segments > limits::max_path_segments) return false;
    if (!check_segment(slice(text, at + 1, end - at - 1), out)) return false;
    at = end;
  }
  return true;
}

std::string_view fold_case(std::string_view text, path_buffer& buffer) noexcept {
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size();) {
    char c = text[i];
    const std::size_t length = find_folding(text, i, c);
    buffer.bytes[size++] = c;
    i += length == 0 ? 1 : length;
  }
  return {buffer.bytes.data(), size};
}

}  // namespace portcullis
