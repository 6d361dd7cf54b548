#include "encoding/json_text.hpp"

#include <cstdint>

#include "encoding/hexadecimal.hpp"
#include "encoding/utf8.hpp"

namespace portcullis {
int json_text_reader::next() noexcept {
  if (pending_at_ == pending_length_) {
    if (at_ == end_) return -1;
    if (*at_ != '\\') return static_cast<unsigned char>(*at_++);
    decode_escape();
  }
  return static_cast<unsigned char>(pending_[pending_at_++]);
}

// The scanner has checked the escape: it is complete, and a surrogate never stands alone.
void json_text_reader::decode_escape() noexcept {
  const char kind = at_[1];
  std::uint32_t code_point = 0;
  std::size_t length = 2;
  switch (kind) {
    case 'b':
      code_point = '\b';
      break;
    case 'f':
      code_point = '\f';
      break;
    case 'n':
      code_point = '\n';
      break;
    case 'r':
      code_point = '\r';
      break;
    case 't':
      code_point = '\t';
      break;
    case 'u':
      code_point = static_cast<std::uint32_t>(parse_four_hex_digits(at_ + 2));
      length = 6;
      if (code_point >= 0xd800 && code_point <= 0xdbff) {
        const auto low = static_cast<std::uint32_t>(parse_four_hex_digits(at_ + 8));
        code_point = 0x10000 + ((code_point - 0xd800) << 10) + (low - 0xdc00);
        length = 12;
      }
      break;
    default:
      code_point = static_cast<unsigned char>(kind);
      break;  // " \ /
  }
  at_ += length;
  pending_length_ = static_cast<unsigned char>(render_utf8(code_point, pending_));
  pending_at_ = 0;
}

bool equal_decoded(const json_text& text, std::string_view plain) noexcept {
  json_text_reader reader(text);
  for (const char c : plain) {
    if (reader.next() != static_cast<unsigned char>(c)) return false;
  }
  return reader.next() == -1;
}

bool equal(const json_text& left, const json_text& right) noexcept {
  if (!right.escaped) return equal(left, right.raw);
  if (!left.escaped) return equal(right, left.raw);
  json_text_reader left_reader(left);
  json_text_reader right_reader(right);
  for (;;) {
    const int byte = left_reader.next();
    if (byte != right_reader.next()) return false;
    if (byte == -1) return true;
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
