// A key as a policy writes it: a JSON Web Key (RFC 7517), or a raw secret with its encoding named.
#pragma once

#include "encoding/json_document.hpp"
#include "jose/key_set.hpp"
#include "portcullis/policy_error.hpp"

namespace portcullis {

// Checks everything that can be known of a key before the first token (RFC 8725 section 3.5). The
// key's id points into the document; the secret's text is wiped there.
[[nodiscard]] bool parse_key(json_document& document, const json_node& value, verification_key& key,
                             policy_error& error);

}  // namespace portcullis
