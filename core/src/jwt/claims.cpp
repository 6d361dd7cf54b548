#include "jwt/claims.hpp"

#include "encoding/json_scanner.hpp"
#include "jwt/registered_claims.hpp"

namespace portcullis {
namespace {

// In WebAssembly the smallest module has no room for it.
#if defined(__wasm__)
constexpr bool has_shortcut = false;
#else
constexpr bool has_shortcut = true;
#endif

// What follows reads one claim's value each: false when the JSON is not valid or the type is wrong.
// Either way the claims set is not well formed.

bool read_date(json_scanner& scanner, std::int64_t& seconds) noexcept {
  std::string_view number;
  return scanner.read_number(number) && parse_numeric_date(number, seconds);
}

bool read_value(json_scanner& scanner, claims::place place, claim_value& out) noexcept {
  if (!read_claim_value(scanner, out)) return false;
  // Private claims may have any type; what it means is for the rules to say.
  if (place >= claims::permissions_place || out.type == claim_value::form::string) return true;
  return place == claims::audience_place && out.type == claim_value::form::strings;
}

}  // namespace

bool claims::parse() noexcept {
  if (has_shortcut && parse_plain()) return true;
  there_ = 0;
  return parse_any();
}

[[gnu::noinline]] bool claims::parse_any() noexcept {
  json_scanner scanner(payload_, claims_bounds);
  if (!scanner.enter_object()) return false;
  for (json_text name; scanner.next_member(name);) {
    const place found = find_meaning(registered_claims, name, no_place);
    if (found == no_place) {
      if (!scanner.skip_value()) return false;
    } else {
      const bool read =
          found < audience_place
              ? read_date(scanner, dates_[found])
              : read_value(scanner, found, values_[found - audience_place].value = {});
      if (!read) return false;
      there_ |= 1u << found;
    }
  }
  return scanner.finish();
}

}  // namespace portcullis
