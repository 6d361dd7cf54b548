// The host's own library, through the one function that the module imports: wasm/host_crypto.js
// answers it with node:crypto.
#pragma once

#include <cstdint>
#include <string_view>

#include "crypto/backend.hpp"

namespace portcullis {

// The handle of a key, which the host keeps for as long as the module's instance; 0 if there is no
// such key, below 0 when the host has no such library or it failed.
[[nodiscard]] std::int32_t import_by_host(const public_numbers& numbers) noexcept;

// Whether `proof` is the signature or MAC of the message.
[[nodiscard]] verdict verify_by_host(std::int32_t handle, algorithm which, std::string_view message,
                                     std::string_view proof) noexcept;

[[nodiscard]] inline verdict to_verdict(std::int32_t told) noexcept {
  if (told < 0) return verdict::fault;
  return told > 0 ? verdict::valid : verdict::invalid;
}

}  // namespace portcullis
