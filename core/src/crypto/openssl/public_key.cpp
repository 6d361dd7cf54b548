// Public-key signatures on OpenSSL's EVP functions.
//
// Everything that depends on the key alone is done at import: one verification context for each
// algorithm that the key serves, which a verification copies, so that threads share nothing that
// changes and nothing is fetched per call.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>
#include <cstring>
#include <new>

#include "crypto/backend.hpp"
#include "crypto/openssl/libcrypto.hpp"

namespace portcullis {
namespace {

constexpr std::size_t largest_modulus_bytes = 1024;  // RSA of 8192 bits
constexpr std::size_t largest_exponent_bytes = 8;
constexpr std::size_t largest_field_bytes = 66;  // P-521

constexpr const char* digest_names[hash_count] = {"SHA256", "SHA384", "SHA512"};

// Errors of a refused signature or key must not stay behind in the queue that the host's own TLS
// code reads.
class error_mark {
 public:
  explicit error_mark(const libcrypto& library) noexcept : library_(library) {
    library_.ERR_set_mark();
  }
  error_mark(const error_mark&) = delete;
  error_mark& operator=(const error_mark&) = delete;
  ~error_mark() { library_.ERR_pop_to_mark(); }

 private:
  const libcrypto& library_;
};

struct imported_key {
  EVP_PKEY* key = nullptr;
  // By algorithm; null for those that the key does not serve.
  std::array<EVP_MD_CTX*, algorithms.size()> prepared{};
};

void release(imported_key* imported) noexcept {
  const libcrypto* const library = find_libcrypto();
  for (EVP_MD_CTX* context : imported->prepared) library->EVP_MD_CTX_free(context);
  library->EVP_PKEY_free(imported->key);
  delete imported;
}

OSSL_PARAM param(const char* name, unsigned type, void* data, std::size_t size) noexcept {
  return {name, type, data, size, OSSL_PARAM_UNMODIFIED};
}

// OSSL_PARAM wants integers in the machine's byte order.
void reverse_into(std::string_view big_endian, unsigned char* out) noexcept {
  for (std::size_t i = 0; i < big_endian.size(); ++i) {
    out[i] = static_cast<unsigned char>(big_endian[big_endian.size() - 1 - i]);
  }
}

EVP_PKEY* make_key(const libcrypto& library, const char* type, OSSL_PARAM* params) noexcept {
  EVP_PKEY_CTX* const context = library.EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr);
  EVP_PKEY* key = nullptr;
  if (context != nullptr && library.EVP_PKEY_fromdata_init(context) == 1 &&
      library.EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
    key = nullptr;
  }
  library.EVP_PKEY_CTX_free(context);
  return key;
}

EVP_PKEY* make_rsa_key(const libcrypto& library, const public_numbers& numbers) noexcept {
  unsigned char modulus[largest_modulus_bytes];
  unsigned char exponent[largest_exponent_bytes];
  if (numbers.first.size() > sizeof modulus || numbers.second.size() > sizeof exponent) {
    return nullptr;
  }
  reverse_into(numbers.first, modulus);
  reverse_into(numbers.second, exponent);
  OSSL_PARAM params[] = {
      param(OSSL_PKEY_PARAM_RSA_N, OSSL_PARAM_UNSIGNED_INTEGER, modulus, numbers.first.size()),
      param(OSSL_PKEY_PARAM_RSA_E, OSSL_PARAM_UNSIGNED_INTEGER, exponent, numbers.second.size()),
      OSSL_PARAM_END};
  return make_key(library, "RSA", params);
}

// SEC 1 section 2.3.3. OpenSSL refuses coordinates outside of the field and points off the curve.
EVP_PKEY* make_ec_key(const libcrypto& library, const public_numbers& numbers,
                      const char* curve) noexcept {
  unsigned char point[1 + 2 * largest_field_bytes] = {4};  // uncompressed
  const std::size_t size = numbers.first.size();
  if (size > largest_field_bytes || numbers.second.size() != size) return nullptr;
  std::memcpy(point + 1, numbers.first.data(), size);
  std::memcpy(point + 1 + size, numbers.second.data(), size);
  char name[6];
  std::memcpy(name, curve, sizeof name);
  OSSL_PARAM params[] = {
      param(OSSL_PKEY_PARAM_GROUP_NAME, OSSL_PARAM_UTF8_STRING, name, sizeof name - 1),
      param(OSSL_PKEY_PARAM_PUB_KEY, OSSL_PARAM_OCTET_STRING, point, 1 + 2 * size), OSSL_PARAM_END};
  return make_key(library, "EC", params);
}

EVP_PKEY* make_public_key(const libcrypto& library, const public_numbers& numbers) noexcept {
  switch (numbers.type) {
    case key_type::rsa:
      return make_rsa_key(library, numbers);
    case key_type::p256:
      return make_ec_key(library, numbers, "P-256");
    case key_type::p384:
      return make_ec_key(library, numbers, "P-384");
    case key_type::p521:
      return make_ec_key(library, numbers, "P-521");
    case key_type::ed25519:
      return library.EVP_PKEY_new_raw_public_key_ex(
          nullptr, "ED25519", nullptr, reinterpret_cast<const unsigned char*>(numbers.first.data()),
          numbers.first.size());
    case key_type::secret:
      break;
  }
  return nullptr;
}

// RFC 8017 section 8.1.2 and RFC 7518 section 3.5: MGF1 with the same hash (OpenSSL's default), and
// a salt of exactly the hash's length.
bool set_padding(const libcrypto& library, EVP_PKEY_CTX* context,
                 const algorithm_row& row) noexcept {
  if (row.key != key_type::rsa) return true;
  if (!row.pss) return library.EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  return library.EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         library.EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

bool prepare(const libcrypto& library, imported_key& imported, const algorithm_row& row) noexcept {
  EVP_MD_CTX*& context = imported.prepared[static_cast<std::size_t>(row.id)];
  context = library.EVP_MD_CTX_new();
  EVP_PKEY_CTX* key_context = nullptr;  // belongs to `context`
  const char* const digest =
      row.key == key_type::ed25519 ? nullptr : digest_names[static_cast<std::size_t>(row.digest)];
  return context != nullptr &&
         library.EVP_DigestVerifyInit_ex(context, &key_context, digest, nullptr, nullptr,
                                         imported.key, nullptr) == 1 &&
         set_padding(library, key_context, row);
}

// An INTEGER of X.690: no leading zero octets but one before a set top bit.
unsigned char* write_der_integer(std::string_view big_endian, unsigned char* out) noexcept {
  std::size_t skip = 0;
  while (skip + 1 < big_endian.size() && big_endian[skip] == 0) ++skip;
  const std::string_view digits = big_endian.substr(skip);
  const bool pad = (static_cast<unsigned char>(digits[0]) & 0x80) != 0;
  *out++ = 0x02;
  *out++ = static_cast<unsigned char>(digits.size() + (pad ? 1 : 0));
  if (pad) *out++ = 0;
  std::memcpy(out, digits.data(), digits.size());
  return out + digits.size();
}

// The ECDSA-Sig-Value of RFC 3279 section 2.2.3 that OpenSSL wants, from r and s side by side.
struct der_signature {
  explicit der_signature(std::string_view sides) noexcept {
    const std::size_t field = sides.size() / 2;
    unsigned char* const body = bytes + 3;
    unsigned char* end = write_der_integer(sides.substr(0, field), body);
    end = write_der_integer(sides.substr(field), end);
    const auto size = static_cast<std::size_t>(end - body);
    const bool long_form = size >= 0x80;  // P-521
    begin = long_form ? bytes : bytes + 1;
    begin[0] = 0x30;
    if (long_form) begin[1] = 0x81;
    body[-1] = static_cast<unsigned char>(size);
    length = static_cast<std::size_t>(end - begin);
  }
  unsigned char bytes[3 + 2 * (3 + largest_field_bytes)];
  unsigned char* begin;
  std::size_t length;
};

verdict judge(const libcrypto& library, EVP_MD_CTX* context, const unsigned char* signature,
              std::size_t length, std::string_view message, bool negative_is_fault) noexcept {
  const int told = library.EVP_DigestVerify(context, signature, length,
                                            reinterpret_cast<const unsigned char*>(message.data()),
                                            message.size());
  if (told == 1) return verdict::valid;
  return told == 0 || !negative_is_fault ? verdict::invalid : verdict::fault;
}

}  // namespace

public_key::~public_key() {
  if (handle_ != nullptr) release(static_cast<imported_key*>(handle_));
}

verdict public_key::import_numbers(const public_numbers& numbers, algorithm_set serves) noexcept {
  const libcrypto* const library = find_libcrypto();
  if (library == nullptr) return verdict::fault;
  const error_mark mark(*library);
  if (handle_ != nullptr) release(static_cast<imported_key*>(handle_));
  handle_ = nullptr;
  auto* const imported = new (std::nothrow) imported_key;
  if (imported == nullptr) return verdict::fault;
  imported->key = make_public_key(*library, numbers);
  verdict told = imported->key != nullptr ? verdict::valid : verdict::invalid;
  for (const auto& row : algorithms) {
    if (told != verdict::valid || !serves.contains(row.id)) continue;
    if (!prepare(*library, *imported, row)) told = verdict::fault;
  }
  if (told == verdict::valid) {
    handle_ = imported;
  } else {
    release(imported);
  }
  return told;
}

verdict public_key::verify(const algorithm_row& row, std::string_view message,
                           std::string_view signature) const noexcept {
  if (handle_ == nullptr) return verdict::invalid;
  const auto& imported = *static_cast<const imported_key*>(handle_);
  const EVP_MD_CTX* const prepared = imported.prepared[static_cast<std::size_t>(row.id)];
  if (prepared == nullptr) return verdict::invalid;

  const libcrypto& library = *find_libcrypto();
  const error_mark mark(library);
  EVP_MD_CTX* const context = library.EVP_MD_CTX_new();
  verdict told = verdict::fault;
  if (context != nullptr && library.EVP_MD_CTX_copy_ex(context, prepared) == 1) {
    if (row.key == key_type::p256 || row.key == key_type::p384 || row.key == key_type::p521) {
      const der_signature der(signature);
      // A sum at infinity, which a forger can aim at, comes back like a failure of the library's
      // own: neither is a valid signature.
      told = judge(library, context, der.begin, der.length, message, false);
    } else {
      told = judge(library, context, reinterpret_cast<const unsigned char*>(signature.data()),
                   signature.size(), message, true);
    }
  }
  library.EVP_MD_CTX_free(context);
  return told;
}

}  // namespace portcullis
