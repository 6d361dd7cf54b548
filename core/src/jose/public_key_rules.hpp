// What makes a public key acceptable beyond being one, RFC 7518 sections 3.3 and 6.2.1, RFC 8725
// section 3.5: known by its numbers alone, whatever library verifies.
#pragma once

#include <cstddef>
#include <cstdint>

#include "crypto/backend.hpp"

namespace portcullis {

// Which of the numbers cannot be used.
enum class number_fault : std::uint8_t { none, first, second };

[[nodiscard]] number_fault find_fault(const public_numbers& numbers) noexcept;

// The size of a coordinate, or of an Ed25519 key, in bytes.
[[nodiscard]] std::size_t field_bytes(key_type type) noexcept;

}  // namespace portcullis
