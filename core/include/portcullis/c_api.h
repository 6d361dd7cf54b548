/** @file
 * The C door: what the WASM module exports and any other language can call.
 *
 * Strings are pointer + length, UTF-8, not terminated. "borrowed" arguments are read during the
 * call only. Functions that write text take a buffer and its capacity, return the number of bytes
 * the text has, and write nothing when it does not fit.
 *
 * Times are whole seconds since 1970-01-01T00:00:00Z as a double, so that a JavaScript number can
 * be passed as it is. A `now` that is not a finite number within +-2^53 denies with internal_error.
 */
#ifndef PORTCULLIS_C_API_H
#define PORTCULLIS_C_API_H

#include <stddef.h>
#include <stdint.h>

/** Grows when what is declared here changes its meaning. */
#define PORTCULLIS_ABI_VERSION 1

#ifdef __cplusplus
extern "C" {
#endif

/** One policy; see portcullis/verifier.hpp. */
typedef struct portcullis_verifier portcullis_verifier;

/** The shape of the Authorization header in an event; see portcullis/request.hpp. */
enum portcullis_field_shape {
  PORTCULLIS_FIELD_ABSENT = 0,
  PORTCULLIS_FIELD_SINGLE = 1,
  PORTCULLIS_FIELD_REPEATED = 2,
  PORTCULLIS_FIELD_MALFORMED = 3,
  PORTCULLIS_FIELD_NO_REQUEST = 4
};

/** PORTCULLIS_ABI_VERSION of the library that answers. */
int32_t portcullis_abi_version(void);

/** Builds a verifier from policy JSON (borrowed). On failure returns NULL and writes
 * "<path>\n<what was expected>" to `error`, cut to `error_capacity`; `*error_length` gets the
 * number of bytes written. */
portcullis_verifier* portcullis_create_verifier(const char* policy, size_t policy_length,
                                                char* error, size_t error_capacity,
                                                size_t* error_length);

/** Frees a verifier; NULL is allowed. */
void portcullis_destroy_verifier(portcullis_verifier* verifier);

/** Judges a request by the value of its Authorization header (borrowed; only read when `shape` is
 * PORTCULLIS_FIELD_SINGLE). Returns the reason's code; 0 means allow. Thread-safe. */
int32_t portcullis_verify_request(const portcullis_verifier* verifier, int32_t shape,
                                  const char* authorization, size_t authorization_length,
                                  double now);

/** Judges a bare token (borrowed). Returns the reason's code; 0 means allow. Thread-safe. */
int32_t portcullis_verify_token(const portcullis_verifier* verifier, const char* token,
                                size_t token_length, double now);

/** The answers of portcullis_verify_signature. */
enum portcullis_signature {
  PORTCULLIS_SIGNATURE_INVALID = 0,
  PORTCULLIS_SIGNATURE_VALID = 1,
  PORTCULLIS_SIGNATURE_UNUSABLE = -1, /**< the algorithm or the key cannot be used; see `error` */
  PORTCULLIS_SIGNATURE_FAILED = -2    /**< the cryptographic library failed */
};

/** Verifies one signature with one JSON Web Key and no policy (all borrowed); see
 * portcullis/verify_signature.hpp. `error` as in portcullis_create_verifier. Thread-safe. */
int32_t portcullis_verify_signature(const char* algorithm, size_t algorithm_length, const char* jwk,
                                    size_t jwk_length, const char* message, size_t message_length,
                                    const char* signature, size_t signature_length, char* error,
                                    size_t error_capacity, size_t* error_length);

/** Writes the claims set (JSON) of the token in an Authorization value that
 * portcullis_verify_request has allowed. Does NOT verify; returns 0 when there is nothing to
 * decode. */
size_t portcullis_write_request_claims(const char* authorization, size_t authorization_length,
                                       char* out, size_t out_capacity);

/** The same for a bare token that portcullis_verify_token has allowed. */
size_t portcullis_write_token_claims(const char* token, size_t token_length, char* out,
                                     size_t out_capacity);

/** Writes the CloudFront response (JSON object) that answers a denial with this reason. */
size_t portcullis_write_response(const portcullis_verifier* verifier, int32_t reason, char* out,
                                 size_t out_capacity);

/** The number of reasons: codes are 0 .. count-1. */
int32_t portcullis_count_reasons(void);

/** Writes the row of a reason: "<name>\n<HTTP status>\n<RFC 6750 error>". */
size_t portcullis_write_reason(int32_t reason, char* out, size_t out_capacity);

#ifdef __cplusplus
}
#endif

#endif
