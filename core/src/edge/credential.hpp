// Where a request carries its token: Authorization: Bearer (RFC 6750 section 2.1).
#pragma once

#include <string_view>

#include "portcullis/reason.hpp"
#include "portcullis/request.hpp"
#include "portcullis/result.hpp"

namespace portcullis {

// The token, not looked into. request_malformed, credential_missing, credential_malformed,
// token_too_large.
[[nodiscard]] result<std::string_view, reason> parse_credential(
    const field_view& authorization) noexcept;

}  // namespace portcullis
