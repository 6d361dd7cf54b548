// A key as a policy writes it: a JSON Web Key (RFC 7517), a raw secret with its encoding named, or
// a PEM text.
#pragma once

#include <cstdint>

#include "crypto/algorithm.hpp"
#include "encoding/json_document.hpp"
#include "jose/key_set.hpp"
#include "portcullis/policy_error.hpp"

namespace portcullis {

enum class key_fit : std::uint8_t {
  usable,
  unfit,  // a JWK for something else; the error says for what. A JWK Set may hold such (RFC 7517
          // section 5)
  broken  // refused wherever it stands; the error says why
};

// Checks everything that can be known of a key before the first token (RFC 8725 section 3.5), for
// use with the algorithms of `allowed` that fit it. The key's id points into the document; a
// secret's text is wiped there.
[[nodiscard]] key_fit parse_key(json_document& document, const json_node& value,
                                algorithm_set allowed, verification_key& key, policy_error& error);

// The same for what is a JWK.
[[nodiscard]] key_fit parse_jwk(json_document& document, const json_node& value,
                                algorithm_set allowed, verification_key& key, policy_error& error);

}  // namespace portcullis
