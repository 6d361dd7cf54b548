// The claims sets of nearly all tokens: one object without white space and escapes, in ASCII, whose
// members are strings, short integers, literals and arrays of strings.
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

namespace portcullis {
namespace {

constexpr name_meaning<claims::place> registered[] = {
    {"iss", claims::issuer_place},     {"sub", claims::unused_place},
    {"aud", claims::audience_place},   {"exp", claims::expiration_place},
    {"nbf", claims::not_before_place}, {"iat", claims::issued_at_place},
    {"jti", claims::unused_place},     {"permissions", claims::permissions_place},
    {"scope", claims::scope_place},    {"scp", claims::scp_place},
    {"scopes", claims::scopes_place},
};
constexpr name_slots registered_names(registered, claims::no_place);

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// More names beside the registered ones are unusual.
constexpr std::size_t most_others = 24;

// So many always fit.
constexpr std::ptrdiff_t most_digits = 18;

// The value of eight digits in a row, of which the first has the lowest byte: pairs, then fours,
// then all of them. False when one is none.
bool read_eight_digits(const char* at, std::uint64_t& value) noexcept {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, sizeof bytes);
  constexpr std::uint64_t zeros = 0x3030303030303030;
  constexpr std::uint64_t upper = 0xf0f0f0f0f0f0f0f0;
  const std::uint64_t digits = bytes ^ zeros;
  // Of a digit the upper half is nothing, and stays so when six is added.
  if (((digits | (digits + 0x0606060606060606)) & upper) != 0) return false;
  const std::uint64_t pairs = digits * 10 + (digits >> 8);
  value = (((pairs & 0x000000ff000000ff) * 0x000f424000000064) +
           ((pairs >> 16 & 0x000000ff000000ff) * 0x0000271000000001)) >>
          32;
  return true;
}

// A number without sign, fraction and leading zero. `at` is at its first digit, and comes behind
// its last one, which is before `end`.
bool read_digits(const char*& at, const char* end, std::uint64_t& value) noexcept {
  const char* const first = at;
  // Dates of this century and the next have ten digits.
  if (end - at > 8 && read_eight_digits(at, value)) at += 8;
  for (; is_digit(*at); ++at) value = value * 10 + static_cast<std::uint64_t>(*at - '0');
  return at - first <= most_digits && (*first != '0' || at - first == 1);
}

// Moves behind the literal that begins at `at`, if there is one. `rest`: bytes from there on.
bool skip_literal(const char*& at, std::size_t rest) noexcept {
  const std::string_view word = *at == 't' ? "true" : *at == 'f' ? "false" : "null";
  if (rest < word.size() || std::memcmp(at, word.data(), word.size()) != 0) return false;
  at += word.size();
  return true;
}

}  // namespace

bool claims::parse_plain() noexcept {
  quote_index marks;
  if (!marks.build(payload_)) return false;
  // A closing brace at the end ends every number, and whatever follows a mark is inside the text.
  const char* const begin = payload_.data();
  const char* const end = begin + payload_.size() - 1;
  if (*begin != '{' || *end != '}') return false;

  // Each mark is looked at once, where it has to be: one more is the text's size, and nowhere.
  quote_index::reader mark(marks);
  std::uint64_t others[most_others];
  std::size_t other_count = 0;
  // Up to here eight bytes of a name can be read behind the mark.
  const char* const readable = end - name_word_bytes;
  const char* at = begin + 1;
  for (;;) {
    const char* const name = begin + mark.next();
    if (name != at || at >= readable) return false;
    const char* const name_end = begin + mark.next();
    if (name_end >= end || name_end[1] != ':' || name_end == name + 1) return false;
    const std::string_view text(name + 1, static_cast<std::size_t>(name_end - name - 1));
    const std::uint64_t word = name_word(text);
    const place found = registered_names.find(text, word);
    // A name that is there twice, or looks as if it were.
    if (found < unused_place || (found > unused_place && found != no_place)) {
      if (there(found)) return false;
    } else {
      std::uint64_t other = word;
      if (text.size() > name_word_bytes) other ^= std::rotl(last_name_word(text), 21) ^ text.size();
      for (std::size_t i = 0; i != other_count; ++i) {
        if (others[i] == other) return false;
      }
      if (other_count == most_others) return false;
      others[other_count++] = other;
    }

    // A wrong type is for the scanner to say, and so is what is rare.
    at = name_end + 2;
    if (*at == '"') {
      if (begin + mark.next() != at || found < audience_place) return false;
      const char* const last = begin + mark.next();
      if (last > end) return false;
      if (found != no_place) keep(found, claim_value::form::string, at + 1, last);
      at = last + 1;
    } else if (is_digit(*at)) {
      if (found >= audience_place && found != no_place) return false;
      std::uint64_t integer = 0;
      if (!read_digits(at, end, integer)) return false;
      if (found != no_place) keep(found, static_cast<std::int64_t>(integer));
    } else if (*at == '[') {
      if (found < audience_place || found == issuer_place || found == unused_place) return false;
      const char* const first = at + 1;
      do {
        ++at;
        if (begin + mark.next() != at) return false;
        const char* const last = begin + mark.next();
        if (last > end) return false;
        at = last + 1;
      } while (*at == ',');
      if (*at != ']') return false;
      if (found != no_place) keep(found, claim_value::form::strings, first, at);
      ++at;
    } else {
      if (found != no_place || !skip_literal(at, static_cast<std::size_t>(end - at))) return false;
    }

    if (*at == '}') return at == end;
    if (*at++ != ',') return false;
  }
}

}  // namespace portcullis
