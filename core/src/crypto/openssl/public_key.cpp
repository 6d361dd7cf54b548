// Public-key signatures on OpenSSL. Everything that depends on the key alone is done at import.
//
// RSA is its public arithmetic: the signature is raised to the exponent by Montgomery products
// modulo a number that is prepared once, and what comes out has to be the encoded message. EVP does
// the same and takes a fifth longer, for it prepares and converts with each call, and knows no
// short way to the exponent that almost every key has. The encodings' other half, PSS, is checked
// by the library.
//
// ECDSA is EVP_PKEY_verify in a context that was made ready once, Ed25519 EVP_DigestVerify in a
// copy of one. Threads share nothing that changes: what a verification writes on is taken out of
// the key for as long as it lasts.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>
#include <atomic>
#include <cstring>
#include <new>

#include "crypto/backend.hpp"
#include "crypto/openssl/libcrypto.hpp"
#include "crypto/openssl/sha2.hpp"

namespace portcullis {
namespace {

constexpr std::size_t largest_modulus_bytes = 1024;  // RSA of 8192 bits
constexpr std::size_t largest_exponent_bytes = 8;
constexpr std::size_t largest_field_bytes = 66;  // P-521
constexpr std::size_t largest_hash_bytes = 64;

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

// What one verification at a time writes on, kept for the next one. A thread that finds none, since
// others have it, makes its own.
template <class Context>
class spare_context {
 public:
  // Null when it is not there.
  [[nodiscard]] Context* take() const noexcept {
    return context_.exchange(nullptr, std::memory_order_acquire);
  }
  // Gives back one that there is no room for, to be freed, or null.
  [[nodiscard]] Context* leave(Context* context) const noexcept {
    return context_.exchange(context, std::memory_order_acq_rel);
  }

 private:
  mutable std::atomic<Context*> context_ = nullptr;
};

struct imported_key {
  algorithm_set serves;

  // RSA
  RSA* rsa = nullptr;  // owns the two numbers
  BIGNUM* modulus = nullptr;
  BIGNUM* exponent = nullptr;
  bool usual_exponent = false;  // 65537
  std::size_t modulus_bytes = 0;
  BN_MONT_CTX* montgomery = nullptr;
  std::array<EVP_MD*, hash_count> pss_digests{};  // those that the key serves
  spare_context<BN_CTX> numbers;

  // ECDSA and Ed25519
  EVP_PKEY* key = nullptr;
  EVP_PKEY_CTX* ecdsa = nullptr;
  spare_context<EVP_PKEY_CTX> spare_ecdsa;
  EVP_MD_CTX* ed25519 = nullptr;
};

void release(imported_key* imported) noexcept {
  const libcrypto* const library = find_libcrypto();
  library->BN_CTX_free(imported->numbers.take());
  for (EVP_MD* digest : imported->pss_digests) library->EVP_MD_free(digest);
  library->BN_MONT_CTX_free(imported->montgomery);
  library->RSA_free(imported->rsa);
  library->EVP_PKEY_CTX_free(imported->spare_ecdsa.take());
  library->EVP_PKEY_CTX_free(imported->ecdsa);
  library->EVP_MD_CTX_free(imported->ed25519);
  library->EVP_PKEY_free(imported->key);
  delete imported;
}

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// All or nothing: the two numbers are the RSA object's as soon as there is one.
bool make_rsa(const libcrypto& library, imported_key& imported,
              const public_numbers& numbers) noexcept {
  const auto to_number = [&](std::string_view bytes) noexcept {
    return library.BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr);
  };
  RSA* const rsa = library.RSA_new();
  BIGNUM* const modulus = to_number(numbers.first);
  BIGNUM* const exponent = to_number(numbers.second);
  if (rsa == nullptr || modulus == nullptr || exponent == nullptr ||
      library.RSA_set0_key(rsa, modulus, exponent, nullptr) != 1) {
    library.BN_free(exponent);
    library.BN_free(modulus);
    library.RSA_free(rsa);
    return false;
  }
  imported.rsa = rsa;
  imported.modulus = modulus;
  imported.exponent = exponent;
  imported.modulus_bytes = numbers.first.size();
  imported.usual_exponent = numbers.second == std::string_view("\1\0\1", 3);
  return true;
}

verdict import_rsa(const libcrypto& library, imported_key& imported,
                   const public_numbers& numbers) noexcept {
  if (numbers.first.size() > largest_modulus_bytes ||
      numbers.second.size() > largest_exponent_bytes) {
    return verdict::invalid;
  }
  if (!make_rsa(library, imported, numbers)) return verdict::fault;
  BN_CTX* const context = library.BN_CTX_new();
  imported.montgomery = library.BN_MONT_CTX_new();
  const bool prepared =
      context != nullptr && imported.montgomery != nullptr &&
      library.BN_MONT_CTX_set(imported.montgomery, imported.modulus, context) == 1;
  library.BN_CTX_free(imported.numbers.leave(context));
  if (!prepared) return verdict::fault;
  for (const auto& row : algorithms) {
    if (!row.pss || !imported.serves.contains(row.id)) continue;
    const auto at = static_cast<std::size_t>(row.digest);
    imported.pss_digests[at] = library.EVP_MD_fetch(nullptr, digest_names[at], nullptr);
    if (imported.pss_digests[at] == nullptr) return verdict::fault;
  }
  return verdict::valid;
}

OSSL_PARAM param(const char* name, unsigned type, void* data, std::size_t size) noexcept {
  return {name, type, data, size, OSSL_PARAM_UNMODIFIED};
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
    case key_type::p256:
      return make_ec_key(library, numbers, "P-256");
    case key_type::p384:
      return make_ec_key(library, numbers, "P-384");
    case key_type::p521:
      return make_ec_key(library, numbers, "P-521");
    case key_type::ed25519:
      return library.EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr,
                                                    bytes_of(numbers.first), numbers.first.size());
    case key_type::rsa:
    case key_type::secret:
      break;
  }
  return nullptr;
}

verdict import_point(const libcrypto& library, imported_key& imported,
                     const public_numbers& numbers) noexcept {
  imported.key = make_public_key(library, numbers);
  if (imported.key == nullptr) return verdict::invalid;
  bool prepared = false;
  if (numbers.type == key_type::ed25519) {
    imported.ed25519 = library.EVP_MD_CTX_new();
    prepared = imported.ed25519 != nullptr &&
               library.EVP_DigestVerifyInit_ex(imported.ed25519, nullptr, nullptr, nullptr, nullptr,
                                               imported.key, nullptr) == 1;
  } else {
    imported.ecdsa = library.EVP_PKEY_CTX_new_from_pkey(nullptr, imported.key, nullptr);
    prepared = imported.ecdsa != nullptr && library.EVP_PKEY_verify_init(imported.ecdsa) == 1;
  }
  return prepared ? verdict::valid : verdict::fault;
}

// What is signed, of the hash's size; not Ed25519's, which hashes by itself.
bool hash_message(hash digest, std::string_view message, unsigned char* out) noexcept {
  if (digest == hash::sha256) {
    SHA256_CTX state;
    return start_sha256(state) == 1 && update_sha256(state, message.data(), message.size()) == 1 &&
           finish_sha256(out, state) == 1;
  }
  SHA512_CTX state;
  return (digest == hash::sha384 ? start_sha384(state) : start_sha512(state)) == 1 &&
         update_sha512(state, message.data(), message.size()) == 1 &&
         finish_sha512(out, state) == 1;
}

// RSAVP1 and I2OSP of RFC 8017, sections 5.2.2 and 4.1: what was encoded, as long as the modulus.
// Nothing here is secret. `invalid`: the signature is not below the modulus.
verdict open_rsa(const libcrypto& library, const imported_key& imported, BN_CTX* context,
                 std::string_view signature, unsigned char* encoded) noexcept {
  BIGNUM* const base = library.BN_CTX_get(context);
  BIGNUM* const power = library.BN_CTX_get(context);  // null if one is
  const int size = static_cast<int>(signature.size());
  if (power == nullptr || library.BN_bin2bn(bytes_of(signature), size, base) == nullptr) {
    return verdict::fault;
  }
  if (library.BN_ucmp(base, imported.modulus) >= 0) return verdict::invalid;
  BN_MONT_CTX* const montgomery = imported.montgomery;
  bool done = false;
  if (imported.usual_exponent) {
    // base^(2^16 + 1). A Montgomery product has the factor R once less than its operands together,
    // so the last, with the base as it is, comes out without.
    done = library.BN_to_montgomery(power, base, montgomery, context) == 1;
    for (int i = 0; done && i < 16; ++i) {
      done = library.BN_mod_mul_montgomery(power, power, power, montgomery, context) == 1;
    }
    done = done && library.BN_mod_mul_montgomery(power, power, base, montgomery, context) == 1;
  } else {
    done = library.BN_mod_exp_mont(power, base, imported.exponent, imported.modulus, context,
                                   montgomery) == 1;
  }
  return done && library.BN_bn2binpad(power, encoded, size) == size ? verdict::valid
                                                                    : verdict::fault;
}

// EMSA-PKCS1-v1_5, RFC 8017 section 9.2: the only encoding of a hash there is, so that it is made
// and compared whole, and nobody has to parse one (section 8.2.2).
bool is_pkcs1(hash digest, const unsigned char* hashed, const unsigned char* encoded,
              std::size_t size) noexcept {
  const std::size_t hashed_bytes = hash_bytes(digest);
  const auto length = static_cast<unsigned char>(hashed_bytes);
  const auto last_arc = static_cast<unsigned char>(static_cast<unsigned char>(digest) + 1);
  // The DigestInfo of note 1, whose hash follows.
  const unsigned char info[] = {0x30,     static_cast<unsigned char>(17 + length),
                                0x30,     0x0d,
                                0x06,     0x09,
                                0x60,     0x86,
                                0x48,     0x01,
                                0x65,     0x03,
                                0x04,     0x02,
                                last_arc, 0x05,
                                0x00,     0x04,
                                length};
  constexpr std::size_t least_padding = 8;
  const std::size_t info_bytes = sizeof info + hashed_bytes;
  if (size < 3 + least_padding + info_bytes) return false;
  unsigned char expected[largest_modulus_bytes];
  std::memset(expected, 0xff, size);
  expected[0] = 0;
  expected[1] = 1;
  unsigned char* const end = expected + size - info_bytes;
  end[-1] = 0;
  std::memcpy(end, info, sizeof info);
  std::memcpy(end + sizeof info, hashed, hashed_bytes);
  return std::memcmp(expected, encoded, size) == 0;
}

verdict verify_rsa(const libcrypto& library, const imported_key& imported, const algorithm_row& row,
                   const unsigned char* hashed, std::string_view signature) noexcept {
  if (signature.size() != imported.modulus_bytes) return verdict::invalid;
  BN_CTX* context = imported.numbers.take();
  if (context == nullptr) context = library.BN_CTX_new();
  if (context == nullptr) return verdict::fault;
  unsigned char encoded[largest_modulus_bytes];
  library.BN_CTX_start(context);
  const verdict opened = open_rsa(library, imported, context, signature, encoded);
  library.BN_CTX_end(context);
  library.BN_CTX_free(imported.numbers.leave(context));
  if (opened != verdict::valid) return opened;
  if (!row.pss) {
    return is_pkcs1(row.digest, hashed, encoded, signature.size()) ? verdict::valid
                                                                   : verdict::invalid;
  }
  // RFC 8017 section 9.1.2 and RFC 7518 section 3.5: MGF1 with the same hash, and a salt of exactly
  // the hash's length.
  const EVP_MD* const digest = imported.pss_digests[static_cast<std::size_t>(row.digest)];
  const int told = library.RSA_verify_PKCS1_PSS_mgf1(imported.rsa, hashed, digest, digest, encoded,
                                                     RSA_PSS_SALTLEN_DIGEST);
  return told == 1 ? verdict::valid : told == 0 ? verdict::invalid : verdict::fault;
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

verdict verify_ecdsa(const libcrypto& library, const imported_key& imported,
                     const algorithm_row& row, const unsigned char* hashed,
                     std::string_view signature) noexcept {
  if (signature.size() != row.signature_bytes) return verdict::invalid;
  EVP_PKEY_CTX* context = imported.spare_ecdsa.take();
  if (context == nullptr) context = library.EVP_PKEY_CTX_dup(imported.ecdsa);
  if (context == nullptr) return verdict::fault;
  const der_signature der(signature);
  const int told =
      library.EVP_PKEY_verify(context, der.begin, der.length, hashed, hash_bytes(row.digest));
  library.EVP_PKEY_CTX_free(imported.spare_ecdsa.leave(context));
  // A sum at infinity, which a forger can aim at, comes back like a failure of the library's own:
  // neither is a valid signature.
  return told == 1 ? verdict::valid : verdict::invalid;
}

// OpenSSL 3.5 takes a message once in a context; hence the copy.
verdict verify_ed25519(const libcrypto& library, const imported_key& imported,
                       std::string_view message, std::string_view signature) noexcept {
  EVP_MD_CTX* const context = library.EVP_MD_CTX_new();
  verdict told = verdict::fault;
  if (context != nullptr && library.EVP_MD_CTX_copy_ex(context, imported.ed25519) == 1) {
    const int answer = library.EVP_DigestVerify(context, bytes_of(signature), signature.size(),
                                                bytes_of(message), message.size());
    told = answer == 1 ? verdict::valid : answer == 0 ? verdict::invalid : verdict::fault;
  }
  library.EVP_MD_CTX_free(context);
  return told;
}

}  // namespace

public_key::~public_key() {
  if (handle_ != nullptr) release(static_cast<imported_key*>(handle_));
}

verdict public_key::import_numbers(const public_numbers& numbers, algorithm_set serves) noexcept {
  const libcrypto* const library = find_libcrypto();
  // A libcrypto that could not begin, for want of memory, does not say so when it is asked for a
  // key: it reads a null pointer.
  if (library == nullptr || library->OSSL_LIB_CTX_get0_global_default() == nullptr) {
    return verdict::fault;
  }
  const error_mark mark(*library);
  if (handle_ != nullptr) release(static_cast<imported_key*>(handle_));
  handle_ = nullptr;
  auto* const imported = new (std::nothrow) imported_key;
  if (imported == nullptr) return verdict::fault;
  for (const auto& row : algorithms) {
    // Never what a key of another type has, whoever asks.
    if (row.key == numbers.type && serves.contains(row.id)) imported->serves.add(row.id);
  }
  const verdict told = numbers.type == key_type::rsa ? import_rsa(*library, *imported, numbers)
                                                     : import_point(*library, *imported, numbers);
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
  if (!imported.serves.contains(row.id)) return verdict::invalid;

  const libcrypto& library = *find_libcrypto();
  const error_mark mark(library);
  if (row.key == key_type::ed25519) return verify_ed25519(library, imported, message, signature);
  unsigned char hashed[largest_hash_bytes];
  if (!hash_message(row.digest, message, hashed)) return verdict::fault;
  return row.key == key_type::rsa ? verify_rsa(library, imported, row, hashed, signature)
                                  : verify_ecdsa(library, imported, row, hashed, signature);
}

}  // namespace portcullis
