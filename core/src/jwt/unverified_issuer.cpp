#include "jwt/unverified_issuer.hpp"

#include "jwt/claim_value.hpp"
#include "jwt/claims_rules.hpp"

namespace portcullis {

reason choose_by_unverified_issuer(const unverified_jws& jws,
                                   const issuer_policy*& issuer) noexcept {
  claim_value named;
  if (!find_claim(jws.payload, "iss", reading_ends::with_the_text, named)) {
    return reason::claims_invalid;
  }
  if (named.absent()) return reason::claim_missing;
  if (named.type != claim_value::form::string) return reason::claims_invalid;
  for (; issuer != nullptr; issuer = issuer->next.get()) {
    if (match_issuer(named.text, *issuer).fits) return reason::ok;
  }
  return reason::issuer_mismatch;
}

}  // namespace portcullis
