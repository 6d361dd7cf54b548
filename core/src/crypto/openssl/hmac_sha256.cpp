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

// Four stores that compilers make one of.
void store_big_endian(std::uint32_t value, unsigned char* out) noexcept {
  out[0] = static_cast<unsigned char>(value >> 24);
  out[1] = static_cast<unsigned char>(value >> 16);
  out[2] = static_cast<unsigned char>(value >> 8);
  out[3] = static_cast<unsigned char>(value);
}

// Hashes the last `length` bytes of a message, `before` bytes (whole blocks) of which `context` has
// seen. The padding of FIPS 180-4 section 5.1.1 is laid out here rather than by SHA256_Final, which
// goes the long way through its own buffer and wipes it twice.
bool finish_hash(SHA256_CTX& context, std::size_t before, const char* bytes, std::size_t length,
                 unsigned char* digest) noexcept {
  const std::size_t rest = length % block_bytes;
  if (length != rest && SHA256_Update(&context, bytes, length - rest) != 1) return false;

  unsigned char block[block_bytes] = {};
  if (rest != 0) std::memcpy(block, bytes + (length - rest), rest);
  block[rest] = 0x80;
  if (rest >= block_bytes - 8) {
    const bool hashed = SHA256_Update(&context, block, sizeof block) == 1;
    if (before == 0) wipe_bytes(block, sizeof block);
    if (!hashed) return false;
    std::memset(block, 0, sizeof block);
  }
  // Lengths here stay far below 2^29 bytes: the upper half of the bit count is zero.
  store_big_endian(static_cast<std::uint32_t>(before + length) * 8, block + block_bytes - 4);
  const bool done = SHA256_Update(&context, block, sizeof block) == 1;
  if (before == 0) wipe_bytes(block, sizeof block);  // a message of its own is a secret here
  for (std::size_t i = 0; i < 8; ++i) store_big_endian(context.h[i], digest + 4 * i);
  return done;
}

bool hash_padded_key(const unsigned char (&key)[block_bytes], unsigned char pad,
                     SHA256_CTX& context) noexcept {
  unsigned char block[block_bytes];
  for (std::size_t i = 0; i < block_bytes; ++i) block[i] = key[i] ^ pad;
  const bool done = SHA256_Init(&context) == 1 && SHA256_Update(&context, block, sizeof block) == 1;
  wipe_bytes(block, sizeof block);
  return done;
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
    done = SHA256_Init(&context) == 1 && finish_hash(context, 0, secret.data(), secret.size(), key);
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
  SHA256_CTX context;
  std::memcpy(&context, &inner_, sizeof context);
  bool done = finish_hash(context, block_bytes, message.data(), message.size(), digest);
  std::memcpy(&context, &outer_, sizeof context);
  done = done && finish_hash(context, block_bytes, reinterpret_cast<const char*>(digest),
                             sizeof digest, digest);
  if (!done) return verdict::fault;

  const auto* given = reinterpret_cast<const unsigned char*>(mac.data());
  return equal_in_constant_time<mac_bytes>(digest, given) ? verdict::valid : verdict::invalid;
}

}  // namespace portcullis
