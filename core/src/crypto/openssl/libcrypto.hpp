// The functions of OpenSSL 3's libcrypto that the core uses, as a table of addresses, so that no
// module depends on libcrypto to be loaded:
//
//   libcrypto_loaded.cpp   native: the library that is in the process, else libcrypto.so.3
//   libcrypto_linked.cpp   WASM: the library that is linked
#pragma once

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

// PORTCULLIS_FUNCTION(name), in two tables. What HS256 takes is the only one that is looked for
// where a module is loaded: 2 us for each name, in a process that shows as many as Node.
#define PORTCULLIS_SHA256_FUNCTIONS        \
  PORTCULLIS_FUNCTION(OpenSSL_version_num) \
  PORTCULLIS_FUNCTION(SHA256_Init)         \
  PORTCULLIS_FUNCTION(SHA256_Update)

#define PORTCULLIS_LIBCRYPTO_FUNCTIONS                  \
  PORTCULLIS_FUNCTION(ERR_set_mark)                     \
  PORTCULLIS_FUNCTION(ERR_pop_to_mark)                  \
  PORTCULLIS_FUNCTION(OSSL_LIB_CTX_get0_global_default) \
  PORTCULLIS_FUNCTION(SHA256_Final)                     \
  PORTCULLIS_FUNCTION(SHA384_Init)                      \
  PORTCULLIS_FUNCTION(SHA512_Init)                      \
  PORTCULLIS_FUNCTION(SHA512_Update)                    \
  PORTCULLIS_FUNCTION(SHA512_Final)                     \
  PORTCULLIS_FUNCTION(BN_bin2bn)                        \
  PORTCULLIS_FUNCTION(BN_bn2binpad)                     \
  PORTCULLIS_FUNCTION(BN_free)                          \
  PORTCULLIS_FUNCTION(BN_ucmp)                          \
  PORTCULLIS_FUNCTION(BN_to_montgomery)                 \
  PORTCULLIS_FUNCTION(BN_mod_mul_montgomery)            \
  PORTCULLIS_FUNCTION(BN_mod_exp_mont)                  \
  PORTCULLIS_FUNCTION(BN_MONT_CTX_new)                  \
  PORTCULLIS_FUNCTION(BN_MONT_CTX_set)                  \
  PORTCULLIS_FUNCTION(BN_MONT_CTX_free)                 \
  PORTCULLIS_FUNCTION(BN_CTX_new)                       \
  PORTCULLIS_FUNCTION(BN_CTX_start)                     \
  PORTCULLIS_FUNCTION(BN_CTX_get)                       \
  PORTCULLIS_FUNCTION(BN_CTX_end)                       \
  PORTCULLIS_FUNCTION(BN_CTX_free)                      \
  PORTCULLIS_FUNCTION(RSA_new)                          \
  PORTCULLIS_FUNCTION(RSA_set0_key)                     \
  PORTCULLIS_FUNCTION(RSA_free)                         \
  PORTCULLIS_FUNCTION(RSA_verify_PKCS1_PSS_mgf1)        \
  PORTCULLIS_FUNCTION(EVP_MD_fetch)                     \
  PORTCULLIS_FUNCTION(EVP_MD_free)                      \
  PORTCULLIS_FUNCTION(EVP_PKEY_CTX_new_from_name)       \
  PORTCULLIS_FUNCTION(EVP_PKEY_CTX_new_from_pkey)       \
  PORTCULLIS_FUNCTION(EVP_PKEY_CTX_dup)                 \
  PORTCULLIS_FUNCTION(EVP_PKEY_CTX_free)                \
  PORTCULLIS_FUNCTION(EVP_PKEY_fromdata_init)           \
  PORTCULLIS_FUNCTION(EVP_PKEY_fromdata)                \
  PORTCULLIS_FUNCTION(EVP_PKEY_new_raw_public_key_ex)   \
  PORTCULLIS_FUNCTION(EVP_PKEY_free)                    \
  PORTCULLIS_FUNCTION(EVP_PKEY_verify_init)             \
  PORTCULLIS_FUNCTION(EVP_PKEY_verify)                  \
  PORTCULLIS_FUNCTION(EVP_MD_CTX_new)                   \
  PORTCULLIS_FUNCTION(EVP_MD_CTX_copy_ex)               \
  PORTCULLIS_FUNCTION(EVP_MD_CTX_free)                  \
  PORTCULLIS_FUNCTION(EVP_DigestVerifyInit_ex)          \
  PORTCULLIS_FUNCTION(EVP_DigestVerify)

namespace portcullis {

struct libcrypto_sha256 {
#define PORTCULLIS_FUNCTION(name) decltype(&::name) name = nullptr;
  PORTCULLIS_SHA256_FUNCTIONS
#undef PORTCULLIS_FUNCTION
};

struct libcrypto {
#define PORTCULLIS_FUNCTION(name) decltype(&::name) name = nullptr;
  PORTCULLIS_LIBCRYPTO_FUNCTIONS
#undef PORTCULLIS_FUNCTION
};

// Null when there is no usable one. Looked for once; any thread may ask. Both are of one library.
[[nodiscard]] const libcrypto_sha256* find_libcrypto_sha256() noexcept;
[[nodiscard]] const libcrypto* find_libcrypto() noexcept;

// Of the first, when that has been found: a decision needs it three times, and to ask for a table
// that is there takes 2 ns.
extern decltype(&SHA256_Update) found_sha256_update;

}  // namespace portcullis
