// Claims of a token that was verified a moment ago, by name: for headers and logs.
#pragma once

#include <array>
#include <string_view>

#include "jwt/claim_value.hpp"
#include "limits.hpp"
#include "portcullis/fixed_text.hpp"

namespace portcullis {

class payload_claims {
 public:
  // Decodes the payload. `token` is empty or has been verified.
  explicit payload_claims(std::string_view token) noexcept;

  // The claim's value as a line of printable ASCII: a string, number, true or false as it is, a
  // list of strings with commas between. False for everything else, and for what is longer than
  // limits::max_claim_header_bytes or empty.
  [[nodiscard]] bool find(std::string_view name,
                          fixed_text<limits::max_claim_header_bytes>& out) const noexcept;

 private:
  std::array<char, limits::max_payload_bytes> bytes_;
  std::string_view payload_;
};

}  // namespace portcullis
