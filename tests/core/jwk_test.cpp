#include "jose/jwk.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "support/key_pairs.hpp"
#include "support/object_text.hpp"
#include "support/parsed_key.hpp"
#include "support/print.hpp"
#include "support/signing.hpp"
#include "support/tokens.hpp"

namespace portcullis {
namespace {

using support::algorithms_of;
using support::encode_base64url;
using support::every_algorithm;
using support::object_text;
using support::pair_of;
using support::parsed_key;
using support::public_key_types;
using support::set_of;

const algorithm_set hs256_alone = set_of({algorithm::hs256});

std::string quote(std::string_view text) { return '"' + std::string(text) + '"'; }

std::string encoded(std::string_view bytes) { return quote(encode_base64url(bytes)); }

const std::string bytes_32(32, 's');

object_text sample_jwk() { return {{"kty", R"("oct")"}, {"k", encoded(bytes_32)}}; }

std::string told(std::string_view json, algorithm_set allowed = every_algorithm()) {
  return parsed_key(json, allowed).told();
}

std::string told(const object_text& json, algorithm_set allowed = every_algorithm()) {
  return told(json.text(), allowed);
}

TEST(jwk, imports_the_secret_that_is_meant) {
  const parsed_key parsed(sample_jwk(), hs256_alone);
  ASSERT_EQ(parsed.told(), "ok");
  const auto& secret = parsed.key.secrets[static_cast<std::size_t>(hash::sha256)];
  ASSERT_NE(secret, nullptr);
  EXPECT_EQ(secret->verify("message", support::hmac_sha256(bytes_32, "message")), verdict::valid);
  EXPECT_EQ(parsed.serves(), "HS256");
  EXPECT_EQ(parsed.key.secrets[1], nullptr);
  EXPECT_EQ(parsed.key.secrets[2], nullptr);
}

// One state for each hash that is asked for, and no other.
TEST(jwk, imports_a_secret_for_each_hash) {
  const std::string secret(64, 's');
  const parsed_key parsed(sample_jwk().with("k", encoded(secret)));
  ASSERT_EQ(parsed.told(), "ok");
  EXPECT_EQ(parsed.serves(), "HS256 HS384 HS512");
  for (const hash digest : {hash::sha256, hash::sha384, hash::sha512}) {
    const auto& imported = parsed.key.secrets[static_cast<std::size_t>(digest)];
    ASSERT_NE(imported, nullptr);
    EXPECT_EQ(imported->verify("message", support::hmac(digest, secret, "message")),
              verdict::valid);
  }
}

TEST(jwk, imports_every_type_of_public_key) {
  for (const key_type type : public_key_types) {
    const parsed_key parsed(pair_of(type).jwk());
    ASSERT_EQ(parsed.told(), "ok") << pair_of(type).jwk().text();
    for (const auto& row : algorithms) {
      ASSERT_EQ(parsed.key.usable_for.contains(row.id), row.key == type) << row.name;
      if (row.key != type) continue;
      EXPECT_EQ(parsed.key.public_part.verify(row, "message", support::sign_bytes(row, "message")),
                verdict::valid)
          << row.name;
    }
    for (const auto& secret : parsed.key.secrets) EXPECT_EQ(secret, nullptr);
    EXPECT_EQ(parsed.key.modulus_bytes, type == key_type::rsa ? 256 : parsed.key.modulus_bytes);
  }
}

// RFC 7515 appendices A.2.1, A.3.1 and A.4.1, RFC 8037 appendix A.2.
TEST(jwk, takes_the_keys_of_the_rfcs) {
  constexpr std::string_view rows[] = {
      R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPdd)"
      R"(xHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47)"
      R"(soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsm)"
      R"(tdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs9)"
      R"(1kzk2PAcDTW9gb54h4FRWyuXpoQ"})",
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
      R"({"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG)"
      R"(_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th)"
      R"(-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"})",
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
  };
  for (const auto row : rows) EXPECT_EQ(told(row), "ok") << row;
}

// A secret does not stay in the document that the policy keeps.
TEST(jwk, wipes_the_text_of_the_secret) {
  for (const std::size_t size : {32u, 31u}) {  // taken, refused
    const parsed_key parsed(sample_jwk().with("k", encoded(std::string(size, 's'))), hs256_alone);
    EXPECT_EQ(parsed.told() == "ok", size == 32);
    const std::string_view text = parsed.document.root().find("k")->text;
    EXPECT_EQ(text, std::string(text.size(), '\0')) << size;
    EXPECT_FALSE(text.empty());
  }
}

TEST(jwk, keeps_the_id) {
  const auto id_of = [](const object_text& json) {
    const parsed_key parsed(json, hs256_alone);
    return parsed.fit == key_fit::usable ? std::string(parsed.key.id) : parsed.told();
  };
  EXPECT_EQ(id_of(sample_jwk()), "");
  EXPECT_EQ(id_of(sample_jwk().with("kid", R"("key \u00e9")")), "key \xc3\xa9");
  EXPECT_EQ(id_of(sample_jwk().with("kid", quote(std::string(256, 'k')))), std::string(256, 'k'));
  const std::string expected = "$.kid: expected a string of 1 to 256 bytes";
  for (const std::string& bad :
       {quote(""), quote(std::string(257, 'k')), std::string("1"), std::string("null")}) {
    EXPECT_EQ(id_of(sample_jwk().with("kid", bad)), expected) << bad;
    EXPECT_EQ(told(pair_of(key_type::p256).jwk().with("kid", bad)), expected) << bad;
  }
}

TEST(jwk, takes_the_members_of_rfc_7517) {
  for (const object_text& jwk : {sample_jwk(), pair_of(key_type::ed25519).jwk()}) {
    for (const auto& [name, value] :
         {std::pair("use", R"("sig")"), std::pair("key_ops", R"(["verify"])"),
          std::pair("key_ops", R"(["sign","verify"])"), std::pair("ext", "true"),
          std::pair("x5t", R"("AA")"), std::pair("other", "[1]")}) {
      EXPECT_EQ(told(jwk.with(name, value), set_of({algorithm::hs256, algorithm::eddsa})), "ok")
          << name << value;
    }
  }
}

// What the policy allows, what the type can do and what `alg` says: all three.
TEST(jwk, serves_where_policy_type_and_alg_agree) {
  const auto serves = [](const object_text& json, algorithm_set allowed) {
    const parsed_key parsed(json, allowed);
    return parsed.fit == key_fit::usable ? parsed.serves() : "-";
  };
  const object_text rsa = pair_of(key_type::rsa).jwk();
  const object_text p256 = pair_of(key_type::p256).jwk();
  const object_text okp = pair_of(key_type::ed25519).jwk();
  const object_text oct = sample_jwk().with("k", encoded(std::string(64, 's')));
  const algorithm_set all = every_algorithm();
  EXPECT_EQ(serves(rsa, all), "RS256 RS384 RS512 PS256 PS384 PS512");
  EXPECT_EQ(serves(p256, all), "ES256");
  EXPECT_EQ(serves(pair_of(key_type::p384).jwk(), all), "ES384");
  EXPECT_EQ(serves(pair_of(key_type::p521).jwk(), all), "ES512");
  EXPECT_EQ(serves(okp, all), "EdDSA Ed25519");
  EXPECT_EQ(serves(oct, all), "HS256 HS384 HS512");

  EXPECT_EQ(serves(rsa, set_of({algorithm::rs256, algorithm::es256, algorithm::ps512})),
            "RS256 PS512");
  EXPECT_EQ(serves(rsa.with("alg", R"("PS384")"), all), "PS384");
  EXPECT_EQ(serves(p256.with("alg", R"("ES256")"), all), "ES256");
  EXPECT_EQ(serves(oct.with("alg", R"("HS384")"), all), "HS384");

  // Either name of Ed25519 in the key stands for both; the policy's list has its own say.
  const algorithm_set old_name = set_of({algorithm::eddsa});
  const algorithm_set new_name = set_of({algorithm::ed25519});
  for (const char* const name : {R"("EdDSA")", R"("Ed25519")"}) {
    EXPECT_EQ(serves(okp.with("alg", name), all), "EdDSA Ed25519");
    EXPECT_EQ(serves(okp.with("alg", name), old_name), "EdDSA");
    EXPECT_EQ(serves(okp.with("alg", name), new_name), "Ed25519");
  }
  EXPECT_EQ(serves(okp, old_name), "EdDSA");
  EXPECT_EQ(serves(okp, new_name), "Ed25519");
}

// Unfit or broken: a JWK Set passes over the one and refuses the other.
TEST(jwk, tells_a_key_for_something_else_from_a_broken_one) {
  const object_text rsa = pair_of(key_type::rsa).jwk();
  const object_text p256 = pair_of(key_type::p256).jwk();
  const object_text okp = pair_of(key_type::ed25519).jwk();
  const algorithm_set rs256 = set_of({algorithm::rs256, algorithm::es256});
  const std::string kty = R"($.kty: expected "RSA", "EC", "OKP" or "oct")";
  const std::string curve = R"($.crv: expected "P-256", "P-384" or "P-521")";
  const std::string fits = "expected one of the policy's algorithms that fits the key";
  const std::string operations = R"($.key_ops: expected an array of strings with "verify" in it)";
  const std::string use = R"($.use: expected "sig")";
  struct row {
    object_text json;
    std::string told;
    key_fit fit;
  };
  const row rows[] = {
      {{}, kty, key_fit::unfit},
      {rsa.without("kty"), kty, key_fit::unfit},
      {rsa.with("kty", "1"), kty, key_fit::unfit},
      {rsa.with("kty", R"("rsa")"), kty, key_fit::unfit},
      {rsa.with("kty", R"("OCT")"), kty, key_fit::unfit},
      {rsa.with("kty", R"("AKP")"), kty, key_fit::unfit},
      {p256.without("crv"), curve, key_fit::unfit},
      {p256.with("crv", R"("secp256k1")"), curve, key_fit::unfit},
      {p256.with("crv", R"("P-256 ")"), curve, key_fit::unfit},
      {p256.with("crv", R"("Ed25519")"), curve, key_fit::unfit},
      {p256.with("crv", "256"), curve, key_fit::unfit},
      {okp.without("crv"), R"($.crv: expected "Ed25519")", key_fit::unfit},
      {okp.with("crv", R"("X25519")"), R"($.crv: expected "Ed25519")", key_fit::unfit},
      {okp.with("crv", R"("Ed448")"), R"($.crv: expected "Ed25519")", key_fit::unfit},
      {okp.with("crv", R"("P-256")"), R"($.crv: expected "Ed25519")", key_fit::unfit},

      {okp, "$: " + fits, key_fit::unfit},
      {rsa.with("alg", R"("RSA-OAEP")"), "$.alg: " + fits, key_fit::unfit},
      {rsa.with("alg", R"("none")"), "$.alg: " + fits, key_fit::unfit},
      {rsa.with("alg", R"("RS512")"), "$.alg: " + fits, key_fit::unfit},
      {rsa.with("alg", R"("ES256")"), "$.alg: " + fits, key_fit::broken},
      {p256.with("alg", R"("RS256")"), "$.alg: " + fits, key_fit::broken},
      {rsa.with("alg", R"("rs256")"), "$.alg: " + fits, key_fit::unfit},
      {rsa.with("alg", "null"), "$.alg: " + fits, key_fit::broken},
      {rsa.with("alg", R"(["RS256"])"), "$.alg: " + fits, key_fit::broken},

      {rsa.with("use", R"("enc")"), use, key_fit::unfit},
      {rsa.with("use", R"("")"), use, key_fit::unfit},
      {rsa.with("use", "1"), use, key_fit::broken},
      {rsa.with("use", "null"), use, key_fit::broken},
      {rsa.with("key_ops", R"(["sign"])"), operations, key_fit::unfit},
      {rsa.with("key_ops", R"(["encrypt","Verify"])"), operations, key_fit::unfit},
      {rsa.with("key_ops", "[]"), operations, key_fit::unfit},
      {rsa.with("key_ops", R"("verify")"), operations, key_fit::broken},
      {rsa.with("key_ops", R"(["verify",1])"), operations, key_fit::broken},
      {rsa.with("key_ops", R"([1])"), operations, key_fit::broken},
      {rsa.with("key_ops", R"({"a":"verify"})"), operations, key_fit::broken},
      {rsa.with("key_ops", "null"), operations, key_fit::broken},

      {rsa.without("n"), "$.n: expected unpadded base64url", key_fit::unfit},
      {rsa.without("e"), "$.e: expected unpadded base64url", key_fit::unfit},
      {p256.without("x"), "$.x: expected unpadded base64url", key_fit::unfit},
      {p256.without("y"), "$.y: expected unpadded base64url", key_fit::unfit},
      {rsa.with("kid", "1"), "$.kid: expected a string of 1 to 256 bytes", key_fit::broken},
      // For something else is said first.
      {rsa.with("use", R"("enc")").with("kid", "1").with("n", "1"), use, key_fit::unfit},
  };
  for (const auto& [json, expected, fit] : rows) {
    const parsed_key parsed(json, rs256);
    EXPECT_EQ(parsed.told(), expected) << json.text();
    EXPECT_EQ(static_cast<int>(parsed.fit), static_cast<int>(fit)) << json.text();
  }
  const parsed_key no_secret(sample_jwk().without("k"), hs256_alone);
  EXPECT_EQ(no_secret.told(), "$.k: expected unpadded base64url");
  EXPECT_EQ(static_cast<int>(no_secret.fit), static_cast<int>(key_fit::unfit));
  for (const std::string_view json : {"null", "[]", "1", R"("secret")", "true"}) {
    const parsed_key parsed(json);
    EXPECT_EQ(parsed.told(), "$: expected a key object");
    EXPECT_EQ(static_cast<int>(parsed.fit), static_cast<int>(key_fit::broken)) << json;
  }
}

// RFC 7518 sections 6.2.2 and 6.3.2: a policy is no place for a private key, whatever else is
// wrong with it.
TEST(jwk, takes_no_private_key) {
  const std::string expected = ": expected a public key, without this member";
  for (const key_type type : public_key_types) {
    const object_text jwk = pair_of(type).jwk();
    for (const std::string member : {"d", "p", "q", "dp", "dq", "qi", "oth"}) {
      for (const char* const value : {R"("AA")", "null", "[]"}) {
        const parsed_key parsed(jwk.with(member, value));
        EXPECT_EQ(parsed.told(), "$." + member + expected);
        EXPECT_EQ(static_cast<int>(parsed.fit), static_cast<int>(key_fit::broken));
      }
      // Also of a key that a set would pass over.
      for (const object_text& ignored :
           {jwk.with("use", R"("enc")"), jwk.with("alg", R"("RSA-OAEP")"),
            jwk.with("crv", R"("P-192")"), jwk.without("n").without("x")}) {
        const parsed_key parsed(ignored.with(member, R"("AA")"));
        EXPECT_EQ(parsed.told(), "$." + member + expected) << ignored.text();
        EXPECT_EQ(static_cast<int>(parsed.fit), static_cast<int>(key_fit::broken));
      }
    }
  }
  // A secret key has no such members, and any others.
  EXPECT_EQ(told(sample_jwk().with("d", "1"), hs256_alone), "ok");
}

TEST(jwk, says_what_is_wrong_with_a_number) {
  const object_text rsa = pair_of(key_type::rsa).jwk();
  const object_text p256 = pair_of(key_type::p256).jwk();
  const object_text p384 = pair_of(key_type::p384).jwk();
  const object_text p521 = pair_of(key_type::p521).jwk();
  const object_text okp = pair_of(key_type::ed25519).jwk();
  const std::string n = "$.n: expected an odd number of 2048 to 8192 bits";
  const std::string e = "$.e: expected an odd number from 3 to 2^64 - 1";
  const std::string n_value = pair_of(key_type::rsa).first();
  const auto numbers = [](std::string_view text, std::size_t at, char c) {
    std::string out(text);
    out[at] = c;
    return quote(out);
  };
  const std::string good_n = encode_base64url(n_value);
  struct row {
    object_text json;
    std::string told;
  };
  const row rows[] = {
      {rsa.with("n", "1"), n},
      {rsa.with("n", "null"), n},
      {rsa.with("n", R"("")"), n},
      {rsa.with("n", quote(good_n + "==")), n},
      {rsa.with("n", quote(good_n + "A")), n},
      {rsa.with("n", numbers(good_n, 7, '+')), n},
      {rsa.with("n", numbers(good_n, 7, ' ')), n},
      {rsa.with("n", encoded('\0' + n_value)), n},
      {rsa.with("n", encoded(std::string(255, '\xff'))), n},
      {rsa.with("n", encoded(std::string(1025, '\xff'))), n},
      {rsa.with("n", encoded(std::string(1026, '\xff'))), n},
      {rsa.with("n", encoded(std::string(6000, '\xff'))), n},
      {rsa.with("n", encoded(n_value.substr(0, 255) + '\2')), n},
      {rsa.with("e", "65537"), e},
      {rsa.with("e", R"("")"), e},
      {rsa.with("e", R"("AQ")"), e},
      {rsa.with("e", R"("Ag")"), e},
      {rsa.with("e", R"("AAEAAQ")"), e},
      {rsa.with("e", R"("AQAB=")"), e},
      {rsa.with("e", R"("AQAC")"), e},
      {rsa.with("e", encoded(std::string(9, '\xff'))), e},
      {rsa.with("e", encoded(std::string(74, '\xff'))), e},
      {rsa.with("e", encoded(std::string(75, '\xff'))), e},
      {rsa.with("n", "1").with("e", "1"), n},  // the first is said
      {p256.with("x", R"("")"), "$.x: expected 32 bytes, a coordinate"},
      {p256.with("x", encoded(std::string(31, '\1'))), "$.x: expected 32 bytes, a coordinate"},
      {p256.with("x", encoded('\0' + pair_of(key_type::p256).first())),
       "$.x: expected 32 bytes, a coordinate"},
      {p256.with("y", encoded('\0' + pair_of(key_type::p256).second())),
       "$.y: expected 32 bytes, a coordinate"},
      {p256.with("y", "true"), "$.y: expected 32 bytes, a coordinate"},
      {p384.with("y", encoded(std::string(32, '\1'))), "$.y: expected 48 bytes, a coordinate"},
      {p521.with("x", encoded(std::string(65, '\1'))), "$.x: expected 66 bytes, a coordinate"},
      {p521.with("y", encoded(std::string(67, '\1'))), "$.y: expected 66 bytes, a coordinate"},
      {p256.with("y", encoded(pair_of(key_type::p256).first())),
       "$.x: expected a point on the curve"},
      {p256.with("crv", R"("P-384")"), "$.x: expected 48 bytes, a coordinate"},
      {okp.with("x", encoded(std::string(31, '\2'))),
       "$.x: expected 32 bytes, a point of large order"},
      {okp.with("x", encoded(std::string(33, '\2'))),
       "$.x: expected 32 bytes, a point of large order"},
      {okp.with("x", encoded(std::string(32, '\0'))),
       "$.x: expected 32 bytes, a point of large order"},
      {okp.with("x", encoded(std::string(32, '\xff'))),
       "$.x: expected 32 bytes, a point of large order"},
      {okp.with("x", "0"), "$.x: expected 32 bytes, a point of large order"},
  };
  for (const auto& [json, expected] : rows) {
    const parsed_key parsed(json);
    EXPECT_EQ(parsed.told(), expected) << json.text();
    EXPECT_EQ(static_cast<int>(parsed.fit), static_cast<int>(key_fit::broken)) << json.text();
  }
}

// RFC 7518 section 3.2: at least the size of the hash, for the largest that the key serves.
TEST(jwk, bounds_the_secret_by_its_largest_hash) {
  struct row {
    algorithm_set allowed;
    std::string alg;
    std::size_t least;
    std::string name;
  };
  const algorithm_set all = every_algorithm();
  const row rows[] = {
      {hs256_alone, "", 32, "HS256"},
      {set_of({algorithm::hs384}), "", 48, "HS384"},
      {set_of({algorithm::hs512}), "", 64, "HS512"},
      {set_of({algorithm::hs256, algorithm::hs384}), "", 48, "HS384"},
      {all, "", 64, "HS512"},
      {all, "HS256", 32, "HS256"},
      {all, "HS384", 48, "HS384"},
      {all, "HS512", 64, "HS512"},
  };
  for (const auto& [allowed, alg, least, name] : rows) {
    const auto told_of = [&, limit = allowed, &named = alg](std::size_t size) {
      object_text jwk = sample_jwk().with("k", encoded(std::string(size, 's')));
      if (!named.empty()) jwk = jwk.with("alg", quote(named));
      return told(jwk, limit);
    };
    const std::string expected = "$.k: expected unpadded base64url of " + std::to_string(least) +
                                 " to 1024 bytes for " + name;
    EXPECT_EQ(told_of(least), "ok") << name;
    EXPECT_EQ(told_of(1024), "ok") << name;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, least - 1, std::size_t{1025},
                                   std::size_t{1536}, std::size_t{1537}, std::size_t{9000}}) {
      EXPECT_EQ(told_of(size), expected) << size;
    }
  }
  const std::string expected = "$.k: expected unpadded base64url of 32 to 1024 bytes for HS256";
  for (const std::string& bad :
       {std::string("null"), std::string("1"), quote(std::string(43, 'A') + '='),
        quote(std::string(43, 'A') + '+'), quote(std::string(42, 'A') + 'B')}) {
    EXPECT_EQ(told(sample_jwk().with("k", bad), hs256_alone), expected) << bad;
  }
}

TEST(jwk, never_repeats_a_secret) {
  const std::string shown = "do-not-show-this-secret";
  const object_text rows[] = {
      sample_jwk().with("k", quote(shown)),
      sample_jwk().with("k", quote(shown)).with("use", R"("enc")"),
      sample_jwk().with("k", quote(shown)).with("alg", R"("HS1")"),
      sample_jwk().with("k", quote(shown)).with("kid", "1"),
      sample_jwk().with("k", quote(shown)).with("kty", R"("RSA")"),
      pair_of(key_type::rsa).jwk().with("d", quote(shown)),
      sample_jwk().with("alg", quote(shown)),
  };
  for (const auto& json : rows) {
    const std::string message = told(json);
    EXPECT_EQ(message.substr(0, 2), "$.") << json.text();
    EXPECT_EQ(message.find(shown), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace portcullis
