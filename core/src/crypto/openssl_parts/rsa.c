// RSASSA-PKCS1-v1_5 and RSASSA-PSS verification (RFC 8017 sections 8.1.2 and 8.2.2).
#include "rsa/rsa_local.h"

#include <string.h>

#include "crypto/openssl_parts/digests.hpp"
#include "crypto/openssl_parts/numbers.hpp"
#include "crypto/openssl_parts/scratch.hpp"
#include "crypto/openssl_parts/verification.hpp"

#define EXPONENT_WORDS (8 / BN_BYTES)
// What the scratch arena is laid out for, and more than any encoded message takes.
#define LEAST_MODULUS_BYTES 256
#define LARGEST_MODULUS_BYTES 1024

struct portcullis_rsa_key {
  BN_MONT_CTX montgomery;
  BIGNUM exponent;
  BN_ULONG exponent_words[EXPONENT_WORDS];
  BN_ULONG words[];  // the modulus, then R^2 for Montgomery multiplication
};

size_t portcullis_rsa_key_size(size_t modulus_length) {
  return sizeof(struct portcullis_rsa_key) + 2 * (modulus_length + BN_BYTES);
}

enum portcullis_outcome portcullis_rsa_import(struct portcullis_rsa_key *key,
                                              const unsigned char *modulus, size_t modulus_length,
                                              const unsigned char *exponent,
                                              size_t exponent_length) {
  const int words = (int)((modulus_length + BN_BYTES - 1) / BN_BYTES);
  BN_CTX *context = BN_CTX_new();

  if (context == NULL) return PORTCULLIS_FAULT;
  if (modulus_length < LEAST_MODULUS_BYTES || modulus_length > LARGEST_MODULUS_BYTES)
    return PORTCULLIS_INVALID;
  portcullis_place_number(&key->exponent, key->exponent_words, EXPONENT_WORDS);
  portcullis_place_number(&key->montgomery.N, key->words, words);
  if (BN_bin2bn(exponent, (int)exponent_length, &key->exponent) == NULL ||
      BN_bin2bn(modulus, (int)modulus_length, &key->montgomery.N) == NULL ||
      BN_num_bytes(&key->montgomery.N) != (int)modulus_length || !BN_is_odd(&key->montgomery.N) ||
      !BN_is_odd(&key->exponent))
    return PORTCULLIS_INVALID;
  return portcullis_place_montgomery(&key->montgomery, key->words, key->words + words,
                                     key->montgomery.N.top, context)
             ? PORTCULLIS_VALID
             : PORTCULLIS_FAULT;
}

// DigestInfo up to the hash, with NULL parameters (RFC 8017 section 9.2, note 1). The three differ
// in the last arc of the object identifier and in lengths.
#define DIGEST_INFO_BYTES 19
static const unsigned char digest_info[DIGEST_INFO_BYTES] = {
    0x30, 0x11, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
    0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x00};

// EMSA-PKCS1-v1_5-ENCODE of RFC 8017 section 9.2.
static void encode_pkcs1(int hash, const unsigned char *digest, size_t digest_bytes,
                         unsigned char *out, size_t length) {
  unsigned char *const info = out + length - digest_bytes - DIGEST_INFO_BYTES;

  memset(out, 0xff, length);
  out[0] = 0;
  out[1] = 1;
  info[-1] = 0;
  memcpy(info, digest_info, DIGEST_INFO_BYTES);
  info[1] += (unsigned char)digest_bytes;
  info[14] += (unsigned char)hash;
  info[18] = (unsigned char)digest_bytes;
  memcpy(info + DIGEST_INFO_BYTES, digest, digest_bytes);
}

enum portcullis_outcome portcullis_rsa_verify(const struct portcullis_rsa_key *key, int pss,
                                              int hash, const unsigned char *digest,
                                              const unsigned char *signature,
                                              size_t signature_length) {
  const EVP_MD *md = portcullis_digest(hash);
  BIGNUM *modulus = (BIGNUM *)&key->montgomery.N;
  const int length = BN_num_bytes(modulus);
  unsigned char *encoded = portcullis_scratch_take(length);
  unsigned char *expected = portcullis_scratch_take(length);
  BN_CTX *context = BN_CTX_new();
  BIGNUM *number = BN_new();
  int good;

  if (signature_length != (size_t)length) return PORTCULLIS_INVALID;
  if (encoded == NULL || expected == NULL || context == NULL || number == NULL ||
      BN_bin2bn(signature, length, number) == NULL)
    return PORTCULLIS_FAULT;
  // RSAVP1 of RFC 8017 section 5.2.2.
  if (BN_ucmp(number, modulus) >= 0) return PORTCULLIS_INVALID;
  if (!BN_mod_exp_mont(number, number, &key->exponent, modulus, context,
                       (BN_MONT_CTX *)&key->montgomery) ||
      BN_bn2binpad(number, encoded, length) != length)
    return PORTCULLIS_FAULT;

  if (pss) {
    RSA rsa = {.n = modulus};
    good = RSA_verify_PKCS1_PSS_mgf1(&rsa, digest, md, NULL, encoded, RSA_PSS_SALTLEN_DIGEST);
  } else {
    encode_pkcs1(hash, digest, EVP_MD_get_size(md), expected, length);
    good = memcmp(encoded, expected, length) == 0;
  }
  if (portcullis_scratch_was_refused()) return PORTCULLIS_FAULT;
  return good == 1 ? PORTCULLIS_VALID : PORTCULLIS_INVALID;
}

// The one thing that rsa_pss.c asks of an RSA object.
int RSA_size(const RSA *rsa) { return BN_num_bytes(rsa->n); }
