#include "crypto/algorithm.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <string_view>

namespace portcullis {
namespace {

TEST(algorithm, has_its_row_at_its_place) {
  for (std::size_t i = 0; i < algorithms.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(algorithms[i].id), i);
    EXPECT_EQ(&row_of(algorithms[i].id), &algorithms[i]);
  }
}

// RFC 7518 section 3.1 without `none`, RFC 8037 section 3.1, RFC 9864 section 2.2. Written out: a
// new algorithm comes with rows in every table test; `none` never does.
TEST(algorithm, is_one_of_these) {
  struct row {
    std::string_view name;
    key_type key;
    hash digest;
    bool pss;
    std::size_t signature_bytes;
  };
  const row rows[] = {
      {"HS256", key_type::secret, hash::sha256, false, 32},
      {"HS384", key_type::secret, hash::sha384, false, 48},
      {"HS512", key_type::secret, hash::sha512, false, 64},
      {"RS256", key_type::rsa, hash::sha256, false, 0},
      {"RS384", key_type::rsa, hash::sha384, false, 0},
      {"RS512", key_type::rsa, hash::sha512, false, 0},
      {"PS256", key_type::rsa, hash::sha256, true, 0},
      {"PS384", key_type::rsa, hash::sha384, true, 0},
      {"PS512", key_type::rsa, hash::sha512, true, 0},
      {"ES256", key_type::p256, hash::sha256, false, 64},
      {"ES384", key_type::p384, hash::sha384, false, 96},
      {"ES512", key_type::p521, hash::sha512, false, 132},
      {"EdDSA", key_type::ed25519, hash::sha512, false, 64},
      {"Ed25519", key_type::ed25519, hash::sha512, false, 64},
  };
  ASSERT_EQ(std::size(rows), algorithms.size());
  for (std::size_t i = 0; i < algorithms.size(); ++i) {
    EXPECT_EQ(algorithms[i].name, rows[i].name);
    EXPECT_EQ(algorithms[i].key, rows[i].key) << rows[i].name;
    EXPECT_EQ(algorithms[i].digest, rows[i].digest) << rows[i].name;
    EXPECT_EQ(algorithms[i].pss, rows[i].pss) << rows[i].name;
    EXPECT_EQ(algorithms[i].signature_bytes, rows[i].signature_bytes) << rows[i].name;
  }
}

TEST(algorithm, has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (const auto& row : algorithms) EXPECT_TRUE(names.insert(row.name).second) << row.name;
}

TEST(algorithm, is_found_by_its_whole_name) {
  for (const auto& row : algorithms) EXPECT_EQ(find_algorithm(row.name), &row);
  for (const std::string_view name :
       {"", "none", "None", "NONE", "HS", "HS25", "HS2567", "hs256", "HS256 ", " HS256", "RS1",
        "ES256K", "ES521", "Ed448", "EDDSA", "ed25519", "RSA-OAEP", "A128KW", "dir"}) {
    EXPECT_EQ(find_algorithm(name), nullptr) << name;
  }
  EXPECT_EQ(find_algorithm(std::string_view("HS256\0", 6)), nullptr);
}

// RFC 7518 section 3.2: the MAC is as long as the hash.
TEST(algorithm, has_the_size_of_its_hash) {
  EXPECT_EQ(hash_bytes(hash::sha256), 32u);
  EXPECT_EQ(hash_bytes(hash::sha384), 48u);
  EXPECT_EQ(hash_bytes(hash::sha512), 64u);
  for (const auto& row : algorithms) {
    if (row.key != key_type::secret) continue;
    EXPECT_EQ(row.signature_bytes, hash_bytes(row.digest)) << row.name;
  }
}

TEST(algorithm_set, contains_what_was_added) {
  for (const auto& row : algorithms) {
    algorithm_set set;
    EXPECT_TRUE(set.empty());
    set.add(row.id);
    set.add(row.id);
    EXPECT_FALSE(set.empty());
    for (const auto& other : algorithms) {
      EXPECT_EQ(set.contains(other.id), other.id == row.id) << row.name << ' ' << other.name;
    }
  }
  algorithm_set all;
  for (const auto& row : algorithms) all.add(row.id);
  for (const auto& row : algorithms) EXPECT_TRUE(all.contains(row.id)) << row.name;
}

}  // namespace
}  // namespace portcullis
