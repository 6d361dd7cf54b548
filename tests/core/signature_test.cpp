#include "jose/signature.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "support/exact_copy.hpp"
#include "support/key_pairs.hpp"
#include "support/parsed_key.hpp"
#include "support/print.hpp"
#include "support/signing.hpp"
#include "support/verified_payload.hpp"

namespace portcullis {
namespace {

using support::exact_copy;
using support::hs256_key;
using support::jwk_for;
using support::parsed_key;
using support::set_of;
using support::sign_bytes;

constexpr std::string_view input = "header.payload";

unverified_jws jws_of(std::string_view signature) {
  unverified_jws jws;
  jws.signing_input = input;
  jws.payload = "payload";
  jws.signature = signature;
  return jws;
}

reason reason_of(std::string_view signature, const verification_key& key, algorithm chosen) {
  const exact_copy copy(signature);
  const auto verified = verify_signature(jws_of(copy.view()), chosen, key);
  return verified ? reason::ok : verified.error();
}

verdict check(const algorithm_row& row, const verification_key& key, std::string_view message,
              std::string_view signature) {
  const exact_copy message_copy(message);
  const exact_copy signature_copy(signature);
  return check_signature(row, key, message_copy.view(), signature_copy.view());
}

TEST(signature, hands_over_the_payload_that_was_signed) {
  for (const auto& row : algorithms) {
    const parsed_key parsed(jwk_for(row), set_of({row.id}));
    ASSERT_EQ(parsed.told(), "ok") << row.name;
    const std::string bytes = sign_bytes(row, input);
    const auto verified = verify_signature(jws_of(bytes), row.id, parsed.key);
    ASSERT_TRUE(verified) << row.name;
    EXPECT_EQ(verified->payload(), "payload");
  }
}

TEST(signature, fits_one_key_and_one_input) {
  for (const auto& row : algorithms) {
    const parsed_key parsed(jwk_for(row), set_of({row.id}));
    const auto judge = [&, id = row.id](std::string_view signature) {
      return reason_of(signature, parsed.key, id);
    };
    const std::string good = sign_bytes(row, input);
    EXPECT_EQ(judge(good), reason::ok) << row.name;
    EXPECT_EQ(judge(sign_bytes(row, "header.payloae")), reason::signature_invalid) << row.name;
    EXPECT_EQ(judge(sign_bytes(row, "headerpayload")), reason::signature_invalid) << row.name;
    EXPECT_EQ(judge(std::string(good.size(), '\0')), reason::signature_invalid) << row.name;
    const std::string others = row.key == key_type::secret
                                   ? support::hmac(row.digest, support::other_secret, input)
                                   : support::other_pair_of(row.key).sign(row, input);
    EXPECT_EQ(judge(others), reason::signature_invalid) << row.name;
  }
}

// A check that has been started is of one key, one algorithm and one message, or is not gone on
// with.
TEST(signature, is_of_the_message_that_its_check_was_started_with) {
  for (const auto& row : algorithms) {
    const parsed_key parsed(jwk_for(row), set_of({row.id}));
    const std::string good = sign_bytes(row, input);
    const std::string bad = sign_bytes(row, "header.payloae");
    const auto judge = [&](std::string_view started_with, std::string_view signature) {
      started_check started;
      started.start(row, parsed.key, started_with);
      const auto verified = verify_signature(jws_of(signature), row.id, parsed.key, &started);
      return verified ? reason::ok : verified.error();
    };
    EXPECT_EQ(judge(input, good), reason::ok) << row.name;
    EXPECT_EQ(judge(input, bad), reason::signature_invalid) << row.name;
    EXPECT_EQ(judge(input.substr(1), good), reason::ok) << row.name;
    EXPECT_EQ(judge("header.payloae", bad), reason::signature_invalid) << row.name;
    started_check never;
    EXPECT_TRUE(verify_signature(jws_of(good), row.id, parsed.key, &never)) << row.name;
  }
}

TEST(signature, is_not_checked_ahead_by_a_key_that_does_not_serve) {
  const hs256_key key("0123456789abcdef0123456789abcdef");
  const parsed_key other(jwk_for(algorithms[0]), set_of({algorithms[0].id}));
  started_check started;
  started.start(algorithms[1], key, input);
  EXPECT_FALSE(started.is_of(algorithms[1], key, input));
  started.start(algorithms[0], key, input);
  EXPECT_TRUE(started.is_of(algorithms[0], key, input));
  EXPECT_FALSE(started.is_of(algorithms[0], other.key, input));
  EXPECT_FALSE(started.is_of(algorithms[1], key, input));
}

// No algorithm takes a shorter or longer signature, whatever the bytes.
TEST(signature, has_one_size_for_each_algorithm) {
  for (const auto& row : algorithms) {
    const parsed_key parsed(jwk_for(row), set_of({row.id}));
    const std::string good = sign_bytes(row, input);
    EXPECT_EQ(good.size(), row.signature_bytes == 0 ? 256 : row.signature_bytes) << row.name;
    ASSERT_EQ(check(row, parsed.key, input, good), verdict::valid) << row.name;
    for (std::size_t size = 0; size < good.size(); ++size) {
      EXPECT_EQ(check(row, parsed.key, input, good.substr(0, size)), verdict::invalid)
          << row.name << ' ' << size;
    }
    for (const std::string& longer :
         {good + '\0', '\0' + good, good + good, good + "=", good + std::string(1000, '\0')}) {
      EXPECT_EQ(check(row, parsed.key, input, longer), verdict::invalid) << row.name;
    }
  }
}

// The size of RSA's is the key's own: one octet less or more is another key's.
TEST(signature, has_the_size_of_the_modulus) {
  for (const unsigned bits : {2048u, 2056u, 2064u, 3072u}) {
    const auto pair = support::key_pair::make_rsa(bits);
    const parsed_key parsed(pair.jwk(), set_of({algorithm::rs256, algorithm::ps256}));
    ASSERT_EQ(parsed.told(), "ok") << bits;
    const std::size_t size = bits / 8;
    EXPECT_EQ(parsed.key.modulus_bytes, size);
    for (const algorithm id : {algorithm::rs256, algorithm::ps256}) {
      const std::string good = pair.sign(row_of(id), input);
      EXPECT_EQ(good.size(), size);
      EXPECT_EQ(check(row_of(id), parsed.key, input, good), verdict::valid) << bits;
      EXPECT_EQ(check(row_of(id), parsed.key, input, '\0' + good), verdict::invalid) << bits;
      EXPECT_EQ(check(row_of(id), parsed.key, input, good.substr(1)), verdict::invalid) << bits;
    }
  }
}

// ECDSA's is r and s side by side (RFC 7518 section 3.4), not the DER that X.509 has.
TEST(signature, is_not_der) {
  for (const algorithm id : {algorithm::es256, algorithm::es384, algorithm::es512}) {
    const algorithm_row& row = row_of(id);
    const parsed_key parsed(jwk_for(row), set_of({id}));
    const std::string good = sign_bytes(row, input);
    const std::unique_ptr<ECDSA_SIG, support::freeing<ECDSA_SIG_free>> sides(ECDSA_SIG_new());
    ASSERT_EQ(
        ECDSA_SIG_set0(sides.get(), support::to_number(good.substr(0, good.size() / 2)).release(),
                       support::to_number(good.substr(good.size() / 2)).release()),
        1);
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(sides.get(), &der);
    ASSERT_GT(size, 0);
    const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    EXPECT_EQ(check(row, parsed.key, input, good), verdict::valid);
    EXPECT_EQ(check(row, parsed.key, input, bytes), verdict::invalid);
    std::string resized = bytes;
    resized.resize(good.size());
    EXPECT_EQ(check(row, parsed.key, input, resized), verdict::invalid);
  }
}

// RFC 8725 section 3.1: the key has the last word on the algorithm, for every pair of them.
TEST(signature, is_not_verified_by_a_key_that_does_not_serve_the_algorithm) {
  for (const auto& served : algorithms) {
    const parsed_key parsed(jwk_for(served), set_of({served.id}));
    ASSERT_EQ(parsed.told(), "ok");
    for (const auto& row : algorithms) {
      const verdict expected = row.id == served.id ? verdict::valid : verdict::invalid;
      EXPECT_EQ(check(row, parsed.key, input, sign_bytes(row, input)), expected)
          << served.name << ' ' << row.name;
    }
  }
}

// CVE-2015-9235 and its kin: a public key taken for the secret of an HMAC.
TEST(signature, is_no_mac_under_a_public_key) {
  for (const key_type type : support::public_key_types) {
    const auto& pair = support::pair_of(type);
    const parsed_key parsed(pair.jwk());
    ASSERT_EQ(parsed.told(), "ok");
    for (const auto& row : algorithms) {
      if (row.key != key_type::secret) continue;
      for (const std::string& known :
           {pair.first(), pair.second(), pair.key_info(), pair.jwk().text(), std::string()}) {
        EXPECT_EQ(check(row, parsed.key, input, support::hmac(row.digest, known, input)),
                  verdict::invalid)
            << row.name;
      }
    }
  }
}

TEST(signature, is_invalid_without_a_key) {
  const verification_key none;
  for (const auto& row : algorithms) {
    EXPECT_EQ(check(row, none, input, sign_bytes(row, input)), verdict::invalid) << row.name;
    EXPECT_EQ(check(row, none, "", ""), verdict::invalid) << row.name;
  }
}

}  // namespace
}  // namespace portcullis
