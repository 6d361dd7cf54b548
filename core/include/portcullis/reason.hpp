/// @file
/// Why a decision is what it is. Names are the contract; sentences are for people and may change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace portcullis {

/// Why a decision is what it is, `ok` when allowed. docs/rules.md says which rule gives which.
enum class reason : std::uint8_t {
#define PORTCULLIS_REASON(name, http_status, rfc6750_error, sentence) name,
#include "portcullis/reasons.def"
#undef PORTCULLIS_REASON
};

/// A row of the reason table.
struct reason_row {
  std::string_view name;           ///< "expired"
  std::uint16_t http_status;       ///< 401, 403, 500; 0 for ok
  std::string_view rfc6750_error;  ///< "invalid_token", "insufficient_scope" or "" (RFC 6750 3.1)
};

/// The number of rows; codes are 0 .. reason_count - 1.
extern const std::size_t reason_count;

/// The row of `which`. A value outside the enumeration gives the row of internal_error.
[[nodiscard]] reason_row find_reason(reason which) noexcept;

/// What the reason says to people, for logs and documentation. Apart from the row, so that a build
/// that never says it (WASM) does not carry it.
[[nodiscard]] std::string_view find_sentence(reason which) noexcept;

}  // namespace portcullis
