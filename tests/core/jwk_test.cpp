#include "jose/jwk.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "encoding/json_document.hpp"
#include "support/object_text.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"
#include "support/tokens.hpp"

namespace portcullis {
namespace {

using support::object_text;
using support::parsed_policy;

// A key as the only one of a policy, which is the only way for a key to come in.
object_text policy_with(std::string_view key) {
  return support::sample_policy().with("keys", '[' + std::string(key) + ']');
}

// "path: expected ...", the path from the key on, or "ok".
std::string told(std::string_view json) {
  const std::string text = parsed_policy(policy_with(json)).told();
  constexpr std::string_view key = "$.keys[0]";
  return text.substr(0, key.size()) == key ? '$' + text.substr(key.size()) : text;
}

constexpr std::string_view expected_utf8 = "expected a string of 32 to 1024 UTF-8 bytes for HS256";
constexpr std::string_view expected_base64url =
    "expected unpadded base64url of 32 to 1024 bytes for HS256";
constexpr std::string_view expected_hex = "expected hex of 32 to 1024 bytes for HS256";

std::string quote(std::string_view text) { return '"' + std::string(text) + '"'; }

const std::string bytes_32(32, 's');

object_text sample_jwk() {
  return {{"kty", R"("oct")"}, {"k", quote(support::encode_base64url(bytes_32))}};
}

object_text sample_raw() { return {{"secret", quote(bytes_32)}, {"encoding", R"("utf8")"}}; }

void expect_secret(const object_text& key, std::string_view secret) {
  const parsed_policy parsed(policy_with(key.text()));
  ASSERT_EQ(parsed.told(), "ok");
  const verification_key* const found = parsed.rules.keys.find(std::nullopt);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->secret.verify("message", support::hmac_sha256(secret, "message")),
            verdict::valid);
  EXPECT_TRUE(found->usable_for.contains(algorithm::hs256));
}

TEST(jwk, imports_the_secret_that_is_meant) {
  expect_secret(sample_jwk(), bytes_32);
  expect_secret(sample_raw(), bytes_32);
  expect_secret(sample_raw()
                    .with("encoding", R"("base64url")")
                    .with("secret", quote(support::encode_base64url(bytes_32))),
                bytes_32);
  const std::string hex = "00017f80ff0123456789abcdefABCDEF" + support::repeat("5a", 16);
  const std::string bytes =
      std::string("\x00\x01\x7f\x80\xff\x01\x23\x45\x67\x89\xab\xcd\xef", 13) + "\xab\xcd\xef" +
      std::string(16, '\x5a');
  expect_secret(sample_raw().with("encoding", R"("hex")").with("secret", quote(hex)), bytes);
  expect_secret(sample_raw().with("secret", R"("\u0000\u00e9\n)" + std::string(28, 's') + '"'),
                std::string("\0\xc3\xa9\n", 4) + std::string(28, 's'));
  // A base64url text is a good UTF-8 secret too: the encoding is named, never guessed.
  const std::string looks_encoded(44, 'A');
  expect_secret(sample_raw().with("secret", quote(looks_encoded)), looks_encoded);
}

// A secret does not stay in the document that the policy keeps.
TEST(jwk, wipes_the_text_of_the_secret) {
  for (const auto& [key, member] :
       {std::pair(sample_jwk(), "k"), std::pair(sample_raw(), "secret")}) {
    const parsed_policy parsed(policy_with(key.text()));
    ASSERT_EQ(parsed.told(), "ok");
    const json_node& node = *parsed.rules.document.root().find("keys")->first;
    const std::string_view text = node.find(member)->text;
    EXPECT_EQ(text, std::string(text.size(), '\0')) << member;
    EXPECT_FALSE(text.empty());
  }
}

TEST(jwk, keeps_the_id) {
  const auto id_of = [](const object_text& key) {
    const parsed_policy parsed(policy_with(key.text()));
    const auto* found = parsed.rules.keys.find(std::nullopt);
    return found == nullptr ? parsed.told() : std::string(found->id);
  };
  EXPECT_EQ(id_of(sample_jwk()), "");
  EXPECT_EQ(id_of(sample_jwk().with("kid", R"("key \u00e9")")), "key \xc3\xa9");
  EXPECT_EQ(id_of(sample_raw().with("kid", R"("k1")")), "k1");
}

TEST(jwk, takes_the_members_of_rfc_7517) {
  const std::string rows[] = {
      sample_jwk().with("alg", R"("HS256")").text(),
      sample_jwk().with("use", R"("sig")").text(),
      sample_jwk().with("key_ops", R"(["verify"])").text(),
      sample_jwk().with("key_ops", R"(["sign","verify"])").text(),
      sample_jwk().with("ext", "true").with("x5t", R"("AA")").with("other", "[1]").text(),
      sample_raw().with("alg", R"("HS256")").text(),
  };
  for (const auto& json : rows) EXPECT_EQ(told(json), "ok") << json;
}

TEST(jwk, says_what_is_wrong_and_where) {
  const std::string base64url(expected_base64url);
  const std::string utf8(expected_utf8);
  const std::string hex(expected_hex);
  struct row {
    std::string json;
    std::string told;
  };
  const row rows[] = {
      {"null", "$: expected a key object"},
      {"[]", "$: expected a key object"},
      {R"("secret")", "$: expected a key object"},
      {"{}", R"($.kty: expected "oct" (or a raw key with "secret"))"},
      {sample_jwk().with("kty", R"("RSA")").text(),
       R"($.kty: expected "oct" (or a raw key with "secret"))"},
      {sample_jwk().with("kty", R"("OCT")").text(),
       R"($.kty: expected "oct" (or a raw key with "secret"))"},
      {sample_jwk().with("kty", "1").text(),
       R"($.kty: expected "oct" (or a raw key with "secret"))"},
      {sample_jwk().with("alg", R"("HS512")").text(), R"($.alg: expected "HS256")"},
      {sample_jwk().with("alg", R"("none")").text(), R"($.alg: expected "HS256")"},
      {sample_jwk().with("alg", R"("hs256")").text(), R"($.alg: expected "HS256")"},
      {sample_jwk().with("alg", "null").text(), R"($.alg: expected "HS256")"},
      {sample_jwk().with("use", R"("enc")").text(), R"($.use: expected "sig")"},
      {sample_jwk().with("use", "1").text(), R"($.use: expected "sig")"},
      {sample_jwk().with("key_ops", R"(["sign"])").text(),
       R"($.key_ops: expected an array of strings with "verify" in it)"},
      {sample_jwk().with("key_ops", "[]").text(),
       R"($.key_ops: expected an array of strings with "verify" in it)"},
      {sample_jwk().with("key_ops", R"("verify")").text(),
       R"($.key_ops: expected an array of strings with "verify" in it)"},
      {sample_jwk().with("key_ops", R"(["verify",1])").text(),
       R"($.key_ops: expected an array of strings with "verify" in it)"},
      {sample_jwk().with("key_ops", R"({"a":"verify"})").text(),
       R"($.key_ops: expected an array of strings with "verify" in it)"},
      {sample_jwk().with("kid", R"("")").text(), "$.kid: expected a string of 1 to 256 bytes"},
      {sample_jwk().with("kid", "1").text(), "$.kid: expected a string of 1 to 256 bytes"},
      {sample_jwk().with("kid", "null").text(), "$.kid: expected a string of 1 to 256 bytes"},
      {sample_jwk().without("k").text(), "$.k: " + base64url},
      {sample_jwk().with("k", "null").text(), "$.k: " + base64url},
      {sample_jwk().with("k", quote(std::string(43, 'A') + '=')).text(), "$.k: " + base64url},
      {sample_jwk().with("k", quote(std::string(43, 'A') + '+')).text(), "$.k: " + base64url},
      {sample_jwk().with("k", quote(std::string(42, 'A') + 'B')).text(), "$.k: " + base64url},
      {sample_jwk().with("k", R"("")").text(), "$.k: " + base64url},

      {sample_raw().with("secret", "null").text(), "$.secret: " + utf8},
      {sample_raw().with("secret", "[1]").text(), "$.secret: " + utf8},
      {sample_raw().with("secret", R"("")").text(), "$.secret: " + utf8},
      {sample_raw().without("encoding").text(),
       R"($.encoding: expected "utf8", "base64url" or "hex")"},
      {sample_raw().with("encoding", R"("base64")").text(),
       R"($.encoding: expected "utf8", "base64url" or "hex")"},
      {sample_raw().with("encoding", R"("UTF8")").text(),
       R"($.encoding: expected "utf8", "base64url" or "hex")"},
      {sample_raw().with("encoding", "null").text(),
       R"($.encoding: expected "utf8", "base64url" or "hex")"},
      {sample_raw().with("encoding", R"("hex")").text(), "$.secret: " + hex},
      {sample_raw().with("encoding", R"("hex")").with("secret", quote(std::string(65, 'a'))).text(),
       "$.secret: " + hex},
      {sample_raw().with("encoding", R"("hex")").with("secret", R"("0x00")").text(),
       "$.secret: " + hex},
      {sample_raw().with("encoding", R"("base64url")").with("secret", R"("a+")").text(),
       "$.secret: " + base64url},
      {sample_raw().with("alg", R"("RS256")").text(), R"($.alg: expected "HS256")"},
      {sample_raw().with("kid", R"("")").text(), "$.kid: expected a string of 1 to 256 bytes"},
      {sample_raw().with("kty", R"("oct")").text(), "$.kty: expected no such member"},
      {sample_raw().with("use", R"("sig")").text(), "$.use: expected no such member"},
      {sample_raw().with("encodin", R"("hex")").text(), "$.encodin: expected no such member"},
  };
  for (const auto& [json, expected] : rows) EXPECT_EQ(told(json), expected) << json;
}

// 31 bytes are refused and 32 taken in every form, and 1025 and 1024.
TEST(jwk, bounds_the_secret_in_every_form) {
  const auto jwk = [](std::size_t size) {
    return sample_jwk().with("k", quote(support::encode_base64url(std::string(size, 's')))).text();
  };
  const auto raw = [](std::string_view encoding, const std::string& secret) {
    return sample_raw().with("encoding", quote(encoding)).with("secret", quote(secret)).text();
  };
  const auto in_base64url = [](std::size_t size) {
    return support::encode_base64url(std::string(size, 's'));
  };
  for (const std::size_t size : {32u, 1024u}) {
    EXPECT_EQ(told(jwk(size)), "ok");
    EXPECT_EQ(told(raw("utf8", std::string(size, 's'))), "ok");
    EXPECT_EQ(told(raw("hex", support::repeat("5a", size))), "ok");
    EXPECT_EQ(told(raw("base64url", in_base64url(size))), "ok");
  }
  const std::string in_secret = "$.secret: ";
  for (const std::size_t size : {1u, 31u, 1025u}) {
    EXPECT_EQ(told(jwk(size)), "$.k: " + std::string(expected_base64url));
    EXPECT_EQ(told(raw("utf8", std::string(size, 's'))), in_secret + std::string(expected_utf8));
    EXPECT_EQ(told(raw("hex", support::repeat("5a", size))), in_secret + std::string(expected_hex));
    EXPECT_EQ(told(raw("base64url", in_base64url(size))),
              in_secret + std::string(expected_base64url));
  }
  // Bytes are counted, not characters.
  EXPECT_EQ(told(raw("utf8", support::repeat("\xc3\xa9", 16))), "ok");
  EXPECT_EQ(told(raw("utf8", 's' + support::repeat("\xc3\xa9", 15))),
            in_secret + std::string(expected_utf8));
}

TEST(jwk, never_repeats_a_secret) {
  const std::string shown = "do-not-show-this-secret";
  const std::string rows[] = {
      sample_raw().with("secret", quote(shown)).text(),
      sample_raw().with("secret", quote(shown)).with("encoding", R"("hex")").text(),
      sample_raw().with("secret", quote(shown)).with("encoding", "1").text(),
      sample_jwk().with("k", quote(shown)).text(),
      sample_jwk().with("k", quote(shown)).with("use", R"("enc")").text(),
      sample_raw().with("encoding", quote(shown)).text(),
      sample_raw().with("alg", quote(shown)).text(),
  };
  for (const auto& json : rows) {
    const std::string message = told(json);
    EXPECT_EQ(message.substr(0, 2), "$.") << json;
    EXPECT_EQ(message.find(shown), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace portcullis
