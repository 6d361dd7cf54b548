#include "portcullis/verifier.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/exact_copy.hpp"
#include "support/print.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"

namespace portcullis {
namespace {

using support::exact_copy;
using support::object_text;
using support::raw_key;
using support::request_with;
using support::sample_claims;
using support::sample_header;
using support::sample_policy;
using support::sign;

verifier make(const object_text& policy) {
  auto made = verifier::from_policy(policy.text());
  EXPECT_TRUE(made) << made.error().message();
  return std::move(*made);
}

reason judge(const verifier& gate, std::string_view token, std::int64_t now = support::now) {
  const exact_copy copy(token);
  return gate.verify_token(copy.view(), now).why();
}

// RFC 7515 appendix A.1, with its key and its token.
TEST(verifier, allows_the_token_of_rfc_7515) {
  constexpr std::string_view token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnV"
      "l"
      "fQ"
      ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const verifier gate =
      make(sample_policy()
               .with("issuer", R"("joe")")
               .with("audience", "null")
               .with("keys", R"([{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVM)"
                             R"(koqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAz)"
                             R"(Zr1Z9CAow"}])"));
  EXPECT_EQ(judge(gate, token, 1300819379), reason::ok);
  EXPECT_EQ(judge(gate, token, 1300819380), reason::expired);
  EXPECT_EQ(gate.verify_token(token, 1300819379).claims_json(),
            "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}");
}

// Each row mends the earliest fault of the row before, and still has all later ones.
TEST(verifier, judges_in_a_fixed_order) {
  const verifier gate = make(sample_policy()
                                 .with("keys", '[' + raw_key(support::secret, "one") + ']')
                                 .with("require", R"({"scope":{"all_of":["read"]}})"));
  object_text header{{"alg", R"("none")"}, {"typ", R"("JWS")"}, {"kid", R"("two")"}};
  object_text claims{{"exp", "1"}};
  const auto token = [&](std::string_view key = support::other_secret) {
    return sign(header, claims, key);
  };

  const std::string large(16385, '!');
  EXPECT_EQ(judge(gate, large), reason::token_too_large);
  EXPECT_EQ(judge(gate, "!.!.!"), reason::token_malformed);
  EXPECT_EQ(judge(gate, "e30.!.AA"), reason::token_malformed);
  EXPECT_EQ(judge(gate, sign("{}", "not json", "wrong")), reason::header_invalid);
  header = header.with("crit", R"(["x"])");
  EXPECT_EQ(judge(gate, token()), reason::critical_header_unsupported);
  header = header.without("crit");
  EXPECT_EQ(judge(gate, token()), reason::algorithm_not_allowed);
  header = header.with("alg", R"("HS256")");
  EXPECT_EQ(judge(gate, token()), reason::type_not_allowed);
  header = header.with("typ", R"("JWT")");
  EXPECT_EQ(judge(gate, token()), reason::key_not_found);
  header = header.with("kid", R"("one")");
  EXPECT_EQ(judge(gate, token()), reason::signature_invalid);
  // Nothing of the payload is told before the signature is right.
  EXPECT_EQ(judge(gate, sign(header.text(), "not json", support::other_secret)),
            reason::signature_invalid);
  EXPECT_EQ(judge(gate, sign(header.text(), "not json")), reason::claims_invalid);
  EXPECT_EQ(judge(gate, token(support::secret)), reason::expired);
  claims = sample_claims();
  EXPECT_EQ(judge(gate, token(support::secret)), reason::scope_insufficient);
  claims = claims.with("scope", R"("read")");
  EXPECT_EQ(judge(gate, token(support::secret)), reason::ok);
}

TEST(verifier, judges_a_request_by_its_authorization) {
  const verifier gate = make(sample_policy());
  const std::string good = sign(sample_claims());
  const exact_copy value("Bearer " + good);
  EXPECT_EQ(gate.verify(request_with(value.view()), support::now).why(), reason::ok);
  EXPECT_EQ(gate.verify(request_with(good), support::now).why(), reason::credential_missing);
  EXPECT_EQ(gate.verify(request_with("Bearer"), support::now).why(), reason::credential_malformed);
  EXPECT_EQ(gate.verify({}, support::now).why(), reason::credential_missing);
  EXPECT_EQ(gate.verify({{field_shape::no_request, value.view()}}, support::now).why(),
            reason::request_malformed);
  EXPECT_EQ(gate.verify({{field_shape::repeated, value.view()}}, support::now).why(),
            reason::credential_malformed);
}

// RFC 8725 section 3.1: the token cannot choose.
TEST(verifier, takes_no_algorithm_but_the_policys) {
  const verifier gate = make(sample_policy());
  for (const std::string_view name : {"none", "None", "NONE", "hs256", "HS384", "HS512", "RS256",
                                      "ES256", "EdDSA", "", "HS256 ", "HS2567", "HS25"}) {
    const auto header = sample_header().with("alg", '"' + std::string(name) + '"');
    EXPECT_EQ(judge(gate, sign(header, sample_claims())), reason::algorithm_not_allowed) << name;
  }
  const auto escaped = sample_header().with("alg", R"("\u0048S256")");
  EXPECT_EQ(judge(gate, sign(escaped, sample_claims())), reason::ok);
}

TEST(verifier, uses_no_key_of_the_token) {
  const verifier gate = make(sample_policy());
  const auto header = sample_header()
                          .with("jwk", R"({"kty":"oct","k":")" +
                                           support::encode_base64url(support::other_secret) + "\"}")
                          .with("jku", R"("https://keys.example/")")
                          .with("x5u", R"("https://keys.example/")");
  EXPECT_EQ(judge(gate, sign(header, sample_claims(), support::other_secret)),
            reason::signature_invalid);
  EXPECT_EQ(judge(gate, sign(header, sample_claims())), reason::ok);
}

TEST(verifier, verifies_with_the_key_that_kid_names) {
  const verifier gate =
      make(sample_policy().with("keys", '[' + raw_key(support::secret, "one") + ',' +
                                            raw_key(support::other_secret, "two") + ']'));
  const auto one = sample_header().with("kid", R"("one")");
  const auto two = sample_header().with("kid", R"("two")");
  EXPECT_EQ(judge(gate, sign(one, sample_claims(), support::secret)), reason::ok);
  EXPECT_EQ(judge(gate, sign(two, sample_claims(), support::other_secret)), reason::ok);
  EXPECT_EQ(judge(gate, sign(one, sample_claims(), support::other_secret)),
            reason::signature_invalid);
  EXPECT_EQ(judge(gate, sign(two, sample_claims(), support::secret)), reason::signature_invalid);
  EXPECT_EQ(judge(gate, sign(sample_header(), sample_claims())), reason::key_not_found);
}

std::string entry(std::string_view issuer, std::string_view secret) {
  return sample_policy()
      .with("issuer", '"' + std::string(issuer) + '"')
      .with("keys", '[' + raw_key(secret) + ']')
      .text();
}

// The choice comes after the header is read and before anything is taken from the policy.
TEST(verifier, chooses_an_issuer_in_a_fixed_place) {
  const auto made = verifier::from_policy(R"({"issuers":[)" + entry("a", support::secret) + ',' +
                                          entry("b", support::other_secret) + "]}");
  ASSERT_TRUE(made) << made.error().message();
  const verifier& gate = *made;
  const auto good = sample_header().text();
  const auto claims = sample_claims().with("iss", R"("a")");

  EXPECT_EQ(judge(gate, sign("{}", "not json")), reason::header_invalid);
  EXPECT_EQ(judge(gate, sign(R"({"alg":"HS256","crit":[]})", "not json")),
            reason::critical_header_unsupported);
  const std::string none = R"({"alg":"none","typ":"JWS","kid":"x"})";
  EXPECT_EQ(judge(gate, sign(none, "not json")), reason::claims_invalid);
  EXPECT_EQ(judge(gate, sign(none, R"({"iss":1})")), reason::claims_invalid);
  EXPECT_EQ(judge(gate, sign(none, "{}")), reason::claim_missing);
  EXPECT_EQ(judge(gate, sign(none, R"({"iss":"c"})")), reason::issuer_mismatch);
  EXPECT_EQ(judge(gate, sign(none, R"({"iss":"a"})")), reason::algorithm_not_allowed);
  EXPECT_EQ(judge(gate, sign(good, claims.text(), support::other_secret)),
            reason::signature_invalid);
  EXPECT_EQ(judge(gate, sign(good, claims.text(), support::secret)), reason::ok);
  // The same with a header that is known by now.
  EXPECT_EQ(judge(gate, sign(good, "not json")), reason::claims_invalid);
  EXPECT_EQ(judge(gate, sign(good, "{}")), reason::claim_missing);
  EXPECT_EQ(judge(gate, sign(good, R"({"iss":"c"})")), reason::issuer_mismatch);
  EXPECT_EQ(judge(gate, sign(good, R"({"iss":"b"})", support::secret)), reason::signature_invalid);
  EXPECT_EQ(judge(gate, sign(good, R"({"iss":"b"})", support::other_secret)),
            reason::claim_missing);  // exp
}

// What belongs to one issuer does nothing for another: keys, algorithms, types and rules.
TEST(verifier, holds_a_token_to_its_own_issuers_entry) {
  const auto strict = sample_policy()
                          .with("issuer", R"("strict")")
                          .with("algorithms", R"(["HS512"])")
                          .with("keys", '[' + raw_key(std::string(64, 's'), "one") + ']')
                          .with("typ", R"(["at+jwt"])")
                          .with("require", R"({"roles":{"all_of":["admin"]}})");
  const auto lax = sample_policy()
                       .with("issuer", R"("lax")")
                       .with("audience", "null")
                       .with("expiration", R"("optional")")
                       .with("typ", "null");
  const auto made =
      verifier::from_policy(R"({"issuers":[)" + strict.text() + ',' + lax.text() + "]}");
  ASSERT_TRUE(made) << made.error().message();
  const verifier& gate = *made;
  EXPECT_EQ(judge(gate, sign(object_text{{"iss", R"("lax")"}})), reason::ok);
  EXPECT_EQ(judge(gate, sign(object_text{{"iss", R"("strict")"}})), reason::algorithm_not_allowed);
  const auto hs512 = sample_header().with("alg", R"("HS512")");
  EXPECT_EQ(judge(gate, sign(hs512, object_text{{"iss", R"("lax")"}})),
            reason::algorithm_not_allowed);
  EXPECT_EQ(judge(gate, sign(hs512, object_text{{"iss", R"("strict")"}})),
            reason::type_not_allowed);
  const auto access = hs512.with("typ", R"("at+jwt")").with("kid", R"("two")");
  EXPECT_EQ(judge(gate, sign(access, object_text{{"iss", R"("strict")"}})), reason::key_not_found);
  EXPECT_EQ(judge(gate, sign(access.without("kid"), object_text{{"iss", R"("strict")"}})),
            reason::signature_invalid);
  // The entry is chosen by what the token says, and no other is tried.
  EXPECT_EQ(judge(gate, sign(object_text{{"iss", R"("other")"}})), reason::issuer_mismatch);
  EXPECT_EQ(judge(gate, sign(object_text{{"exp", "1"}})), reason::claim_missing);
}

// With a single issuer, in either form, nothing is looked at before the signature.
TEST(verifier, looks_at_no_payload_where_there_is_no_choice) {
  const auto one = verifier::from_policy(R"({"issuers":[)" + entry("a", support::secret) + "]}");
  ASSERT_TRUE(one) << one.error().message();
  const verifier plain = make(sample_policy().with("issuer", R"("a")"));
  const auto header = sample_header().text();
  for (const verifier* gate : {&*one, &plain}) {
    for (const std::string_view payload : {"not json", "{}", R"({"iss":"b"})", R"({"iss":1})"}) {
      EXPECT_EQ(judge(*gate, sign(header, payload, support::other_secret)),
                reason::signature_invalid);
    }
    EXPECT_EQ(judge(*gate, sign(header, "not json")), reason::claims_invalid);
    EXPECT_EQ(judge(*gate, sign(sample_claims().with("iss", R"("b")"))), reason::issuer_mismatch);
    EXPECT_EQ(judge(*gate, sign(sample_claims().with("iss", R"("a")"))), reason::ok);
  }
}

TEST(verifier, checks_a_tenant_before_and_after_the_signature) {
  const auto tenants = sample_policy()
                           .with("issuer", R"("https://login/{tenantid}/v2.0")")
                           .with("tenants", R"(["t-1","t-2"])");
  const auto made = verifier::from_policy(R"({"issuers":[)" + entry("a", support::other_secret) +
                                          ',' + tenants.text() + "]}");
  ASSERT_TRUE(made) << made.error().message();
  const auto claims = sample_claims().with("iss", R"("https://login/t-2/v2.0")");
  EXPECT_EQ(judge(*made, sign(claims.with("tid", R"("t-2")"))), reason::ok);
  EXPECT_EQ(judge(*made, sign(claims.with("tid", R"("t-1")"))), reason::issuer_mismatch);
  EXPECT_EQ(judge(*made, sign(claims)), reason::claim_missing);
  EXPECT_EQ(judge(*made, sign(sample_claims().with("iss", R"("https://login/t-3/v2.0")"))),
            reason::issuer_mismatch);
  EXPECT_EQ(
      judge(*made, sign(sample_header(), claims.with("tid", R"("t-2")"), support::other_secret)),
      reason::signature_invalid);
}

TEST(verifier, sees_every_changed_character_of_a_token) {
  const verifier gate = make(sample_policy());
  const std::string good = sign(sample_claims());
  ASSERT_EQ(judge(gate, good), reason::ok);
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char other : {'A', 'B', '.', '=', '\0', '\xff'}) {
      if (other == good[i]) continue;
      std::string bad = good;
      bad[i] = other;
      ASSERT_NE(judge(gate, bad), reason::ok) << i << ' ' << static_cast<int>(other);
    }
  }
}

TEST(verifier, refuses_every_part_of_a_token) {
  const verifier gate = make(sample_policy());
  const std::string good = sign(sample_claims());
  for (std::size_t length = 0; length < good.size(); ++length) {
    ASSERT_NE(judge(gate, good.substr(0, length)), reason::ok) << length;
    ASSERT_NE(judge(gate, good.substr(good.size() - length)), reason::ok) << length;
  }
  EXPECT_EQ(judge(gate, good + "AAAA"), reason::signature_invalid);
  EXPECT_EQ(judge(gate, good + ".AAAA"), reason::token_malformed);
}

// A clock that far off is broken: 2^53 is as far as the doors that count in doubles go.
TEST(verifier, judges_at_the_edges_of_the_clock) {
  constexpr std::int64_t farthest = std::int64_t{1} << 53;
  const verifier gate = make(sample_policy().with("clock_tolerance", "300"));
  const std::string lasting = sign(sample_claims().with("exp", "1e308"));
  const std::string old = sign(sample_claims().with("exp", "-1e308"));
  const std::string early = sign(sample_claims().with("exp", "1e308").with("nbf", "-1e308"));
  EXPECT_EQ(judge(gate, lasting, farthest), reason::ok);
  EXPECT_EQ(judge(gate, lasting, -farthest), reason::ok);
  EXPECT_EQ(judge(gate, old, farthest), reason::expired);
  EXPECT_EQ(judge(gate, old, -farthest), reason::expired);
  EXPECT_EQ(judge(gate, early, -farthest), reason::ok);

  constexpr std::int64_t beyond[] = {farthest + 1, -farthest - 1,
                                     std::numeric_limits<std::int64_t>::max(),
                                     std::numeric_limits<std::int64_t>::min()};
  for (const std::int64_t now : beyond) {
    EXPECT_EQ(judge(gate, lasting, now), reason::internal_error) << now;
    EXPECT_EQ(judge(gate, early, now), reason::internal_error) << now;
    const std::string value = "Bearer " + lasting;
    EXPECT_EQ(gate.verify(request_with(value), now).why(), reason::internal_error) << now;
  }
}

TEST(verifier, says_what_is_wrong_with_a_policy) {
  const auto made = verifier::from_policy(sample_policy().with("keys", "[]").text());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message(),
            "policy: $.keys: expected an array of 1 to 1000 keys, or a JWK Set");
}

TEST(verifier, keeps_nothing_of_the_policy_text) {
  std::string text = sample_policy().text();
  auto made = verifier::from_policy(text);
  text.assign(text.size(), 'x');
  ASSERT_TRUE(made);
  EXPECT_EQ(judge(*made, sign(sample_claims())), reason::ok);
}

TEST(verifier, can_be_moved) {
  verifier first = make(sample_policy());
  verifier second = std::move(first);
  EXPECT_EQ(judge(second, sign(sample_claims())), reason::ok);
  second = make(sample_policy().with("issuer", R"("else")"));
  EXPECT_EQ(judge(second, sign(sample_claims())), reason::issuer_mismatch);
}

TEST(verifier, responds_in_the_policys_realm) {
  const verifier gate = make(sample_policy().with("realm", R"("my realm")"));
  const auto response = gate.respond(reason::expired);
  EXPECT_EQ(response.status, "401");
  EXPECT_EQ(response.headers[0].value.view(), R"(Bearer realm="my realm", error="invalid_token")");
  EXPECT_EQ(gate.respond(reason::ok).status, "500");
}

TEST(verifier, answers_many_threads_at_once) {
  const verifier gate = make(sample_policy());
  const std::string good = sign(sample_claims());
  const std::string bad = sign(sample_header(), sample_claims(), support::other_secret);
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (auto& count : wrong) {
    threads.emplace_back([&gate, &good, &bad, &count] {
      for (int i = 0; i < 500; ++i) {
        count += gate.verify_token(good, support::now).why() != reason::ok;
        count += gate.verify_token(bad, support::now).why() != reason::signature_invalid;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace portcullis
