// A strict JSON reader (RFC 8259) that gives one token at a time and takes no memory.
//
// Stricter than RFC 8259 where it leaves a choice: member names of an object are unique after their
// escapes are decoded, strings are valid UTF-8 without lone surrogates, no byte order mark, and
// depth and member counts are bounded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "encoding/json_text.hpp"
#include "limits.hpp"

namespace portcullis {

enum class json_kind : std::uint8_t {
  object_begin,
  object_end,
  array_begin,
  array_end,
  member,  // the name of an object's member; its value follows
  string,
  number,
  true_value,
  false_value,
  null_value,
  end,   // the whole text was one valid JSON value
  error  // see json_scanner::failure()
};

enum class json_failure : std::uint8_t {
  none,
  syntax,
  duplicate_member,
  too_deep,
  too_many_members,
};

struct json_token {
  json_kind kind = json_kind::error;
  json_text text;  // member, string: between the quotation marks. number: as written
};

struct json_bounds {
  std::uint32_t depth;    // nesting; at most 32
  std::uint32_t members;  // names of all open objects together; at most limits::max_claims_members
};

class json_scanner {
 public:
  json_scanner(std::string_view text, json_bounds bounds) noexcept;

  // The next token. After `end` or `error` it stays the same.
  json_token next() noexcept;

  // Reads the rest of the value that `first` began: nothing for a scalar, up to the closing bracket
  // for an object or array. False on error.
  bool skip(const json_token& first) noexcept;

  [[nodiscard]] json_failure failure() const noexcept { return failure_; }

  // Where reading stands: after the last token, or at the byte that cannot be.
  [[nodiscard]] std::size_t offset() const noexcept {
    return static_cast<std::size_t>(at_ - begin_);
  }
  [[nodiscard]] const char* position() const noexcept { return at_; }

 private:
  // No member has an initialiser: an array of these must cost nothing to make.
  struct seen_member {
    const char* name;
    std::uint32_t length : 31;
    std::uint32_t escaped : 1;
    std::uint32_t hash;
  };
  struct open_container {
    std::uint64_t hashes_seen;  // one bit per hash value modulo 64: most lookups end here
    std::uint16_t first_member;
    bool object;
  };
  // What the grammar allows next.
  enum class expect : std::uint8_t {
    value,
    first_or_end,  // of the innermost object or array
    comma_or_end,
    done
  };

  json_token fail(json_failure why) noexcept;
  json_token read_value() noexcept;
  json_token finish_member(const json_token& name) noexcept;
  json_token open(bool object) noexcept;
  json_token close() noexcept;
  json_token read_literal(std::string_view word, json_kind kind) noexcept;
  json_token read_number() noexcept;
  bool read_string(json_text& text) noexcept;
  bool read_escape() noexcept;
  bool read_digits() noexcept;
  bool add_member(const json_text& name) noexcept;
  void skip_space() noexcept;
  void value_read() noexcept { expect_ = depth_ == 0 ? expect::done : expect::comma_or_end; }

  const char* begin_;
  const char* at_;
  const char* end_;
  json_bounds bounds_;
  std::uint32_t depth_ = 0;
  std::uint32_t member_count_ = 0;
  expect expect_ = expect::value;
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
