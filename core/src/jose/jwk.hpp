// A key as a policy writes it: a JSON Web Key (RFC 7517), or a raw secret with its encoding named.
#pragma once

#include "encoding/json_value.hpp"
#include "jose/key_set.hpp"
#include "portcullis/policy_error.hpp"
#include "portcullis/result.hpp"

namespace portcullis {

// Checks everything that can be known of a key before the first token (RFC 8725 section 3.5).
[[nodiscard]] result<verification_key, policy_error> parse_key(const json_value& value,
                                                               const json_path& path);

}  // namespace portcullis
