// Which entry of a policy with several issuers shall judge a token: the one that fits the `iss`
// that the token itself names, before anything of it is verified.
//
// The choice proves nothing. It says whose keys and rules the token must stand up to; its `iss` is
// checked against that entry once more when the signature has been verified.
#pragma once

#include "jose/compact_jws.hpp"
#include "jwt/policy.hpp"
#include "portcullis/reason.hpp"

namespace portcullis {

// Goes from the first entry on to the first that fits. claims_invalid, claim_missing,
// issuer_mismatch.
[[nodiscard]] reason choose_by_unverified_issuer(const unverified_jws& jws,
                                                 const issuer_policy*& issuer) noexcept;

}  // namespace portcullis
