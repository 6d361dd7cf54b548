// What every generated response has.
#pragma once

#include <cstdint>
#include <string_view>

#include "portcullis/fixed_text.hpp"
#include "portcullis/reason.hpp"

namespace portcullis {

struct status_row {
  std::uint16_t code;
  const char* text;         // CloudFront wants a string
  const char* description;  // RFC 9110 section 15
  const char* word;         // the body's word where RFC 6750 has none
};

// The row of a status that a reason of the table has, or of 302.
[[nodiscard]] const status_row& find_status(std::uint16_t code) noexcept;

// What a response to a denial says.
struct told_reason {
  // There is no response that lets a request pass: to ask for one is our own fault.
  explicit told_reason(reason why) noexcept;

  std::string_view rfc6750_error;
  const status_row* status;
  std::string_view word;  // the body's
};

// RFC 6750 section 3: 401, and 403 for a token that does not grant enough, carry a challenge.
[[nodiscard]] bool has_challenge(const told_reason& told) noexcept;

// The value of WWW-Authenticate: at least one parameter; no error word when the request had no
// credential at all. `quote` is how the text around it writes one.
void append_challenge(text_buffer& out, const told_reason& told, std::string_view realm,
                      const char* quote) noexcept;

}  // namespace portcullis
