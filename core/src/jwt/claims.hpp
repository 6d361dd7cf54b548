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
  [[nodiscard]] date expiration() const noexcept { return date_at(expiration_place); }
  [[nodiscard]] date not_before() const noexcept { return date_at(not_before_place); }
  [[nodiscard]] date issued_at() const noexcept { return date_at(issued_at_place); }
  [[nodiscard]] const claim_value& issuer() const noexcept { return value_at(issuer_place); }
  [[nodiscard]] const claim_value& audience() const noexcept { return value_at(audience_place); }
  [[nodiscard]] const claim_value& permissions() const noexcept {
    return value_at(permissions_place);
  }
  // The first of `scope`, `scp` and `scopes` that is there.
  [[nodiscard]] const claim_value& scope() const noexcept {
    if (there(scope_place)) return value_at(scope_place);
    return value_at(there(scp_place) ? scp_place : scopes_place);
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
  // False when the set is not plain, with some claims read (plain_claims.cpp).
  bool parse_plain() noexcept;
  [[gnu::noinline]] bool parse_any() noexcept;

  [[nodiscard]] bool there(place of) const noexcept { return (there_ >> of & 1) != 0; }
  [[nodiscard]] date date_at(place of) const noexcept {
    return there(of) ? date(dates_[of]) : std::nullopt;
  }
  [[nodiscard]] const claim_value& value_at(place of) const noexcept {
    return there(of) ? values_[of - audience_place].value : absent_claim;
  }
  void keep(place of, std::int64_t seconds) noexcept {
    dates_[of < audience_place ? of : audience_place] = seconds;
    there_ |= 1u << of;
  }
  void keep(place of, claim_value::form type, const char* begin, const char* end,
            bool escaped = false) noexcept {
    values_[of - audience_place].value = {
        type, {{begin, static_cast<std::size_t>(end - begin)}, escaped}};
    there_ |= 1u << of;
  }

  static constexpr claim_value absent_claim{};

  // Without the initialisers.
  union found_value {
    found_value() noexcept {}
    claim_value value;
  };

  std::string_view payload_;
  // Each with room for what is nobody's, so that it can be kept without a question. Left
  // uninitialised on purpose: only what `there_` has a bit for is read.
  std::int64_t dates_[audience_place + 1];
  found_value values_[no_place - audience_place + 1];
  std::uint32_t there_ = 0;
  bool well_formed_;  // last: parse() fills the members above
};

}  // namespace portcullis
