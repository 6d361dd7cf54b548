// The functions of EVP that OpenSSL's PSS and Ed25519 code hashes with, over SHA256_* and SHA512_*:
// three hashes, no provider, no fetch.
#include "crypto/openssl_parts/digests.hpp"
#include "crypto/openssl_parts/verification.hpp"

#include <openssl/sha.h>
#include <stddef.h>

#include "crypto/openssl_parts/scratch.hpp"

struct evp_md_st {
  int bytes;
  int sha512_family;
};

struct evp_md_ctx_st {
  const EVP_MD *md;
  union {
    SHA256_CTX sha256;
    SHA512_CTX sha512;
  } state;
};

static const EVP_MD digests[] = {
    {SHA256_DIGEST_LENGTH, 0},
    {SHA384_DIGEST_LENGTH, 1},
    {SHA512_DIGEST_LENGTH, 1},
};

const EVP_MD *portcullis_digest(int which) { return &digests[which]; }

EVP_MD *EVP_MD_fetch(OSSL_LIB_CTX *library, const char *name, const char *properties) {
  (void)library;
  (void)name;  // Ed25519 asks for SHA-512, nobody for anything else
  (void)properties;
  return (EVP_MD *)&digests[2];
}

void EVP_MD_free(EVP_MD *md) { (void)md; }

int EVP_MD_get_size(const EVP_MD *md) { return md->bytes; }

EVP_MD_CTX *EVP_MD_CTX_new(void) { return portcullis_scratch_take(sizeof(EVP_MD_CTX)); }

void EVP_MD_CTX_free(EVP_MD_CTX *context) { (void)context; }

int EVP_DigestInit_ex(EVP_MD_CTX *context, const EVP_MD *md, ENGINE *engine) {
  (void)engine;
  context->md = md;
  if (!md->sha512_family) return SHA256_Init(&context->state.sha256);
  return md->bytes == SHA384_DIGEST_LENGTH ? SHA384_Init(&context->state.sha512)
                                           : SHA512_Init(&context->state.sha512);
}

int EVP_DigestUpdate(EVP_MD_CTX *context, const void *bytes, size_t length) {
  return context->md->sha512_family ? SHA512_Update(&context->state.sha512, bytes, length)
                                    : SHA256_Update(&context->state.sha256, bytes, length);
}

int EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *digest, unsigned int *size) {
  if (size != NULL) *size = (unsigned int)context->md->bytes;
  return context->md->sha512_family ? SHA512_Final(digest, &context->state.sha512)
                                    : SHA256_Final(digest, &context->state.sha256);
}

void portcullis_hash(int hash, const unsigned char *message, size_t message_length,
                     unsigned char *out) {
  EVP_MD_CTX context;

  EVP_DigestInit_ex(&context, &digests[hash], NULL);
  EVP_DigestUpdate(&context, message, message_length);
  EVP_DigestFinal_ex(&context, out, NULL);
}
