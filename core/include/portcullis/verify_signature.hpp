/// @file
/// One signature, one key, no policy: what conformance suites of algorithms ask for. Requests are
/// judged by a verifier.
#pragma once

#include <cstdint>
#include <string_view>

#include "portcullis/policy_error.hpp"
#include "portcullis/result.hpp"

namespace portcullis {

/// What verify_signature found.
enum class signature_verdict : std::uint8_t {
  valid,
  invalid,
  failed  ///< the cryptographic library failed
};

/// Whether a signature is valid, or why the algorithm or the key cannot be used.
///
/// `algorithm`: a JWS `alg` value (RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864). `jwk`:
/// one JSON Web Key as UTF-8 JSON text, held to the same rules as a key in a policy. `message` and
/// `signature`: any bytes; the signature as a JWS carries it, so that ECDSA's is r and s side by
/// side. The error's path is "alg" or begins with "$", the key.
[[nodiscard]] result<signature_verdict, policy_error> verify_signature(std::string_view algorithm,
                                                                       std::string_view jwk,
                                                                       std::string_view message,
                                                                       std::string_view signature);

}  // namespace portcullis
