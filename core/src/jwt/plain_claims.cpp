// The claims sets of nearly all tokens: one object without white space and escapes, in ASCII, whose
// members are strings, short integers, literals, arrays of strings, and small objects of the same.
//
// What is unlikely says so: a request that comes alone fetches the code from memory, and what a
// usual token needs of it should be together.
//
// What is read here is what claims::parse would read by json_scanner, and nothing that is not valid
// passes: whatever looks unusual, valid or not, is left to the scanner, which decides. Tests
// compare the two.
#include <bit>
#include <cstring>
#include <string_view>

#include "encoding/name_key.hpp"
#include "encoding/quote_index.hpp"
#include "jwt/claims.hpp"
#include "jwt/registered_claims.hpp"

namespace portcullis {
namespace {

constexpr name_slots registered_names(registered_claims, claims::no_place);

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// More names are unusual, and so are more inside of an object, and objects that are further inside.
constexpr std::size_t most_names = 32;
constexpr std::size_t most_inside = 8;
constexpr unsigned deepest = 4;

// So many always fit.
constexpr std::ptrdiff_t most_digits = 18;

// The value of eight digits in a row, of which the first has the lowest byte: pairs, then fours,
// then all of them. False when one is none.
[[gnu::always_inline]] inline bool read_eight_digits(const char* at,
                                                     std::uint64_t& value) noexcept {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, sizeof bytes);
  constexpr std::uint64_t zeros = 0x3030303030303030;
  constexpr std::uint64_t upper = 0xf0f0f0f0f0f0f0f0;
  const std::uint64_t digits = bytes ^ zeros;
  // Of a digit the upper half is nothing, and stays so when six is added.
  if (((digits | (digits + 0x0606060606060606)) & upper) != 0) [[unlikely]]
    return false;
  const std::uint64_t pairs = digits * 10 + (digits >> 8);
  value = (((pairs & 0x000000ff000000ff) * 0x000f424000000064) +
           ((pairs >> 16 & 0x000000ff000000ff) * 0x0000271000000001)) >>
          32;
  return true;
}

// A number without sign, fraction and leading zero. `at` is at its first digit, and comes behind
// its last one, which is before `end`.
[[gnu::always_inline]] inline bool read_digits(const char*& at, const char* end,
                                               std::uint64_t& value) noexcept {
  const char* const first = at;
  // Dates of this century and the next have ten digits.
  if (end - at > 8 && read_eight_digits(at, value)) at += 8;
  for (; is_digit(*at); ++at) value = value * 10 + static_cast<std::uint64_t>(*at - '0');
  return at - first <= most_digits && (*first != '0' || at - first == 1);
}

// Moves behind the literal that begins at `at`, if there is one. `rest`: bytes from there on.
bool skip_literal(const char*& at, std::size_t rest) noexcept {
  const std::string_view word = *at == 't' ? "true" : *at == 'f' ? "false" : "null";
  if (rest < word.size() || std::memcmp(at, word.data(), word.size()) != 0) [[unlikely]]
    return false;
  at += word.size();
  return true;
}

// The names of one object. Two may look the same and not be.
template <std::size_t Most>
class seen_names {
 public:
  // False when it looks as if it were there, or there are too many.
  [[nodiscard, gnu::always_inline]] bool add(const name_key& name) noexcept {
    const std::uint64_t word = name.first ^ std::rotl(name.last, 21) ^ name.size;
    const std::uint64_t place = word * 0x9e3779b97f4a7c15 >> (64 - place_bits);
    std::uint64_t& places = taken_[place / 64];
    const std::uint64_t bit = std::uint64_t{1} << place % 64;
    // Names of one place are few, and only they are compared: how many there are is not foretold.
    if ((places & bit) != 0) [[unlikely]] {
      if (is_there(word)) return false;
    }
    places |= bit;
    if (count_ == Most) [[unlikely]]
      return false;
    words_[count_++] = word;
    return true;
  }

 private:
  [[nodiscard, gnu::noinline]] bool is_there(std::uint64_t word) const noexcept {
    for (std::size_t i = 0; i != count_; ++i) {
      if (words_[i] == word) return true;
    }
    return false;
  }

  static constexpr unsigned place_bits = 9;
  std::uint64_t taken_[(1 << place_bits) / 64] = {};
  std::uint64_t words_[Most];
  std::size_t count_ = 0;
};

// What is left of the text, and of the marks in it.
struct rest_of_text {
  const char* begin;
  const char* end;  // the closing brace that ends the text
  quote_index::reader mark;

  [[nodiscard, gnu::always_inline]] const char* next_mark() noexcept { return begin + mark.next(); }

  // What follows moves `at` from the first character of something behind its last one.

  // A name and its colon.
  [[gnu::always_inline]] bool read_name(const char*& at, std::string_view& name) noexcept {
    const char* const first = next_mark();
    // Eight bytes of a name can be read behind the mark.
    if (first != at || at >= end - name_word_bytes) [[unlikely]]
      return false;
    const char* const last = next_mark();
    if (last >= end || last[1] != ':' || last == first + 1) [[unlikely]]
      return false;
    name = {first + 1, static_cast<std::size_t>(last - first - 1)};
    at = last + 2;
    return true;
  }

  [[gnu::always_inline]] bool skip_string(const char*& at) noexcept {
    if (next_mark() != at) [[unlikely]]
      return false;
    const char* const last = next_mark();
    at = last + 1;
    return last <= end;
  }

  [[gnu::always_inline]] bool skip_strings(const char*& at) noexcept {
    if (at[1] == ']') {
      ++at;
    } else {
      do {
        ++at;
        if (!skip_string(at)) [[unlikely]]
          return false;
      } while (*at == ',');
      if (*at != ']') [[unlikely]]
        return false;
    }
    ++at;
    return true;
  }
};

// An object whose names nobody asks for.
// NOLINTNEXTLINE(misc-no-recursion): at most `deepest`
[[gnu::noinline]] bool skip_object(rest_of_text& rest, const char*& at, unsigned depth) noexcept {
  if (depth == deepest) [[unlikely]]
    return false;
  seen_names<most_inside> names;
  ++at;
  while (*at != '}') {
    std::string_view name;
    if (!rest.read_name(at, name) || !names.add(make_name_key(name))) [[unlikely]]
      return false;
    std::uint64_t integer = 0;
    const bool skipped = *at == '"'   ? rest.skip_string(at)
                         : *at == '[' ? rest.skip_strings(at)
                         : *at == '{' ? skip_object(rest, at, depth + 1)
                         : is_digit(*at)
                             ? read_digits(at, rest.end, integer)
                             : skip_literal(at, static_cast<std::size_t>(rest.end - at));
    if (!skipped) [[unlikely]]
      return false;
    if (*at == '}') break;
    // A comma is not the end of an object.
    if (*at != ',' || *++at == '}') [[unlikely]]
      return false;
  }
  // The last brace of all is not of this one.
  return at++ < rest.end;
}

}  // namespace

bool claims::parse_plain() noexcept {
  quote_index marks;
  if (!marks.build(payload_)) [[unlikely]]
    return false;
  // A closing brace at the end ends every number, and whatever follows a mark is inside the text.
  const char* const begin = payload_.data();
  const char* const end = begin + payload_.size() - 1;
  if (*begin != '{' || *end != '}') [[unlikely]]
    return false;

  // Each mark is looked at once, where it has to be: one more is the text's size, and nowhere.
  rest_of_text rest{begin, end, quote_index::reader(marks)};
  seen_names<most_names> names;
  const char* at = begin + 1;
  for (;;) {
    std::string_view name;
    if (!rest.read_name(at, name)) [[unlikely]]
      return false;
    const name_key key = make_name_key(name);
    const place found = registered_names.find(key);
    if (!names.add(key)) [[unlikely]]
      return false;

    // A wrong type is for the scanner to say, and so is what is rare.
    const char* const first = at + 1;
    if (*at == '"') {
      if (!rest.skip_string(at) || found < audience_place) [[unlikely]]
        return false;
      keep(found, claim_value::form::string, first, at - 1);
    } else if (is_digit(*at)) {
      if (found >= audience_place && found != no_place) [[unlikely]]
        return false;
      std::uint64_t integer = 0;
      const char* behind = at;  // a copy: what has no address stays in a register
      if (!read_digits(behind, end, integer)) [[unlikely]]
        return false;
      at = behind;
      keep(found, static_cast<std::int64_t>(integer));
    } else if (*at == '[') {
      if (found < audience_place || found == issuer_place || found == unused_place) [[unlikely]]
        return false;
      if (!rest.skip_strings(at)) [[unlikely]]
        return false;
      keep(found, claim_value::form::strings, first, at - 1);
    } else if (found != no_place) {
      return false;
    } else if (*at == '{') {
      rest_of_text inside = rest;  // a copy, too
      const char* behind = at;
      if (!skip_object(inside, behind, 1)) [[unlikely]]
        return false;
      rest = inside;
      at = behind;
    } else {
      if (!skip_literal(at, static_cast<std::size_t>(end - at))) [[unlikely]]
        return false;
    }

    if (*at == '}') return at == end;
    if (*at++ != ',') [[unlikely]]
      return false;
  }
}

}  // namespace portcullis
