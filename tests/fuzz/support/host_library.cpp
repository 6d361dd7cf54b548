#include "support/host_library.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "crypto/algorithm.hpp"
#include "crypto/backend.hpp"

using namespace portcullis;

namespace {

template <auto Free>
struct freeing {
  template <class Type>
  void operator()(Type* object) const {
    Free(object);
  }
};
template <class Type, auto Free>
using owned_by_openssl = std::unique_ptr<Type, freeing<Free>>;
using key_pointer = owned_by_openssl<EVP_PKEY, EVP_PKEY_free>;
using number = owned_by_openssl<BIGNUM, BN_free>;

struct host_key {
  key_pointer key;     // but of a secret
  std::string secret;  // of a secret alone
};

// See other_core.hpp.
const int no_cleanup = OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);

// By handle less one. Never destroyed.
std::vector<host_key>& keys() {
  static auto& kept = *new std::vector<host_key>;
  return kept;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

number to_number(std::string_view text) {
  return number(BN_bin2bn(bytes_of(text), static_cast<int>(text.size()), nullptr));
}

const EVP_MD* digest_of(hash which) {
  return which == hash::sha256 ? EVP_sha256() : which == hash::sha384 ? EVP_sha384() : EVP_sha512();
}

key_pointer make_key(key_type type, std::string_view first, std::string_view second) {
  if (type == key_type::ed25519) {
    return key_pointer(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(first), first.size()));
  }
  const owned_by_openssl<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  const number modulus = to_number(first);
  const number exponent = to_number(second);
  const std::string point = '\4' + std::string(first) + std::string(second);
  if (type == key_type::rsa) {
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  } else {
    const char* const curve = type == key_type::p256   ? "P-256"
                              : type == key_type::p384 ? "P-384"
                                                       : "P-521";
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve, 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                     point.size());
  }
  const owned_by_openssl<OSSL_PARAM, OSSL_PARAM_free> params(
      OSSL_PARAM_BLD_to_param(builder.get()));
  const owned_by_openssl<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
      EVP_PKEY_CTX_new_from_name(nullptr, type == key_type::rsa ? "RSA" : "EC", nullptr));
  EVP_PKEY* made = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return key_pointer(made);
}

bool verify(const host_key& key, const algorithm_row& row, std::string_view message,
            std::string_view proof) {
  if (row.key == key_type::secret) {
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    HMAC(digest_of(row.digest), key.secret.data(), static_cast<int>(key.secret.size()),
         bytes_of(message), message.size(), mac, &size);
    return proof.size() == size && std::memcmp(mac, proof.data(), size) == 0;
  }
  std::string signature(proof);
  if (row.key != key_type::rsa && row.key != key_type::ed25519) {
    const std::size_t side = proof.size() / 2;
    const owned_by_openssl<ECDSA_SIG, ECDSA_SIG_free> sides(ECDSA_SIG_new());
    ECDSA_SIG_set0(sides.get(), to_number(proof.substr(0, side)).release(),
                   to_number(proof.substr(side)).release());
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(sides.get(), &der);
    signature.assign(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
  }
  const owned_by_openssl<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* inner = nullptr;
  const EVP_MD* const digest = row.key == key_type::ed25519 ? nullptr : digest_of(row.digest);
  if (EVP_DigestVerifyInit(context.get(), &inner, digest, nullptr, key.key.get()) != 1) {
    return false;
  }
  if (row.pss && (EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING) != 1 ||
                  EVP_PKEY_CTX_set_rsa_pss_saltlen(inner, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                          message.size()) == 1;
}

}  // namespace

void fuzz::forget_host_keys() { keys().clear(); }

// In WebAssembly a MAC is not started before it is known what it is compared with (backend.hpp);
// where it is, this backend does all of it at the end. The message is there until then.
void hmac_key::start(std::string_view message, hmac_run& run) const noexcept {
  std::memcpy(run.last, &message, sizeof message);
}

verdict hmac_key::finish(hmac_run& run, std::string_view mac) const noexcept {
  std::string_view message;
  std::memcpy(&message, run.last, sizeof message);
  return hmac_key::verify(message, mac);
}

// What core/src/crypto/host/public_key.cpp imports.
extern "C" std::int32_t portcullis_host_crypto(std::int32_t key, std::int32_t what,
                                               const char* first, std::size_t first_length,
                                               const char* second, std::size_t second_length) {
  const std::string_view one(first, first_length);
  const std::string_view other(second, second_length);
  if (key != 0) {
    return verify(keys()[static_cast<std::size_t>(key) - 1], row_of(static_cast<algorithm>(what)),
                  one, other)
               ? 1
               : 0;
  }
  host_key made;
  const auto type = static_cast<key_type>(what);
  if (type == key_type::secret) {
    made.secret = one;
  } else if (made.key = make_key(type, one, other); made.key == nullptr) {
    return 0;
  }
  keys().push_back(std::move(made));
  return static_cast<std::int32_t>(keys().size());
}
