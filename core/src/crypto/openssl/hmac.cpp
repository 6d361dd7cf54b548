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

// What a key keeps, and a run goes on from, is a context.
context& as_context(hmac_key::state& kept) noexcept { return reinterpret_cast<context&>(kept); }

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

// Where the last bytes of a message are laid out, padded, in one block or two, rather than by
// SHA256_Final, which goes the long way through its own buffer and wipes it twice.
using last_blocks = decltype(hmac_run::last);

unsigned char* begin_of(hash digest, last_blocks& out) noexcept {
  return out + block_bytes_of(digest);
}

PORTCULLIS_COPIED void clear(hash digest, std::size_t blocks, last_blocks& out) noexcept {
  unsigned char* const begin = begin_of(digest, out);
  // Sixteen at a time: for all of them together GCC takes an instruction that is slow to start.
#if !defined(__wasm__)
#pragma GCC unroll 16
#endif
  for (std::size_t at = 0; at != blocks * block_bytes_of(digest); at += 16) {
    std::memset(begin + at, 0, 16);
  }
}

// FIPS 180-4 section 5.1, behind `rest` bytes, less than a block, which end `total` bytes. Gives
// the length with it. The bit count that ends the padding has an eighth of a block; lengths here
// stay far below 2^29 bytes, so its upper part is zero.
PORTCULLIS_COPIED std::size_t pad(hash digest, std::size_t rest, std::size_t total,
                                  last_blocks& out) noexcept {
  const std::size_t block_bytes = block_bytes_of(digest);
  unsigned char* const begin = begin_of(digest, out);
  begin[rest] = 0x80;
  const std::size_t padded = rest < block_bytes - block_bytes / 8 ? block_bytes : 2 * block_bytes;
  store_big_endian(static_cast<std::uint32_t>(total) * 8, begin + padded - 4);
  return padded;
}

// Lays out what is behind the whole blocks of a message that goes on `before` bytes.
PORTCULLIS_COPIED std::size_t lay_out_last(hash digest, std::string_view message,
                                           std::size_t before, last_blocks& out) noexcept {
  const std::size_t block_bytes = block_bytes_of(digest);
  const std::size_t rest = message.size() % block_bytes;
  const char* const end = message.data() + message.size();
  clear(digest, 2, out);
  if (message.size() >= block_bytes) {
    // A block that ends with the message: its length is known, and how much of it is too much.
    std::memcpy(out + rest, end - block_bytes, block_bytes);
  } else if (rest != 0) {
    std::memcpy(begin_of(digest, out), end - rest, rest);
  }
  return pad(digest, rest, before + message.size(), out);
}

// Sixteen bytes of words at once: what reads them next takes as many, and would wait for smaller
// stores until they are in the cache.
using halves = std::uint16_t __attribute__((vector_size(16)));

// Writes the hash, which is big-endian.
PORTCULLIS_COPIED void write_hash(hash digest, const context& hashed, unsigned char* out) noexcept {
  const auto* const words = reinterpret_cast<const unsigned char*>(&hashed);
  for (std::size_t at = 0; at != hash_bytes(digest); at += sizeof(halves)) {
    halves bytes;
    std::memcpy(&bytes, words + at, sizeof bytes);
    bytes = bytes << 8 | bytes >> 8;
    bytes = is_wide(digest) ? __builtin_shufflevector(bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4)
                            : __builtin_shufflevector(bytes, bytes, 1, 0, 3, 2, 5, 4, 7, 6);
    std::memcpy(out + at, &bytes, sizeof bytes);
  }
}

PORTCULLIS_COPIED bool hash_whole_blocks(hash digest, context& hashed,
                                         std::string_view message) noexcept {
  const std::size_t whole = message.size() - message.size() % block_bytes_of(digest);
  return whole == 0 ||
         hash_blocks(digest, hashed, reinterpret_cast<const unsigned char*>(message.data()), whole);
}

// Hashes a secret that is longer than a block.
bool hash_secret(hash digest, std::string_view secret, unsigned char* out) noexcept {
  last_blocks last;
  const std::size_t padded = lay_out_last(digest, secret, 0, last);
  context hashed = {};
  const bool done = start_hash(digest, hashed) && hash_whole_blocks(digest, hashed, secret) &&
                    hash_blocks(digest, hashed, begin_of(digest, last), padded);
  write_hash(digest, hashed, out);
  wipe_bytes(last, sizeof last);
  wipe_bytes(&hashed, sizeof hashed);
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

// A context that goes on from another. Of what it has of whole blocks only the words count.
PORTCULLIS_COPIED void copy_words(hash digest, const hmac_key::state& from, context& to) noexcept {
  if (is_wide(digest)) {
    std::memcpy(to.wide.h, &from, sizeof to.wide.h);
    to.wide.Nl = to.wide.Nh = 0;
    to.wide.num = 0;
  } else {
    std::memcpy(to.narrow.h, &from, sizeof to.narrow.h);
    to.narrow.Nl = to.narrow.Nh = 0;
    to.narrow.num = 0;
  }
}

PORTCULLIS_COPIED void start_mac(hash digest, const hmac_key::state& inner,
                                 std::string_view message, hmac_run& run) noexcept {
  // First, so that it is in the cache by the time that the hash comes to it.
  run.last_bytes = lay_out_last(digest, message, block_bytes_of(digest), run.last);
  copy_words(digest, inner, as_context(run.hashed));
  run.done = hash_whole_blocks(digest, as_context(run.hashed), message);
}

// RFC 2104: writes the MAC, of the hash's size.
PORTCULLIS_COPIED bool finish_mac(hash digest, const hmac_key::state& outer, hmac_run& run,
                                  unsigned char* code) noexcept {
  if (!run.done) [[unlikely]]
    return false;
  const std::size_t size = hash_bytes(digest);
  last_blocks last;  // the first hash, and its padding
  clear(digest, 1, last);
  const std::size_t padded = pad(digest, size, block_bytes_of(digest) + size, last);
  context hashed;
  copy_words(digest, outer, hashed);
  context& first = as_context(run.hashed);
  if (!hash_blocks(digest, first, begin_of(digest, run.last), run.last_bytes)) [[unlikely]]
    return false;
  write_hash(digest, first, begin_of(digest, last));
  if (!hash_blocks(digest, hashed, begin_of(digest, last), padded)) [[unlikely]]
    return false;
  write_hash(digest, hashed, code);
  return true;
}

PORTCULLIS_COPIED verdict finish_with(hash digest, const hmac_key::state& outer, hmac_run& run,
                                      std::string_view mac) noexcept {
  const std::size_t size = hash_bytes(digest);
  if (mac.size() != size) return verdict::invalid;

  alignas(16) unsigned char code[max_hash_bytes];
  if (!finish_mac(digest, outer, run, code)) [[unlikely]]
    return verdict::fault;
  const auto* const given = reinterpret_cast<const unsigned char*>(mac.data());
  return equal_in_constant_time(code, given, size) ? verdict::valid : verdict::invalid;
}

// For the hashes without a copy of their own, out of the way of the one that has it.
[[gnu::noinline]] void start_any(hash digest, const hmac_key::state& inner,
                                 std::string_view message, hmac_run& run) noexcept {
  start_mac(digest, inner, message, run);
}
[[gnu::noinline]] verdict finish_any(hash digest, const hmac_key::state& outer, hmac_run& run,
                                     std::string_view mac) noexcept {
  return finish_with(digest, outer, run, mac);
}

}  // namespace

bool hmac_key::import_secret(hash digest, std::string_view secret) noexcept {
  digest_ = digest;
  unsigned char key[max_block_bytes] = {};
  bool done = true;
  if (secret.size() > block_bytes_of(digest)) {
    done = hash_secret(digest, secret, key);
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

void hmac_key::start(std::string_view message, hmac_run& run) const noexcept {
#if !defined(__wasm__)
  __builtin_prefetch(&outer_);  // for finish(): see fetch_ahead.hpp
#endif
  if (has_own_copy && digest_ == hash::sha256) {
    start_mac(hash::sha256, inner_, message, run);
  } else {
    start_any(digest_, inner_, message, run);
  }
}

verdict hmac_key::finish(hmac_run& run, std::string_view mac) const noexcept {
  if (!imported_) return verdict::invalid;
  return has_own_copy && digest_ == hash::sha256 ? finish_with(hash::sha256, outer_, run, mac)
                                                 : finish_any(digest_, outer_, run, mac);
}

verdict hmac_key::verify(std::string_view message, std::string_view mac) const noexcept {
  if (!imported_) return verdict::invalid;
  hmac_run run;
  start_any(digest_, inner_, message, run);
  return finish_any(digest_, outer_, run, mac);
}

bool hmac_key::sign(std::string_view message, unsigned char* mac) const noexcept {
  if (!imported_ || digest_ != hash::sha256) return false;
  hmac_run run;
  start_any(hash::sha256, inner_, message, run);
  return finish_mac(hash::sha256, outer_, run, mac);
}

}  // namespace portcullis
