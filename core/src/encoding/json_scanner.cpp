#include "encoding/json_scanner.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "encoding/slice.hpp"
#include "encoding/utf8.hpp"

namespace portcullis {
namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Characters that end the quick run through a string: quotation mark, backslash, control
// characters, and everything outside ASCII.
constexpr bool is_special(char c) noexcept {
  return static_cast<signed char>(c) < 0x20 || c == '"' || c == '\\';
}

// The first special character from `at` on, or `end`.
__attribute__((always_inline)) inline const char* find_special(const char* at,
                                                               const char* end) noexcept {
#if defined(__SSE2__)
  // Every x86-64 has SSE2, and Emscripten turns it into WebAssembly's own vectors.
  for (; end - at >= 16; at += 16) {
    const __m128i sixteen = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    // Signed: bytes outside ASCII are less than a space, too.
    const __m128i found = _mm_or_si128(_mm_cmplt_epi8(sixteen, _mm_set1_epi8(0x20)),
                                       _mm_or_si128(_mm_cmpeq_epi8(sixteen, _mm_set1_epi8('"')),
                                                    _mm_cmpeq_epi8(sixteen, _mm_set1_epi8('\\'))));
    const int mask = _mm_movemask_epi8(found);
    if (mask != 0) return at + __builtin_ctz(static_cast<unsigned>(mask));
  }
#endif
  while (at != end && !is_special(*at)) ++at;
  return at;
}

// Spreads names without escapes over buckets by length, first and last byte: enough for real
// claims. A bad spread costs at most the square of json_scanner::few_members.
std::uint32_t hash_of(std::string_view name) noexcept {
  if (name.empty()) return 0;
  return static_cast<std::uint32_t>(name.size()) + static_cast<unsigned char>(name.front()) * 7u +
         static_cast<unsigned char>(name.back()) * 29u;
}

}  // namespace

bool json_scanner::fail(json_failure why) noexcept {
  if (failure_ == json_failure::none) failure_ = why;
  return false;
}

void json_scanner::skip_spaces() noexcept {
  while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
}

bool json_scanner::enter(char bracket, bool object) noexcept {
  skip_space();
  if (failed() || at_ == end_ || *at_ != bracket) return fail();
  if (depth_ == bounds_.depth) return fail(json_failure::too_deep);
  ++at_;
  open_[depth_++] = {0, member_count_, object};
  entered_ = true;
  return true;
}

bool json_scanner::next_in(char closing, json_text* repeated) noexcept {
  if (failed()) return false;
  skip_space();
  if (at_ == end_) return fail();
  if (*at_ == closing) {
    ++at_;
    entered_ = false;
    const std::uint32_t first = open_[--depth_].first_member;
    // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): an array has no members
    if (member_count_ - first > few_members && !are_unique(first, *repeated)) {
      return fail(json_failure::duplicate_member);
    }
    member_count_ = first;
    return false;
  }
  if (!entered_) {
    if (*at_ != ',') return fail();
    ++at_;
  }
  entered_ = false;
  return true;
}

bool json_scanner::next_item() noexcept { return next_in(']', nullptr); }

bool json_scanner::next_member(json_text& name) noexcept {
  if (!next_in('}', &name) || !read_string(name) || !add_member(name)) return false;
  skip_space();
  if (at_ == end_ || *at_ != ':') return fail();
  ++at_;
  return true;
}

// Each name from `first` on is put in its place among those before it, by what they decode to. That
// takes n log n comparisons, which are dear; the moves, at most half of n squared, are not, for the
// 512 names that there may be.
bool json_scanner::are_unique(std::uint32_t first, json_text& repeated) noexcept {
  const auto text_of = [](const seen_member& seen) noexcept {
    return json_text{{seen.name, seen.length}, seen.escaped != 0};
  };
  for (std::uint32_t next = first + 1; next != member_count_; ++next) {
    const seen_member member = members_[next];
    std::uint32_t place = first;
    for (std::uint32_t end = next; place != end;) {
      const std::uint32_t middle = place + (end - place) / 2;
      const int order = compare(text_of(members_[middle]), text_of(member));
      if (order == 0) {
        repeated = text_of(member);
        return false;
      }
      if (order < 0) {
        place = middle + 1;
      } else {
        end = middle;
      }
    }
    for (std::uint32_t at = next; at != place; --at) members_[at] = members_[at - 1];
    members_[place] = member;
  }
  return true;
}

__attribute__((always_inline)) inline bool json_scanner::add_member(
    const json_text& name) noexcept {
  open_container& container = open_[depth_ - 1];
  // A name with escapes may be any: it is in every bucket.
  const std::uint32_t hash = hash_of(name.raw);
  const std::uint64_t bits = name.escaped ? ~std::uint64_t{0} : std::uint64_t{1} << (hash % 64);
  if ((container.hashes_seen & bits) != 0 && member_count_ - container.first_member < few_members) {
    for (std::uint32_t i = container.first_member; i < member_count_; ++i) {
      const seen_member& seen = members_[i];
      if ((name.escaped || seen.escaped != 0 || seen.hash == hash) &&
          equal({{seen.name, seen.length}, seen.escaped != 0}, name)) {
        return fail(json_failure::duplicate_member);
      }
    }
  }
  if (member_count_ == bounds_.members) return fail(json_failure::too_many_members);
  container.hashes_seen |= bits;
  members_[member_count_++] = {name.raw.data(),
                               static_cast<std::uint32_t>(name.raw.size()) & 0x7fffffffu,
                               name.escaped ? 1u : 0u, hash};
  return true;
}

bool json_scanner::read_literal(std::string_view& word) noexcept {
  skip_space();
  if (at_ == end_) return fail();
  constexpr std::string_view words[] = {"true", "false", "null"};
  word = words[*at_ == 't' ? 0 : *at_ == 'f' ? 1 : 2];
  if (!has_at({at_, static_cast<std::size_t>(end_ - at_)}, 0, word)) {
    return fail();
  }
  at_ += word.size();
  return true;
}

bool json_scanner::read_digits() noexcept {
  if (at_ == end_ || !is_digit(*at_)) return fail();
  while (at_ != end_ && is_digit(*at_)) ++at_;
  return true;
}

bool json_scanner::read_number(std::string_view& number) noexcept {
  skip_space();
  const char* const first = at_;
  if (at_ != end_ && *at_ == '-') ++at_;
  if (at_ != end_ && *at_ == '0') {
    ++at_;  // a leading zero stands alone
  } else if (!read_digits()) {
    return false;
  }
  if (at_ != end_ && *at_ == '.') {
    ++at_;
    if (!read_digits()) return false;
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!read_digits()) return false;
  }
  number = {first, static_cast<std::size_t>(at_ - first)};
  return true;
}

bool json_scanner::read_string(json_text& text) noexcept {
  skip_space();
  if (at_ == end_ || *at_ != '"') return fail();
  const char* const first = ++at_;
  text.escaped = false;
  for (;;) {
    at_ = find_special(at_, end_);
    if (at_ == end_) return fail();
    if (*at_ == '"') {
      text.raw = {first, static_cast<std::size_t>(at_ - first)};
      ++at_;
      return true;
    }
    if (*at_ == '\\') {
      text.escaped = true;
      if (read_escape(at_, end_) < 0) return fail();
    } else {
      const std::size_t length = find_utf8_sequence(at_, end_);
      if (length == 0) return fail();  // a control character or not UTF-8
      at_ += length;
    }
  }
}

// NOLINTNEXTLINE(misc-no-recursion): once, for a container, which asks for no container
bool json_scanner::skip_value() noexcept {
  json_text text;
  std::string_view word;
  switch (peek()) {
    case json_kind::string:
      return read_string(text);
    case json_kind::number:
      return read_number(word);
    case json_kind::literal:
      return read_literal(word);
    case json_kind::object:
    case json_kind::array:
      return skip_container();
    case json_kind::none:
      break;
  }
  return fail();
}

// Not by recursion: the depth that a token may have is not the depth that the stack should have.
// NOLINTNEXTLINE(misc-no-recursion): asks for what is no container
bool json_scanner::skip_container() noexcept {
  const std::uint32_t outside = depth_;
  json_text name;
  for (;;) {
    const json_kind kind = peek();
    const bool read = kind == json_kind::object  ? enter_object()
                      : kind == json_kind::array ? enter_array()
                                                 : skip_value();
    if (!read) return false;
    // On to the next value, out of as many containers as end here.
    while (!(open_[depth_ - 1].object ? next_member(name) : next_item())) {
      if (failed()) return false;
      if (depth_ == outside) return true;
    }
  }
}

bool parse_numeric_date(std::string_view number, std::int64_t& seconds) noexcept {
  // Nearly every date is a short integer.
  if (number.size() <= 18 && parse_integer(number, seconds)) return true;

  constexpr std::int64_t farthest = std::int64_t{1} << 62;
  constexpr std::int64_t exponent_cap = 1'000'000;  // far beyond what a token has room to undo
  const char* at = number.data();
  const char* const end = at + number.size();
  const bool negative = *at == '-';
  if (negative) ++at;

  // Where the digits end, and after how many of them the decimal point stands.
  const char* const digits = at;
  const char* dot = nullptr;
  for (; at != end && (*at | 0x20) != 'e'; ++at) {
    if (*at == '.') dot = at;
  }
  const char* const digits_end = at;
  std::int64_t exponent = 0;
  if (at != end) {
    ++at;
    const bool minus = *at == '-';
    if (!is_digit(*at)) ++at;
    for (; at != end; ++at) {
      if (exponent < exponent_cap) exponent = exponent * 10 + (*at - '0');
    }
    if (minus) exponent = -exponent;
  }
  const std::int64_t point = (dot == nullptr ? digits_end : dot) - digits + exponent;

  // Digit by digit, and on with zeros where the exponent goes beyond what is written.
  std::int64_t whole = 0;
  bool fraction = false;
  at = digits;
  for (std::int64_t place = 0;; ++place) {
    if (at != digits_end && *at == '.') ++at;
    int digit = 0;
    if (at != digits_end) {
      digit = *at++ - '0';
    } else if (place >= point || whole == 0 || whole == farthest) {
      break;
    }
    // Is this the first digit that counts, and does it stand too far left?
    if (digit != 0 && whole == 0 && !fraction && point - place > limits::max_number_magnitude + 1) {
      return false;
    }
    if (place >= point) {
      fraction = fraction || digit != 0;
    } else {
      whole = whole > (farthest - 9) / 10 ? farthest : whole * 10 + digit;
    }
  }
  seconds = negative ? -whole : whole + (fraction && whole != farthest ? 1 : 0);
  return true;
}

bool parse_integer(std::string_view number, std::int64_t& value) noexcept {
  const bool negative = number.front() == '-';
  if (negative) number.remove_prefix(1);
  std::uint64_t magnitude = 0;
  constexpr std::uint64_t top = std::uint64_t{1} << 63;
  for (const char c : number) {
    if (!is_digit(c)) return false;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (magnitude > top / 10) return false;
    magnitude = magnitude * 10 + digit;
    if (magnitude > top) return false;
  }
  if (!negative && magnitude == top) return false;
  value = static_cast<std::int64_t>(negative ? ~magnitude + 1 : magnitude);
  return true;
}

}  // namespace portcullis
