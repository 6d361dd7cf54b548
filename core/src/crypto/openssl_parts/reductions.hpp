// Included before everything else in OpenSSL's own files (-include): what a module does without
// that only verifies, with public numbers and on one thread. The files themselves stay as they are.
#pragma once

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <string.h>

// No error queue: callers look at return values.
#undef ERR_raise
#undef ERR_raise_data
#define ERR_raise(library, reason) ((void)0)
#define ERR_raise_data(...) ((void)0)

// Memory comes from the scratch arena, which is emptied as a whole.
#include "crypto/openssl_parts/scratch.hpp"
#undef OPENSSL_malloc
#undef OPENSSL_zalloc
#undef OPENSSL_free
#undef OPENSSL_clear_free
#undef OPENSSL_secure_zalloc
#undef OPENSSL_secure_clear_free
#define OPENSSL_malloc(size) portcullis_scratch_take(size)
#define OPENSSL_zalloc(size) portcullis_scratch_take(size)
#define OPENSSL_free(memory) ((void)(memory))
#define OPENSSL_clear_free(memory, size) ((void)(memory))
#define OPENSSL_secure_zalloc(size) portcullis_scratch_take(size)
#define OPENSSL_secure_clear_free(memory, size) ((void)(memory))

// Nothing is secret: no number asks for constant time, or for memory that is locked or wiped.
#undef BN_FLG_CONSTTIME
#undef BN_FLG_SECURE
#define BN_FLG_CONSTTIME 0
#define BN_FLG_SECURE 0
#define CRYPTO_memcmp memcmp
#define OPENSSL_cleanse(memory, size) ((void)(memory))
