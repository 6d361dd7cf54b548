// The signature check alone, as `openssl speed` times it: a context made ready once, the message
// already hashed. Ed25519 hashes the message as part of the signature, so there it has the token's.
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>
#include <string_view>

#include "crypto/algorithm.hpp"
#include "encoding/base64url.hpp"
#include "measure.hpp"
#include "subjects.hpp"
#include "support/key_pairs.hpp"

namespace portcullis::bench {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// OpenSSL takes an ECDSA signature as DER.
std::string to_der(std::string_view sides) {
  const std::unique_ptr<ECDSA_SIG, support::freeing<ECDSA_SIG_free>> made(ECDSA_SIG_new());
  const std::size_t half = sides.size() / 2;
  support::demand(ECDSA_SIG_set0(made.get(), support::to_number(sides.substr(0, half)).release(),
                                 support::to_number(sides.substr(half)).release()) == 1);
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(made.get(), &der);
  support::demand(size > 0);
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

void raw_verify(benchmark::State& state, algorithm chosen) {
  const algorithm_row& row = row_of(chosen);
  EVP_PKEY* const key = support::pair_of(row.key).openssl();
  const std::string token = sign_by_key(row);
  const std::string_view input = signing_input_of(token);
  std::string signature = *decode_base64url(signature_of(token));
  if (row.key == key_type::ed25519) {
    const std::unique_ptr<EVP_MD_CTX, support::freeing<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    support::demand(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1);
    measure(state, [&] {
      return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(input),
                              input.size()) == 1;
    });
    return;
  }
  if (row.key != key_type::rsa) signature = to_der(signature);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned digest_size = 0;
  const EVP_MD* const hash = support::digest_of(row.digest);
  support::demand(EVP_Digest(input.data(), input.size(), digest, &digest_size, hash, nullptr) == 1);
  const std::unique_ptr<EVP_PKEY_CTX, support::freeing<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new(key, nullptr));
  support::demand(EVP_PKEY_verify_init(context.get()) == 1);
  if (row.key == key_type::rsa) {
    const int padding = row.pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
    support::demand(EVP_PKEY_CTX_set_rsa_padding(context.get(), padding) == 1 &&
                    EVP_PKEY_CTX_set_signature_md(context.get(), hash) == 1);
  }
  if (row.pss) {
    support::demand(EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  measure(state, [&] {
    return EVP_PKEY_verify(context.get(), bytes_of(signature), signature.size(), digest,
                           digest_size) == 1;
  });
}

BENCHMARK_CAPTURE(raw_verify, RS256, algorithm::rs256);
BENCHMARK_CAPTURE(raw_verify, PS256, algorithm::ps256);
BENCHMARK_CAPTURE(raw_verify, ES256, algorithm::es256);
BENCHMARK_CAPTURE(raw_verify, EdDSA, algorithm::eddsa);

}  // namespace
}  // namespace portcullis::bench
