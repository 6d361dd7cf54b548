#include "encoding/json_scanner.hpp"

#include "encoding/utf8.hpp"

namespace portcullis {
namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

constexpr bool is_hex_digit(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Characters that end the quick run through a string: quotation mark, backslash, control
// characters, and everything outside ASCII.
constexpr std::array<bool, 256> make_special() {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) {
    table[c] = c < 0x20 || c >= 0x80 || c == '"' || c == '\\';
  }
  return table;
}
constexpr std::array<bool, 256> special = make_special();

// Spreads names over buckets by length, first and last byte: enough for real claims, and a bad
// spread costs at most the bounded square of the member limit, since names of one bucket are
// compared byte by byte.
std::uint32_t hash_of(const json_text& name) noexcept {
  std::uint32_t length = 0;
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  if (!name.escaped) {
    if (name.raw.empty()) return 0;
    length = static_cast<std::uint32_t>(name.raw.size());
    first = static_cast<unsigned char>(name.raw.front());
    last = static_cast<unsigned char>(name.raw.back());
  } else {
    json_text_reader reader(name);
    for (int byte = reader.next(); byte != -1; byte = reader.next()) {
      last = static_cast<std::uint32_t>(byte);
      if (length++ == 0) first = last;
    }
  }
  return length + first * 7 + last * 29;
}

}  // namespace

json_scanner::json_scanner(std::string_view text, json_bounds bounds) noexcept
    : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()), bounds_(bounds) {}

json_token json_scanner::fail(json_failure why) noexcept {
  failure_ = why;
  return {json_kind::error, {}};
}

__attribute__((always_inline)) inline void json_scanner::skip_space() noexcept {
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  if (at_ == end_ || *at_ > ' ')
    return;  // tokens have no white space; a multi-byte lead is negative
  while (at_ != end_ && is_space(*at_)) ++at_;
}

json_token json_scanner::next() noexcept {
  if (failure_ != json_failure::none) return {json_kind::error, {}};
  skip_space();

  bool member = false;
  switch (expect_) {
    case expect::done:
      return at_ == end_ ? json_token{json_kind::end, {}} : fail(json_failure::syntax);
    case expect::value:
      break;
    case expect::first_or_end:
      member = open_[depth_ - 1].object;
      if (at_ != end_ && *at_ == (member ? '}' : ']')) return close();
      break;
    case expect::comma_or_end:
      member = open_[depth_ - 1].object;
      if (at_ == end_) return fail(json_failure::syntax);
      if (*at_ == (member ? '}' : ']')) return close();
      if (*at_ != ',') return fail(json_failure::syntax);
      ++at_;
      skip_space();
      break;
  }

  // Names and string values are read in one place, which the compiler can afford to expand here.
  if (at_ == end_) return fail(json_failure::syntax);
  if (*at_ != '"') return member ? fail(json_failure::syntax) : read_value();
  json_token token{member ? json_kind::member : json_kind::string, {}};
  if (!read_string(token.text)) return fail(json_failure::syntax);
  if (member) return finish_member(token);
  value_read();
  return token;
}

// Anything but a string.
__attribute__((always_inline)) inline json_token json_scanner::read_value() noexcept {
  switch (*at_) {
    case '{':
      return open(true);
    case '[':
      return open(false);
    case 't':
      return read_literal("true", json_kind::true_value);
    case 'f':
      return read_literal("false", json_kind::false_value);
    case 'n':
      return read_literal("null", json_kind::null_value);
    default:
      return read_number();
  }
}

// What follows a member's name.
__attribute__((always_inline)) inline json_token json_scanner::finish_member(
    const json_token& name) noexcept {
  if (!add_member(name.text)) return {json_kind::error, name.text};
  skip_space();
  if (at_ == end_ || *at_ != ':') return fail(json_failure::syntax);
  ++at_;
  expect_ = expect::value;
  return name;
}

__attribute__((always_inline)) inline json_token json_scanner::open(bool object) noexcept {
  if (depth_ == bounds_.depth) return fail(json_failure::too_deep);
  ++at_;
  open_[depth_++] = {0, static_cast<std::uint16_t>(member_count_), object};
  expect_ = expect::first_or_end;
  return {object ? json_kind::object_begin : json_kind::array_begin, {}};
}

__attribute__((always_inline)) inline json_token json_scanner::close() noexcept {
  ++at_;
  const open_container& closed = open_[--depth_];
  member_count_ = closed.first_member;
  value_read();
  return {closed.object ? json_kind::object_end : json_kind::array_end, {}};
}

__attribute__((always_inline)) inline bool json_scanner::add_member(
    const json_text& name) noexcept {
  open_container& container = open_[depth_ - 1];
  const std::uint32_t hash = hash_of(name);
  const std::uint64_t bit = std::uint64_t{1} << (hash % 64);
  if ((container.hashes_seen & bit) != 0) {
    for (std::uint32_t i = container.first_member; i < member_count_; ++i) {
      const seen_member& seen = members_[i];
      if (seen.hash == hash && equal({{seen.name, seen.length}, seen.escaped != 0}, name)) {
        failure_ = json_failure::duplicate_member;
        return false;
      }
    }
  }
  if (member_count_ == bounds_.members) {
    failure_ = json_failure::too_many_members;
    return false;
  }
  container.hashes_seen |= bit;
  members_[member_count_++] = {name.raw.data(),
                               static_cast<std::uint32_t>(name.raw.size()) & 0x7fffffffu,
                               name.escaped ? 1u : 0u, hash};
  return true;
}

json_token json_scanner::read_literal(std::string_view word, json_kind kind) noexcept {
  if (static_cast<std::size_t>(end_ - at_) < word.size() ||
      std::string_view(at_, word.size()) != word) {
    return fail(json_failure::syntax);
  }
  at_ += word.size();
  value_read();
  return {kind, {}};
}

bool json_scanner::read_digits() noexcept {
  if (at_ == end_ || !is_digit(*at_)) return false;
  while (at_ != end_ && is_digit(*at_)) ++at_;
  return true;
}

__attribute__((always_inline)) inline json_token json_scanner::read_number() noexcept {
  const char* const first = at_;
  if (*at_ == '-') ++at_;
  if (at_ != end_ && *at_ == '0') {
    ++at_;  // a leading zero stands alone
  } else if (!read_digits()) {
    return fail(json_failure::syntax);
  }
  if (at_ != end_ && *at_ == '.') {
    ++at_;
    if (!read_digits()) return fail(json_failure::syntax);
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!read_digits()) return fail(json_failure::syntax);
  }
  value_read();
  return {json_kind::number, {{first, static_cast<std::size_t>(at_ - first)}, false}};
}

__attribute__((always_inline)) inline bool json_scanner::read_string(json_text& text) noexcept {
  const char* const first = ++at_;
  for (;;) {
    const char* at = at_;
    while (at != end_ && !special[static_cast<unsigned char>(*at)]) ++at;
    at_ = at;
    if (at == end_) return false;
    if (*at == '"') {
      text.raw = {first, static_cast<std::size_t>(at - first)};
      ++at_;
      return true;
    }
    if (*at_ == '\\') {
      text.escaped = true;
      if (!read_escape()) return false;
    } else {
      const std::size_t length = find_utf8_sequence(at_, end_);
      if (length == 0) return false;  // a control character or not UTF-8
      at_ += length;
    }
  }
}

bool json_scanner::read_escape() noexcept {
  const auto remaining = static_cast<std::size_t>(end_ - at_);
  if (remaining < 2) return false;
  switch (at_[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      at_ += 2;
      return true;
    case 'u':
      break;
    default:
      return false;
  }

  const auto four_digits = [](const char* digits) {
    return is_hex_digit(digits[0]) && is_hex_digit(digits[1]) && is_hex_digit(digits[2]) &&
           is_hex_digit(digits[3]);
  };
  // D800..DBFF begins a surrogate pair, DC00..DFFF ends one; neither may stand alone.
  const auto surrogate = [](const char* digits, char low, char high) {
    const auto third = static_cast<char>(is_digit(digits[1]) ? digits[1] : digits[1] & ~0x20);
    return (digits[0] | 0x20) == 'd' && third >= low && third <= high;
  };
  if (remaining < 6 || !four_digits(at_ + 2)) return false;
  if (surrogate(at_ + 2, 'C', 'F')) return false;
  const bool pair = surrogate(at_ + 2, '8', 'B');
  if (!pair) {
    at_ += 6;
    return true;
  }
  if (remaining < 12 || at_[6] != '\\' || at_[7] != 'u' || !four_digits(at_ + 8) ||
      !surrogate(at_ + 8, 'C', 'F')) {
    return false;
  }
  at_ += 12;
  return true;
}

bool json_scanner::skip(const json_token& first) noexcept {
  if (first.kind == json_kind::error) return false;
  if (first.kind != json_kind::object_begin && first.kind != json_kind::array_begin) return true;
  const std::uint32_t outside = depth_ - 1;
  while (depth_ != outside) {
    if (next().kind == json_kind::error) return false;
  }
  return true;
}

bool parse_numeric_date(std::string_view number, std::int64_t& seconds) noexcept {
  // Nearly every date is a short integer.
  if (number.size() <= 18 && parse_integer(number, seconds)) return true;

  constexpr std::int64_t farthest = std::int64_t{1} << 62;
  constexpr std::int64_t exponent_cap = 1'000'000;  // far beyond what a token has room to undo

  const bool negative = number.front() == '-';
  if (negative) number.remove_prefix(1);

  const std::size_t exponent_at = number.find_first_of("eE");
  const std::string_view mantissa = number.substr(0, exponent_at);
  std::int64_t exponent = 0;
  if (exponent_at != std::string_view::npos) {
    std::string_view digits = number.substr(exponent_at + 1);
    const bool minus = digits.front() == '-';
    if (minus || digits.front() == '+') digits.remove_prefix(1);
    for (const char c : digits) {
      if (exponent < exponent_cap) exponent = exponent * 10 + (c - '0');
    }
    if (minus) exponent = -exponent;
  }

  // The value is 0.d1d2d3... times 10^point, d1 being the first digit that is not zero.
  const std::size_t dot = mantissa.find('.');
  const std::size_t whole_digits = dot == std::string_view::npos ? mantissa.size() : dot;
  std::int64_t point = static_cast<std::int64_t>(whole_digits) + exponent;
  std::int64_t whole = 0;
  std::int64_t digits_taken = 0;
  bool significant = false;
  bool fraction = false;
  bool beyond = false;
  for (const char c : mantissa) {
    if (c == '.') continue;
    if (!significant) {
      if (c == '0') {
        --point;
        continue;
      }
      significant = true;
    }
    if (digits_taken < point) {
      if (whole > (farthest - 9) / 10) {
        beyond = true;
      } else {
        whole = whole * 10 + (c - '0');
      }
    } else if (c != '0') {
      fraction = true;
    }
    ++digits_taken;
  }
  if (!significant) {
    seconds = 0;
    return true;
  }
  if (point - 1 > limits::max_number_magnitude) return false;
  for (; digits_taken < point && !beyond; ++digits_taken) {
    if (whole > (farthest - 9) / 10) {
      beyond = true;
    } else {
      whole *= 10;
    }
  }
  if (beyond) {
    seconds = negative ? -farthest : farthest;
  } else {
    seconds = negative ? -whole : whole + (fraction ? 1 : 0);
  }
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
    if (magnitude > (top - digit) / 10) return false;
    magnitude = magnitude * 10 + digit;
  }
  if (!negative && magnitude == top) return false;
  value = static_cast<std::int64_t>(negative ? ~magnitude + 1 : magnitude);
  return true;
}

}  // namespace portcullis
