#pragma once

#include <openssl/evp.h>

#ifdef __cplusplus
extern "C" {
#endif

// 0, 1, 2: SHA-256, SHA-384, SHA-512.
const EVP_MD *portcullis_digest(int which);

#ifdef __cplusplus
}
#endif
