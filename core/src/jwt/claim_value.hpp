// The value of one claim, as far as a rule may ask for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "encoding/json_scanner.hpp"
#include "encoding/json_text.hpp"
#include "limits.hpp"

namespace portcullis {

// How deep a claims set may be, and how many members it may have.
inline constexpr json_bounds claims_bounds{limits::max_claims_depth, limits::max_claims_members};

// Points into the payload; nothing is copied.
struct claim_value {
  enum class form : std::uint8_t { absent, string, strings, other };

  form type = form::absent;
  // form::string: the string; form::strings: the valid JSON text between the brackets of an array
  // of strings, `escaped` unless it is known to have no backslash and no white space; form::other:
  // the valid JSON text of any other value.
  json_text text;

  [[nodiscard]] bool absent() const noexcept { return type == form::absent; }
};

// The strings of an array that has been scanned before: no check is made twice.
class string_array_reader {
 public:
  // `array`: the text of a claim of form::strings.
  explicit string_array_reader(std::string_view array) noexcept
      : at_(array.data()), end_(array.data() + array.size()) {}

  bool next(json_text& text) noexcept {
    while (at_ != end_ && *at_ != '"') ++at_;
    if (at_ == end_) return false;
    const char* const first = ++at_;
    text.escaped = false;
    for (; *at_ != '"'; ++at_) {
      if (*at_ == '\\') {
        text.escaped = true;
        ++at_;
      }
    }
    text.raw = {first, static_cast<std::size_t>(at_ - first)};
    ++at_;
    return true;
  }

 private:
  const char* at_;
  const char* end_;
};

// How a string is compared: as a whole, or as words that spaces part (RFC 6749 section 3.3). The
// strings of an array are compared as a whole.
enum class matching : std::uint8_t { whole, words };

// Whether `wanted` is the string or one of its words, or one of the array's strings.
[[nodiscard]] bool contains(const claim_value& claim, std::string_view wanted,
                            matching how) noexcept;

// Reads the value that comes next. False only when the JSON is not valid.
[[nodiscard]] bool read_claim_value(json_scanner& scanner, claim_value& out) noexcept;

// Reads a claims set up to its end, or to the end of the claim of this name; `out` is left alone if
// there is none. False when what was read is no acceptable JSON object.
enum class reading_ends : std::uint8_t { with_the_claim, with_the_text };
[[nodiscard]] bool find_claim(std::string_view json, std::string_view name, reading_ends where,
                              claim_value& out) noexcept;

}  // namespace portcullis
