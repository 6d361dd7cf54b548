// The JWS algorithms (RFC 7518 section 3.1): one row each, and nothing below asks for a name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace portcullis {

enum class algorithm : std::uint8_t { hs256 };

struct algorithm_row {
  algorithm id;
  std::string_view name;        // the `alg` value
  std::size_t key_bytes;        // the least secret: the size of the hash (RFC 7518 section 3.2)
  std::size_t signature_bytes;  // the exact size of a signature
};

inline constexpr std::array<algorithm_row, 1> algorithms{{
    {algorithm::hs256, "HS256", 32, 32},
}};

[[nodiscard]] constexpr const algorithm_row& row_of(algorithm id) noexcept {
  return algorithms[static_cast<std::size_t>(id)];
}

// A set of algorithms, one bit each.
class algorithm_set {
 public:
  constexpr void add(algorithm id) noexcept { bits_ |= bit(id); }
  [[nodiscard]] constexpr bool contains(algorithm id) const noexcept {
    return (bits_ & bit(id)) != 0;
  }

 private:
  static constexpr std::uint32_t bit(algorithm id) noexcept {
    return std::uint32_t{1} << static_cast<std::uint32_t>(id);
  }
  std::uint32_t bits_ = 0;
};

}  // namespace portcullis
