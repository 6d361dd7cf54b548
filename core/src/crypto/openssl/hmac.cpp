// HMAC with SHA-2 on OpenSSL's SHA256_* and SHA512_* functions.
//
// They are deprecated in favour of EVP, and used all the same: they need no library context, no
// fetch, no lock and no memory, so that a verification costs the hash blocks and little else, and
// they can be linked alone, which is what keeps libcrypto out of the WASM module and the addon.
// They do not go through an OpenSSL provider: a FIPS provider's rules do not reach them.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <bit>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "crypto/backend.hpp"
#include "crypto/constant_time.hpp"
#include "crypto/openssl/sha2.hpp"

namespace portcullis {
namespace {

constexpr unsigned char inner_pad = 0x36;
constexpr unsigned char outer_pad = 0x5c;

// One routine for both families of FIPS 180-4, told at run time which: in WebAssembly a copy for
// each hash is 1.5 KB more and no faster. Natively HS256 has a copy of its own, which saves a
// tenth.
#if defined(__wasm__)
constexpr bool has_own_copy = false;
#define PORTCULLIS_COPIED
#else
constexpr bool has_own_copy = true;
#define PORTCULLIS_COPIED [[gnu::always_inline]] inline
#endif

// Either context begins with its eight words.
union context {
  SHA256_CTX narrow;
  SHA512_CTX wide;
};
static_assert(sizeof(context) <= sizeof(hmac_key::state));
static_assert(std::is_trivially_copyable_v<context>);
static_assert(offsetof(SHA256_CTX, h) == 0 && offsetof(SHA512_CTX, h) == 0);
static_assert(std::endian::native == std::endian::little);

constexpr std::size_t max_block_bytes = 128;
constexpr std::size_t max_hash_bytes = 64;

constexpr bool is_wide(hash digest) noexcept { return digest != hash::sha256; }
constexpr std::size_t block_bytes_of(hash digest) noexcept { return is_wide(digest) ? 128 : 64; }

#if defined(__wasm__)

// FIPS 180-4 sections 5.3.4 and 5.3.5; SHA-256's (section 5.3.3) are the upper halves of SHA-512's.
// OpenSSL stores each word by code of its own, which is two hundred bytes more.
constexpr std::uint64_t first_words[2][8] = {
    {0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
     0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4},
    {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
     0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179}};

bool start_hash(hash digest, context& hashed) noexcept {
  for (std::size_t i = 0; i < 8; ++i) {
    const std::uint64_t word = first_words[digest == hash::sha384 ? 0 : 1][i];
    if (is_wide(digest)) {
      hashed.wide.h[i] = word;
    } else {
      hashed.narrow.h[i] = static_cast<std::uint32_t>(word >> 32);
    }
  }
  return true;
}

#else

bool start_hash(hash digest, context& hashed) noexcept {
  switch (digest) {
    case hash::sha256:
      return start_sha256(hashed.narrow) == 1;
    case hash::sha384:
      return start_sha384(hashed.wide) == 1;
    case hash::sha512:
      return start_sha512(hashed.wide) == 1;
  }
  return false;
}

#endif

// Whole blocks. Natively SHA256_Update takes them all at once, which is faster than one by one; in
// WebAssembly there is no difference, and without it its buffering is not linked.
PORTCULLIS_COPIED bool hash_blocks(hash digest, context& hashed, const unsigned char* bytes,
                                   std::size_t length) noexcept {
#if defined(__wasm__)
  for (const unsigned char* const end = bytes + length; bytes != end;) {
    if (is_wide(digest)) {
      SHA512_Transform(&hashed.wide, bytes);
    } else {
      SHA256_Transform(&hashed.narrow, bytes);
    }
    bytes += block_bytes_of(digest);
  }
  return true;
#else
  return is_wide(digest) ? update_sha512(hashed.wide, bytes, length) == 1
                         : update_sha256(hashed.narrow, bytes, length) == 1;
#endif
}

// Stores that compilers make one of.
void store_big_endian(std::uint32_t value, unsigned char* out) noexcept {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out[i] = static_cast<unsigned char>(value >> (8 * (sizeof value - 1 - i)));
  }
}

// Hashes the last `length` bytes of a message, `before` bytes (whole blocks) of which `hashed` has
// seen. The padding of FIPS 180-4 section 5.1 is laid out here rather than by SHA256_Final, which
// goes the long way through its own buffer and wipes it twice.
PORTCULLIS_COPIED bool finish_hash(hash digest, context& hashed, std::size_t before,
                                   const unsigned char* bytes, std::size_t length,
                                   unsigned char* out) noexcept {
  const std::size_t block_bytes = block_bytes_of(digest);
  const std::size_t rest = length % block_bytes;
  const std::size_t whole = length - rest;
  if (whole != 0 && !hash_blocks(digest, hashed, bytes, whole)) return false;

  // The last bytes and their padding take one block or two. The bit count that ends them has an
  // eighth of a block; lengths here stay far below 2^29 bytes, so its upper part is zero.
  const std::size_t padded = rest < block_bytes - block_bytes / 8 ? block_bytes : 2 * block_bytes;
  unsigned char blocks[2 * max_block_bytes];
  std::memset(blocks, 0, padded);
  if (rest != 0) std::memcpy(blocks, bytes + whole, rest);
  blocks[rest] = 0x80;
  store_big_endian(static_cast<std::uint32_t>(before + length) * 8, blocks + padded - 4);
  const bool done = hash_blocks(digest, hashed, blocks, padded);
  if (before == 0) wipe_bytes(blocks, sizeof blocks);  // a message of its own is a secret here

  // Half words in big-endian order: those of a wide word are the other way round in memory.
  const auto* const words = reinterpret_cast<const unsigned char*>(&hashed);
#if !defined(__wasm__)
#pragma GCC unroll 8
#endif
  for (std::size_t at = 0; at != hash_bytes(digest); at += 4) {
    std::uint32_t half = 0;
    std::memcpy(&half, words + (is_wide(digest) ? at ^ 4 : at), sizeof half);
    store_big_endian(half, out + at);
  }
  return done;
}

// The state that follows the key, as long as a block, with one of the two pads.
bool hash_padded_key(hash digest, const unsigned char* key, unsigned char pad,
                     hmac_key::state& out) noexcept {
  unsigned char block[max_block_bytes];
  for (std::size_t i = 0; i < sizeof block; ++i) block[i] = key[i] ^ pad;
  context hashed = {};
  const bool done =
      start_hash(digest, hashed) && hash_blocks(digest, hashed, block, block_bytes_of(digest));
  std::memcpy(&out, &hashed, sizeof hashed);
  wipe_bytes(block, sizeof block);
  wipe_bytes(&hashed, sizeof hashed);
  return done;
}

// RFC 2104: writes the MAC, of the hash's size.
PORTCULLIS_COPIED bool make_mac(hash digest, const hmac_key::state& inner,
                                const hmac_key::state& outer, std::string_view message,
                                unsigned char* code) noexcept {
  const std::size_t block_bytes = block_bytes_of(digest);
  const std::size_t context_bytes = is_wide(digest) ? sizeof(SHA512_CTX) : sizeof(SHA256_CTX);
  context hashed;
  std::memcpy(&hashed, &inner, context_bytes);
  if (!finish_hash(digest, hashed, block_bytes,
                   reinterpret_cast<const unsigned char*>(message.data()), message.size(), code)) {
    return false;
  }
  std::memcpy(&hashed, &outer, context_bytes);
  return finish_hash(digest, hashed, block_bytes, code, hash_bytes(digest), code);
}

PORTCULLIS_COPIED verdict verify_with(hash digest, const hmac_key::state& inner,
                                      const hmac_key::state& outer, std::string_view message,
                                      std::string_view mac) noexcept {
  const std::size_t size = hash_bytes(digest);
  if (mac.size() != size) return verdict::invalid;

  unsigned char code[max_hash_bytes];
  if (!make_mac(digest, inner, outer, message, code)) return verdict::fault;
  const auto* const given = reinterpret_cast<const unsigned char*>(mac.data());
  return equal_in_constant_time(code, given, size) ? verdict::valid : verdict::invalid;
}

}  // namespace

bool hmac_key::import_secret(hash digest, std::string_view secret) noexcept {
  digest_ = digest;
  unsigned char key[max_block_bytes] = {};
  bool done = true;
  if (secret.size() > block_bytes_of(digest)) {
    context hashed = {};
    done = start_hash(digest, hashed) &&
           finish_hash(digest, hashed, 0, reinterpret_cast<const unsigned char*>(secret.data()),
                       secret.size(), key);
    wipe_bytes(&hashed, sizeof hashed);
  } else if (!secret.empty()) {
    std::memcpy(key, secret.data(), secret.size());
  }
  imported_ = done && hash_padded_key(digest, key, inner_pad, inner_) &&
              hash_padded_key(digest, key, outer_pad, outer_);
  wipe_bytes(key, sizeof key);
  return imported_;
}

hmac_key::~hmac_key() {
  wipe_bytes(&inner_, sizeof inner_);
  wipe_bytes(&outer_, sizeof outer_);
}

verdict hmac_key::verify(std::string_view message, std::string_view mac) const noexcept {
  if (!imported_) return verdict::invalid;
  if (has_own_copy && digest_ == hash::sha256) {
    return verify_with(hash::sha256, inner_, outer_, message, mac);
  }
  return verify_with(digest_, inner_, outer_, message, mac);
}

bool hmac_key::sign(std::string_view message, unsigned char* mac) const noexcept {
  return imported_ && digest_ == hash::sha256 &&
         make_mac(hash::sha256, inner_, outer_, message, mac);
}

}  // namespace portcullis
