// The seam between the core and a cryptographic library. Above it nobody includes a library's
// header; below it nobody knows JSON, tokens or policies. Each build links one implementation:
//
//   openssl/         native, and the WASM module with the whole of libcrypto
//   openssl_parts/   WASM: hand-picked objects of libcrypto (self-contained)
//   host/            WASM: HMAC-SHA256 inside, everything else by the host's own library
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crypto/algorithm.hpp"

namespace portcullis {

enum class verdict : std::uint8_t {
  valid,
  invalid,
  fault  // the library failed or is not there: nothing is known
};

// Whether a native module finds the library that it needs for every algorithm but those linked into
// it. Looked for once.
[[nodiscard]] bool has_library() noexcept;

// Overwrites memory in a way that the optimiser does not take out.
void wipe_bytes(void* bytes, std::size_t length) noexcept;

// Whether a MAC can be started before it is known what it is to be compared with: see
// hmac_key::start. WebAssembly's instructions come one after the other as it is.
#if defined(__wasm__)
inline constexpr bool can_start_mac = false;
#else
inline constexpr bool can_start_mac = true;
#endif

struct hmac_run;

// A secret for HMAC (RFC 2104) with one hash, kept as the two hash states that follow the padded
// key, so that verifying starts with the message.
class hmac_key {
 public:
  // Holds no key: every MAC is invalid until one is imported.
  hmac_key() noexcept = default;
  hmac_key(const hmac_key&) = delete;
  hmac_key& operator=(const hmac_key&) = delete;
  ~hmac_key();  // wipes the states

  // False if the library fails; the key then holds none.
  [[nodiscard]] bool import_secret(hash digest, std::string_view secret) noexcept;

  // Compares in time that does not depend on the bytes. A `mac` of another size than the hash's is
  // invalid.
  [[nodiscard]] verdict verify(std::string_view message, std::string_view mac) const noexcept;

  // The same in two steps, where can_start_mac. The first hashes all of the message but its end,
  // which is copied. A processor comes to that while it is at what its program does between the
  // two: hashing keeps little of it busy. `run` belongs to this key and one message.
  void start(std::string_view message, hmac_run& run) const noexcept;
  [[nodiscard]] verdict finish(hmac_run& run, std::string_view mac) const noexcept;

  // Writes the MAC of `message`, 32 bytes. SHA-256 keys only; false for others, without a key, and
  // if the library fails: `mac` is then unspecified.
  [[nodiscard]] bool sign(std::string_view message, unsigned char* mac) const noexcept;

  // Room for the library's hash state, which is a plain structure that may be copied as bytes.
  static constexpr std::size_t state_bytes = 216;
  struct alignas(8) state {
    unsigned char bytes[state_bytes];
  };

 private:
  hash digest_{};
  bool imported_ = false;
  // What runs in one thread may keep more here than the state (host/hmac.cpp).
  mutable state inner_{};
  state outer_{};
};

// A MAC on its way. Left uninitialised: hmac_key::start writes it.
struct hmac_run {
  hmac_key::state hashed;       // whole blocks of the message
  unsigned char last[3 * 128];  // a block of no meaning, and the rest of the message, padded
  std::size_t last_bytes;
  bool done;  // false when the library has failed
};

// A public key as numbers, each big-endian; borrowed for the call.
struct public_numbers {
  key_type type;
  std::string_view first;   // RSA: modulus; EC: x; Ed25519: the key as it is (RFC 8032)
  std::string_view second;  // RSA: exponent; EC: y
};

// A key for RSASSA, ECDSA or Ed25519. Its user has checked what can be known without a library:
// sizes, odd numbers, Ed25519's bad points (jose/public_key_rules.hpp).
class public_key {
 public:
  // Holds no key: every signature is invalid until one is imported.
  public_key() noexcept = default;
  public_key(const public_key&) = delete;
  public_key& operator=(const public_key&) = delete;
  ~public_key();  // NOLINT(performance-trivially-destructible): as the backend needs it

  // `serves`: what the key will be asked for, algorithms of its type. EC: both coordinates
  // have the exact size of the field. `invalid`: there is no such key, as when a point is not on
  // its curve; `fault`: no library, or it failed. Either way the key then holds none.
  [[nodiscard]] verdict import_numbers(const public_numbers& numbers,
                                       algorithm_set serves) noexcept;

  // Any thread, any number at a time. `row` is one of those that the key serves. `signature` has
  // the exact size (ECDSA: r and s, each of the field's size, RFC 7518 section 3.4). PSS: the salt
  // is as long as the hash (RFC 7518 section 3.5).
  [[nodiscard]] verdict verify(const algorithm_row& row, std::string_view message,
                               std::string_view signature) const noexcept;

 private:
  void* handle_ = nullptr;  // the implementation's
};

}  // namespace portcullis
