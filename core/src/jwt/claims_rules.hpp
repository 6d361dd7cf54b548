// Verified claims + policy + now -> reason. One function per rule; `claims` is the only way in, and
// only a verified JWS makes one: "checked before verified" does not compile.
#pragma once

#include <cstdint>
#include <string_view>

#include "encoding/json_text.hpp"
#include "jwt/claims.hpp"
#include "jwt/policy.hpp"
#include "portcullis/reason.hpp"

namespace portcullis {

// reason::ok, or the first rule that the claims break; claims_invalid if they are not well formed.
[[nodiscard]] reason check_claims(const claims& set, const policy& policy,
                                  std::int64_t now) noexcept;

// Whether the header's `typ` is one that the policy takes. Media types are compared without case
// and without the prefix "application/" (RFC 7515 section 4.1.9, RFC 8725 section 3.11).
[[nodiscard]] bool check_type(const std::optional<json_text>& type, const policy& policy) noexcept;

}  // namespace portcullis
