#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "crypto/backend.hpp"
#include "support/exact_copy.hpp"
#include "support/signing.hpp"

namespace portcullis {
namespace {

using support::exact_copy;
using support::hmac_sha256;

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return out;
}

verdict judge(std::string_view key, std::string_view message, std::string_view mac) {
  const exact_copy key_copy(key);
  const exact_copy message_copy(message);
  const exact_copy mac_copy(mac);
  hmac_sha256_key imported;
  EXPECT_TRUE(imported.import_secret(key_copy.view()));
  return imported.verify(message_copy.view(), mac_copy.view());
}

struct rfc_4231_case {
  std::string key;
  std::string message;
  std::string_view mac;
};

// RFC 4231 sections 4.2 to 4.8, without the case of a truncated MAC.
TEST(hmac_sha256, agrees_with_rfc_4231) {
  const rfc_4231_case rows[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd'),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The "
       "key needs to be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const auto& [key, message, mac] : rows) {
    EXPECT_EQ(judge(key, message, from_hex(mac)), verdict::valid) << message;
    EXPECT_EQ(judge(key, message + 'x', from_hex(mac)), verdict::invalid) << message;
    EXPECT_EQ(judge(key + 'x', message, from_hex(mac)), verdict::invalid) << message;
  }
}

// RFC 4231 section 4.6 cuts the MAC to 128 bits; RFC 7518 section 3.2 does not.
TEST(hmac_sha256, refuses_the_truncated_mac_of_rfc_4231) {
  const std::string key(20, '\x0c');
  const std::string message = "Test With Truncation";
  const std::string cut = from_hex("a3b6167473100ee06e0c796c2955552b");
  ASSERT_EQ(hmac_sha256(key, message).substr(0, 16), cut);
  EXPECT_EQ(judge(key, message, cut), verdict::invalid);
}

TEST(hmac_sha256, agrees_with_openssl_at_the_block_edges) {
  for (const std::size_t key_size : {0u, 1u, 32u, 63u, 64u, 65u, 127u, 128u, 129u, 1024u}) {
    for (const std::size_t size : {0u, 1u, 55u, 56u, 63u, 64u, 65u, 119u, 120u, 128u, 16384u}) {
      const std::string key(key_size, 'k');
      const std::string message(size, 'm');
      EXPECT_EQ(judge(key, message, hmac_sha256(key, message)), verdict::valid)
          << key_size << ' ' << size;
    }
  }
}

TEST(hmac_sha256, refuses_every_other_mac) {
  const std::string key(32, 'k');
  const std::string mac = hmac_sha256(key, "message");
  ASSERT_EQ(judge(key, "message", mac), verdict::valid);
  for (std::size_t bit = 0; bit < 256; ++bit) {
    std::string other = mac;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(judge(key, "message", other), verdict::invalid) << bit;
  }
  for (std::size_t size = 0; size < 32; ++size) {
    EXPECT_EQ(judge(key, "message", mac.substr(0, size)), verdict::invalid) << size;
  }
  EXPECT_EQ(judge(key, "message", mac + '\0'), verdict::invalid);
  EXPECT_EQ(judge(key, "message", mac + mac), verdict::invalid);
}

TEST(hmac_sha256, verifies_nothing_without_a_key) {
  const hmac_sha256_key none;
  for (const std::string_view mac : {std::string_view(), std::string_view("x")}) {
    EXPECT_EQ(none.verify("message", mac), verdict::invalid);
  }
  EXPECT_EQ(none.verify("message", std::string(32, '\0')), verdict::invalid);
  EXPECT_EQ(none.verify("message", hmac_sha256("", "message")), verdict::invalid);
  // The MAC that two zeroed hash states would give is not worth more.
  EXPECT_EQ(none.verify("", hmac_sha256(std::string(64, '\0'), "")), verdict::invalid);
}

TEST(hmac_sha256, keeps_nothing_of_a_message) {
  const std::string key(32, 'k');
  hmac_sha256_key imported;
  ASSERT_TRUE(imported.import_secret(key));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(imported.verify("one", hmac_sha256(key, "one")), verdict::valid);
    EXPECT_EQ(imported.verify("two", hmac_sha256(key, "one")), verdict::invalid);
    EXPECT_EQ(imported.verify("two", hmac_sha256(key, "two")), verdict::valid);
  }
}

TEST(hmac_sha256, holds_the_last_secret) {
  hmac_sha256_key imported;
  ASSERT_TRUE(imported.import_secret(std::string(65, 'a')));
  ASSERT_TRUE(imported.import_secret("b"));
  EXPECT_EQ(imported.verify("one", hmac_sha256("b", "one")), verdict::valid);
  EXPECT_EQ(imported.verify("one", hmac_sha256(std::string(65, 'a'), "one")), verdict::invalid);
}

TEST(hmac_sha256, wipes_bytes) {
  char bytes[] = "secret";
  wipe_bytes(bytes, 3);
  EXPECT_EQ(std::string_view(bytes, 7), std::string_view("\0\0\0ret\0", 7));
}

}  // namespace
}  // namespace portcullis
