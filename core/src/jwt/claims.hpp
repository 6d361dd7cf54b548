// The JWT Claims Set, RFC 7519 section 4: what a verified payload says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "jose/signature.hpp"
#include "jwt/claim_value.hpp"

namespace portcullis {

// Made from nothing but a verified JWS. Registered claims have their types checked while they are
// read; NumericDates are whole seconds, rounded up (see parse_numeric_date). Points into the
// payload.
class claims {
 public:
  explicit claims(const verified_jws& jws) noexcept
      : payload_(jws.payload()), well_formed_(parse()) {}

  // False when the payload is no acceptable JSON object, or a registered claim has the wrong type.
  // Nothing else may be asked then.
  [[nodiscard]] bool well_formed() const noexcept { return well_formed_; }

  using date = std::optional<std::int64_t>;
  [[nodiscard]] const date& expiration() const noexcept { return dates_[expiration_place]; }
  [[nodiscard]] const date& not_before() const noexcept { return dates_[not_before_place]; }
  [[nodiscard]] const date& issued_at() const noexcept { return dates_[issued_at_place]; }
  [[nodiscard]] const claim_value& issuer() const noexcept { return value(issuer_place); }
  [[nodiscard]] const claim_value& audience() const noexcept { return value(audience_place); }
  [[nodiscard]] const claim_value& permissions() const noexcept { return value(permissions_place); }
  // The first of `scope`, `scp` and `scopes` that is there.
  [[nodiscard]] const claim_value& scope() const noexcept {
    if (!value(scope_place).absent()) return value(scope_place);
    return value(value(scp_place).absent() ? scopes_place : scp_place);
  }

  // Any claim by its name, for the rules that few policies have: reads the payload once more.
  // `out` is left alone if there is none.
  void find(std::string_view name, claim_value& out) const noexcept {
    (void)find_claim(payload_, name, reading_ends::with_the_claim, out);
  }

  // Where parse() keeps what a claim says.
  enum place : std::uint8_t {
    expiration_place,
    not_before_place,
    issued_at_place,
    audience_place,  // what comes before is a date
    issuer_place,
    unused_place,  // must be a string, as issuer, and is asked for nowhere
    permissions_place,
    scope_place,
    scp_place,
    scopes_place,
    no_place
  };

 private:
  bool parse() noexcept;
  [[nodiscard]] const claim_value& value(place of) const noexcept {
    return values_[of - audience_place];
  }

  std::string_view payload_;
  date dates_[audience_place];
  claim_value values_[no_place - audience_place];
  bool well_formed_;  // last: parse() fills the members above
};

}  // namespace portcullis
