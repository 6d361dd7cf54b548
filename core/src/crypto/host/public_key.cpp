// Public-key signatures by the host's own library.
#include <cstdint>

#include "crypto/backend.hpp"
#include "crypto/host/host_crypto.hpp"

namespace portcullis {
namespace {

// What the host is asked: to import a key of type `what` (key_type) from two numbers, or from a
// secret, which gives its handle; or, with a handle, whether `second` is the signature or MAC of
// `first` by the algorithm `what` (crypto/algorithm.hpp). Both enumerations are part of the ABI.
constexpr std::int32_t no_key = 0;

// Above 0 a handle, or 1 for a valid signature; 0 for no such key, or an invalid signature; below 0
// when the host has no such library or it failed.
__attribute__((import_module("portcullis"), import_name("host_crypto"))) extern "C" std::int32_t
portcullis_host_crypto(std::int32_t key, std::int32_t what, const char* first,
                       std::size_t first_length, const char* second, std::size_t second_length);

}  // namespace

std::int32_t import_by_host(const public_numbers& numbers) noexcept {
  return portcullis_host_crypto(no_key, static_cast<std::int32_t>(numbers.type),
                                numbers.first.data(), numbers.first.size(), numbers.second.data(),
                                numbers.second.size());
}

verdict verify_by_host(std::int32_t handle, algorithm which, std::string_view message,
                       std::string_view proof) noexcept {
  return to_verdict(portcullis_host_crypto(handle, static_cast<std::int32_t>(which), message.data(),
                                           message.size(), proof.data(), proof.size()));
}

// The host keeps its keys for as long as the module's instance, as the module keeps its memory.
public_key::~public_key() = default;

verdict public_key::import_numbers(const public_numbers& numbers,
                                   algorithm_set /*serves*/) noexcept {
  const std::int32_t told = import_by_host(numbers);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a number, of which nothing is read through
  if (told > 0) handle_ = reinterpret_cast<void*>(told);
  return to_verdict(told);
}

verdict public_key::verify(const algorithm_row& row, std::string_view message,
                           std::string_view signature) const noexcept {
  if (handle_ == nullptr) return verdict::invalid;
  return verify_by_host(static_cast<std::int32_t>(reinterpret_cast<std::intptr_t>(handle_)), row.id,
                        message, signature);
}

}  // namespace portcullis
