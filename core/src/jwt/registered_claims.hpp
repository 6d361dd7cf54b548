// The claims that are read of every set, and where they are kept: for both readers.
#pragma once

#include "encoding/name_table.hpp"
#include "jwt/claims.hpp"

namespace portcullis {

inline constexpr name_row<claims::place> registered_claims[] = {
    {"iss", claims::issuer_place},     {"sub", claims::unused_place},
    {"aud", claims::audience_place},   {"exp", claims::expiration_place},
    {"nbf", claims::not_before_place}, {"iat", claims::issued_at_place},
    {"jti", claims::unused_place},     {"permissions", claims::permissions_place},
    {"scope", claims::scope_place},    {"scp", claims::scp_place},
    {"scopes", claims::scopes_place},
};

}  // namespace portcullis
