// The forms of a key that are our own: a raw secret, and a PEM text.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "jose/jwk.hpp"
#include "support/key_pairs.hpp"
#include "support/object_text.hpp"
#include "support/parsed_key.hpp"
#include "support/pem_text.hpp"
#include "support/print.hpp"
#include "support/signing.hpp"
#include "support/tokens.hpp"

namespace portcullis {
namespace {

using support::encode_base64url;
using support::every_algorithm;
using support::object_text;
using support::pair_of;
using support::parsed_key;
using support::pem_text;
using support::public_key_types;
using support::repeat;
using support::set_of;

const algorithm_set hs256_alone = set_of({algorithm::hs256});
const std::string bytes_32(32, 's');

std::string quote(std::string_view text) { return '"' + std::string(text) + '"'; }

// A JSON string of a PEM text, whose line breaks are escaped.
std::string quote_lines(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}

object_text sample_raw() { return {{"secret", quote(bytes_32)}, {"encoding", R"("utf8")"}}; }

object_text sample_pem(key_type type) {
  return {{"pem", quote_lines(pem_text("PUBLIC KEY", pair_of(type).key_info()))}};
}

std::string told(const object_text& json, algorithm_set allowed = hs256_alone) {
  return parsed_key(json, allowed).told();
}

void expect_secret(const object_text& json, std::string_view secret) {
  const parsed_key parsed(json, hs256_alone);
  ASSERT_EQ(parsed.told(), "ok") << json.text();
  const auto& imported = parsed.key.secrets[0];
  ASSERT_NE(imported, nullptr);
  EXPECT_EQ(imported->verify("message", support::hmac_sha256(secret, "message")), verdict::valid);
}

TEST(raw_secret, is_decoded_as_its_encoding_says) {
  expect_secret(sample_raw(), bytes_32);
  expect_secret(sample_raw()
                    .with("encoding", R"("base64url")")
                    .with("secret", quote(encode_base64url(bytes_32))),
                bytes_32);
  const std::string hex = "00017f80ff0123456789abcdefABCDEF" + repeat("5a", 16);
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

TEST(raw_secret, serves_the_hashes_that_policy_and_alg_name) {
  const object_text longest = sample_raw().with("secret", quote(std::string(64, 's')));
  EXPECT_EQ(parsed_key(longest).serves(), "HS256 HS384 HS512");
  EXPECT_EQ(parsed_key(longest.with("alg", R"("HS384")")).serves(), "HS384");
  EXPECT_EQ(parsed_key(longest, hs256_alone).serves(), "HS256");
  EXPECT_EQ(parsed_key(sample_raw().with("alg", R"("HS256")")).told(), "ok");
  EXPECT_EQ(parsed_key(sample_raw()).told(),
            "$.secret: expected a string of UTF-8, of 64 to 1024 bytes for HS512");
}

TEST(raw_secret, is_wiped) {
  const parsed_key parsed(sample_raw(), hs256_alone);
  ASSERT_EQ(parsed.told(), "ok");
  EXPECT_EQ(parsed.document.root().find("secret")->text, std::string(32, '\0'));
}

TEST(raw_secret, keeps_the_id) {
  EXPECT_EQ(parsed_key(sample_raw().with("kid", R"("k1")"), hs256_alone).key.id, "k1");
  EXPECT_EQ(parsed_key(sample_raw(), hs256_alone).key.id, "");
}

TEST(raw_secret, says_what_is_wrong_and_where) {
  const std::string utf8 = "expected a string of UTF-8, of 32 to 1024 bytes for HS256";
  const std::string base64url = "expected unpadded base64url of 32 to 1024 bytes for HS256";
  const std::string hex = "expected hex of 32 to 1024 bytes for HS256";
  const std::string encoding = R"($.encoding: expected "utf8", "base64url" or "hex")";
  const std::string alg = "$.alg: expected one of the policy's algorithms that fits the key";
  struct row {
    object_text json;
    std::string told;
  };
  const object_text in_hex = sample_raw().with("encoding", R"("hex")");
  const row rows[] = {
      {sample_raw().with("secret", "null"), "$.secret: " + utf8},
      {sample_raw().with("secret", "[1]"), "$.secret: " + utf8},
      {sample_raw().with("secret", R"("")"), "$.secret: " + utf8},
      {sample_raw().without("encoding"), encoding},
      {sample_raw().with("encoding", R"("base64")"), encoding},
      {sample_raw().with("encoding", R"("UTF8")"), encoding},
      {sample_raw().with("encoding", R"("")"), encoding},
      {sample_raw().with("encoding", "null"), encoding},
      {in_hex, "$.secret: " + hex},
      {in_hex.with("secret", quote(std::string(65, 'a'))), "$.secret: " + hex},
      {in_hex.with("secret", quote("0x" + std::string(64, 'a'))), "$.secret: " + hex},
      {in_hex.with("secret", quote(std::string(63, 'a') + 'g')), "$.secret: " + hex},
      {in_hex.with("secret", quote(std::string(32, 'a') + ' ' + std::string(33, 'a'))),
       "$.secret: " + hex},
      {sample_raw().with("encoding", R"("base64url")").with("secret", R"("a+")"),
       "$.secret: " + base64url},
      {sample_raw().with("alg", R"("RS256")"), alg},
      {sample_raw().with("alg", R"("HS384")"), alg},
      {sample_raw().with("alg", R"("none")"), alg},
      {sample_raw().with("alg", "1"), alg},
      {sample_raw().with("kid", R"("")"), "$.kid: expected a string of 1 to 256 bytes"},
      {sample_raw().with("kty", R"("oct")"), "$.kty: expected no such member"},
      {sample_raw().with("use", R"("sig")"), "$.use: expected no such member"},
      {sample_raw().with("encodin", R"("hex")"), "$.encodin: expected no such member"},
      {sample_raw().with("pem", R"("")"), "$.pem: expected no such member"},
      {sample_raw().with("k", R"("")"), "$.k: expected no such member"},
  };
  for (const auto& [json, expected] : rows) {
    const parsed_key parsed(json, hs256_alone);
    EXPECT_EQ(parsed.told(), expected) << json.text();
    EXPECT_EQ(static_cast<int>(parsed.fit), static_cast<int>(key_fit::broken)) << json.text();
  }
  EXPECT_EQ(told(sample_raw(), set_of({algorithm::rs256})),
            "$: expected one of the policy's algorithms that fits the key");
}

// The byte below and above each bound, in every form.
TEST(raw_secret, is_bounded_in_every_encoding) {
  struct row {
    algorithm id;
    std::size_t least;
  };
  for (const auto& [id, least] :
       {row{algorithm::hs256, 32}, row{algorithm::hs384, 48}, row{algorithm::hs512, 64}}) {
    const auto raw = [allowed = set_of({id})](std::string_view encoding, const std::string& text) {
      return told(sample_raw().with("encoding", quote(encoding)).with("secret", quote(text)),
                  allowed);
    };
    const std::string sizes =
        std::to_string(least) + " to 1024 bytes for " + std::string(row_of(id).name);
    const auto utf8 = [&raw](std::size_t size) { return raw("utf8", std::string(size, 's')); };
    const auto hex = [&raw](std::size_t size) { return raw("hex", repeat("5a", size)); };
    const auto base64url = [&raw](std::size_t size) {
      return raw("base64url", encode_base64url(std::string(size, 's')));
    };
    for (const std::size_t size : {least, std::size_t{1024}}) {
      EXPECT_EQ(utf8(size), "ok");
      EXPECT_EQ(hex(size), "ok");
      EXPECT_EQ(base64url(size), "ok");
    }
    for (const std::size_t size : {std::size_t{1}, least - 1, std::size_t{1025}, std::size_t{2048},
                                   std::size_t{2049}, std::size_t{5000}}) {
      EXPECT_EQ(utf8(size), "$.secret: expected a string of UTF-8, of " + sizes) << size;
      EXPECT_EQ(hex(size), "$.secret: expected hex of " + sizes) << size;
      EXPECT_EQ(base64url(size), "$.secret: expected unpadded base64url of " + sizes) << size;
    }
    // Bytes are counted, not characters.
    EXPECT_EQ(raw("utf8", repeat("\xc3\xa9", least / 2)), "ok");
    EXPECT_EQ(raw("utf8", 's' + repeat("\xc3\xa9", least / 2 - 1)),
              "$.secret: expected a string of UTF-8, of " + sizes);
  }
}

TEST(raw_secret, is_never_repeated) {
  const std::string shown = "do-not-show-this-secret";
  const object_text rows[] = {
      sample_raw().with("secret", quote(shown)),
      sample_raw().with("secret", quote(shown)).with("encoding", R"("hex")"),
      sample_raw().with("secret", quote(shown)).with("encoding", "1"),
      sample_raw().with("secret", quote(shown)).with("kid", "1"),
      sample_raw().with("encoding", quote(shown)),
      sample_raw().with("alg", quote(shown)),
      {{"pem", quote(shown)}},
  };
  for (const auto& json : rows) {
    const std::string message = told(json);
    EXPECT_EQ(message.substr(0, 2), "$.") << json.text();
    EXPECT_EQ(message.find(shown), std::string::npos) << message;
  }
}

TEST(pem_form, imports_the_key_in_every_container) {
  for (const key_type type : public_key_types) {
    const auto& pair = pair_of(type);
    const std::string texts[] = {
        pem_text("PUBLIC KEY", pair.key_info()),
        pem_text("CERTIFICATE", pair.certificate()),
        type == key_type::rsa ? pem_text("RSA PUBLIC KEY", pair.rsa_public_key())
                              : pem_text("PUBLIC KEY", pair.key_info()),
    };
    for (const auto& text : texts) {
      const parsed_key parsed(object_text{{"pem", quote_lines(text)}, {"kid", R"("one")"}});
      ASSERT_EQ(parsed.told(), "ok") << text;
      EXPECT_EQ(parsed.key.id, "one");
      for (const auto& row : algorithms) {
        ASSERT_EQ(parsed.key.usable_for.contains(row.id), row.key == type) << row.name;
        if (row.key != type) continue;
        EXPECT_EQ(parsed.key.public_part.verify(row, "message", pair.sign(row, "message")),
                  verdict::valid)
            << row.name;
      }
      if (type == key_type::rsa) {
        EXPECT_EQ(parsed.key.modulus_bytes, 256);
      }
    }
  }
}

TEST(pem_form, serves_what_policy_and_alg_name) {
  const object_text rsa = sample_pem(key_type::rsa);
  const algorithm_set some = set_of({algorithm::rs256, algorithm::ps512, algorithm::es256});
  EXPECT_EQ(parsed_key(rsa, some).serves(), "RS256 PS512");
  EXPECT_EQ(parsed_key(rsa.with("alg", R"("PS512")"), some).serves(), "PS512");
  EXPECT_EQ(parsed_key(sample_pem(key_type::ed25519).with("alg", R"("EdDSA")")).serves(),
            "EdDSA Ed25519");
  const std::string fits = "expected one of the policy's algorithms that fits the key";
  EXPECT_EQ(told(rsa.with("alg", R"("RS512")"), some), "$.alg: " + fits);
  EXPECT_EQ(told(rsa.with("alg", R"("ES256")"), some), "$.alg: " + fits);
  EXPECT_EQ(told(rsa.with("alg", "null"), some), "$.alg: " + fits);
  EXPECT_EQ(told(sample_pem(key_type::p384), some), "$: " + fits);
  // A public key is never a secret, whatever its text.
  EXPECT_EQ(told(rsa, hs256_alone), "$: " + fits);
  EXPECT_EQ(told(rsa.with("alg", R"("HS256")"), every_algorithm()), "$.alg: " + fits);
}

TEST(pem_form, says_what_is_wrong_and_where) {
  const std::string expected =
      "$.pem: expected one PEM block: PUBLIC KEY, RSA PUBLIC KEY or CERTIFICATE, with a key for "
      "RSA, P-256, P-384, P-521 or Ed25519";
  const object_text p256 = sample_pem(key_type::p256);
  const std::string good = pem_text("PUBLIC KEY", pair_of(key_type::p256).key_info());
  for (const std::string& bad : {
           std::string("null"),
           std::string("1"),
           quote(""),
           quote("secret"),
           quote_lines(good + good),
           quote_lines("x" + good),
           quote_lines(pem_text("PRIVATE KEY", pair_of(key_type::p256).key_info())),
           quote_lines(pem_text("RSA PRIVATE KEY", pair_of(key_type::rsa).rsa_public_key())),
           quote_lines(pem_text("EC PRIVATE KEY", pair_of(key_type::p256).key_info())),
           quote_lines(pem_text("ENCRYPTED PRIVATE KEY", pair_of(key_type::p256).key_info())),
           quote_lines(pem_text("RSA PUBLIC KEY", pair_of(key_type::rsa).key_info())),
           quote_lines(pem_text("PUBLIC KEY", pair_of(key_type::rsa).rsa_public_key())),
       }) {
    EXPECT_EQ(told(p256.with("pem", bad), every_algorithm()), expected) << bad;
  }
  EXPECT_EQ(told(p256.with("kid", R"("")")), "$.kid: expected a string of 1 to 256 bytes");
  EXPECT_EQ(told(p256.with("kty", R"("EC")")), "$.kty: expected no such member");
  EXPECT_EQ(told(p256.with("encoding", R"("utf8")")), "$.encoding: expected no such member");
  EXPECT_EQ(told(p256.with("use", R"("sig")")), "$.use: expected no such member");
}

// The rules of a key are those of a JWK; the PEM text is what is at fault.
TEST(pem_form, holds_its_key_to_the_same_rules) {
  const auto told_of = [](std::string_view label, const std::string& der) {
    return told({{"pem", quote_lines(pem_text(label, der))}}, every_algorithm());
  };
  const support::key_pair small = support::key_pair::make_rsa(1024);
  EXPECT_EQ(told_of("RSA PUBLIC KEY", small.rsa_public_key()),
            "$.pem: expected an odd number of 2048 to 8192 bits");
  EXPECT_EQ(told_of("PUBLIC KEY", small.key_info()),
            "$.pem: expected an odd number of 2048 to 8192 bits");
  std::string off_curve = pair_of(key_type::p256).key_info();
  off_curve.back() = static_cast<char>(off_curve.back() ^ 1);
  EXPECT_EQ(told_of("PUBLIC KEY", off_curve), "$.pem: expected a point on the curve");
  std::string small_order = pair_of(key_type::ed25519).key_info();
  small_order.replace(small_order.size() - 32, 32, std::string(32, '\0'));
  EXPECT_EQ(told_of("PUBLIC KEY", small_order), "$.pem: expected 32 bytes, a point of large order");
}

}  // namespace
}  // namespace portcullis
