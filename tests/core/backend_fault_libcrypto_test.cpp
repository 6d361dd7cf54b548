// libcrypto fails, one call at a time, for what the core takes from it by address: public keys and
// the larger hashes. Nothing is ever allowed, and nothing is left behind.
//
// An executable of its own: it defines find_libcrypto(), so the linker leaves the core's out. The
// table goes to the libcrypto that is linked, by way of functions that count and fail.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/backend.hpp"
#include "crypto/openssl/libcrypto.hpp"
#include "jose/signature.hpp"
#include "portcullis/c_api.h"
#include "portcullis/verifier.hpp"
#include "portcullis/verify_signature.hpp"
#include "support/key_pairs.hpp"
#include "support/parsed_key.hpp"
#include "support/print.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"

namespace {

constexpr int never = std::numeric_limits<int>::max();

// How a call fails: what it returns, and whether it has done its work all the same.
struct failure {
  int answer = 0;
  bool after_work = false;
  bool all_after = false;  // all later calls fail too
};

int calls = 0;        // since the last reset
int failing = never;  // the number of the call that fails, the first being 1
failure way;
bool present = true;          // whether there is a library
bool verdict_failed = false;  // what failed was a function that judges

int frames = 0;                // of numbers that a context lends, begun and not ended
bool no_more_numbers = false;  // in this one

int objects = 0;  // contexts and keys that were made and not freed
int marks = 0;    // of the error queue, set and not taken back

void reset(int which = never, failure how = {}) {
  calls = 0;
  failing = which;
  way = how;
  verdict_failed = false;
}

bool fails() {
  ++calls;
  return calls == failing || (way.all_after && calls > failing);
}

template <class Work>
int count(Work work) {
  if (!fails()) return work();
  if (way.after_work) work();
  return way.answer;
}

// One whose answer is about the signature.
template <class Work>
int judge(Work work) {
  verdict_failed = calls + 1 == failing || (way.all_after && calls + 1 > failing);
  return count(work);
}

template <class Make>
auto make(Make work) -> decltype(work()) {
  if (fails()) return nullptr;
  auto* const made = work();
  if (made != nullptr) ++objects;
  return made;
}

template <class Object>
Object* freed(Object* object) {
  if (object != nullptr) --objects;
  return object;
}

const portcullis::libcrypto table = {
    .ERR_set_mark =
        [] {
          ++marks;
          return ::ERR_set_mark();
        },
    .ERR_pop_to_mark =
        [] {
          --marks;
          return ::ERR_pop_to_mark();
        },
    .OSSL_LIB_CTX_get0_global_default = []() -> OSSL_LIB_CTX* {
      return fails() ? nullptr : ::OSSL_LIB_CTX_get0_global_default();
    },
    .SHA256_Final =
        [](unsigned char* out, SHA256_CTX* context) {
          return count([=] { return ::SHA256_Final(out, context); });
        },
    .SHA384_Init =
        [](SHA512_CTX* context) { return count([=] { return ::SHA384_Init(context); }); },
    .SHA512_Init =
        [](SHA512_CTX* context) { return count([=] { return ::SHA512_Init(context); }); },
    .SHA512_Update =
        [](SHA512_CTX* context, const void* bytes, std::size_t length) {
          return count([=] { return ::SHA512_Update(context, bytes, length); });
        },
    .SHA512_Final =
        [](unsigned char* out, SHA512_CTX* context) {
          return count([=] { return ::SHA512_Final(out, context); });
        },
    // Makes a number, or writes to one that is there.
    .BN_bin2bn = [](const unsigned char* bytes, int size, BIGNUM* out) -> BIGNUM* {
      if (out == nullptr) return make([=] { return ::BN_bin2bn(bytes, size, nullptr); });
      if (!fails()) return ::BN_bin2bn(bytes, size, out);
      if (way.after_work) ::BN_bin2bn(bytes, size, out);
      return nullptr;
    },
    .BN_bn2binpad =
        [](const BIGNUM* number, unsigned char* out, int size) {
          return count([=] { return ::BN_bn2binpad(number, out, size); });
        },
    .BN_free = [](BIGNUM* number) { ::BN_free(freed(number)); },
    .BN_ucmp = ::BN_ucmp,  // cannot fail
    .BN_to_montgomery =
        [](BIGNUM* out, const BIGNUM* number, BN_MONT_CTX* montgomery, BN_CTX* context) {
          return count([=] { return ::BN_to_montgomery(out, number, montgomery, context); });
        },
    .BN_mod_mul_montgomery =
        [](BIGNUM* out, const BIGNUM* left, const BIGNUM* right, BN_MONT_CTX* montgomery,
           BN_CTX* context) {
          return count(
              [=] { return ::BN_mod_mul_montgomery(out, left, right, montgomery, context); });
        },
    .BN_mod_exp_mont =
        [](BIGNUM* out, const BIGNUM* base, const BIGNUM* exponent, const BIGNUM* modulus,
           BN_CTX* context, BN_MONT_CTX* montgomery) {
          return count(
              [=] { return ::BN_mod_exp_mont(out, base, exponent, modulus, context, montgomery); });
        },
    .BN_MONT_CTX_new = [] { return make([] { return ::BN_MONT_CTX_new(); }); },
    .BN_MONT_CTX_set =
        [](BN_MONT_CTX* montgomery, const BIGNUM* modulus, BN_CTX* context) {
          return count([=] { return ::BN_MONT_CTX_set(montgomery, modulus, context); });
        },
    .BN_MONT_CTX_free = [](BN_MONT_CTX* montgomery) { ::BN_MONT_CTX_free(freed(montgomery)); },
    .BN_CTX_new = [] { return make([] { return ::BN_CTX_new(); }); },
    .BN_CTX_start =
        [](BN_CTX* context) {
          ++frames;
          ::BN_CTX_start(context);
        },
    // Once it gives none, it gives none until the frame ends.
    .BN_CTX_get = [](BN_CTX* context) -> BIGNUM* {
      no_more_numbers = fails() || no_more_numbers;
      return no_more_numbers ? nullptr : ::BN_CTX_get(context);
    },
    .BN_CTX_end =
        [](BN_CTX* context) {
          --frames;
          no_more_numbers = false;
          ::BN_CTX_end(context);
        },
    .BN_CTX_free = [](BN_CTX* context) { ::BN_CTX_free(freed(context)); },
    .RSA_new = [] { return make([] { return ::RSA_new(); }); },
    // It takes over what it is given, unless it fails; then it has not done its work.
    .RSA_set0_key =
        [](RSA* rsa, BIGNUM* modulus, BIGNUM* exponent, BIGNUM* secret) {
          if (fails()) return way.answer;
          const int told = ::RSA_set0_key(rsa, modulus, exponent, secret);
          if (told == 1) objects -= 2;
          return told;
        },
    .RSA_free = [](RSA* rsa) { ::RSA_free(freed(rsa)); },
    .RSA_verify_PKCS1_PSS_mgf1 =
        [](RSA* rsa, const unsigned char* hashed, const EVP_MD* digest, const EVP_MD* mask,
           const unsigned char* encoded, int salt) {
          return judge([=] {
            return ::RSA_verify_PKCS1_PSS_mgf1(rsa, hashed, digest, mask, encoded, salt);
          });
        },
    .EVP_MD_fetch =
        [](OSSL_LIB_CTX* library, const char* name, const char* query) {
          return make([=] { return ::EVP_MD_fetch(library, name, query); });
        },
    .EVP_MD_free = [](EVP_MD* digest) { ::EVP_MD_free(freed(digest)); },
    .EVP_PKEY_CTX_new_from_name =
        [](OSSL_LIB_CTX* library, const char* name, const char* query) {
          return make([=] { return ::EVP_PKEY_CTX_new_from_name(library, name, query); });
        },
    .EVP_PKEY_CTX_new_from_pkey =
        [](OSSL_LIB_CTX* library, EVP_PKEY* key, const char* query) {
          return make([=] { return ::EVP_PKEY_CTX_new_from_pkey(library, key, query); });
        },
    .EVP_PKEY_CTX_dup =
        [](const EVP_PKEY_CTX* context) {
          return make([=] { return ::EVP_PKEY_CTX_dup(context); });
        },
    .EVP_PKEY_CTX_free = [](EVP_PKEY_CTX* context) { ::EVP_PKEY_CTX_free(freed(context)); },
    .EVP_PKEY_fromdata_init =
        [](EVP_PKEY_CTX* context) {
          return count([=] { return ::EVP_PKEY_fromdata_init(context); });
        },
    // OpenSSL gives no key when it fails.
    .EVP_PKEY_fromdata =
        [](EVP_PKEY_CTX* context, EVP_PKEY** key, int selection, OSSL_PARAM* params) {
          if (fails()) return way.answer;
          const int told = ::EVP_PKEY_fromdata(context, key, selection, params);
          if (told == 1) ++objects;
          return told;
        },
    .EVP_PKEY_new_raw_public_key_ex =
        [](OSSL_LIB_CTX* library, const char* type, const char* query, const unsigned char* bytes,
           std::size_t length) {
          return make([=] {
            return ::EVP_PKEY_new_raw_public_key_ex(library, type, query, bytes, length);
          });
        },
    .EVP_PKEY_free = [](EVP_PKEY* key) { ::EVP_PKEY_free(freed(key)); },
    .EVP_PKEY_verify_init =
        [](EVP_PKEY_CTX* context) {
          return count([=] { return ::EVP_PKEY_verify_init(context); });
        },
    .EVP_PKEY_verify =
        [](EVP_PKEY_CTX* context, const unsigned char* signature, std::size_t size,
           const unsigned char* hashed, std::size_t length) {
          return judge([=] { return ::EVP_PKEY_verify(context, signature, size, hashed, length); });
        },
    .EVP_MD_CTX_new = [] { return make([] { return ::EVP_MD_CTX_new(); }); },
    .EVP_MD_CTX_copy_ex =
        [](EVP_MD_CTX* out, const EVP_MD_CTX* in) {
          return count([=] { return ::EVP_MD_CTX_copy_ex(out, in); });
        },
    .EVP_MD_CTX_free = [](EVP_MD_CTX* context) { ::EVP_MD_CTX_free(freed(context)); },
    .EVP_DigestVerifyInit_ex =
        [](EVP_MD_CTX* context, EVP_PKEY_CTX** inner, const char* digest, OSSL_LIB_CTX* library,
           const char* query, EVP_PKEY* key, const OSSL_PARAM params[]) {
          return count([=] {
            return ::EVP_DigestVerifyInit_ex(context, inner, digest, library, query, key, params);
          });
        },
    .EVP_DigestVerify =
        [](EVP_MD_CTX* context, const unsigned char* signature, std::size_t size,
           const unsigned char* message, std::size_t length) {
          return judge(
              [=] { return ::EVP_DigestVerify(context, signature, size, message, length); });
        },
};

}  // namespace

namespace portcullis {

const libcrypto* find_libcrypto() noexcept { return present ? &table : nullptr; }

namespace {

using support::jwk_for;
using support::key_pair;
using support::pair_of;
using support::sample_claims;
using support::sample_header;
using support::sample_policy;
using support::set_of;
using support::sign_bytes;

constexpr std::string_view message = "header.payload";
constexpr std::string_view needs_libcrypto =
    "expected a host with OpenSSL 3 or node:crypto, which this key needs";

// A library that says "invalid" is believed; any other answer is a fault. But ECDSA's sum at
// infinity comes back like a fault, so there what is not valid is invalid.
bool means_invalid(const failure& how, const algorithm_row& row) {
  return how.answer == 0 || row.key == key_type::p256 || row.key == key_type::p384 ||
         row.key == key_type::p521;
}

// OpenSSL says 1 when it is well; everything else is not that.
std::vector<failure> every_failure() {
  std::vector<failure> out;
  for (const int answer : {0, -1, -2, 2}) {
    for (const bool after_work : {false, true}) {
      for (const bool all_after : {false, true}) out.push_back({answer, after_work, all_after});
    }
  }
  return out;
}

class backend_fault_libcrypto : public testing::Test {
 protected:
  void SetUp() override {
    reset();
    present = true;
    objects = 0;
    marks = 0;
  }
  void TearDown() override {
    present = true;
    reset();
    EXPECT_EQ(objects, 0);
    EXPECT_EQ(marks, 0);
  }
};

// Imports a public key, told how.
verdict import(public_key& key, const key_pair& pair, algorithm_set serves) {
  const std::string first = pair.first();
  const std::string second = pair.second();
  return key.import_numbers({pair.type(), first, second}, serves);
}

TEST_F(backend_fault_libcrypto, is_not_there_without_a_fault) {
  for (const auto& row : algorithms) {
    const support::parsed_key parsed(jwk_for(row), set_of({row.id}));
    ASSERT_EQ(parsed.told(), "ok") << row.name;
    EXPECT_EQ(check_signature(row, parsed.key, message, sign_bytes(row, message)), verdict::valid);
    EXPECT_EQ(check_signature(row, parsed.key, message, sign_bytes(row, "other")),
              verdict::invalid);
    EXPECT_EQ(objects == 0, row.key == key_type::secret) << row.name;
  }
}

TEST_F(backend_fault_libcrypto, makes_an_import_fail_whichever_call_fails) {
  for (const auto& row : algorithms) {
    if (row.key == key_type::secret) continue;
    // Alone, and with all algorithms of the type.
    for (const algorithm_set serves : {set_of({row.id}), support::algorithms_of(row.key)}) {
      const std::string good = pair_of(row.key).sign(row, message);
      int calls_of_an_import = 0;
      {
        public_key key;
        reset();
        ASSERT_EQ(import(key, pair_of(row.key), serves), verdict::valid);
        calls_of_an_import = calls;
        ASSERT_EQ(key.verify(row, message, good), verdict::valid);
      }
      ASSERT_GE(calls_of_an_import, 3) << row.name;
      ASSERT_EQ(objects, 0);
      for (const failure& how : every_failure()) {
        for (int which = 1; which <= calls_of_an_import; ++which) {
          public_key key;
          reset(which, how);
          EXPECT_NE(import(key, pair_of(row.key), serves), verdict::valid)
              << row.name << ' ' << which;
          EXPECT_GE(calls, which);
          EXPECT_EQ(objects, 0) << row.name << ' ' << which;
          EXPECT_EQ(marks, 0);
          reset();
          // It holds no key, and takes one when the library is well again.
          EXPECT_EQ(key.verify(row, message, good), verdict::invalid) << row.name << ' ' << which;
          ASSERT_EQ(import(key, pair_of(row.key), serves), verdict::valid);
          EXPECT_EQ(key.verify(row, message, good), verdict::valid);
        }
        EXPECT_EQ(objects, 0);
      }
    }
  }
}

// How many calls a verification takes that can fail.
int expected_calls(const key_pair& pair, const algorithm_row& row, bool first) {
  if (row.key == key_type::ed25519) return 3;                           // new, copy, verify
  int expected = row.digest == hash::sha256 ? 0 : 3;                    // SHA-256 is linked
  if (row.key != key_type::rsa) return expected + 1 + (first ? 1 : 0);  // verify, in a copy
  expected += 2 + 1 + 1;                               // two numbers, from bytes, to bytes
  expected += pair.second().size() == 3 ? 1 + 17 : 1;  // the power
  return expected + (row.pss ? 1 : 0);
}

// Every call of a verification fails in every way: with the context that the one before left, and
// in a key that has verified nothing yet.
void fail_each_call(const key_pair& pair, const algorithm_row& row) {
  const std::string good = pair.sign(row, message);
  const std::string other = pair.sign(row, "other");
  for (const bool first : {false, true}) {
    public_key key;
    ASSERT_EQ(import(key, pair, set_of({row.id})), verdict::valid);
    if (!first) {
      ASSERT_EQ(key.verify(row, message, good), verdict::valid);
    }
    reset();
    ASSERT_EQ(key.verify(row, message, good), verdict::valid);
    const int calls_of_a_verification = calls;
    ASSERT_EQ(calls_of_a_verification, expected_calls(pair, row, first)) << row.name;
    const int of_the_key = objects;
    for (const failure& how : every_failure()) {
      for (int which = 1; which <= calls_of_a_verification; ++which) {
        for (const std::string& signature : {good, other, std::string(good.size(), '\0')}) {
          if (first) {
            ASSERT_EQ(import(key, pair, set_of({row.id})), verdict::valid);
          }
          reset(which, how);
          const verdict told = key.verify(row, message, signature);
          const bool says_invalid = verdict_failed && means_invalid(how, row);
          EXPECT_EQ(told, says_invalid ? verdict::invalid : verdict::fault)
              << row.name << ' ' << which << ' ' << how.answer;
          EXPECT_GE(calls, which);
          EXPECT_EQ(marks, 0);
          EXPECT_EQ(frames, 0);
          reset();
          EXPECT_EQ(key.verify(row, message, good), verdict::valid) << row.name;
          EXPECT_EQ(objects, of_the_key);
        }
      }
    }
  }
}

TEST_F(backend_fault_libcrypto, never_makes_a_signature_valid) {
  for (const auto& row : algorithms) {
    if (row.key != key_type::secret) fail_each_call(pair_of(row.key), row);
  }
}

// RSA has a way of its own for the usual exponent.
TEST_F(backend_fault_libcrypto, never_makes_a_signature_valid_with_another_exponent) {
  const key_pair pair = key_pair::make_rsa(2048, 3);
  for (const auto& row : algorithms) {
    if (row.key == key_type::rsa) fail_each_call(pair, row);
  }
}

TEST_F(backend_fault_libcrypto, makes_the_larger_hashes_fail) {
  for (const hash digest : {hash::sha384, hash::sha512}) {
    for (const std::size_t size : {64u, 129u}) {  // a padded and a hashed secret
      const std::string secret(size, 's');
      const std::string mac = support::hmac(digest, secret, message);
      const std::string long_message(300, 'm');
      const std::string long_mac = support::hmac(digest, secret, long_message);
      hmac_key key;
      reset();
      ASSERT_TRUE(key.import_secret(digest, secret));
      const int calls_of_an_import = calls;
      ASSERT_GE(calls_of_an_import, 4);
      reset();
      ASSERT_EQ(key.verify(long_message, long_mac), verdict::valid);
      const int calls_of_a_verification = calls;
      ASSERT_GE(calls_of_a_verification, 3);
      for (const failure& how : every_failure()) {
        for (int which = 1; which <= calls_of_a_verification; ++which) {
          reset(which, how);
          EXPECT_EQ(key.verify(long_message, long_mac), verdict::fault) << which;
          reset(which, how);
          EXPECT_EQ(key.verify(long_message, std::string(mac.size(), '\0')), verdict::fault);
        }
        for (int which = 1; which <= calls_of_an_import; ++which) {
          hmac_key failed;
          reset();
          ASSERT_TRUE(failed.import_secret(digest, secret));
          reset(which, how);
          EXPECT_FALSE(failed.import_secret(digest, secret)) << which;
          reset();
          EXPECT_EQ(failed.verify(message, mac), verdict::invalid) << which;
        }
      }
      reset();
      EXPECT_EQ(key.verify(message, mac), verdict::valid);
    }
  }
}

std::string policy_with_keys(std::string_view names, std::string_view keys) {
  return sample_policy()
      .with("algorithms", '[' + std::string(names) + ']')
      .with("keys", '[' + std::string(keys) + ']')
      .text();
}

std::string token_of(const algorithm_row& row, bool good) {
  const std::string input =
      support::signing_input(sample_header().with("alg", '"' + std::string(row.name) + '"').text(),
                             sample_claims().text());
  return input + '.' + support::encode_base64url(sign_bytes(row, good ? input : "other"));
}

TEST_F(backend_fault_libcrypto, denies_whichever_call_fails) {
  for (const auto& row : algorithms) {
    if (row.id == algorithm::hs256) continue;  // backend_fault_test.cpp
    const auto gate = verifier::from_policy(
        policy_with_keys('"' + std::string(row.name) + '"', jwk_for(row).text()));
    ASSERT_TRUE(gate) << gate.error().message();
    const std::string good = token_of(row, true);
    const std::string forged = token_of(row, false);
    ASSERT_EQ(gate->verify_token(good, support::now).why(), reason::ok) << row.name;
    reset();
    ASSERT_EQ(gate->verify_token(good, support::now).why(), reason::ok) << row.name;
    const int calls_of_a_verification = calls;
    ASSERT_GE(calls_of_a_verification, 1);
    ASSERT_EQ(gate->verify_token(forged, support::now).why(), reason::signature_invalid);
    for (const failure& how : every_failure()) {
      for (int which = 1; which <= calls_of_a_verification; ++which) {
        for (const std::string& token : {good, forged}) {
          reset(which, how);
          const decision judged = gate->verify_token(token, support::now);
          const bool says_invalid = verdict_failed && means_invalid(how, row);
          EXPECT_EQ(judged.why(), says_invalid ? reason::signature_invalid : reason::internal_error)
              << row.name << ' ' << which;
          EXPECT_FALSE(judged.allowed());
          EXPECT_EQ(judged.claims_json(), std::nullopt);
          const std::string value = "Bearer " + token;
          reset(which, how);
          EXPECT_FALSE(gate->verify(support::request_with(value), support::now).allowed());
        }
      }
    }
    // The verifier has not kept the fault.
    reset();
    EXPECT_EQ(gate->verify_token(good, support::now).why(), reason::ok) << row.name;
    EXPECT_EQ(gate->verify_token(forged, support::now).why(), reason::signature_invalid);
  }
}

TEST_F(backend_fault_libcrypto, is_an_error_in_the_policy_at_the_key) {
  std::string names;
  std::string keys =
      R"({"kty":"oct","k":")" + support::encode_base64url(support::long_secret) + "\"}";
  for (const auto& row : algorithms) {
    names += (names.empty() ? "\"" : ",\"") + std::string(row.name) + '"';
  }
  for (const key_type type : support::public_key_types) keys += ',' + pair_of(type).jwk().text();
  const std::string policy = policy_with_keys(names, keys);
  reset();
  ASSERT_TRUE(verifier::from_policy(policy));
  const int calls_of_a_policy = calls;
  ASSERT_GE(calls_of_a_policy, 36);
  ASSERT_EQ(objects, 0);
  std::string last_path;
  for (const failure& how : every_failure()) {
    for (int which = 1; which <= calls_of_a_policy; ++which) {
      reset(which, how);
      const auto made = verifier::from_policy(policy);
      ASSERT_FALSE(made) << which;
      EXPECT_EQ(made.error().path.view().substr(0, 7), "$.keys[") << which;
      EXPECT_EQ(objects, 0) << which;
      EXPECT_EQ(marks, 0) << which;
      last_path = made.error().path.view();

      reset(which, how);
      char error[200];
      std::size_t length = 0;
      EXPECT_EQ(
          portcullis_create_verifier(policy.data(), policy.size(), error, sizeof error, &length),
          nullptr)
          << which;
      EXPECT_GT(length, 0u);
    }
  }
  EXPECT_EQ(last_path.substr(0, 9), "$.keys[5]");
}

TEST_F(backend_fault_libcrypto, makes_no_signature_valid_for_a_suite) {
  for (const auto& row : algorithms) {
    if (row.id == algorithm::hs256) continue;
    const std::string jwk = jwk_for(row).text();
    const std::string good = sign_bytes(row, message);
    const auto ask = [&](std::string_view signature) {
      char error[200];
      std::size_t length = 0;
      return portcullis_verify_signature(row.name.data(), row.name.size(), jwk.data(), jwk.size(),
                                         message.data(), message.size(), signature.data(),
                                         signature.size(), error, sizeof error, &length);
    };
    reset();
    ASSERT_EQ(ask(good), PORTCULLIS_SIGNATURE_VALID) << row.name;
    const int calls_of_a_question = calls;
    for (const failure& how : every_failure()) {
      for (int which = 1; which <= calls_of_a_question; ++which) {
        reset(which, how);
        const std::int32_t told = ask(good);
        EXPECT_NE(told, PORTCULLIS_SIGNATURE_VALID) << row.name << ' ' << which;
        EXPECT_EQ(told == PORTCULLIS_SIGNATURE_INVALID, verdict_failed && means_invalid(how, row))
            << row.name << ' ' << which;
        EXPECT_EQ(objects, 0);
      }
    }
  }
}

// No libcrypto at all, as on a machine without one: SHA-256 is always there, the rest is told.
TEST_F(backend_fault_libcrypto, is_told_when_there_is_no_library) {
  for (const auto& row : algorithms) {
    const std::string jwk = jwk_for(row).text();
    present = false;
    const support::parsed_key parsed(jwk, set_of({row.id}));
    const auto made =
        verifier::from_policy(policy_with_keys('"' + std::string(row.name) + '"', jwk));
    const auto told = verify_signature(row.name, jwk, message, std::string(std::size_t{64}, '\0'));
    present = true;
    if (row.id == algorithm::hs256) {
      EXPECT_EQ(parsed.told(), "ok");
      EXPECT_TRUE(made);
      EXPECT_TRUE(told);
      continue;
    }
    const std::string at = row.key == key_type::secret ? "$.k" : "$";
    EXPECT_EQ(parsed.told(), at + ": " + std::string(needs_libcrypto)) << row.name;
    ASSERT_FALSE(made) << row.name;
    EXPECT_EQ(made.error().path.view(), "$.keys[0]" + at.substr(1)) << row.name;
    EXPECT_EQ(made.error().expected.view(), needs_libcrypto);
    ASSERT_FALSE(told) << row.name;
    EXPECT_EQ(told.error().expected.view(), needs_libcrypto);
    EXPECT_EQ(check_signature(row, parsed.key, message, sign_bytes(row, message)), verdict::invalid)
        << row.name;
  }
}

}  // namespace
}  // namespace portcullis
