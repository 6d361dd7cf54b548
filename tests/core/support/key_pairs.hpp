// Key pairs of every type, made and used by the libcrypto that is linked into the test. The core
// verifies with the one that it loads, so that it is not measured against itself.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "crypto/algorithm.hpp"
#include "crypto/backend.hpp"
#include "support/object_text.hpp"
#include "support/signing.hpp"
#include "support/tokens.hpp"

namespace portcullis::support {

template <auto Free>
struct freeing {
  template <class Type>
  void operator()(Type* object) const {
    Free(object);
  }
};
using number = std::unique_ptr<BIGNUM, freeing<BN_free>>;
using number_context = std::unique_ptr<BN_CTX, freeing<BN_CTX_free>>;
using openssl_key = std::unique_ptr<EVP_PKEY, freeing<EVP_PKEY_free>>;

// A test whose tools fail has nothing to say.
inline void demand(bool done) {
  if (!done) throw std::runtime_error("OpenSSL failed in a test's own step");
}

[[nodiscard]] inline number to_number(std::string_view big_endian) {
  return number(BN_bin2bn(reinterpret_cast<const unsigned char*>(big_endian.data()),
                          static_cast<int>(big_endian.size()), nullptr));
}

// Big-endian, of exactly `size` bytes; a larger number has no such bytes.
[[nodiscard]] inline std::string to_bytes(const BIGNUM* value, std::size_t size) {
  std::string out(size, '\0');
  demand(BN_bn2binpad(value, reinterpret_cast<unsigned char*>(out.data()),
                      static_cast<int>(size)) == static_cast<int>(size));
  return out;
}

[[nodiscard]] inline algorithm_set set_of(std::initializer_list<algorithm> ids) {
  algorithm_set set;
  for (const algorithm id : ids) set.add(id);
  return set;
}

[[nodiscard]] inline algorithm_set every_algorithm() {
  algorithm_set set;
  for (const auto& row : algorithms) set.add(row.id);
  return set;
}

[[nodiscard]] inline algorithm_set algorithms_of(key_type type) {
  algorithm_set set;
  for (const auto& row : algorithms) {
    if (row.key == type) set.add(row.id);
  }
  return set;
}

[[nodiscard]] inline const char* curve_of(key_type type) {
  return type == key_type::p256 ? "P-256" : type == key_type::p384 ? "P-384" : "P-521";
}

class key_pair {
 public:
  [[nodiscard]] static key_pair make_rsa(unsigned bits, unsigned exponent = 65537) {
    const std::unique_ptr<EVP_PKEY_CTX, freeing<EVP_PKEY_CTX_free>> context(
        EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    OSSL_PARAM params[] = {OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_BITS, &bits),
                           OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_E, &exponent),
                           OSSL_PARAM_construct_end()};
    EVP_PKEY* made = nullptr;
    demand(EVP_PKEY_keygen_init(context.get()) == 1 &&
           EVP_PKEY_CTX_set_params(context.get(), params) == 1 &&
           EVP_PKEY_generate(context.get(), &made) == 1);
    return {key_type::rsa, made};
  }

  [[nodiscard]] static key_pair make(key_type type) {
    if (type == key_type::rsa) return make_rsa(2048);
    if (type == key_type::ed25519) return {type, EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
    return {type, EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve_of(type))};
  }

  // The same every time.
  [[nodiscard]] static key_pair read(key_type type, std::string_view private_pem) {
    const std::unique_ptr<BIO, freeing<BIO_free>> text(
        BIO_new_mem_buf(private_pem.data(), static_cast<int>(private_pem.size())));
    return {type, PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr)};
  }

  [[nodiscard]] key_type type() const { return type_; }
  [[nodiscard]] EVP_PKEY* openssl() const { return key_.get(); }

  // The public numbers, as public_numbers has them. RSA: as short as they are.
  [[nodiscard]] std::string first() const {
    if (type_ == key_type::rsa) return number_of(OSSL_PKEY_PARAM_RSA_N, 0);
    if (type_ != key_type::ed25519) return number_of(OSSL_PKEY_PARAM_EC_PUB_X, field_size());
    std::string out(32, '\0');
    std::size_t size = out.size();
    demand(EVP_PKEY_get_raw_public_key(openssl(), reinterpret_cast<unsigned char*>(out.data()),
                                       &size) == 1);
    return out;
  }
  [[nodiscard]] std::string second() const {
    if (type_ == key_type::rsa) return number_of(OSSL_PKEY_PARAM_RSA_E, 0);
    return type_ == key_type::ed25519 ? "" : number_of(OSSL_PKEY_PARAM_EC_PUB_Y, field_size());
  }
  [[nodiscard]] std::size_t field_size() const {
    return type_ == key_type::p384 ? 48 : type_ == key_type::p521 ? 66 : 32;
  }

  // The public key as a JWK.
  [[nodiscard]] object_text jwk() const {
    const auto member = [](std::string_view bytes) { return '"' + encode_base64url(bytes) + '"'; };
    if (type_ == key_type::rsa) {
      return {{"kty", R"("RSA")"}, {"n", member(first())}, {"e", member(second())}};
    }
    if (type_ == key_type::ed25519) {
      return {{"kty", R"("OKP")"}, {"crv", R"("Ed25519")"}, {"x", member(first())}};
    }
    return {{"kty", R"("EC")"},
            {"crv", '"' + std::string(curve_of(type_)) + '"'},
            {"x", member(first())},
            {"y", member(second())}};
  }

  // The signature as a JWS carries it. `salt`: its length for PSS, which RFC 7518 section 3.5 makes
  // that of the hash; `mask`: another hash for PSS's MGF1.
  [[nodiscard]] std::string sign(const algorithm_row& row, std::string_view message,
                                 int salt = RSA_PSS_SALTLEN_DIGEST,
                                 const EVP_MD* mask = nullptr) const {
    const std::unique_ptr<EVP_MD_CTX, freeing<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* inner = nullptr;
    const EVP_MD* const digest = type_ == key_type::ed25519 ? nullptr : digest_of(row.digest);
    demand(EVP_DigestSignInit(context.get(), &inner, digest, nullptr, openssl()) == 1);
    if (row.pss) {
      demand(EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(inner, salt) == 1 &&
             (mask == nullptr || EVP_PKEY_CTX_set_rsa_mgf1_md(inner, mask) == 1));
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
    std::size_t size = 0;
    demand(EVP_DigestSign(context.get(), nullptr, &size, bytes, message.size()) == 1);
    std::string out(size, '\0');
    demand(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes,
                          message.size()) == 1);
    out.resize(size);
    return type_ == key_type::rsa || type_ == key_type::ed25519 ? out : to_sides(out);
  }

  // A SubjectPublicKeyInfo.
  [[nodiscard]] std::string key_info() const {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(openssl(), &der);
    return take(der, size);
  }

  // PKCS#1's RSAPublicKey.
  [[nodiscard]] std::string rsa_public_key() const {
    unsigned char* der = nullptr;
    const int size = i2d_PublicKey(openssl(), &der);
    return take(der, size);
  }

  // A certificate that says as little as one can.
  [[nodiscard]] std::string certificate(long version = X509_VERSION_3) const {
    const std::unique_ptr<X509, freeing<X509_free>> made(X509_new());
    X509_NAME* const name = X509_get_subject_name(made.get());
    const auto* const words = reinterpret_cast<const unsigned char*>("a test");
    demand(X509_set_version(made.get(), version) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 77) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, words, -1, -1, 0) == 1 &&
           X509_set_issuer_name(made.get(), name) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(made.get()), 0) != nullptr &&
           X509_gmtime_adj(X509_getm_notAfter(made.get()), 60) != nullptr &&
           X509_set_pubkey(made.get(), openssl()) == 1);
    const EVP_MD* const digest = type_ == key_type::ed25519 ? nullptr : EVP_sha256();
    demand(X509_sign(made.get(), openssl(), digest) > 0);
    unsigned char* der = nullptr;
    const int size = i2d_X509(made.get(), &der);
    return take(der, size);
  }

 private:
  key_pair(key_type type, EVP_PKEY* made) : type_(type), key_(made) { demand(made != nullptr); }

  [[nodiscard]] static std::string take(unsigned char* der, int size) {
    demand(size > 0);
    std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
  }

  [[nodiscard]] std::string number_of(const char* param, std::size_t size) const {
    BIGNUM* value = nullptr;
    demand(EVP_PKEY_get_bn_param(openssl(), param, &value) == 1);
    const number owned(value);
    return to_bytes(value, size == 0 ? static_cast<std::size_t>(BN_num_bytes(value)) : size);
  }

  [[nodiscard]] std::string to_sides(std::string_view der) const {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const std::unique_ptr<ECDSA_SIG, freeing<ECDSA_SIG_free>> sides(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    demand(sides != nullptr);
    return to_bytes(ECDSA_SIG_get0_r(sides.get()), field_size()) +
           to_bytes(ECDSA_SIG_get0_s(sides.get()), field_size());
  }

  key_type type_;
  openssl_key key_;
};

inline constexpr key_type public_key_types[] = {key_type::rsa, key_type::p256, key_type::p384,
                                                key_type::p521, key_type::ed25519};

// One pair for each type, made once: RSA takes its time.
[[nodiscard]] inline const key_pair& pair_of(key_type type) {
  static const key_pair pairs[] = {key_pair::make(key_type::rsa), key_pair::make(key_type::p256),
                                   key_pair::make(key_type::p384), key_pair::make(key_type::p521),
                                   key_pair::make(key_type::ed25519)};
  return pairs[static_cast<std::size_t>(type) - 1];
}

// Another one.
[[nodiscard]] inline const key_pair& other_pair_of(key_type type) {
  static const key_pair pairs[] = {key_pair::make(key_type::rsa), key_pair::make(key_type::p256),
                                   key_pair::make(key_type::p384), key_pair::make(key_type::p521),
                                   key_pair::make(key_type::ed25519)};
  return pairs[static_cast<std::size_t>(type) - 1];
}

// Long enough for every hash.
inline constexpr std::string_view long_secret =
    "a secret of at least 64 bytes, which this is as everybody can count";

// Any algorithm's signature: with the long secret, or the pair of its type.
[[nodiscard]] inline std::string sign_bytes(const algorithm_row& row, std::string_view message) {
  return row.key == key_type::secret ? hmac(row.digest, long_secret, message)
                                     : pair_of(row.key).sign(row, message);
}

// The JWK that verifies it.
[[nodiscard]] inline object_text jwk_for(const algorithm_row& row) {
  if (row.key != key_type::secret) return pair_of(row.key).jwk();
  return {{"kty", R"("oct")"}, {"k", '"' + encode_base64url(long_secret) + '"'}};
}

}  // namespace portcullis::support
