// HMAC-SHA-256 on OpenSSL's SHA256_* functions.
//
// They are deprecated in favour of EVP, and used all the same: they need no library context, no
// fetch, no lock and no memory, so that a verification costs the hash blocks and little else, and
// they can be linked alone, which is what keeps libcrypto out of the WASM module and the addon.
// They do not go through an OpenSSL provider: a FIPS provider's rules do not reach them.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <cstring>
#include <type_traits>

#include "crypto/backend.hpp"
#include "crypto/constant_time.hpp"

namespace portcullis {
namespace {

constexpr std::size_t block_bytes = 64;
constexpr std::size_t mac_bytes = SHA256_DIGEST_LENGTH;
constexpr unsigned char inner_pad = 0x36;
constexpr unsigned char outer_pad = 0x5c;

bool hash_padded_key(const unsigned char (&key)[block_bytes], unsigned char pad,
                     SHA256_CTX& context) noexcept {
  unsigned char block[block_bytes];
  for (std::size_t i = 0; i < block_bytes; ++i) block[i] = key[i] ^ pad;
  const bool done = SHA256_Init(&context) == 1 && SHA256_Update(&context, block, sizeof block) == 1;
  wipe_bytes(block, sizeof block);
  return done;
}

// Hashes `length` bytes after the padded key that `after_key` has seen.
bool finish_hash(const hmac_sha256_key::state& after_key, const void* bytes, std::size_t length,
                 unsigned char (&digest)[mac_bytes]) noexcept {
  SHA256_CTX context;
  std::memcpy(&context, &after_key, sizeof context);
  return SHA256_Update(&context, bytes, length) == 1 && SHA256_Final(digest, &context) == 1;
}

}  // namespace

void wipe_bytes(void* bytes, std::size_t length) noexcept { OPENSSL_cleanse(bytes, length); }

bool hmac_sha256_key::import_secret(std::string_view secret) noexcept {
  static_assert(sizeof(SHA256_CTX) == sizeof(state));
  static_assert(std::is_trivially_copyable_v<SHA256_CTX>);

  unsigned char key[block_bytes] = {};
  SHA256_CTX context = {};
  bool done = true;
  if (secret.size() > block_bytes) {
    done = SHA256_Init(&context) == 1 &&
           SHA256_Update(&context, secret.data(), secret.size()) == 1 &&
           SHA256_Final(key, &context) == 1;
  } else if (!secret.empty()) {
    std::memcpy(key, secret.data(), secret.size());
  }

  done = done && hash_padded_key(key, inner_pad, context);
  std::memcpy(&inner_, &context, sizeof context);
  done = done && hash_padded_key(key, outer_pad, context);
  std::memcpy(&outer_, &context, sizeof context);
  wipe_bytes(key, sizeof key);
  wipe_bytes(&context, sizeof context);
  imported_ = done;
  return done;
}

hmac_sha256_key::~hmac_sha256_key() {
  wipe_bytes(&inner_, sizeof inner_);
  wipe_bytes(&outer_, sizeof outer_);
}

verdict hmac_sha256_key::verify(std::string_view message, std::string_view mac) const noexcept {
  if (!imported_ || mac.size() != mac_bytes) return verdict::invalid;

  unsigned char digest[mac_bytes];
  const bool done = finish_hash(inner_, message.data(), message.size(), digest) &&
                    finish_hash(outer_, digest, sizeof digest, digest);
  if (!done) return verdict::fault;

  const auto* given = reinterpret_cast<const unsigned char*>(mac.data());
  return equal_in_constant_time<mac_bytes>(digest, given) ? verdict::valid : verdict::invalid;
}

}  // namespace portcullis
