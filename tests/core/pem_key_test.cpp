#include "jose/pem_key.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/exact_copy.hpp"
#include "support/key_pairs.hpp"
#include "support/pem_text.hpp"

namespace portcullis {
namespace {

using namespace std::string_literals;
using support::der_element;
using support::exact_copy;
using support::key_pair;
using support::pair_of;
using support::pem_text;
using support::public_key_types;

struct numbers_read {
  key_type type;
  std::string first;
  std::string second;
};

std::optional<numbers_read> read(std::string_view text) {
  const exact_copy copy(text);
  const auto buffer = std::make_unique<pem_buffer>();
  const auto numbers = parse_pem_key(copy.view(), *buffer);
  if (!numbers) return std::nullopt;
  return numbers_read{numbers->type, std::string(numbers->first), std::string(numbers->second)};
}

std::optional<numbers_read> read(std::string_view label, const std::string& der) {
  return read(pem_text(label, der));
}

void expect_pair(const std::optional<numbers_read>& got, const key_pair& pair) {
  ASSERT_TRUE(got);
  EXPECT_EQ(static_cast<int>(got->type), static_cast<int>(pair.type()));
  EXPECT_EQ(got->first, pair.first());
  EXPECT_EQ(got->second, pair.second());
}

std::string identifier(key_type type) {
  switch (type) {
    case key_type::rsa:
      return "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"s;
    case key_type::p256:
      return "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"s;
    case key_type::p384:
      return "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22"s;
    case key_type::p521:
      return "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23"s;
    default:
      return "\x06\x03\x2b\x65\x70"s;
  }
}

// A SubjectPublicKeyInfo by hand; `key` with its octet of unused bits.
std::string key_info(std::string_view algorithm, std::string_view key, std::string_view more = "") {
  return der_element(0x30,
                     der_element(0x30, algorithm) + der_element(0x03, key) + std::string(more));
}

std::string key_bits(key_type type) {
  const key_pair& pair = pair_of(type);
  if (type == key_type::rsa) return '\0' + pair.rsa_public_key();
  if (type == key_type::ed25519) return '\0' + pair.first();
  return "\0\4"s + pair.first() + pair.second();
}

TEST(pem_key, is_the_key_of_every_container) {
  for (const key_type type : public_key_types) {
    const key_pair& pair = pair_of(type);
    expect_pair(read("PUBLIC KEY", pair.key_info()), pair);
    expect_pair(read("CERTIFICATE", pair.certificate()), pair);
    // The text that the other tests start from is what OpenSSL writes.
    EXPECT_EQ(key_info(identifier(type), key_bits(type)), pair.key_info());
  }
  expect_pair(read("RSA PUBLIC KEY", pair_of(key_type::rsa).rsa_public_key()),
              pair_of(key_type::rsa));
}

// Certificates before version 3 have no [0] in front.
TEST(pem_key, is_in_a_certificate_of_every_version) {
  for (const long version : {X509_VERSION_1, X509_VERSION_2, X509_VERSION_3}) {
    const key_pair& pair = pair_of(key_type::p256);
    expect_pair(read("CERTIFICATE", pair.certificate(version)), pair);
  }
}

TEST(pem_key, needs_the_label_of_its_container) {
  const key_pair& pair = pair_of(key_type::rsa);
  const std::pair<std::string_view, std::string> containers[] = {
      {"PUBLIC KEY", pair.key_info()},
      {"RSA PUBLIC KEY", pair.rsa_public_key()},
      {"CERTIFICATE", pair.certificate()},
  };
  for (const auto& [name, der] : containers) {
    for (const std::string_view label :
         {"PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE", "PRIVATE KEY", "RSA PRIVATE KEY",
          "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC PUBLIC KEY", "X509 CERTIFICATE",
          "TRUSTED CERTIFICATE", "CERTIFICATE REQUEST", "public key", "", "EC PARAMETERS"}) {
      EXPECT_EQ(read(label, der).has_value(), label == name) << label << ' ' << name;
    }
  }
}

// A private key is none of these, though the public one may be found in it.
TEST(pem_key, is_not_taken_from_a_private_key) {
  for (const key_type type : public_key_types) {
    const std::unique_ptr<BIO, support::freeing<BIO_free>> out(BIO_new(BIO_s_mem()));
    ASSERT_EQ(PEM_write_bio_PrivateKey(out.get(), pair_of(type).openssl(), nullptr, nullptr, 0,
                                       nullptr, nullptr),
              1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    EXPECT_FALSE(read(std::string_view(text, static_cast<std::size_t>(size))));
  }
}

TEST(pem_key, has_an_algorithm_that_is_spelled_in_one_way) {
  const std::string rsa = key_bits(key_type::rsa);
  ASSERT_TRUE(read("PUBLIC KEY", key_info(identifier(key_type::rsa), rsa)));
  const std::string rows[] = {
      "",
      "\x05\x00"s,
      "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"s,  // without NULL
      "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x05\x00"s,
      "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x30\x00"s,
      "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"s,  // id-RSASSA-PSS
      "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x00"s,
      "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"s,  // sha256WithRSAEncryption
      "\x06\x07\x2a\x86\x48\xce\x38\x04\x01\x05\x00"s,          // id-dsa
  };
  for (const auto& row : rows) {
    EXPECT_FALSE(read("PUBLIC KEY", key_info(row, rsa))) << testing::PrintToString(row);
  }

  const std::string p256 = key_bits(key_type::p256);
  ASSERT_TRUE(read("PUBLIC KEY", key_info(identifier(key_type::p256), p256)));
  const std::string ec = "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"s;
  for (const std::string& curve :
       {""s, "\x05\x00"s, "\x06\x05\x2b\x81\x04\x00\x0a"s /* secp256k1 */,
        "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x01"s /* P-192 */, "\x30\x00"s}) {
    EXPECT_FALSE(read("PUBLIC KEY", key_info(ec + curve, p256))) << testing::PrintToString(curve);
  }

  const std::string okp = key_bits(key_type::ed25519);
  ASSERT_TRUE(read("PUBLIC KEY", key_info("\x06\x03\x2b\x65\x70", okp)));
  for (const std::string& other :
       {"\x06\x03\x2b\x65\x6e"s /* X25519 */, "\x06\x03\x2b\x65\x71"s /* Ed448 */,
        "\x06\x03\x2b\x65\x70\x05\x00"s}) {
    EXPECT_FALSE(read("PUBLIC KEY", key_info(other, okp))) << testing::PrintToString(other);
  }
}

TEST(pem_key, has_whole_octets) {
  for (const key_type type : public_key_types) {
    std::string key = key_bits(type);
    ASSERT_TRUE(read("PUBLIC KEY", key_info(identifier(type), key)));
    for (const char unused : {'\1', '\7', '\x8', '\xff'}) {
      key[0] = unused;
      EXPECT_FALSE(read("PUBLIC KEY", key_info(identifier(type), key)));
    }
    EXPECT_FALSE(read("PUBLIC KEY", key_info(identifier(type), "")));
  }
}

// SEC 1 section 2.3.3: the uncompressed point alone.
TEST(pem_key, is_an_uncompressed_point) {
  const key_pair& pair = pair_of(key_type::p256);
  const std::string x = pair.first();
  const std::string y = pair.second();
  const std::string p256 = identifier(key_type::p256);
  expect_pair(read("PUBLIC KEY", key_info(p256, "\0\4"s + x + y)), pair);
  for (const std::string& point : {""s, "\0"s, "\2"s + x, "\3"s + x, "\6"s + x + y, "\7"s + x + y,
                                   "\5"s + x + y, x + y, "\4"s + x + y + "x"s}) {
    EXPECT_FALSE(read("PUBLIC KEY", key_info(p256, '\0' + point))) << point.size();
  }
  // Coordinates of any size come out, for the rules to refuse.
  const auto small = read("PUBLIC KEY", key_info(p256, "\0\4xy"s));
  ASSERT_TRUE(small);
  EXPECT_EQ(small->first + small->second, "xy");
  const auto none = read("PUBLIC KEY", key_info(p256, "\0\4"s));
  ASSERT_TRUE(none);
  EXPECT_EQ(none->first + none->second, "");
}

TEST(pem_key, has_nothing_behind_it) {
  const key_pair& rsa = pair_of(key_type::rsa);
  const std::string numbers = rsa.rsa_public_key();
  const std::string bits = '\0' + numbers;
  const std::string name = identifier(key_type::rsa);
  ASSERT_TRUE(read("PUBLIC KEY", key_info(name, bits)));
  EXPECT_FALSE(read("PUBLIC KEY", key_info(name, bits, "\x05\x00"s)));
  EXPECT_FALSE(read("PUBLIC KEY", key_info(name, bits) + "\x05\x00"s));
  EXPECT_FALSE(read("PUBLIC KEY", key_info(name, bits + '\0')));
  EXPECT_FALSE(read("RSA PUBLIC KEY", numbers + '\0'));
  EXPECT_FALSE(read("CERTIFICATE", rsa.certificate() + '\0'));
  const std::string modulus = der_element(0x02, '\0' + rsa.first());
  const std::string exponent = der_element(0x02, rsa.second());
  ASSERT_TRUE(read("RSA PUBLIC KEY", der_element(0x30, modulus + exponent)));
  EXPECT_FALSE(read("RSA PUBLIC KEY", der_element(0x30, modulus + exponent + exponent)));
  EXPECT_FALSE(read("RSA PUBLIC KEY", der_element(0x30, modulus)));
  EXPECT_FALSE(read("RSA PUBLIC KEY", der_element(0x30, "")));
  EXPECT_FALSE(read("RSA PUBLIC KEY", modulus + exponent));
  // RFC 8017 appendix A.1.1: both are positive. 0x02 0x01 0x00 is zero.
  EXPECT_FALSE(read("RSA PUBLIC KEY", der_element(0x30, modulus + "\x02\x01\x00"s)));
  EXPECT_FALSE(read("RSA PUBLIC KEY", der_element(0x30, modulus + "\x02\x01\xff"s)));
  EXPECT_FALSE(read("RSA PUBLIC KEY",
                    der_element(0x30, der_element(0x02, rsa.first()) + exponent)));  // negative
}

// Whatever is cut or changed: a key or none, and no byte beyond the text.
TEST(pem_key, reads_no_further_than_the_text) {
  for (const key_type type : public_key_types) {
    for (const std::string& der : {pair_of(type).key_info(), pair_of(type).certificate()}) {
      const std::string_view label =
          der.size() == pair_of(type).key_info().size() ? "PUBLIC KEY" : "CERTIFICATE";
      ASSERT_TRUE(read(label, der));
      for (std::size_t size = 0; size < der.size(); ++size) {
        EXPECT_FALSE(read(label, der.substr(0, size))) << size;
      }
    }
  }
  std::vector<std::string> infos;
  std::vector<std::string> certificates;
  for (const key_type type : public_key_types) {
    infos.push_back(pair_of(type).key_info());
    certificates.push_back(pair_of(type).certificate());
  }
  std::mt19937 random(5958);
  for (int i = 0; i < 20000; ++i) {
    const bool certificate = random() % 2 == 0;
    std::string der = (certificate ? certificates : infos)[random() % infos.size()];
    for (std::size_t change = random() % 3 + 1; change != 0; --change) {
      der[random() % der.size()] = static_cast<char>(random());
    }
    (void)read(certificate ? "CERTIFICATE" : "PUBLIC KEY", der);
  }
}

}  // namespace
}  // namespace portcullis
