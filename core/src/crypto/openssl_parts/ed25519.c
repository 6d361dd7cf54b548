#include "crypto/ecx.h"

#include "crypto/openssl_parts/scratch.hpp"
#include "crypto/openssl_parts/verification.hpp"

enum portcullis_outcome portcullis_ed25519_verify(const unsigned char *key,
                                                  const unsigned char *message,
                                                  size_t message_length,
                                                  const unsigned char *signature) {
  const int good =
      ossl_ed25519_verify(message, message_length, signature, key, 0, 0, 0, NULL, 0, NULL, NULL);

  if (portcullis_scratch_was_refused()) return PORTCULLIS_FAULT;
  return good == 1 ? PORTCULLIS_VALID : PORTCULLIS_INVALID;
}
