#include "portcullis/c_api.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "portcullis/reason.hpp"
#include "support/exact_copy.hpp"
#include "support/key_pairs.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"

namespace portcullis {
namespace {

using support::exact_copy;
using support::sample_claims;
using support::sample_header;
using support::sample_policy;
using support::sign;

constexpr double now = static_cast<double>(support::now);

struct destroyer {
  void operator()(portcullis_verifier* gate) const { portcullis_destroy_verifier(gate); }
};
using verifier_handle = std::unique_ptr<portcullis_verifier, destroyer>;

verifier_handle make(std::string_view policy) {
  const exact_copy copy(policy);
  std::size_t length = 99;
  verifier_handle gate(
      portcullis_create_verifier(copy.view().data(), copy.view().size(), nullptr, 0, &length));
  EXPECT_EQ(length, 0u);
  return gate;
}

std::string name_of(std::int32_t code) {
  return code >= 0 && static_cast<std::size_t>(code) < reason_count
             ? std::string(find_reason(static_cast<reason>(code)).name)
             : "no reason";
}

// What a function writes when asked twice: once for the size, once into exactly that much.
template <class Write>
std::string text_from(Write write) {
  const std::size_t size = write(nullptr, std::size_t{0});
  const std::unique_ptr<char[]> out(new char[size]);
  EXPECT_EQ(write(out.get(), size), size);
  if (size > 1) {
    std::string untouched(size - 1, '#');
    EXPECT_EQ(write(untouched.data(), untouched.size()), size);
    EXPECT_EQ(untouched, std::string(size - 1, '#'));
  }
  return {out.get(), size};
}

TEST(c_api, tells_its_version) { EXPECT_EQ(portcullis_abi_version(), PORTCULLIS_ABI_VERSION); }

TEST(c_api, has_the_shapes_of_the_core) {
  EXPECT_EQ(static_cast<int>(field_shape::absent), static_cast<int>(PORTCULLIS_FIELD_ABSENT));
  EXPECT_EQ(static_cast<int>(field_shape::single), static_cast<int>(PORTCULLIS_FIELD_SINGLE));
  EXPECT_EQ(static_cast<int>(field_shape::repeated), static_cast<int>(PORTCULLIS_FIELD_REPEATED));
  EXPECT_EQ(static_cast<int>(field_shape::malformed), static_cast<int>(PORTCULLIS_FIELD_MALFORMED));
  EXPECT_EQ(static_cast<int>(field_shape::no_request),
            static_cast<int>(PORTCULLIS_FIELD_NO_REQUEST));
}

TEST(c_api, judges_requests_and_tokens) {
  const verifier_handle gate = make(sample_policy().text());
  ASSERT_TRUE(gate);
  const exact_copy token(sign(sample_claims()));
  const exact_copy value("Bearer " + std::string(token.view()));
  const auto request = [&](std::int32_t shape) {
    return name_of(portcullis_verify_request(gate.get(), shape, value.view().data(),
                                             value.view().size(), now));
  };
  EXPECT_EQ(portcullis_verify_token(gate.get(), token.view().data(), token.view().size(), now), 0);
  EXPECT_EQ(name_of(portcullis_verify_token(gate.get(), token.view().data(),
                                            token.view().size() - 1, now)),
            "token_malformed");
  EXPECT_EQ(name_of(portcullis_verify_token(gate.get(), nullptr, 0, now)), "token_malformed");
  EXPECT_EQ(request(PORTCULLIS_FIELD_SINGLE), "ok");
  EXPECT_EQ(request(PORTCULLIS_FIELD_ABSENT), "credential_missing");
  EXPECT_EQ(request(PORTCULLIS_FIELD_REPEATED), "credential_malformed");
  EXPECT_EQ(request(PORTCULLIS_FIELD_MALFORMED), "credential_malformed");
  EXPECT_EQ(request(PORTCULLIS_FIELD_NO_REQUEST), "request_malformed");
  for (const std::int32_t shape : {-1, 5, 256, 257, std::numeric_limits<std::int32_t>::min()}) {
    EXPECT_EQ(request(shape), "internal_error") << shape;
  }
  EXPECT_EQ(
      name_of(portcullis_verify_request(gate.get(), PORTCULLIS_FIELD_SINGLE, nullptr, 0, now)),
      "credential_malformed");
}

TEST(c_api, takes_the_time_as_a_double) {
  const verifier_handle gate = make(sample_policy().text());
  ASSERT_TRUE(gate);
  const std::string token = sign(sample_claims().with("exp", "1000"));
  const auto judged_at = [&](double when) {
    const auto code = portcullis_verify_token(gate.get(), token.data(), token.size(), when);
    const std::string value = "Bearer " + token;
    EXPECT_EQ(code, portcullis_verify_request(gate.get(), PORTCULLIS_FIELD_SINGLE, value.data(),
                                              value.size(), when));
    return name_of(code);
  };
  constexpr double farthest = 9007199254740992.0;
  constexpr double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(judged_at(999), "ok");
  EXPECT_EQ(judged_at(999.999), "ok");
  EXPECT_EQ(judged_at(1000), "expired");
  EXPECT_EQ(judged_at(0), "ok");
  EXPECT_EQ(judged_at(-0.5), "ok");
  EXPECT_EQ(judged_at(-farthest), "ok");
  EXPECT_EQ(judged_at(farthest), "expired");
  for (const double when : {std::numeric_limits<double>::quiet_NaN(), infinite, -infinite,
                            farthest + 2, -farthest - 2, 1e300, -1e300}) {
    EXPECT_EQ(judged_at(when), "internal_error") << when;
  }
}

TEST(c_api, writes_what_is_wrong_with_a_policy) {
  const std::string policy = sample_policy().with("keys", "[]").text();
  const std::string whole = "$.keys\nexpected an array of 1 to 1000 keys, or a JWK Set";
  for (std::size_t capacity = 0; capacity <= whole.size() + 5; ++capacity) {
    const std::unique_ptr<char[]> error(new char[capacity]);
    std::size_t length = 99999;
    EXPECT_EQ(
        portcullis_create_verifier(policy.data(), policy.size(), error.get(), capacity, &length),
        nullptr);
    EXPECT_EQ(std::string(error.get(), length), whole.substr(0, capacity));
  }
  std::size_t length = 99;
  EXPECT_EQ(portcullis_create_verifier(policy.data(), policy.size(), nullptr, 0, &length), nullptr);
  EXPECT_EQ(length, 0u);
  EXPECT_EQ(portcullis_create_verifier(nullptr, 0, nullptr, 0, &length), nullptr);
}

// The answer, and what was written to `error`.
struct signature_answer {
  std::int32_t code;
  std::string error;
};
signature_answer verify_bytes(std::string_view algorithm, std::string_view jwk,
                              std::string_view message, std::string_view signature,
                              std::size_t capacity = 2000) {
  const exact_copy algorithm_copy(algorithm);
  const exact_copy jwk_copy(jwk);
  const exact_copy message_copy(message);
  const exact_copy signature_copy(signature);
  const std::unique_ptr<char[]> error(new char[capacity]);
  std::size_t length = 99999;
  const std::int32_t code = portcullis_verify_signature(
      algorithm_copy.view().data(), algorithm.size(), jwk_copy.view().data(), jwk.size(),
      message_copy.view().data(), message.size(), signature_copy.view().data(), signature.size(),
      error.get(), capacity, &length);
  EXPECT_LE(length, capacity);
  return {code, std::string(error.get(), length)};
}

TEST(c_api, verifies_signatures) {
  for (const auto& row : algorithms) {
    const std::string jwk = support::jwk_for(row).text();
    const std::string signature = support::sign_bytes(row, "message");
    const auto good = verify_bytes(row.name, jwk, "message", signature);
    EXPECT_EQ(good.code, PORTCULLIS_SIGNATURE_VALID) << row.name;
    EXPECT_EQ(good.error, "");
    for (const auto& bad : {verify_bytes(row.name, jwk, "messagf", signature),
                            verify_bytes(row.name, jwk, "message", signature + 'x'),
                            verify_bytes(row.name, jwk, "message", "")}) {
      EXPECT_EQ(bad.code, PORTCULLIS_SIGNATURE_INVALID) << row.name;
      EXPECT_EQ(bad.error, "");
    }
  }
  EXPECT_EQ(PORTCULLIS_SIGNATURE_INVALID, 0);
  EXPECT_EQ(PORTCULLIS_SIGNATURE_VALID, 1);
  EXPECT_EQ(PORTCULLIS_SIGNATURE_UNUSABLE, -1);
  EXPECT_EQ(PORTCULLIS_SIGNATURE_FAILED, -2);
}

TEST(c_api, writes_what_is_wrong_with_a_key_or_an_algorithm) {
  const auto jwk = support::pair_of(key_type::p256).jwk();
  const auto told = [&](std::string_view name, std::string_view key, std::size_t capacity = 2000) {
    const auto answer = verify_bytes(name, key, "message", std::string(64, 's'), capacity);
    EXPECT_EQ(answer.code, PORTCULLIS_SIGNATURE_UNUSABLE);
    return answer.error;
  };
  EXPECT_EQ(told("none", jwk.text()), "alg\nexpected a JWS algorithm");
  EXPECT_EQ(told("", ""), "alg\nexpected a JWS algorithm");
  EXPECT_EQ(told("ES256", ""), "$\nexpected JSON; reading stopped at byte 0");
  EXPECT_EQ(told("ES256", jwk.with("y", R"("AA")").text()), "$.y\nexpected 32 bytes, a coordinate");
  EXPECT_EQ(told("RS256", jwk.text()),
            "$\nexpected one of the policy's algorithms that fits the key");
  const std::string whole = "alg\nexpected a JWS algorithm";
  for (std::size_t capacity = 0; capacity <= whole.size() + 3; ++capacity) {
    EXPECT_EQ(told("none", "{}", capacity), whole.substr(0, capacity));
  }
  // Empty strings may be null pointers.
  std::size_t length = 99;
  EXPECT_EQ(portcullis_verify_signature(nullptr, 0, nullptr, 0, nullptr, 0, nullptr, 0, nullptr, 0,
                                        &length),
            PORTCULLIS_SIGNATURE_UNUSABLE);
  EXPECT_EQ(length, 0u);
  const std::string key = jwk.text();
  EXPECT_EQ(portcullis_verify_signature("ES256", 5, key.data(), key.size(), nullptr, 0, nullptr, 0,
                                        nullptr, 0, &length),
            PORTCULLIS_SIGNATURE_INVALID);
  EXPECT_EQ(length, 0u);
}

TEST(c_api, verifies_signatures_of_nothing) {
  for (const algorithm id :
       {algorithm::hs256, algorithm::rs256, algorithm::ps256, algorithm::es256, algorithm::eddsa}) {
    const std::string jwk = support::jwk_for(row_of(id)).text();
    const std::string signature = support::sign_bytes(row_of(id), "");
    const std::string_view name = row_of(id).name;
    std::size_t length = 99;
    EXPECT_EQ(
        portcullis_verify_signature(name.data(), name.size(), jwk.data(), jwk.size(), nullptr, 0,
                                    signature.data(), signature.size(), nullptr, 0, &length),
        PORTCULLIS_SIGNATURE_VALID)
        << name;
  }
}

TEST(c_api, writes_the_claims) {
  const std::string payload = sample_claims().with("name", "\"\xc3\xa9\"").text();
  const exact_copy token(sign(sample_header().text(), payload));
  const exact_copy value("bearer  " + std::string(token.view()));
  EXPECT_EQ(text_from([&](char* out, std::size_t capacity) {
              return portcullis_write_token_claims(token.view().data(), token.view().size(), out,
                                                   capacity);
            }),
            payload);
  EXPECT_EQ(text_from([&](char* out, std::size_t capacity) {
              return portcullis_write_request_claims(value.view().data(), value.view().size(), out,
                                                     capacity);
            }),
            payload);
}

TEST(c_api, writes_no_claims_where_there_are_none) {
  for (const std::string_view token : {"", "a", "a.b", "..", "a.!.c", "a.b=.c"}) {
    char out[16];
    EXPECT_EQ(portcullis_write_token_claims(token.data(), token.size(), out, sizeof out), 0u)
        << token;
  }
  for (const std::string_view value : {"", "Bearer", "Basic a.e30.c", "a.e30.c"}) {
    EXPECT_EQ(portcullis_write_request_claims(value.data(), value.size(), nullptr, 0), 0u) << value;
  }
  EXPECT_EQ(portcullis_write_token_claims(nullptr, 0, nullptr, 0), 0u);
}

TEST(c_api, writes_the_response) {
  const verifier_handle gate = make(sample_policy().with("realm", R"("mine")").text());
  ASSERT_TRUE(gate);
  const auto response = [&](std::int32_t code) {
    return text_from([&](char* out, std::size_t capacity) {
      return portcullis_write_response(gate.get(), code, out, capacity);
    });
  };
  EXPECT_NE(response(13).find(R"(Bearer realm=\"mine\", error=\"invalid_token\")"),
            std::string::npos);
  EXPECT_EQ(response(13).substr(0, 15), R"({"status":"401")");
  EXPECT_EQ(response(18).substr(0, 15), R"({"status":"403")");
  // No response lets a request pass.
  for (const std::int32_t code : {0, 19, 20, 30, 31, -1, 256, 269, 1 << 30}) {
    EXPECT_EQ(response(code).substr(0, 15), R"({"status":"500")") << code;
  }
}

TEST(c_api, writes_the_reason_table) {
  const auto row = [](std::int32_t code) {
    return text_from([code](char* out, std::size_t capacity) {
      return portcullis_write_reason(code, out, capacity);
    });
  };
  ASSERT_EQ(portcullis_count_reasons(), 31);
  EXPECT_EQ(row(0), "ok\n0\n");
  EXPECT_EQ(row(13), "expired\n401\ninvalid_token");
  EXPECT_EQ(row(20), "internal_error\n500\n");
  for (const std::int32_t code : {-1, 31, 256, 1 << 30}) EXPECT_EQ(row(code), row(20)) << code;
}

TEST(c_api, destroys_nothing_gladly) {
  portcullis_destroy_verifier(nullptr);
  SUCCEED();
}

}  // namespace
}  // namespace portcullis
