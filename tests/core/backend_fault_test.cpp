// The cryptographic library fails, one call at a time: nothing is ever allowed.
//
// An executable of its own: it defines the three functions of libcrypto that the core links, so the
// linker leaves libcrypto's out; backend_fault_libcrypto_test.cpp has those that the core loads.
// Its hash is a toy that holds no secret and stands for SHA-256 only in being a function of the
// bytes.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "crypto/backend.hpp"
#include "jose/jwk.hpp"
#include "portcullis/c_api.h"
#include "portcullis/verifier.hpp"
#include "support/print.hpp"
#include "support/samples.hpp"
#include "support/tokens.hpp"

namespace {

constexpr int never = std::numeric_limits<int>::max();

int calls = 0;          // since the last reset
int failing = never;    // the number of the call that fails, the first being 1
bool for_ever = false;  // whether all calls after it fail too

void reset(int which = never, bool all_after = false) {
  calls = 0;
  failing = which;
  for_ever = all_after;
}

bool fails() {
  ++calls;
  return calls == failing || (for_ever && calls > failing);
}

}  // namespace

extern "C" {

int SHA256_Init(SHA256_CTX* context) {
  if (fails()) return 0;
  for (unsigned i = 0; i < 8; ++i) context->h[i] = 2166136261u + i;
  return 1;
}

int SHA256_Update(SHA256_CTX* context, const void* data, std::size_t length) {
  // A failing call has done its work, as a library in trouble may.
  const auto* bytes = static_cast<const unsigned char*>(data);
  for (std::size_t at = 0; at < length; ++at) {
    for (unsigned i = 0; i < 8; ++i) context->h[i] = (context->h[i] ^ bytes[at]) * 16777619u;
  }
  return fails() ? 0 : 1;
}

// Public keys take it, of which there are none here.
int SHA256_Final(unsigned char*, SHA256_CTX*) { return 0; }

}  // extern "C"

namespace portcullis {
namespace {

using support::sample_claims;
using support::sample_header;
using support::sample_policy;

// What SHA-256 makes of a context: the padding of FIPS 180-4 section 5.1.1, then the state.
// `before` bytes have gone into the context already.
std::string finish(SHA256_CTX& context, std::string_view bytes, std::size_t before) {
  std::string padded(bytes);
  padded += '\x80';
  while (padded.size() % 64 != 56) padded += '\0';
  const std::uint64_t bits = (before + bytes.size()) * 8;
  for (int shift = 56; shift >= 0; shift -= 8) padded += static_cast<char>(bits >> shift);
  SHA256_Update(&context, padded.data(), padded.size());
  std::string digest;
  for (unsigned i = 0; i < 32; ++i) {
    digest += static_cast<char>(context.h[i / 4] >> (24 - 8 * (i % 4)));
  }
  return digest;
}

std::string toy_hash(std::string_view bytes) {
  SHA256_CTX context;
  SHA256_Init(&context);
  return finish(context, bytes, 0);
}

// RFC 2104 with the toy, for keys of at most 64 bytes.
std::string toy_hmac(std::string_view key, std::string_view message) {
  std::string inner(64, '\x36');
  std::string outer(64, '\x5c');
  for (std::size_t i = 0; i < key.size(); ++i) {
    inner[i] = static_cast<char>(inner[i] ^ key[i]);
    outer[i] = static_cast<char>(outer[i] ^ key[i]);
  }
  return toy_hash(outer + toy_hash(inner + std::string(message)));
}

std::string good_token() {
  const std::string input = support::signing_input(sample_header().text(), sample_claims().text());
  return input + '.' + support::encode_base64url(toy_hmac(support::secret, input));
}

class backend_fault : public testing::Test {
 protected:
  void SetUp() override { reset(); }
  void TearDown() override { reset(); }
};

constexpr int calls_of_an_import = 4;          // Init, Update for each padded key
constexpr int calls_of_a_long_import = 4 + 3;  // and the hash of a key that exceeds the block

TEST_F(backend_fault, denies_with_internal_error_whichever_call_fails) {
  const std::string token = good_token();
  const std::string value = "Bearer " + token;
  const auto gate = verifier::from_policy(sample_policy().text());
  ASSERT_TRUE(gate);
  reset();
  ASSERT_EQ(gate->verify_token(token, support::now).why(), reason::ok);
  const int calls_of_a_verification = calls;
  ASSERT_GE(calls_of_a_verification, 3);  // whole blocks, the last ones, the outer hash

  for (const bool all_after : {false, true}) {
    for (int which = 1; which <= calls_of_a_verification; ++which) {
      reset(which, all_after);
      const decision judged = gate->verify_token(token, support::now);
      EXPECT_EQ(judged.why(), reason::internal_error) << which;
      EXPECT_EQ(judged.claims_json(), std::nullopt) << which;
      EXPECT_GE(calls, which);
      reset(which, all_after);
      EXPECT_EQ(gate->verify(support::request_with(value), support::now).why(),
                reason::internal_error)
          << which;
    }
  }
  // The verifier has not kept the fault.
  reset();
  EXPECT_EQ(gate->verify_token(token, support::now).why(), reason::ok);
}

TEST_F(backend_fault, never_allows_a_forged_token) {
  std::string forged = good_token();
  forged.replace(forged.rfind('.') + 1, 43, std::string(43, 'A'));
  const auto gate = verifier::from_policy(sample_policy().text());
  ASSERT_TRUE(gate);
  reset();
  ASSERT_EQ(gate->verify_token(forged, support::now).why(), reason::signature_invalid);
  const int calls_of_a_verification = calls;
  ASSERT_GE(calls_of_a_verification, 3);
  for (int which = 1; which <= calls_of_a_verification; ++which) {
    reset(which);
    EXPECT_EQ(gate->verify_token(forged, support::now).why(), reason::internal_error) << which;
  }
}

TEST_F(backend_fault, is_told_apart_from_a_bad_signature) {
  hmac_key key;
  ASSERT_TRUE(key.import_secret(hash::sha256, support::secret));
  const std::string mac = toy_hmac(support::secret, "message");
  reset();
  EXPECT_EQ(key.verify("message", mac), verdict::valid);
  const int calls_of_a_verification = calls;
  ASSERT_EQ(calls_of_a_verification, 2);
  EXPECT_EQ(key.verify("messagf", mac), verdict::invalid);
  for (int which = 1; which <= calls_of_a_verification; ++which) {
    reset(which);
    EXPECT_EQ(key.verify("message", mac), verdict::fault) << which;
  }
}

TEST_F(backend_fault, makes_the_import_of_a_key_fail) {
  const std::string long_secret(65, 's');
  const std::string mac = toy_hmac(support::secret, "message");
  hmac_key key;
  reset();
  ASSERT_TRUE(key.import_secret(hash::sha256, long_secret));
  ASSERT_EQ(calls, calls_of_a_long_import);
  reset();
  ASSERT_TRUE(key.import_secret(hash::sha256, support::secret));
  ASSERT_EQ(calls, calls_of_an_import);
  ASSERT_EQ(key.verify("message", mac), verdict::valid);

  // A key that could not be imported holds none, not half of one nor the one before.
  for (int which = 1; which <= calls_of_a_long_import; ++which) {
    reset(which);
    EXPECT_FALSE(key.import_secret(hash::sha256, long_secret)) << which;
    reset();
    EXPECT_EQ(key.verify("message", mac), verdict::invalid) << which;
    ASSERT_TRUE(key.import_secret(hash::sha256, support::secret));
    if (which > calls_of_an_import) continue;
    reset(which);
    EXPECT_FALSE(key.import_secret(hash::sha256, support::secret)) << which;
    reset();
    EXPECT_EQ(key.verify("message", mac), verdict::invalid) << which;
    ASSERT_TRUE(key.import_secret(hash::sha256, support::secret));
  }
}

// Neither do the hash states that a failed import leaves behind make a MAC that anybody can
// compute.
TEST_F(backend_fault, leaves_no_key_that_a_stranger_has) {
  SHA256_CTX inner = {};
  SHA256_CTX outer = {};
  const std::string mac = finish(outer, finish(inner, "message", 64), 64);
  hmac_key key;
  reset(1);
  ASSERT_FALSE(key.import_secret(hash::sha256, support::secret));
  reset();
  EXPECT_EQ(key.verify("message", mac), verdict::invalid);
}

TEST_F(backend_fault, is_an_error_in_the_policy_at_the_key) {
  const std::string jwk =
      R"({"kty":"oct","k":")" + support::encode_base64url(std::string(65, 's')) + "\"}";
  const std::string policy =
      sample_policy()
          .with("keys", '[' + support::raw_key(support::secret, "one") + ',' + jwk + ']')
          .text();
  reset();
  ASSERT_TRUE(verifier::from_policy(policy));
  ASSERT_EQ(calls, calls_of_an_import + calls_of_a_long_import);
  for (int which = 1; which <= calls_of_an_import + calls_of_a_long_import; ++which) {
    reset(which);
    const auto made = verifier::from_policy(policy);
    ASSERT_FALSE(made) << which;
    EXPECT_EQ(made.error().path.view(),
              which <= calls_of_an_import ? "$.keys[0].secret" : "$.keys[1].k");
    EXPECT_EQ(made.error().expected.view(),
              "expected a host with OpenSSL 3 or node:crypto, which this key needs");

    reset(which);
    char error[200];
    std::size_t length = 0;
    EXPECT_EQ(
        portcullis_create_verifier(policy.data(), policy.size(), error, sizeof error, &length),
        nullptr)
        << which;
    const std::string told(error, length);
    EXPECT_EQ(told.substr(0, told.find('\n')), made.error().path.view());
    EXPECT_EQ(told.substr(told.find('\n') + 1), made.error().expected.view());
  }
}

TEST_F(backend_fault, makes_signing_fail) {
  hmac_key key;
  ASSERT_TRUE(key.import_secret(hash::sha256, support::secret));
  unsigned char mac[32];
  reset();
  ASSERT_TRUE(key.sign("message", mac));
  ASSERT_EQ(calls, 2);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(mac), 32),
            toy_hmac(support::secret, "message"));
  for (int which = 1; which <= 2; ++which) {
    reset(which);
    EXPECT_FALSE(key.sign("message", mac)) << which;
  }
}

}  // namespace
}  // namespace portcullis
