// The `keys` of an issuer: a list of keys, or a JWK Set (RFC 7517 section 5).
#pragma once

#include "crypto/algorithm.hpp"
#include "encoding/json_document.hpp"
#include "jose/key_set.hpp"
#include "portcullis/policy_error.hpp"

namespace portcullis {

// `value` is the array of keys, or the object of a JWK Set, whose entries for other purposes are
// passed over. False with the error set if a key is broken, or none is left.
[[nodiscard]] bool parse_keys(json_document& document, const json_node& value,
                              algorithm_set allowed, key_set& keys, policy_error& error);

}  // namespace portcullis
