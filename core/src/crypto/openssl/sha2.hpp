// SHA-2: linked where the build has its objects, else from the libcrypto that is loaded
// when needed (libcrypto.hpp). The Python module links SHA-256, because there loading libcrypto
// takes longer than everything else; the Node addon finds all of it in the process.
#pragma once

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <cstddef>

#if PORTCULLIS_LOAD_SHA256 || PORTCULLIS_LOAD_SHA512
#include "crypto/openssl/libcrypto.hpp"
#endif

namespace portcullis {

// Each gives 1, or 0 when the library fails or is not there. What has been started can be updated.

#if PORTCULLIS_LOAD_SHA256
inline int start_sha256(SHA256_CTX& state) noexcept {
  const libcrypto_sha256* const library = find_libcrypto_sha256();
  return library == nullptr ? 0 : library->SHA256_Init(&state);
}
inline int update_sha256(SHA256_CTX& state, const void* bytes, std::size_t length) noexcept {
  return found_sha256_update(&state, bytes, length);
}
inline int finish_sha256(unsigned char* out, SHA256_CTX& state) noexcept {
  const libcrypto* const library = find_libcrypto();
  return library == nullptr ? 0 : library->SHA256_Final(out, &state);
}
#else
inline int start_sha256(SHA256_CTX& state) noexcept { return SHA256_Init(&state); }
inline int update_sha256(SHA256_CTX& state, const void* bytes, std::size_t length) noexcept {
  return SHA256_Update(&state, bytes, length);
}
inline int finish_sha256(unsigned char* out, SHA256_CTX& state) noexcept {
  return SHA256_Final(out, &state);
}
#endif

#if PORTCULLIS_LOAD_SHA512
inline int start_sha384(SHA512_CTX& state) noexcept {
  const libcrypto* const library = find_libcrypto();
  return library == nullptr ? 0 : library->SHA384_Init(&state);
}
inline int start_sha512(SHA512_CTX& state) noexcept {
  const libcrypto* const library = find_libcrypto();
  return library == nullptr ? 0 : library->SHA512_Init(&state);
}
inline int update_sha512(SHA512_CTX& state, const void* bytes, std::size_t length) noexcept {
  return find_libcrypto()->SHA512_Update(&state, bytes, length);
}
inline int finish_sha512(unsigned char* out, SHA512_CTX& state) noexcept {
  return find_libcrypto()->SHA512_Final(out, &state);
}
#else
inline int start_sha384(SHA512_CTX& state) noexcept { return SHA384_Init(&state); }
inline int start_sha512(SHA512_CTX& state) noexcept { return SHA512_Init(&state); }
inline int update_sha512(SHA512_CTX& state, const void* bytes, std::size_t length) noexcept {
  return SHA512_Update(&state, bytes, length);
}
inline int finish_sha512(unsigned char* out, SHA512_CTX& state) noexcept {
  return SHA512_Final(out, &state);
}
#endif

}  // namespace portcullis
