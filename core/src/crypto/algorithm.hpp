// The JWS algorithms (RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864 section 2.2): one row
// each, and nothing below asks for a name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace portcullis {

enum class algorithm : std::uint8_t {
  hs256,
  hs384,
  hs512,
  rs256,
  rs384,
  rs512,
  ps256,
  ps384,
  ps512,
  es256,
  es384,
  es512,
  eddsa,
  ed25519
};

enum class hash : std::uint8_t { sha256, sha384, sha512 };
inline constexpr std::size_t hash_count = 3;

// What a key is: it serves only algorithms of its own type, so that a public key is never a secret.
enum class key_type : std::uint8_t { secret, rsa, p256, p384, p521, ed25519 };

struct algorithm_row {
  algorithm id;
  key_type key;
  hash digest;                   // Ed25519 has its own inside
  bool pss;                      // RSA: RSASSA-PSS, else RSASSA-PKCS1-v1_5
  std::uint8_t signature_bytes;  // the exact size; 0: that of the RSA modulus
  std::string_view name;         // the `alg` value
};

inline constexpr std::array<algorithm_row, 14> algorithms{{
    {algorithm::hs256, key_type::secret, hash::sha256, false, 32, "HS256"},
    {algorithm::hs384, key_type::secret, hash::sha384, false, 48, "HS384"},
    {algorithm::hs512, key_type::secret, hash::sha512, false, 64, "HS512"},
    {algorithm::rs256, key_type::rsa, hash::sha256, false, 0, "RS256"},
    {algorithm::rs384, key_type::rsa, hash::sha384, false, 0, "RS384"},
    {algorithm::rs512, key_type::rsa, hash::sha512, false, 0, "RS512"},
    {algorithm::ps256, key_type::rsa, hash::sha256, true, 0, "PS256"},
    {algorithm::ps384, key_type::rsa, hash::sha384, true, 0, "PS384"},
    {algorithm::ps512, key_type::rsa, hash::sha512, true, 0, "PS512"},
    {algorithm::es256, key_type::p256, hash::sha256, false, 64, "ES256"},
    {algorithm::es384, key_type::p384, hash::sha384, false, 96, "ES384"},
    {algorithm::es512, key_type::p521, hash::sha512, false, 132, "ES512"},
    // Two names of one algorithm: RFC 8037's, which leaves the curve to the key, and RFC 9864's.
    {algorithm::eddsa, key_type::ed25519, hash::sha512, false, 64, "EdDSA"},
    {algorithm::ed25519, key_type::ed25519, hash::sha512, false, 64, "Ed25519"},
}};

[[nodiscard]] constexpr const algorithm_row& row_of(algorithm id) noexcept {
  return algorithms[static_cast<std::size_t>(id)];
}

// The row of a name, or null: `none` and everything unknown.
[[nodiscard]] constexpr const algorithm_row* find_algorithm(std::string_view name) noexcept {
  for (const auto& row : algorithms) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

[[nodiscard]] constexpr std::size_t hash_bytes(hash which) noexcept {
  constexpr std::size_t sizes[hash_count] = {32, 48, 64};
  return sizes[static_cast<std::size_t>(which)];
}

// A set of algorithms, one bit each.
class algorithm_set {
 public:
  constexpr void add(algorithm id) noexcept { bits_ |= bit(id); }
  [[nodiscard]] constexpr bool contains(algorithm id) const noexcept {
    return (bits_ & bit(id)) != 0;
  }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }

 private:
  static constexpr std::uint32_t bit(algorithm id) noexcept {
    return std::uint32_t{1} << static_cast<std::uint32_t>(id);
  }
  std::uint32_t bits_ = 0;
};

}  // namespace portcullis
