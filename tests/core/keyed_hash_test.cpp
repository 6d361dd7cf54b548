#include "encoding/keyed_hash.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "support/exact_copy.hpp"

namespace portcullis {
namespace {

using support::exact_copy;

// Bytes 00 to 0f.
constexpr hash_key counting{0x0706050403020100, 0x0f0e0d0c0b0a0908};

std::string counting_bytes(std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(i);
  return out;
}

// OpenSSL's SipHash with one round for a word and three at the end.
std::optional<std::uint64_t> siphash_1_3(std::string_view bytes, const hash_key& key) {
  unsigned char key_bytes[16];
  std::memcpy(key_bytes, &key.first, 8);
  std::memcpy(key_bytes + 8, &key.second, 8);
  unsigned int size = 8;
  unsigned int compression = 1;
  unsigned int finalization = 3;
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_SIZE, &size),
      OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_C_ROUNDS, &compression),
      OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_D_ROUNDS, &finalization),
      OSSL_PARAM_construct_end(),
  };
  EVP_MAC* const siphash = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
  EVP_MAC_CTX* const context = siphash == nullptr ? nullptr : EVP_MAC_CTX_new(siphash);
  std::uint64_t out = 0;
  std::size_t written = 0;
  const bool done =
      context != nullptr && EVP_MAC_init(context, key_bytes, sizeof key_bytes, params) == 1 &&
      EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) ==
          1 &&
      EVP_MAC_final(context, reinterpret_cast<unsigned char*>(&out), &written, sizeof out) == 1 &&
      written == sizeof out;
  EVP_MAC_CTX_free(context);
  EVP_MAC_free(siphash);
  if (!done) return std::nullopt;
  return out;
}

// Computed with `openssl mac -macopt c-rounds:1 -macopt d-rounds:3 -macopt size:8 SIPHASH`, which
// writes the lowest byte first.
TEST(keyed_hash, is_siphash_1_3) {
  struct row {
    std::size_t size;
    std::uint64_t hash;
  };
  constexpr row rows[] = {
      {0, 0xabac0158050fc4dc}, {1, 0xc9f49bf37d57ca93},  {7, 0xd3927d989bb11140},
      {8, 0x369095118d299a8e}, {15, 0xd320d86d2a519956}, {63, 0x9d199062b7bbb3a8},
  };
  for (const auto& [size, hash] : rows) {
    const exact_copy bytes(counting_bytes(size));
    EXPECT_EQ(keyed_hash(bytes.view(), counting), hash) << size;
  }
}

TEST(keyed_hash, agrees_with_openssl) {
  std::mt19937_64 random(1);
  for (std::size_t size = 0; size <= 300; ++size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(random());
    const exact_copy bytes(text);
    const hash_key keys[] = {{}, {random(), random()}};
    for (const hash_key& key : keys) {
      const auto expected = siphash_1_3(text, key);
      ASSERT_TRUE(expected);
      EXPECT_EQ(keyed_hash(bytes.view(), key), *expected) << size;
    }
  }
}

TEST(keyed_hash, depends_on_both_halves_of_the_key) {
  EXPECT_NE(keyed_hash("x", {1, 2}), keyed_hash("x", {2, 1}));
  EXPECT_NE(keyed_hash("x", {1, 2}), keyed_hash("x", {1, 3}));
  EXPECT_NE(keyed_hash("x", {1, 2}), keyed_hash("x", {3, 2}));
}

TEST(keyed_hash, tells_zero_bytes_at_the_end_apart) {
  EXPECT_NE(keyed_hash(std::string_view("x\0", 1), {}), keyed_hash(std::string_view("x\0", 2), {}));
  EXPECT_NE(keyed_hash({}, {}), keyed_hash(std::string(8, '\0'), {}));
}

}  // namespace
}  // namespace portcullis
