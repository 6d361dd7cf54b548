#include "jose/jwk_set.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "support/exact_copy.hpp"
#include "support/key_pairs.hpp"
#include "support/object_text.hpp"
#include "support/pem_text.hpp"
#include "support/print.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"

namespace portcullis {
namespace {

using support::array_text;
using support::every_algorithm;
using support::object_text;
using support::pair_of;
using support::set_of;

struct parsed_keys {
  explicit parsed_keys(std::string_view json, algorithm_set allowed = every_algorithm()) {
    const support::exact_copy copy(json);
    read = parse_document(copy.view(), document, error) &&
           parse_keys(document, document.root(), allowed, keys, error);
  }
  [[nodiscard]] std::string told() const { return read ? "ok" : support::told(error); }
  [[nodiscard]] std::string named(std::string_view id, algorithm chosen) const {
    const auto* key = keys.find(json_text{id, false}, chosen);
    return key == nullptr ? "-" : key->id.empty() ? "nameless" : std::string(key->id);
  }

  json_document document;
  key_set keys;
  policy_error error;
  bool read = false;
};

std::string told(std::string_view json, algorithm_set allowed = every_algorithm()) {
  return parsed_keys(json, allowed).told();
}

std::string set_text(std::string_view entries) {
  return R"({"keys":[)" + std::string(entries) + "]}";
}

std::string list_text(std::string_view entries) { return '[' + std::string(entries) + ']'; }

object_text jwk(key_type type, std::string_view id) {
  return pair_of(type).jwk().with("kid", '"' + std::string(id) + '"');
}

constexpr std::string_view form = "expected an array of 1 to 1000 keys, or a JWK Set";
constexpr std::string_view none_left = "$: expected at least one key that fits algorithms";

TEST(jwk_set, is_a_list_or_an_object) {
  const std::string rsa = jwk(key_type::rsa, "r").text();
  const std::string p256 = jwk(key_type::p256, "p").text();
  for (const std::string& text : {list_text(rsa + ',' + p256), set_text(rsa + ',' + p256)}) {
    const parsed_keys parsed(text);
    ASSERT_EQ(parsed.told(), "ok") << text;
    EXPECT_EQ(parsed.keys.size(), 2u);
    EXPECT_EQ(parsed.named("r", algorithm::rs256), "r");
    EXPECT_EQ(parsed.named("p", algorithm::es256), "p");
    EXPECT_EQ(parsed.named("p", algorithm::rs256), "-");
  }
  for (const std::string_view bad : {"null", "1", R"("keys")", "true", "[]"}) {
    EXPECT_EQ(told(bad), "$: " + std::string(form)) << bad;
  }
  for (const std::string_view bad : {"{}", R"({"key":[]})"}) {
    EXPECT_EQ(told(bad), "$: " + std::string(form)) << bad;
  }
  for (const std::string_view bad : {R"({"keys":null})", R"({"keys":{}})", R"({"keys":1})"}) {
    EXPECT_EQ(told(bad), "$.keys: " + std::string(form)) << bad;
  }
}

// RFC 7517 section 5: other members of a set are ignored.
TEST(jwk_set, ignores_what_stands_beside_the_keys) {
  EXPECT_EQ(told(R"({"a":[1],"keys":[)" + jwk(key_type::p256, "p").text() + R"(],"kty":"RSA"})"),
            "ok");
}

TEST(jwk_set, has_at_most_1000_entries) {
  const std::string key = pair_of(key_type::ed25519).jwk().text();
  EXPECT_EQ(told(array_text(key, 1000)), "ok");
  EXPECT_EQ(told(array_text(key, 1001)), "$: " + std::string(form));
  EXPECT_EQ(told(R"({"keys":)" + array_text(key, 1000) + '}'), "ok");
  EXPECT_EQ(told(R"({"keys":)" + array_text(key, 1001) + '}'), "$.keys: " + std::string(form));
  // Entries that are passed over count too.
  const std::string other = R"({"kty":"x"})";
  EXPECT_EQ(told(R"({"keys":)" + array_text(other, 1000) + '}'), none_left);
  EXPECT_EQ(told(R"({"keys":)" + array_text(other, 1001) + '}'), "$.keys: " + std::string(form));
  EXPECT_EQ(told(set_text("")), none_left);
}

// RFC 7517 section 5: what a reader does not understand is not for it.
TEST(jwk_set, passes_over_keys_for_something_else) {
  const object_text rsa = jwk(key_type::rsa, "ignored");
  const object_text p256 = jwk(key_type::p256, "ignored");
  const object_text okp = jwk(key_type::ed25519, "ignored");
  const std::string good = jwk(key_type::rsa, "good").text();
  const algorithm_set allowed = set_of({algorithm::rs256, algorithm::es256});
  const object_text rows[] = {
      {},
      {{"kty", "1"}},
      {{"kty", R"("AKP")"}, {"alg", R"("ML-DSA-44")"}, {"pub", R"("AA")"}},
      rsa.without("kty"),
      p256.without("crv"),
      p256.with("crv", R"("secp256k1")"),
      okp.with("crv", R"("X25519")"),
      okp,
      {{"kty", R"("oct")"}, {"k", R"("too short, and not allowed")"}},
      rsa.with("alg", R"("RSA-OAEP")"),
      rsa.with("alg", R"("RS512")"),
      rsa.with("alg", R"("none")"),
      rsa.with("use", R"("enc")"),
      rsa.with("key_ops", R"(["encrypt"])"),
      rsa.with("key_ops", "[]"),
      rsa.without("n"),
      rsa.without("e"),
      p256.without("x"),
      p256.without("y"),
      // Nothing else of such an entry is looked at.
      rsa.with("use", R"("enc")").with("kid", "1").with("n", "1").with("e", "{}"),
  };
  for (const auto& row : rows) {
    const std::string other = row.text();
    EXPECT_EQ(told(set_text(other), allowed), none_left) << other;
    for (const std::string& text : {set_text(other + ',' + good), set_text(good + ',' + other)}) {
      const parsed_keys parsed(text, allowed);
      ASSERT_EQ(parsed.told(), "ok") << text;
      EXPECT_EQ(parsed.keys.size(), 1u);
      EXPECT_EQ(parsed.named("good", algorithm::rs256), "good");
      EXPECT_EQ(parsed.named("ignored", algorithm::rs256), "-");
    }
    // A list has no room for such.
    const std::string in_list = told(list_text(good + ',' + other), allowed);
    EXPECT_EQ(in_list.substr(0, 4), "$[1]") << in_list;
  }
}

// Nothing of an ignored entry clings to the key that follows.
TEST(jwk_set, keeps_nothing_of_an_ignored_entry) {
  const std::string ignored = jwk(key_type::rsa, "ignored").without("n").text();
  const parsed_keys parsed(set_text(ignored + ',' + pair_of(key_type::p256).jwk().text()));
  ASSERT_EQ(parsed.told(), "ok");
  const auto* key = parsed.keys.find(std::nullopt, algorithm::es256);
  ASSERT_NE(key, nullptr);
  EXPECT_TRUE(key->id.empty());
  for (const auto& row : algorithms) {
    EXPECT_EQ(key->usable_for.contains(row.id), row.id == algorithm::es256) << row.name;
  }
}

TEST(jwk_set, refuses_broken_keys_in_every_form) {
  const object_text rsa = jwk(key_type::rsa, "r");
  const object_text p256 = jwk(key_type::p256, "p");
  const std::string good = jwk(key_type::ed25519, "good").text();
  struct row {
    std::string json;
    std::string told;  // from the key on
  };
  const row rows[] = {
      {"1", ": expected a key object"},
      {"null", ": expected a key object"},
      {"[]", ": expected a key object"},
      {rsa.with("e", R"("AQ")").text(), ".e: expected an odd number from 3 to 2^64 - 1"},
      {rsa.with("n", R"("AQ")").text(), ".n: expected an odd number of 2048 to 8192 bits"},
      {p256.with("y", R"("AQ")").text(), ".y: expected 32 bytes, a coordinate"},
      {p256.with("alg", R"("RS256")").text(),
       ".alg: expected one of the policy's algorithms that fits the key"},
      {p256.with("alg", "1").text(),
       ".alg: expected one of the policy's algorithms that fits the key"},
      {p256.with("use", "1").text(), R"(.use: expected "sig")"},
      {p256.with("kid", R"("")").text(), ".kid: expected a string of 1 to 256 bytes"},
      {p256.with("d", R"("AA")").text(), ".d: expected a public key, without this member"},
      {p256.with("use", R"("enc")").with("d", R"("AA")").text(),
       ".d: expected a public key, without this member"},
      {p256.with("kid", R"("good")").text(), ".kid: expected a kid that no other key has"},
      {jwk(key_type::rsa, "good").text(), ".kid: expected a kid that no other key has"},
  };
  for (const auto& [json, expected] : rows) {
    EXPECT_EQ(told(set_text(good + ',' + json)), "$.keys[1]" + expected) << json;
    EXPECT_EQ(told(list_text(good + ',' + json)), "$[1]" + expected) << json;
  }
}

// The kid of an ignored entry is free.
TEST(jwk_set, counts_a_kid_once_among_the_keys_that_are_kept) {
  const std::string ignored = jwk(key_type::rsa, "same").with("use", R"("enc")").text();
  const std::string kept = jwk(key_type::rsa, "same").text();
  EXPECT_EQ(told(set_text(ignored + ',' + kept + ',' + ignored)), "ok");
  EXPECT_EQ(told(set_text(kept + ',' + ignored + ',' + kept)),
            "$.keys[2].kid: expected a kid that no other key has");
  // Keys without one are not the same.
  const std::string nameless = pair_of(key_type::p256).jwk().text();
  EXPECT_EQ(told(set_text(nameless + ',' + nameless)), "ok");
}

// Our own forms stand in a list alone.
TEST(jwk_set, has_jwks_only) {
  const std::string raw = support::raw_key(support::secret);
  const std::string pem = R"({"pem":"-----BEGIN PUBLIC KEY-----)" +
                          support::encode_base64(pair_of(key_type::p256).key_info()) +
                          R"(-----END PUBLIC KEY-----"})";
  const algorithm_set allowed = set_of({algorithm::hs256, algorithm::es256});
  EXPECT_EQ(told(list_text(raw), allowed), "ok");
  EXPECT_EQ(told(list_text(pem), allowed), "ok");
  EXPECT_EQ(told(list_text(raw + ',' + pem), allowed), "ok");
  // They have no kty.
  EXPECT_EQ(told(set_text(raw), allowed), none_left);
  EXPECT_EQ(told(set_text(pem), allowed), none_left);
}

TEST(jwk_set, holds_keys_of_all_types_together) {
  std::string entries =
      R"({"kty":"oct","kid":"s","k":")" + support::encode_base64url(support::long_secret) + "\"}";
  for (const key_type type : support::public_key_types) {
    entries += ',' + jwk(type, std::to_string(static_cast<int>(type))).text();
  }
  const parsed_keys parsed(set_text(entries));
  ASSERT_EQ(parsed.told(), "ok");
  EXPECT_EQ(parsed.keys.size(), 6u);
  for (const auto& row : algorithms) {
    const std::string id =
        row.key == key_type::secret ? "s" : std::to_string(static_cast<int>(row.key));
    EXPECT_EQ(parsed.named(id, row.id), id) << row.name;
    const auto* only = parsed.keys.find(std::nullopt, row.id);
    ASSERT_NE(only, nullptr) << row.name;
    EXPECT_EQ(only->id, id) << row.name;
  }
}

}  // namespace
}  // namespace portcullis
