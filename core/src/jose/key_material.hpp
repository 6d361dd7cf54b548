// What every form of a key has to do in the end: take the secret or the numbers in.
#pragma once

#include <cstdint>
#include <string_view>

#include "crypto/backend.hpp"
#include "encoding/json_document.hpp"
#include "jose/jwk.hpp"
#include "jose/key_set.hpp"
#include "portcullis/policy_error.hpp"

namespace portcullis {

// How a secret is written.
enum class secret_encoding : std::uint8_t { base64url, utf8, hex };

// Imports a secret for the HMAC algorithms that the key serves, and wipes its text.
[[nodiscard]] bool import_secret(json_document& document, const json_node& secret,
                                 secret_encoding encoding, verification_key& key,
                                 policy_error& error);

// Checks and imports a public key. `first`, `second`: the members of `object` that hold the
// numbers, for the error.
[[nodiscard]] bool import_public_key(const json_node& object, const public_numbers& numbers,
                                     const char* first, const char* second, verification_key& key,
                                     policy_error& error);

// `kid`, if there is one.
[[nodiscard]] bool read_key_id(const json_node& object, verification_key& key, policy_error& error);

// The algorithms of `allowed` that fit a key of this type and its `alg`, which may be absent.
[[nodiscard]] key_fit read_key_algorithms(const json_node& object, key_type type,
                                          algorithm_set allowed, verification_key& key,
                                          policy_error& error);

}  // namespace portcullis
