#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "crypto/backend.hpp"
#include "support/exact_copy.hpp"
#include "support/print.hpp"
#include "support/signing.hpp"

namespace portcullis {
namespace {

using support::exact_copy;
using support::hmac;

constexpr hash hashes[] = {hash::sha256, hash::sha384, hash::sha512};

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return out;
}

verdict judge(hash digest, std::string_view key, std::string_view message, std::string_view mac) {
  const exact_copy key_copy(key);
  const exact_copy message_copy(message);
  const exact_copy mac_copy(mac);
  hmac_key imported;
  EXPECT_TRUE(imported.import_secret(digest, key_copy.view()));
  return imported.verify(message_copy.view(), mac_copy.view());
}

struct rfc_4231_case {
  std::string key;
  std::string message;
  std::string_view macs[hash_count];
};

// RFC 4231 sections 4.2 to 4.8, without the case of a truncated MAC.
TEST(hmac, agrees_with_rfc_4231) {
  const rfc_4231_case rows[] = {
      {std::string(20, '\x0b'),
       "Hi There",
       {"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2"
        "fa9cb6",
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eae"
        "a3f4e4be9d914eeb61f1702e696c203a126854"}},
      {"Jefe",
       "what do ya want for nothing?",
       {"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfa"
        "b21649",
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8"
        "f0e6fdcaeab1a34d4a6b4b636e070a38bce737"}},
      {std::string(20, '\xaa'),
       std::string(50, '\xdd'),
       {"773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101"
        "a34f27",
        "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e"
        "67c807b946a337bee8942674278859e13292fb"}},
      {from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819"),
       std::string(50, '\xcd'),
       {"82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c6"
        "74cffb",
        "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5"
        "788063a5f19741120c4f2de2adebeb10a298dd"}},
      {std::string(131, '\xaa'),
       "Test Using Larger Than Block-Size Key - Hash Key First",
       {"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163"
        "f44952",
        "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d"
        "6a1e5295e64f73f63f0aec8b915a985d786598"}},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The "
       "key needs to be hashed before being used by the HMAC algorithm.",
       {"9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c"
        "46523e",
        "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3"
        "e4de15134676fb6de0446065c97440fa8c6a58"}},
  };
  for (const auto& [key, message, macs] : rows) {
    for (const hash digest : hashes) {
      const std::string mac = from_hex(macs[static_cast<std::size_t>(digest)]);
      ASSERT_EQ(mac.size(), hash_bytes(digest));
      EXPECT_EQ(judge(digest, key, message, mac), verdict::valid) << message;
      EXPECT_EQ(judge(digest, key, message + 'x', mac), verdict::invalid) << message;
      EXPECT_EQ(judge(digest, key + 'x', message, mac), verdict::invalid) << message;
    }
  }
}

// RFC 4231 section 4.6 cuts the MAC to 128 bits; RFC 7518 section 3.2 does not.
TEST(hmac, refuses_the_truncated_macs_of_rfc_4231) {
  const std::string key(20, '\x0c');
  const std::string message = "Test With Truncation";
  constexpr std::string_view cuts[hash_count] = {"a3b6167473100ee06e0c796c2955552b",
                                                 "3abf34c3503b2a23a46efc619baef897",
                                                 "415fad6271580a531d4179bc891d87a6"};
  for (const hash digest : hashes) {
    const std::string cut = from_hex(cuts[static_cast<std::size_t>(digest)]);
    ASSERT_EQ(hmac(digest, key, message).substr(0, 16), cut);
    EXPECT_EQ(judge(digest, key, message, cut), verdict::invalid);
  }
}

// SHA-256 has blocks of 64 bytes with 8 for the length, the others of 128 with 16.
TEST(hmac, agrees_with_openssl_at_the_block_edges) {
  for (const hash digest : hashes) {
    for (const std::size_t key_size :
         {0u, 1u, 32u, 63u, 64u, 65u, 111u, 112u, 127u, 128u, 129u, 255u, 256u, 257u, 1024u}) {
      for (const std::size_t size :
           {0u,   1u,   55u,  56u,  63u,  64u,  65u,  111u, 112u, 119u,
            120u, 127u, 128u, 129u, 239u, 240u, 255u, 256u, 257u, 16384u}) {
        const std::string key(key_size, 'k');
        const std::string message(size, 'm');
        EXPECT_EQ(judge(digest, key, message, hmac(digest, key, message)), verdict::valid)
            << hash_bytes(digest) << ' ' << key_size << ' ' << size;
      }
    }
  }
}

TEST(hmac, agrees_with_openssl_on_every_short_message) {
  const std::string bytes = hmac(hash::sha512, "bytes", "of all kinds");
  for (const hash digest : hashes) {
    for (std::size_t size = 0; size <= 300; ++size) {
      std::string message;
      for (std::size_t i = 0; i < size; ++i) message += bytes[(i * 7 + size) % bytes.size()];
      EXPECT_EQ(judge(digest, bytes, message, hmac(digest, bytes, message)), verdict::valid)
          << hash_bytes(digest) << ' ' << size;
    }
  }
}

TEST(hmac, refuses_every_other_mac) {
  const std::string key(32, 'k');
  for (const hash digest : hashes) {
    const std::string mac = hmac(digest, key, "message");
    ASSERT_EQ(judge(digest, key, "message", mac), verdict::valid);
    for (std::size_t bit = 0; bit < mac.size() * 8; ++bit) {
      std::string other = mac;
      other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
      EXPECT_EQ(judge(digest, key, "message", other), verdict::invalid) << bit;
    }
    for (std::size_t size = 0; size < mac.size(); ++size) {
      EXPECT_EQ(judge(digest, key, "message", mac.substr(0, size)), verdict::invalid) << size;
    }
    EXPECT_EQ(judge(digest, key, "message", mac + '\0'), verdict::invalid);
    EXPECT_EQ(judge(digest, key, "message", mac + mac), verdict::invalid);
    for (const hash other : hashes) {
      if (other == digest) continue;
      EXPECT_EQ(judge(digest, key, "message", hmac(other, key, "message")), verdict::invalid);
      // Cut or filled up to the size.
      std::string resized = hmac(other, key, "message");
      resized.resize(mac.size());
      EXPECT_EQ(judge(digest, key, "message", resized), verdict::invalid);
    }
  }
}

TEST(hmac, verifies_nothing_without_a_key) {
  const hmac_key none;
  for (const std::string_view mac : {std::string_view(), std::string_view("x")}) {
    EXPECT_EQ(none.verify("message", mac), verdict::invalid);
  }
  for (const hash digest : hashes) {
    const std::size_t size = hash_bytes(digest);
    EXPECT_EQ(none.verify("message", std::string(size, '\0')), verdict::invalid);
    EXPECT_EQ(none.verify("message", hmac(digest, "", "message")), verdict::invalid);
    // The MAC that two zeroed hash states would give is not worth more.
    EXPECT_EQ(none.verify("", hmac(digest, std::string(64, '\0'), "")), verdict::invalid);
  }
}

// What is started with may change before it is finished: all that is needed of its end is copied.
TEST(hmac, is_the_same_in_two_steps) {
  for (const hash digest : hashes) {
    const std::string secret(40, 'k');
    hmac_key key;
    ASSERT_TRUE(key.import_secret(digest, secret));
    for (std::size_t size = 0; size <= 400; ++size) {
      std::string message;
      for (std::size_t i = 0; i < size; ++i) message += static_cast<char>('a' + i * i % 26);
      const std::string mac = hmac(digest, secret, message);
      hmac_run run;
      {
        const exact_copy copy(message);
        key.start(copy.view(), run);
      }
      hmac_run again = run;
      hmac_run shorter = run;
      EXPECT_EQ(key.finish(run, mac), verdict::valid) << size;
      EXPECT_EQ(key.finish(again, hmac(digest, secret, message + 'a')), verdict::invalid) << size;
      EXPECT_EQ(key.finish(shorter, mac.substr(1)), verdict::invalid) << size;
    }
  }
  const hmac_key none;
  hmac_run run;
  none.start("message", run);
  EXPECT_EQ(none.finish(run, hmac(hash::sha256, "", "message")), verdict::invalid);
}

TEST(hmac, keeps_nothing_of_a_message) {
  const std::string key(32, 'k');
  for (const hash digest : hashes) {
    hmac_key imported;
    ASSERT_TRUE(imported.import_secret(digest, key));
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(imported.verify("one", hmac(digest, key, "one")), verdict::valid);
      EXPECT_EQ(imported.verify("two", hmac(digest, key, "one")), verdict::invalid);
      EXPECT_EQ(imported.verify("two", hmac(digest, key, "two")), verdict::valid);
    }
  }
}

TEST(hmac, holds_the_last_secret_and_hash) {
  hmac_key imported;
  ASSERT_TRUE(imported.import_secret(hash::sha512, std::string(129, 'a')));
  for (const hash digest : hashes) {
    ASSERT_TRUE(imported.import_secret(digest, std::string(129, 'a')));
    ASSERT_TRUE(imported.import_secret(digest, "b"));
    EXPECT_EQ(imported.verify("one", hmac(digest, "b", "one")), verdict::valid);
    EXPECT_EQ(imported.verify("one", hmac(digest, std::string(129, 'a'), "one")), verdict::invalid);
    for (const hash other : hashes) {
      if (other == digest) continue;
      EXPECT_EQ(imported.verify("one", hmac(other, "b", "one")), verdict::invalid);
    }
  }
}

TEST(hmac, signs_with_sha_256) {
  for (const std::size_t key_size : {0u, 1u, 32u, 64u, 65u, 1024u}) {
    const std::string secret(key_size, 'k');
    hmac_key key;
    ASSERT_TRUE(key.import_secret(hash::sha256, secret));
    for (std::size_t size = 0; size <= 200; ++size) {
      const std::string message(size, 'm');
      const exact_copy copy(message);
      const std::unique_ptr<unsigned char[]> mac(new unsigned char[32]);
      ASSERT_TRUE(key.sign(copy.view(), mac.get()));
      const std::string_view written(reinterpret_cast<const char*>(mac.get()), 32);
      EXPECT_EQ(written, hmac(hash::sha256, secret, message)) << key_size << ' ' << size;
      EXPECT_EQ(key.verify(message, written), verdict::valid);
    }
  }
}

TEST(hmac, signs_nothing_without_a_key_or_with_another_hash) {
  unsigned char mac[64];
  const hmac_key none;
  EXPECT_FALSE(none.sign("message", mac));
  for (const hash digest : {hash::sha384, hash::sha512}) {
    hmac_key key;
    ASSERT_TRUE(key.import_secret(digest, "secret"));
    EXPECT_FALSE(key.sign("message", mac));
  }
}

TEST(hmac, wipes_bytes) {
  char bytes[] = "secret";
  wipe_bytes(bytes, 3);
  EXPECT_EQ(std::string_view(bytes, 7), std::string_view("\0\0\0ret\0", 7));
}

}  // namespace
}  // namespace portcullis
