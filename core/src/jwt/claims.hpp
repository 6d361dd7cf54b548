// The JWT Claims Set, RFC 7519 section 4: what a verified payload says.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "encoding/json_text.hpp"
#include "jose/signature.hpp"

namespace portcullis {

// A claim that holds strings: one string, or an array of strings. Anything else is `malformed`.
// Points into the payload; nothing is copied.
struct string_claim {
  enum class form : std::uint8_t { absent, malformed, string, array };

  form type = form::absent;
  json_text text;          // form::string
  std::string_view array;  // form::array: the valid JSON text between the brackets
};

// Whether `wanted` is the string, or one of the array's strings.
[[nodiscard]] bool contains(const string_claim& claim, std::string_view wanted) noexcept;

// Whether `wanted` is granted: one of the array's strings, or one of the words of the string
// (RFC 6749 section 3.3).
[[nodiscard]] bool grants(const string_claim& claim, std::string_view wanted) noexcept;

// Made from nothing but a verified JWS. Registered claims have their types checked while they are
// read; NumericDates are whole seconds, rounded up (see parse_numeric_date). Points into the
// payload.
class claims {
 public:
  explicit claims(const verified_jws& jws) noexcept : well_formed_(parse(jws.payload())) {}

  // False when the payload is no acceptable JSON object, or a registered claim has the wrong type.
  // Nothing else may be asked then.
  [[nodiscard]] bool well_formed() const noexcept { return well_formed_; }

  [[nodiscard]] const std::optional<json_text>& issuer() const noexcept { return issuer_; }
  [[nodiscard]] const string_claim& audience() const noexcept { return audience_; }
  [[nodiscard]] std::optional<std::int64_t> expiration() const noexcept { return expiration_; }
  [[nodiscard]] std::optional<std::int64_t> not_before() const noexcept { return not_before_; }
  [[nodiscard]] std::optional<std::int64_t> issued_at() const noexcept { return issued_at_; }
  [[nodiscard]] const string_claim& permissions() const noexcept { return permissions_; }
  // The first of `scope`, `scp` and `scopes` that is there.
  [[nodiscard]] const string_claim& scope() const noexcept;

 private:
  bool parse(std::string_view json) noexcept;

  std::optional<json_text> issuer_;
  string_claim audience_;
  std::optional<std::int64_t> expiration_;
  std::optional<std::int64_t> not_before_;
  std::optional<std::int64_t> issued_at_;
  string_claim permissions_;
  string_claim scope_;
  string_claim scp_;
  string_claim scopes_;
  bool well_formed_;  // last: parse() fills the members above
};

}  // namespace portcullis
