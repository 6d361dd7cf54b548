// A string of a JSON text that the scanner has found valid, still as it was written.
//
// Comparing needs no copy: most strings of a token carry no escape and are equal to their bytes;
// the rest are decoded one byte at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace portcullis {

struct json_text {
  std::string_view raw;  // between the quotation marks
  bool escaped = false;  // whether a backslash occurs in it
};

// The code point of the escape that begins at `at`, which is moved behind it; -1 if it is none, or
// half of a surrogate pair.
[[nodiscard]] std::int32_t read_escape(const char*& at, const char* end) noexcept;

// The UTF-8 bytes of a json_text, one after the other.
class json_text_reader {
 public:
  explicit json_text_reader(const json_text& text) noexcept
      : at_(text.raw.data()), end_(text.raw.data() + text.raw.size()) {}

  // The next byte, or -1 after the last.
  int next() noexcept;

 private:
  const char* at_;
  const char* end_;
  char pending_[4] = {};
  unsigned char pending_length_ = 0;
  unsigned char pending_at_ = 0;
};

[[nodiscard]] bool equal_decoded(const json_text& text, std::string_view plain) noexcept;
[[nodiscard]] bool equal(const json_text& left, const json_text& right) noexcept;
// By the decoded bytes: below zero when `left` comes first, zero when they are equal.
[[nodiscard]] int compare(const json_text& left, const json_text& right) noexcept;

// Inline because member names are looked up in tables: nearly every comparison ends at the length
// or the first byte.
[[nodiscard]] inline bool equal(const json_text& text, std::string_view plain) noexcept {
  if (text.escaped) return equal_decoded(text, plain);
  const std::size_t size = plain.size();
  if (text.raw.size() != size) return false;
  if (size == 0) return true;
  return text.raw.front() == plain.front() && std::memcmp(text.raw.data(), plain.data(), size) == 0;
}

// Whether `word` is one of the words of `text`, which spaces part (RFC 6749 section 3.3).
[[nodiscard]] bool contains_word(const json_text& text, std::string_view word) noexcept;

// The decoded string: `text.raw` itself when nothing is escaped, else a copy in `buffer`; nothing
// if that is too small.
[[nodiscard]] std::optional<std::string_view> decode(const json_text& text,
                                                     std::span<char> buffer) noexcept;
[[nodiscard]] std::string decode(const json_text& text);

}  // namespace portcullis
