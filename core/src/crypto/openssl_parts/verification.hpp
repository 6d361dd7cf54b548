// What public_key.cpp knows of OpenSSL. Keys are memory of the caller's, which does not move and
// needs no more than to be given back. Everything here takes scratch memory, which the caller
// empties first.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum portcullis_outcome {
  PORTCULLIS_VALID,
  PORTCULLIS_INVALID,
  PORTCULLIS_FAULT  // no scratch memory: nothing is known
};

enum portcullis_curve { PORTCULLIS_P256, PORTCULLIS_P384, PORTCULLIS_P521 };

struct portcullis_rsa_key;
struct portcullis_ec_key;

// Numbers are big-endian throughout.
size_t portcullis_rsa_key_size(size_t modulus_length);
enum portcullis_outcome portcullis_rsa_import(struct portcullis_rsa_key *key,
                                              const unsigned char *modulus, size_t modulus_length,
                                              const unsigned char *exponent,
                                              size_t exponent_length);

// `hash` 0, 1, 2: SHA-256, SHA-384, SHA-512, as `digest` was made with.
enum portcullis_outcome portcullis_rsa_verify(const struct portcullis_rsa_key *key, int pss,
                                              int hash, const unsigned char *digest,
                                              const unsigned char *signature,
                                              size_t signature_length);

size_t portcullis_ec_key_size(enum portcullis_curve curve);
enum portcullis_outcome portcullis_ec_import(struct portcullis_ec_key *key,
                                             enum portcullis_curve curve, const unsigned char *x,
                                             size_t x_length, const unsigned char *y,
                                             size_t y_length);

// The signature is r and s, each as long as the field.
enum portcullis_outcome portcullis_ec_verify(const struct portcullis_ec_key *key,
                                             const unsigned char *digest, size_t digest_length,
                                             const unsigned char *signature);

enum portcullis_outcome portcullis_ed25519_verify(const unsigned char *key,
                                                  const unsigned char *message,
                                                  size_t message_length,
                                                  const unsigned char *signature);

// Writes the hash of a message to `out`.
void portcullis_hash(int hash, const unsigned char *message, size_t message_length,
                     unsigned char *out);

#ifdef __cplusplus
}
#endif
