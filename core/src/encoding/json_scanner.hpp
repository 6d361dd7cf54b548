// A strict JSON reader (RFC 8259) that takes no memory. Its user asks for what it expects, in the
// order of the text:
//
//   if (!scanner.enter_object()) return false;
//   for (json_text name; scanner.next_member(name);) {
//     if (!scanner.skip_value()) return false;
//   }
//   return scanner.finish();
//
// Stricter than RFC 8259 where it leaves a choice: member names of an object are unique after their
// escapes are decoded, strings are valid UTF-8 without lone surrogates, no byte order mark, and
// depth and member counts are bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "encoding/json_text.hpp"
#include "limits.hpp"

namespace portcullis {

enum class json_kind : std::uint8_t { object, array, string, number, literal, none };

enum class json_failure : std::uint8_t {
  none,
  syntax,
  duplicate_member,
  too_deep,
  too_many_members,
};

struct json_bounds {
  std::uint32_t depth;    // nesting; at most limits::max_claims_depth
  std::uint32_t members;  // names of all open objects together; at most limits::max_claims_members
};

class json_scanner {
 public:
  // cppcheck-suppress uninitMemberVar ; see open_
  json_scanner(std::string_view text, json_bounds bounds) noexcept
      : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()), bounds_(bounds) {}

  // What the value that comes next is, by its first character; `none` if there is none.
  [[nodiscard]] json_kind peek() noexcept {
    skip_space();
    if (at_ == end_) return json_kind::none;
    switch (*at_) {
      case '"':
        return json_kind::string;
      case '{':
        return json_kind::object;
      case '[':
        return json_kind::array;
      case 't':
      case 'f':
      case 'n':
        return json_kind::literal;
      default:
        return json_kind::number;
    }
  }

  // Each of these reads the value that comes next, or goes into it. False if it is something else
  // or not valid; then failure() tells, and nothing more can be read.
  bool enter_object() noexcept { return enter('{', true); }
  bool enter_array() noexcept { return enter('[', false); }
  bool read_string(json_text& text) noexcept;
  bool read_number(std::string_view& number) noexcept;
  bool read_literal(std::string_view& word) noexcept;  // true, false or null
  bool skip_value() noexcept;

  // Goes on to the next member of the innermost object (its value is to be read next) or the next
  // item of the innermost array. False at its end, which is then left behind, and on failure. A
  // name that occurs twice is found at the second one, or, in an object of many, at its end; `name`
  // is then that name.
  bool next_member(json_text& name) noexcept;
  bool next_item() noexcept;

  // True if nothing has failed and nothing but white space is left.
  [[nodiscard]] bool finish() noexcept {
    skip_space();
    return failure_ == json_failure::none && depth_ == 0 && (at_ == end_ || fail());
  }

  [[nodiscard]] bool failed() const noexcept { return failure_ != json_failure::none; }
  [[nodiscard]] json_failure failure() const noexcept { return failure_; }

  // Where reading stands: after what was read last, or at the byte that cannot be.
  [[nodiscard]] std::size_t offset() const noexcept {
    return static_cast<std::size_t>(at_ - begin_);
  }
  [[nodiscard]] const char* position() const noexcept { return at_; }

 private:
  // No member of these has an initialiser: arrays of them must cost nothing to make.
  struct seen_member {
    const char* name;
    std::uint32_t length : 31;
    std::uint32_t escaped : 1;
    std::uint32_t hash;
  };
  // So many names of an object are compared with each other as they come, the others when all are
  // there: each with each would be the square of what a stranger sends.
  static constexpr std::uint32_t few_members = 16;

  struct open_container {
    std::uint64_t hashes_seen;  // one bit per hash value modulo 64: most look-ups end here
    std::uint32_t first_member;
    bool object;
  };

  // Seldom, and called in many places.
  [[gnu::noinline, gnu::cold]] bool fail(json_failure why = json_failure::syntax) noexcept;
  bool enter(char bracket, bool object) noexcept;
  bool next_in(char closing, json_text* repeated) noexcept;
  bool add_member(const json_text& name) noexcept;
  [[gnu::noinline]] bool are_unique(std::uint32_t first, json_text& repeated) noexcept;
  bool read_digits() noexcept;
  bool skip_container() noexcept;

  // Tokens have no white space: nearly always the first comparison is the last.
  [[gnu::always_inline]] void skip_space() noexcept {
    if (at_ != end_ && *at_ <= ' ') skip_spaces();
  }
  void skip_spaces() noexcept;

  const char* begin_;
  const char* at_;
  const char* end_;
  json_bounds bounds_;
  std::uint32_t depth_ = 0;
  std::uint32_t member_count_ = 0;
  bool entered_ = false;  // the innermost container has just been entered: no comma is due
  json_failure failure_ = json_failure::none;
  // Left uninitialised on purpose: only entries below depth_ and member_count_ are ever read.
  open_container open_[limits::max_claims_depth];
  seen_member members_[limits::max_claims_members];
};

// A JSON number as a NumericDate (RFC 7519 section 2): the smallest whole second that is not before
// it, which decides every comparison with a whole `now` exactly. Values beyond +-2^62 are held
// there. False when the number has no finite IEEE 754 double (limits::max_number_magnitude).
[[nodiscard]] bool parse_numeric_date(std::string_view number, std::int64_t& seconds) noexcept;

// A JSON number that is written as an integer (no fraction, no exponent) and fits.
[[nodiscard]] bool parse_integer(std::string_view number, std::int64_t& value) noexcept;

}  // namespace portcullis
