// Public-key signatures on hand-picked functions of libcrypto: its arithmetic, its ECDSA, Ed25519
// and PSS verification, without EVP, providers and the contexts that drag in the rest.
#include <cstddef>
#include <cstring>
#include <new>

#include "crypto/backend.hpp"
#include "crypto/openssl_parts/scratch.hpp"
#include "crypto/openssl_parts/verification.hpp"

namespace portcullis {
namespace {

constexpr std::size_t ed25519_key_bytes = 32;

// What a handle points to; the library's key follows.
struct alignas(std::max_align_t) imported_key {
  key_type type;
  portcullis_rsa_key* rsa() noexcept { return reinterpret_cast<portcullis_rsa_key*>(this + 1); }
  portcullis_ec_key* ec() noexcept { return reinterpret_cast<portcullis_ec_key*>(this + 1); }
  unsigned char* ed25519() noexcept { return reinterpret_cast<unsigned char*>(this + 1); }
};

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

portcullis_curve curve_of(key_type type) noexcept {
  return static_cast<portcullis_curve>(static_cast<int>(type) - static_cast<int>(key_type::p256));
}

std::size_t size_of_key(const public_numbers& numbers) noexcept {
  if (numbers.type == key_type::rsa) return portcullis_rsa_key_size(numbers.first.size());
  if (numbers.type == key_type::ed25519) return ed25519_key_bytes;
  return portcullis_ec_key_size(curve_of(numbers.type));
}

verdict verdict_of(portcullis_outcome outcome) noexcept { return static_cast<verdict>(outcome); }
static_assert(static_cast<int>(verdict::valid) == PORTCULLIS_VALID);
static_assert(static_cast<int>(verdict::invalid) == PORTCULLIS_INVALID);
static_assert(static_cast<int>(verdict::fault) == PORTCULLIS_FAULT);

}  // namespace

public_key::~public_key() { ::operator delete(handle_); }

verdict public_key::import_numbers(const public_numbers& numbers,
                                   algorithm_set /*serves*/) noexcept {
  if (numbers.type == key_type::secret) return verdict::invalid;
  void* const memory = ::operator new(sizeof(imported_key) + size_of_key(numbers), std::nothrow);
  if (memory == nullptr) return verdict::fault;
  auto* const key = new (memory) imported_key{numbers.type};
  const unsigned char* const first = bytes_of(numbers.first);
  const unsigned char* const second = bytes_of(numbers.second);

  portcullis_scratch_reset();
  auto told = verdict::valid;
  if (numbers.type == key_type::rsa) {
    told = verdict_of(portcullis_rsa_import(key->rsa(), first, numbers.first.size(), second,
                                            numbers.second.size()));
  } else if (numbers.type == key_type::ed25519) {
    told = numbers.first.size() == ed25519_key_bytes ? verdict::valid : verdict::invalid;
    if (told == verdict::valid) std::memcpy(key->ed25519(), first, ed25519_key_bytes);
  } else {
    told = verdict_of(portcullis_ec_import(key->ec(), curve_of(numbers.type), first,
                                           numbers.first.size(), second, numbers.second.size()));
  }
  if (told == verdict::valid) {
    handle_ = memory;
  } else {
    ::operator delete(memory);
  }
  return told;
}

verdict public_key::verify(const algorithm_row& row, std::string_view message,
                           std::string_view signature) const noexcept {
  auto* const key = static_cast<imported_key*>(handle_);
  if (key == nullptr || key->type != row.key) return verdict::invalid;
  if (row.signature_bytes != 0 && signature.size() != row.signature_bytes) {
    return verdict::invalid;
  }

  portcullis_scratch_reset();
  const unsigned char* const signed_bytes = bytes_of(signature);
  if (row.key == key_type::ed25519) {
    return verdict_of(
        portcullis_ed25519_verify(key->ed25519(), bytes_of(message), message.size(), signed_bytes));
  }
  const int hash = static_cast<int>(row.digest);
  unsigned char digest[64];
  portcullis_hash(hash, bytes_of(message), message.size(), digest);
  if (row.key == key_type::rsa) {
    return verdict_of(portcullis_rsa_verify(key->rsa(), row.pss ? 1 : 0, hash, digest, signed_bytes,
                                            signature.size()));
  }
  return verdict_of(portcullis_ec_verify(key->ec(), digest, hash_bytes(row.digest), signed_bytes));
}

}  // namespace portcullis
