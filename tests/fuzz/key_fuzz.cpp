// Any text as a JSON Web Key, as a list or set of them, as PEM and as the DER inside: what is taken
// for a key verifies no signature of noughts, and what is taken of PEM is the same key to OpenSSL.
#include <openssl/x509.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "encoding/json_document.hpp"
#include "jose/jwk.hpp"
#include "jose/jwk_set.hpp"
#include "jose/key_set.hpp"
#include "jose/pem_key.hpp"
#include "jose/public_key_rules.hpp"
#include "jose/signature.hpp"
#include "support/check.hpp"
#include "support/exact_copy.hpp"
#include "support/json_mutator.hpp"
#include "support/key_pairs.hpp"

using namespace portcullis;

namespace {

void try_as_jwk(std::string_view text) {
  json_document document;
  policy_error error;
  if (!parse_document_by_scanner(text, document, error)) return;
  verification_key key;
  if (parse_key(document, document.root(), support::every_algorithm(), key, error) !=
      key_fit::usable)
    return;
  for (const auto& row : algorithms) {
    if (!key.usable_for.contains(row.id)) continue;
    const std::string noughts(signature_size(row, key), '\0');
    fuzz::check(check_signature(row, key, "a.b", noughts) == verdict::invalid,
                "noughts are no signature");
  }
}

void try_as_list(std::string_view text) {
  json_document document;
  policy_error error;
  if (!parse_document_by_scanner(text, document, error)) return;
  key_set keys;
  if (parse_keys(document, document.root(), support::every_algorithm(), keys, error)) {
    fuzz::check(keys.size() != 0, "a list of keys has one");
  } else {
    fuzz::check(error.path.view().starts_with('$') && !error.expected.view().empty(),
                "an error has a place and says what was expected");
  }
}

// OpenSSL's reading of what a block of this label holds.
support::openssl_key read_by_openssl(const pem_block& block) {
  const auto* at = reinterpret_cast<const unsigned char*>(block.der.data());
  const auto size = static_cast<long>(block.der.size());
  if (block.label == "RSA PUBLIC KEY") {
    return support::openssl_key(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, size));
  }
  if (block.label == "PUBLIC KEY") return support::openssl_key(d2i_PUBKEY(nullptr, &at, size));
  const std::unique_ptr<X509, support::freeing<X509_free>> read(d2i_X509(nullptr, &at, size));
  return support::openssl_key(read == nullptr ? nullptr : X509_get_pubkey(read.get()));
}

std::string number_of(const support::openssl_key& key, const char* param) {
  BIGNUM* value = nullptr;
  if (EVP_PKEY_get_bn_param(key.get(), param, &value) != 1) return {};
  const support::number owned(value);
  return support::to_bytes(value, static_cast<std::size_t>(BN_num_bytes(value)));
}

std::string without_noughts(std::string_view bytes) {
  return std::string(bytes.substr(std::min(bytes.find_first_not_of('\0'), bytes.size())));
}

void try_as_pem(std::string_view text) {
  const auto buffer = std::make_unique<pem_buffer>();
  const auto numbers = parse_pem_key(text, *buffer);
  if (!numbers || find_fault(*numbers) != number_fault::none) return;
  public_key key;
  const verdict imported = key.import_numbers(*numbers, support::algorithms_of(numbers->type));
  fuzz::check(imported != verdict::fault, "import answers");
  if (imported != verdict::valid) return;

  const auto other = std::make_unique<pem_buffer>();
  const auto block = parse_pem(text, *other);
  fuzz::check(block.has_value(), "a key in PEM is PEM");
  const support::openssl_key theirs = read_by_openssl(*block);
  // A certificate is a container and nothing else here: OpenSSL reads more of it.
  if (theirs == nullptr && block->label == "CERTIFICATE") return;
  fuzz::check(theirs != nullptr, "a key is one to OpenSSL as well");
  if (numbers->type == key_type::rsa) {
    fuzz::check(number_of(theirs, OSSL_PKEY_PARAM_RSA_N) == without_noughts(numbers->first) &&
                    number_of(theirs, OSSL_PKEY_PARAM_RSA_E) == without_noughts(numbers->second),
                "the same numbers");
  } else if (numbers->type != key_type::ed25519) {
    fuzz::check(number_of(theirs, OSSL_PKEY_PARAM_EC_PUB_X) == without_noughts(numbers->first) &&
                    number_of(theirs, OSSL_PKEY_PARAM_EC_PUB_Y) == without_noughts(numbers->second),
                "the same point");
  }
}

// The bytes as the DER inside a block.
void try_as_der(std::string_view der) {
  for (const std::string label : {"PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE"}) {
    std::string base64(4 * ((der.size() + 2) / 3) + 1, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                    reinterpret_cast<const unsigned char*>(der.data()),
                    static_cast<int>(der.size()));
    base64.pop_back();
    std::string text = "-----BEGIN " + label + "-----\n";
    for (std::size_t at = 0; at < base64.size(); at += 64) text += base64.substr(at, 64) + '\n';
    text += "-----END " + label + "-----\n";
    try_as_pem(support::exact_copy(text).view());
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  return fuzz::mutate_json(
      data, size, max_size, seed,
      {"keys",      "kty", "use",    "key_ops", "alg",   "kid",    "crv",      "n",     "e",
       "x",         "y",   "k",      "d",       "pem",   "secret", "encoding", "utf8",  "hex",
       "base64url", "RSA", "EC",     "OKP",     "oct",   "P-256",  "P-384",    "P-521", "Ed25519",
       "sig",       "enc", "verify", "HS256",   "RS256", "ES256",  "EdDSA",    "AQAB"});
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const support::exact_copy input({reinterpret_cast<const char*>(data), size});
  try_as_jwk(input.view());
  try_as_list(input.view());
  try_as_pem(input.view());
  try_as_der(input.view());
  return 0;
}
