// The seam between the core and a cryptographic library. Above it nobody includes a library's
// header; below it nobody knows JSON, tokens or policies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace portcullis {

enum class verdict : std::uint8_t {
  valid,
  invalid,
  fault  // the library failed: nothing is known about the signature
};

// A secret for HMAC with SHA-256 (RFC 2104), kept as the two hash states that follow the padded
// key, so that verifying starts with the message.
class hmac_sha256_key {
 public:
  // Nothing if the library fails.
  [[nodiscard]] static std::optional<hmac_sha256_key> import(std::string_view secret) noexcept;

  hmac_sha256_key(const hmac_sha256_key&) noexcept = default;
  hmac_sha256_key& operator=(const hmac_sha256_key&) noexcept = default;
  ~hmac_sha256_key();  // wipes the states

  // Compares in time that does not depend on the bytes. A `mac` that is not 32 bytes is invalid.
  [[nodiscard]] verdict verify(std::string_view message, std::string_view mac) const noexcept;

 private:
  hmac_sha256_key() noexcept = default;

  // Room for the library's hash state, which is a plain structure that may be copied as bytes.
  static constexpr std::size_t state_bytes = 112;
  struct alignas(8) state {
    unsigned char bytes[state_bytes];
  };
  state inner_;
  state outer_;
};

}  // namespace portcullis
