// Every bound at its edge, through the front door. The numbers are written out: a changed limit is
// a changed contract.
#include "limits.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "portcullis/verifier.hpp"
#include "support/exact_copy.hpp"
#include "support/key_pairs.hpp"
#include "support/parsed_key.hpp"
#include "support/pem_text.hpp"
#include "support/print.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"

namespace portcullis {
namespace {

using support::array_text;
using support::exact_copy;
using support::filler_members;
using support::nested_arrays;
using support::object_text;
using support::parsed_key;
using support::raw_key;
using support::request_with;
using support::sample_claims;
using support::sample_header;
using support::sample_policy;
using support::sign;

reason judge(const object_text& policy, std::string_view token) {
  const auto gate = verifier::from_policy(policy.text());
  EXPECT_TRUE(gate) << gate.error().message();
  const exact_copy copy(token);
  return gate ? gate->verify_token(copy.view(), support::now).why() : reason::internal_error;
}

std::string told(std::string_view policy) {
  const exact_copy copy(policy);
  const auto gate = verifier::from_policy(copy.view());
  return gate ? "ok" : support::told(gate.error());
}

std::string quote(std::string_view text) { return '"' + std::string(text) + '"'; }

// A good token of exactly this many bytes: the claims and, for the last bytes, the header grow.
std::string token_of(std::size_t size) {
  for (std::size_t space = 0; space < 4; ++space) {
    const std::string header = sample_header().text() + std::string(space, ' ');
    const std::size_t rest = size - support::encode_base64url(header).size() - 2 - 43;
    const std::size_t bytes = rest / 4 * 3 + (rest % 4 == 0 ? 0 : rest % 4 - 1);
    std::string claims = sample_claims().text();
    claims += std::string(bytes - claims.size(), ' ');
    std::string token = sign(header, claims);
    if (token.size() == size) return token;
  }
  return {};
}

TEST(limits, token) {
  EXPECT_EQ(token_of(16384).size(), 16384u);
  EXPECT_EQ(judge(sample_policy(), token_of(16384)), reason::ok);
  EXPECT_EQ(token_of(16385).size(), 16385u);
  EXPECT_EQ(judge(sample_policy(), token_of(16385)), reason::token_too_large);
}

TEST(limits, authorization) {
  const auto gate = verifier::from_policy(sample_policy().text());
  ASSERT_TRUE(gate);
  const std::string token = token_of(16384);
  const std::string longest = "Bearer" + std::string(58, ' ') + token;
  const std::string longer = "Bearer" + std::string(59, ' ') + token;
  EXPECT_EQ(gate->verify(request_with(longest), support::now).why(), reason::ok);
  EXPECT_EQ(gate->verify(request_with(longer), support::now).why(), reason::token_too_large);
}

TEST(limits, header_size) {
  const std::string header = sample_header().text();
  const std::string largest = header + std::string(8192 - header.size(), ' ');
  EXPECT_EQ(judge(sample_policy(), sign(largest, sample_claims().text())), reason::ok);
  EXPECT_EQ(judge(sample_policy(), sign(largest + ' ', sample_claims().text())),
            reason::header_invalid);
}

TEST(limits, header_depth) {
  // The header itself is the first level.
  EXPECT_EQ(
      judge(sample_policy(), sign(sample_header().with("x", nested_arrays(7)), sample_claims())),
      reason::ok);
  EXPECT_EQ(
      judge(sample_policy(), sign(sample_header().with("x", nested_arrays(8)), sample_claims())),
      reason::header_invalid);
}

TEST(limits, header_members) {
  const std::string start = R"({"alg":"HS256",)";
  EXPECT_EQ(judge(sample_policy(), sign(start + filler_members(63) + '}', sample_claims().text())),
            reason::ok);
  EXPECT_EQ(judge(sample_policy(), sign(start + filler_members(64) + '}', sample_claims().text())),
            reason::header_invalid);
}

TEST(limits, claims_depth) {
  EXPECT_EQ(judge(sample_policy(), sign(sample_claims().with("x", nested_arrays(31)))), reason::ok);
  EXPECT_EQ(judge(sample_policy(), sign(sample_claims().with("x", nested_arrays(32)))),
            reason::claims_invalid);
}

TEST(limits, claims_members) {
  const std::string claims = sample_claims().text();
  const std::string start = claims.substr(0, claims.size() - 1) + ',';
  const std::string header = sample_header().text();
  EXPECT_EQ(judge(sample_policy(), sign(header, start + filler_members(509) + '}')), reason::ok);
  EXPECT_EQ(judge(sample_policy(), sign(header, start + filler_members(510) + '}')),
            reason::claims_invalid);
}

TEST(limits, number_magnitude) {
  EXPECT_EQ(judge(sample_policy(), sign(sample_claims().with("exp", "9.99e308"))), reason::ok);
  EXPECT_EQ(judge(sample_policy(), sign(sample_claims().with("exp", "1e309"))),
            reason::claims_invalid);
  // Nobody reads this one as a number.
  EXPECT_EQ(judge(sample_policy(), sign(sample_claims().with("x", "1e309"))), reason::ok);
}

TEST(limits, policy_size) {
  const std::string policy = sample_policy().text();
  const std::string largest = policy + std::string(524288 - policy.size(), ' ');
  EXPECT_EQ(told(largest), "ok");
  EXPECT_EQ(told(largest + ' '), "$: expected at most 524288 bytes");
}

TEST(limits, policy_depth) {
  // Too deep is told before the member is known to be unknown.
  EXPECT_EQ(told(sample_policy().with("x", nested_arrays(31)).text()),
            "$.x: expected no such member");
  EXPECT_EQ(told(sample_policy().with("x", nested_arrays(32)).text()),
            "$: expected at most 32 levels of nesting");
}

TEST(limits, policy_values) {
  // The policy has 10 of its own, the array among them.
  const auto with_values = [](std::size_t count) {
    return sample_policy().with("typ", support::array_text("0", count)).text();
  };
  EXPECT_EQ(told(with_values(16384 - 10)), "$.typ: expected an array of 1 to 256 strings");
  EXPECT_EQ(told(with_values(16384 - 9)), "$: expected at most 16384 values");
}

TEST(limits, policy_members) {
  // A JWK may have any members: the 4 of the policy and 508 of the key are open at once.
  const std::string start =
      R"([{"kty":"oct","k":")" + support::encode_base64url(support::secret) + "\",";
  EXPECT_EQ(told(sample_policy().with("keys", start + filler_members(506) + "}]").text()), "ok");
  EXPECT_EQ(told(sample_policy().with("keys", start + filler_members(507) + "}]").text()),
            "$: expected at most 512 members in open objects");
}

TEST(limits, keys) {
  const std::string key = R"({"kty":"oct","k":")" + std::string(43, 'A') + "\"}";
  const std::string expected = "expected an array of 1 to 1000 keys, or a JWK Set";
  const auto list = [&key](std::size_t count) {
    return sample_policy().with("keys", array_text(key, count)).text();
  };
  const auto set = [&key](std::size_t count) {
    return sample_policy().with("keys", R"({"keys":)" + array_text(key, count) + '}').text();
  };
  EXPECT_EQ(told(list(1000)), "ok");
  EXPECT_EQ(told(list(1001)), "$.keys: " + expected);
  EXPECT_EQ(told(set(1000)), "ok");
  EXPECT_EQ(told(set(1001)), "$.keys.keys: " + expected);
}

TEST(limits, kid) {
  const auto with_id = [](std::size_t size) {
    return sample_policy().with("keys",
                                '[' + raw_key(support::secret, std::string(size, 'k')) + ']');
  };
  const auto header = sample_header().with("kid", quote(std::string(256, 'k')));
  EXPECT_EQ(judge(with_id(256), sign(header, sample_claims())), reason::ok);
  EXPECT_EQ(told(with_id(257).text()), "$.keys[0].kid: expected a string of 1 to 256 bytes");
}

TEST(limits, secret) {
  const auto with_secret = [](std::size_t size) {
    return sample_policy().with("keys", '[' + raw_key(std::string(size, 's')) + ']');
  };
  const std::string expected =
      "$.keys[0].secret: expected a string of UTF-8, of 32 to 1024 bytes for HS256";
  EXPECT_EQ(told(with_secret(31).text()), expected);
  for (const std::size_t size : {32u, 1024u}) {
    EXPECT_EQ(
        judge(with_secret(size), sign(sample_header(), sample_claims(), std::string(size, 's'))),
        reason::ok);
  }
  EXPECT_EQ(told(with_secret(1025).text()), expected);
}

TEST(limits, rsa_modulus) {
  // No key, but a number of the right shape.
  const auto with_modulus = [](std::size_t bits) {
    std::string modulus((bits + 7) / 8, '\xff');
    modulus.front() = static_cast<char>(0xff >> (8 * modulus.size() - bits));
    const object_text key{
        {"kty", R"("RSA")"}, {"n", quote(support::encode_base64url(modulus))}, {"e", R"("Aw")"}};
    return parsed_key(key).told();
  };
  EXPECT_EQ(with_modulus(2047), "$.n: expected an odd number of 2048 to 8192 bits");
  EXPECT_EQ(with_modulus(2048), "ok");
  EXPECT_EQ(with_modulus(8192), "ok");
  EXPECT_EQ(with_modulus(8193), "$.n: expected an odd number of 2048 to 8192 bits");
}

TEST(limits, rsa_exponent) {
  const auto with_exponent = [](std::size_t size) {
    const std::string exponent(size, '\xff');
    return parsed_key(support::pair_of(key_type::rsa)
                          .jwk()
                          .with("e", quote(support::encode_base64url(exponent))))
        .told();
  };
  EXPECT_EQ(with_exponent(8), "ok");
  EXPECT_EQ(with_exponent(9), "$.e: expected an odd number from 3 to 2^64 - 1");
}

TEST(limits, pem) {
  const auto with_size = [](std::size_t size) {
    std::string pem = "-----BEGIN PUBLIC KEY-----" +
                      support::encode_base64(support::pair_of(key_type::p256).key_info()) +
                      "-----END PUBLIC KEY-----";
    pem += std::string(size - pem.size(), ' ');
    return parsed_key(object_text{{"pem", quote(pem)}}).told();
  };
  EXPECT_EQ(with_size(16384), "ok");
  EXPECT_EQ(with_size(16385).substr(0, 7), "$.pem: ");
}

TEST(limits, strings) {
  const std::string longest = quote(std::string(1024, 'x'));
  const std::string longer = quote(std::string(1025, 'x'));
  EXPECT_EQ(judge(sample_policy().with("issuer", longest).with("audience", longest),
                  sign(sample_claims().with("iss", longest).with("aud", longest))),
            reason::ok);
  EXPECT_EQ(told(sample_policy().with("issuer", longer).text()),
            "$.issuer: expected a string of 1 to 1024 bytes, or null for any issuer");
  EXPECT_EQ(told(sample_policy().with("audience", '[' + longer + ']').text()),
            "$.audience[0]: expected a string of 1 to 1024 bytes");
  EXPECT_EQ(told(sample_policy().with("typ", '[' + longest + ']').text()), "ok");
  EXPECT_EQ(told(sample_policy().with("typ", '[' + longer + ']').text()),
            "$.typ[0]: expected a string of 1 to 1024 bytes");
}

TEST(limits, lists) {
  const std::string expected = ": expected an array of 1 to 256 strings";
  EXPECT_EQ(told(sample_policy().with("audience", array_text("\"a\"", 256)).text()), "ok");
  EXPECT_EQ(told(sample_policy().with("audience", array_text("\"a\"", 257)).text()),
            "$.audience" + expected);
  EXPECT_EQ(told(sample_policy().with("typ", array_text("\"a\"", 256)).text()), "ok");
  EXPECT_EQ(told(sample_policy().with("typ", array_text("\"a\"", 257)).text()), "$.typ" + expected);
  const auto require = [](std::size_t count) {
    return R"({"scope":{"all_of":)" + array_text("\"a\"", count) + "}}";
  };
  EXPECT_EQ(told(sample_policy().with("require", require(256)).text()), "ok");
  EXPECT_EQ(told(sample_policy().with("require", require(257)).text()),
            "$.require.scope.all_of" + expected);
}

TEST(limits, realm) {
  EXPECT_EQ(told(sample_policy().with("realm", quote(std::string(64, 'r'))).text()), "ok");
  EXPECT_EQ(told(sample_policy().with("realm", quote(std::string(65, 'r'))).text()),
            "$.realm: expected 1 to 64 printable ASCII characters without quote or backslash");
}

TEST(limits, clock_tolerance) {
  EXPECT_EQ(told(sample_policy().with("clock_tolerance", "300").text()), "ok");
  EXPECT_EQ(told(sample_policy().with("clock_tolerance", "301").text()),
            "$.clock_tolerance: expected a whole number of seconds from 0 to 300");
}

}  // namespace
}  // namespace portcullis
