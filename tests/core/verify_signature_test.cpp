#include "portcullis/verify_signature.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "encoding/base64url.hpp"
#include "support/exact_copy.hpp"
#include "support/key_pairs.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"

namespace portcullis {
namespace {

using support::exact_copy;
using support::jwk_for;
using support::sign_bytes;

// "valid", "invalid", "failed", or "path: expected ...".
std::string judge(std::string_view algorithm, std::string_view jwk, std::string_view message,
                  std::string_view signature) {
  const exact_copy algorithm_copy(algorithm);
  const exact_copy jwk_copy(jwk);
  const exact_copy message_copy(message);
  const exact_copy signature_copy(signature);
  const auto told = verify_signature(algorithm_copy.view(), jwk_copy.view(), message_copy.view(),
                                     signature_copy.view());
  if (!told) return support::told(told.error());
  constexpr const char* names[] = {"valid", "invalid", "failed"};
  return names[static_cast<int>(*told)];
}

struct rfc_case {
  std::string_view name;
  std::string_view jwk;
  std::string_view input;
  std::string_view signature;
};

// RFC 7515 appendices A.1 to A.4, RFC 8037 appendix A.4.
TEST(verify_signature, agrees_with_the_rfcs) {
  constexpr std::string_view joe =
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ";
  const std::string hs256_input = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + std::string(joe);
  const std::string rs256_input = "eyJhbGciOiJSUzI1NiJ9." + std::string(joe);
  const std::string es256_input = "eyJhbGciOiJFUzI1NiJ9." + std::string(joe);
  const rfc_case rows[] = {
      {"HS256",
       R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4)"
       R"(hcgUuTwjAzZr1Z9CAow"})",
       hs256_input, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
      {"RS256",
       R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPdd)"
       R"(xHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47)"
       R"(soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsm)"
       R"(tdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs9)"
       R"(1kzk2PAcDTW9gb54h4FRWyuXpoQ"})",
       rs256_input,
       "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
       "O8W2Fp5"
       "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
       "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
       "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
       "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO"
       "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"},
      {"ES256",
       R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
       R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
       es256_input,
       "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
      {"ES512",
       R"({"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG)"
       R"(_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th)"
       R"(-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"})",
       "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA",
       "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_"
       "7XdtAG8G"
       "aSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"},
      {"EdDSA",
       R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
       "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
       "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"},
  };
  for (const auto& [name, jwk, input, encoded] : rows) {
    const auto signature = decode_base64url(encoded);
    ASSERT_TRUE(signature) << name;
    EXPECT_EQ(judge(name, jwk, input, *signature), "valid") << name;
    EXPECT_EQ(judge(name, jwk, std::string(input) + ' ', *signature), "invalid") << name;
    EXPECT_EQ(judge(name, jwk, input.substr(1), *signature), "invalid") << name;
  }
}

TEST(verify_signature, knows_every_algorithm) {
  for (const auto& row : algorithms) {
    const std::string jwk = jwk_for(row).text();
    const std::string signature = sign_bytes(row, "message");
    EXPECT_EQ(judge(row.name, jwk, "message", signature), "valid") << row.name;
    EXPECT_EQ(judge(row.name, jwk, "messagf", signature), "invalid") << row.name;
    EXPECT_EQ(judge(row.name, jwk, "message", signature + '\0'), "invalid") << row.name;
    EXPECT_EQ(judge(row.name, jwk, "message", ""), "invalid") << row.name;
    EXPECT_EQ(judge(row.name, jwk, "", sign_bytes(row, "")), "valid") << row.name;
    const std::string bytes("\0\xff\x80", 3);
    EXPECT_EQ(judge(row.name, jwk, bytes, sign_bytes(row, bytes)), "valid") << row.name;
  }
}

TEST(verify_signature, tells_an_algorithm_that_does_not_exist) {
  const std::string jwk = jwk_for(row_of(algorithm::hs256)).text();
  for (const std::string_view name : {"", "none", "hs256", "HS256 ", "RS1", "ES256K", "Ed448"}) {
    EXPECT_EQ(judge(name, jwk, "message", ""), "alg: expected a JWS algorithm") << name;
    EXPECT_EQ(judge(name, "not looked at", "message", ""), "alg: expected a JWS algorithm");
  }
}

TEST(verify_signature, tells_a_key_that_cannot_be_used) {
  const std::string fits = "expected one of the policy's algorithms that fits the key";
  const auto rsa = support::pair_of(key_type::rsa).jwk();
  const auto judge_key = [](std::string_view name, std::string_view jwk) {
    return judge(name, jwk, "message", std::string(64, '\0'));
  };
  EXPECT_EQ(judge_key("RS256", ""), "$: expected JSON; reading stopped at byte 0");
  EXPECT_EQ(judge_key("RS256", "[]"), "$: expected a key object");
  EXPECT_EQ(judge_key("RS256", "{}"), R"($.kty: expected "RSA", "EC", "OKP" or "oct")");
  EXPECT_EQ(judge_key("RS256", R"({"kty":"RSA","kty":"RSA"})"),
            "$.kty: expected each member name once");
  EXPECT_EQ(judge_key("ES256", rsa.text()), "$: " + fits);
  EXPECT_EQ(judge_key("HS256", rsa.text()), "$: " + fits);
  EXPECT_EQ(judge_key("RS256", rsa.with("alg", R"("PS256")").text()), "$.alg: " + fits);
  EXPECT_EQ(judge_key("RS256", rsa.with("d", R"("AA")").text()),
            "$.d: expected a public key, without this member");
  EXPECT_EQ(judge_key("RS256", rsa.with("e", R"("AQ")").text()),
            "$.e: expected an odd number from 3 to 2^64 - 1");
  EXPECT_EQ(judge_key("HS512", jwk_for(row_of(algorithm::hs256)).with("k", R"("AA")").text()),
            "$.k: expected unpadded base64url of 64 to 1024 bytes for HS512");
  // A JWK alone: neither our own forms nor a set.
  EXPECT_EQ(judge_key("HS256", support::raw_key(support::secret)),
            R"($.kty: expected "RSA", "EC", "OKP" or "oct")");
  EXPECT_EQ(judge_key("RS256", R"({"keys":[)" + rsa.text() + "]}"),
            R"($.kty: expected "RSA", "EC", "OKP" or "oct")");
  EXPECT_EQ(judge_key("RS256", rsa.with("use", R"("enc")").text()), R"($.use: expected "sig")");
}

// Ed25519 goes by two names, in the call as in the key.
TEST(verify_signature, takes_either_name_of_ed25519) {
  const auto jwk = support::pair_of(key_type::ed25519).jwk();
  const std::string signature = sign_bytes(row_of(algorithm::eddsa), "message");
  for (const std::string_view name : {"EdDSA", "Ed25519"}) {
    EXPECT_EQ(judge(name, jwk.text(), "message", signature), "valid");
    EXPECT_EQ(judge(name, jwk.with("alg", R"("EdDSA")").text(), "message", signature), "valid");
    EXPECT_EQ(judge(name, jwk.with("alg", R"("Ed25519")").text(), "message", signature), "valid");
  }
}

}  // namespace
}  // namespace portcullis
