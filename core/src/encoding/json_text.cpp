#include "encoding/json_text.hpp"

#include <cstdint>

#include "encoding/hexadecimal.hpp"
#include "encoding/utf8.hpp"

namespace portcullis {

std::int32_t read_escape(const char*& at, const char* end) noexcept {
  constexpr char letters[] = "\"\\/bfnrt";
  constexpr char meanings[] = "\"\\/\b\f\n\r\t";
  if (end - at < 2) return -1;
  for (std::size_t i = 0; i < sizeof letters - 1; ++i) {
    if (at[1] != letters[i]) continue;
    at += 2;
    return meanings[i];
  }
  // D800..DBFF begins a surrogate pair, DC00..DFFF ends one; neither may stand alone.
  if (at[1] != 'u' || end - at < 6) return -1;
  const std::int32_t first = parse_four_hex_digits(at + 2);
  if (first < 0xd800 || first > 0xdfff) {
    if (first >= 0) at += 6;
    return first;
  }
  if (first > 0xdbff || end - at < 12 || at[6] != '\\' || at[7] != 'u') return -1;
  const std::int32_t second = parse_four_hex_digits(at + 8);
  if (second < 0xdc00 || second > 0xdfff) return -1;
  at += 12;
  return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

int json_text_reader::next() noexcept {
  if (pending_at_ == pending_length_) {
    if (at_ == end_) return -1;
    if (*at_ != '\\') return static_cast<unsigned char>(*at_++);
    // The scanner has found it valid.
    const auto code_point = static_cast<std::uint32_t>(read_escape(at_, end_));
    pending_length_ = static_cast<unsigned char>(render_utf8(code_point, pending_));
    pending_at_ = 0;
  }
  return static_cast<unsigned char>(pending_[pending_at_++]);
}

bool equal_decoded(const json_text& text, std::string_view plain) noexcept {
  json_text_reader reader(text);
  for (const char c : plain) {
    if (reader.next() != static_cast<unsigned char>(c)) return false;
  }
  return reader.next() == -1;
}

bool equal(const json_text& left, const json_text& right) noexcept {
  if (!left.escaped && !right.escaped) return left.raw == right.raw;
  json_text_reader left_reader(left);
  json_text_reader right_reader(right);
  for (;;) {
    const int byte = left_reader.next();
    if (byte != right_reader.next()) return false;
    if (byte == -1) return true;
  }
}

int compare(const json_text& left, const json_text& right) noexcept {
  if (!left.escaped && !right.escaped) return left.raw.compare(right.raw);
  json_text_reader left_reader(left);
  json_text_reader right_reader(right);
  for (;;) {
    const int byte = left_reader.next();
    const int other = right_reader.next();
    if (byte != other || byte == -1) return byte - other;
  }
}

bool contains_word(const json_text& text, std::string_view word) noexcept {
  json_text_reader reader(text);
  std::size_t matched = 0;
  bool candidate = true;
  for (;;) {
    const int byte = reader.next();
    if (byte == ' ' || byte == -1) {
      if (candidate && matched == word.size()) return true;
      if (byte == -1) return false;
      matched = 0;
      candidate = true;
    } else {
      candidate =
          candidate && matched < word.size() && byte == static_cast<unsigned char>(word[matched]);
      ++matched;
    }
  }
}

std::optional<std::string_view> decode(const json_text& text, std::span<char> buffer) noexcept {
  if (!text.escaped) return text.raw;
  json_text_reader reader(text);
  std::size_t length = 0;
  for (int byte = reader.next(); byte != -1; byte = reader.next()) {
    if (length == buffer.size()) return std::nullopt;
    buffer[length++] = static_cast<char>(byte);
  }
  return std::string_view(buffer.data(), length);
}

std::string decode(const json_text& text) {
  std::string out;
  out.reserve(text.raw.size());
  json_text_reader reader(text);
  for (int byte = reader.next(); byte != -1; byte = reader.next()) {
    out.push_back(static_cast<char>(byte));
  }
  return out;
}

}  // namespace portcullis
