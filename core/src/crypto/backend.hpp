// The seam between the core and a cryptographic library. Above it nobody includes a library's
// header; below it nobody knows JSON, tokens or policies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace portcullis {

enum class verdict : std::uint8_t {
  valid,
  invalid,
  fault  // the library failed: nothing is known about the signature
};

// Overwrites memory in a way that the optimiser does not take out.
void wipe_bytes(void* bytes, std::size_t length) noexcept;

// A secret for HMAC with SHA-256 (RFC 2104), kept as the two hash states that follow the padded
// key, so that verifying starts with the message.
class hmac_sha256_key {
 public:
  // Holds no key: every MAC is invalid until one is imported.
  hmac_sha256_key() noexcept = default;
  hmac_sha256_key(const hmac_sha256_key&) = delete;
  hmac_sha256_key& operator=(const hmac_sha256_key&) = delete;
  ~hmac_sha256_key();  // wipes the states

  // False if the library fails; the key then holds none.
  [[nodiscard]] bool import_secret(std::string_view secret) noexcept;

  // Compares in time that does not depend on the bytes. A `mac` that is not 32 bytes is invalid.
  [[nodiscard]] verdict verify(std::string_view message, std::string_view mac) const noexcept;

  // Room for the library's hash state, which is a plain structure that may be copied as bytes.
  static constexpr std::size_t state_bytes = 112;
  struct alignas(8) state {
    unsigned char bytes[state_bytes];
  };

 private:
  bool imported_ = false;
  state inner_{};
  state outer_{};
};

}  // namespace portcullis
