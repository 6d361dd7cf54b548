// HMAC where the host has a library: with SHA-256 inside the module, which is nearly every token's
// and faster than a call of the host, with SHA-384 and SHA-512 by the host.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <bit>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "crypto/backend.hpp"
#include "crypto/constant_time.hpp"
#include "crypto/host/host_crypto.hpp"

namespace portcullis {
namespace {

constexpr unsigned char inner_pad = 0x36;
constexpr unsigned char outer_pad = 0x5c;
constexpr std::size_t block_bytes = SHA256_CBLOCK;
constexpr std::size_t mac_bytes = SHA256_DIGEST_LENGTH;

using state_words = SHA_LONG[8];

// What a key keeps in hmac_key::inner_.
struct inner_state {
  state_words behind_key;
  // The first block of the message whose MAC was right last, and the state behind it. An issuer's
  // tokens begin alike, with header and `iss`: most start behind this block, with the same outcome.
  state_words behind_block;
  unsigned char block[block_bytes];
  bool has_block;
};

static_assert(sizeof(inner_state) <= sizeof(hmac_key::state));
static_assert(alignof(inner_state) <= alignof(hmac_key::state));
static_assert(std::is_trivially_copyable_v<inner_state>);
static_assert(std::endian::native == std::endian::little);

// FIPS 180-4 section 5.3.3. OpenSSL stores each word by code of its own.
constexpr state_words first_words = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

// Only `h` is used by what is called here.
void start_hash(SHA256_CTX& hashed, const state_words& from) noexcept {
  std::memcpy(hashed.h, from, sizeof from);
}

const unsigned char* hash_blocks(SHA256_CTX& hashed, const unsigned char* bytes,
                                 std::size_t length) noexcept {
  const unsigned char* const end = bytes + length;
  for (; bytes != end; bytes += block_bytes) SHA256_Transform(&hashed, bytes);
  return bytes;
}

void write_digest(const SHA256_CTX& hashed, unsigned char* out) noexcept {
  for (std::size_t i = 0; i < 8; ++i) {
    const std::uint32_t word = __builtin_bswap32(hashed.h[i]);
    std::memcpy(out + 4 * i, &word, sizeof word);
  }
}

// Hashes the last `length` bytes of a message, `before` bytes (whole blocks) of which `hashed` has
// seen, with the padding of FIPS 180-4 section 5.1 behind them.
void finish_hash(SHA256_CTX& hashed, std::size_t before, const unsigned char* bytes,
                 std::size_t length, unsigned char* out) noexcept {
  const std::size_t rest = length % block_bytes;
  bytes = hash_blocks(hashed, bytes, length - rest);

  // One byte of padding and eight of length; lengths here stay far below 2^29 bytes.
  const std::size_t padded = rest < block_bytes - 8 ? block_bytes : 2 * block_bytes;
  unsigned char blocks[2 * block_bytes];
  std::memset(blocks, 0, padded);
  if (rest != 0) std::memcpy(blocks, bytes, rest);
  blocks[rest] = 0x80;
  const auto bits = __builtin_bswap32(static_cast<std::uint32_t>(before + length) * 8);
  std::memcpy(blocks + padded - sizeof bits, &bits, sizeof bits);
  hash_blocks(hashed, blocks, padded);
  if (before == 0) wipe_bytes(blocks, sizeof blocks);  // a message of its own is a secret here
  write_digest(hashed, out);
}

// The state that follows the key, as long as a block, with one of the two pads.
void hash_padded_key(const unsigned char* key, unsigned char pad, hmac_key::state& out) noexcept {
  unsigned char block[block_bytes];
  for (std::size_t i = 0; i < sizeof block; ++i) block[i] = key[i] ^ pad;
  SHA256_CTX hashed;
  start_hash(hashed, first_words);
  hash_blocks(hashed, block, sizeof block);
  std::memcpy(&out, hashed.h, sizeof hashed.h);
  wipe_bytes(block, sizeof block);
  wipe_bytes(&hashed, sizeof hashed);
}

// The second half of RFC 2104: `code` becomes the MAC. One block, of which only the first half is
// not always the same.
void finish_mac(const hmac_key::state& outer, unsigned char* code) noexcept {
  unsigned char block[block_bytes] = {};
  std::memcpy(block, code, mac_bytes);
  block[mac_bytes] = 0x80;
  block[block_bytes - 2] = 8 * (block_bytes + mac_bytes) >> 8;
  SHA256_CTX hashed;
  start_hash(hashed, reinterpret_cast<const state_words&>(outer));
  hash_blocks(hashed, block, sizeof block);
  write_digest(hashed, code);
}

// The algorithm by which the host knows a hash.
constexpr algorithm by_hash[hash_count] = {algorithm::hs256, algorithm::hs384, algorithm::hs512};

}  // namespace

bool hmac_key::import_secret(hash digest, std::string_view secret) noexcept {
  digest_ = digest;
  if (digest != hash::sha256) {
    // The host's handle is all that there is to keep.
    const std::int32_t handle = import_by_host({key_type::secret, secret, {}});
    std::memcpy(&inner_, &handle, sizeof handle);
    return imported_ = handle > 0;
  }

  unsigned char key[block_bytes] = {};
  if (secret.size() > block_bytes) {
    SHA256_CTX hashed;
    start_hash(hashed, first_words);
    finish_hash(hashed, 0, reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
                key);
    wipe_bytes(&hashed, sizeof hashed);
  } else if (!secret.empty()) {
    std::memcpy(key, secret.data(), secret.size());
  }
  hash_padded_key(key, inner_pad, inner_);
  hash_padded_key(key, outer_pad, outer_);
  wipe_bytes(key, sizeof key);
  return imported_ = true;
}

hmac_key::~hmac_key() {
  wipe_bytes(&inner_, sizeof inner_);
  wipe_bytes(&outer_, sizeof outer_);
}

verdict hmac_key::verify(std::string_view message, std::string_view mac) const noexcept {
  if (!imported_ || mac.size() != hash_bytes(digest_)) return verdict::invalid;
  if (digest_ != hash::sha256) {
    std::int32_t handle = 0;
    std::memcpy(&handle, &inner_, sizeof handle);
    return verify_by_host(handle, by_hash[static_cast<std::size_t>(digest_)], message, mac);
  }

  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  std::size_t length = message.size();
  std::size_t before = block_bytes;
  SHA256_CTX hashed;
  state_words behind_block;
  auto& inner = reinterpret_cast<inner_state&>(inner_);
  const bool has_block = length >= block_bytes;
  const bool known =
      has_block && inner.has_block && equal_in_constant_time(bytes, inner.block, block_bytes);
  start_hash(hashed, known ? inner.behind_block : inner.behind_key);
  if (has_block) {
    if (!known) hash_blocks(hashed, bytes, block_bytes);
    std::memcpy(behind_block, hashed.h, sizeof behind_block);
    before += block_bytes;
    length -= block_bytes;
  }
  unsigned char code[mac_bytes];
  finish_hash(hashed, before, bytes + (before - block_bytes), length, code);
  finish_mac(outer_, code);
  const auto* const given = reinterpret_cast<const unsigned char*>(mac.data());
  if (!equal_in_constant_time(code, given, sizeof code)) return verdict::invalid;

  if (has_block && !known) {
    std::memcpy(inner.block, bytes, block_bytes);
    std::memcpy(inner.behind_block, behind_block, sizeof behind_block);
    inner.has_block = true;
  }
  return verdict::valid;
}

bool hmac_key::sign(std::string_view message, unsigned char* mac) const noexcept {
  if (!imported_ || digest_ != hash::sha256) return false;
  SHA256_CTX hashed;
  start_hash(hashed, reinterpret_cast<const inner_state&>(inner_).behind_key);
  finish_hash(hashed, block_bytes, reinterpret_cast<const unsigned char*>(message.data()),
              message.size(), mac);
  finish_mac(outer_, mac);
  return true;
}

}  // namespace portcullis
