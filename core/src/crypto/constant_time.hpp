// Comparing secret bytes without telling, by the time it takes, where they differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace portcullis {

// Both arrays have `size` bytes, a multiple of eight.
[[nodiscard]] inline bool equal_in_constant_time(const unsigned char* left,
                                                 const unsigned char* right,
                                                 std::size_t size) noexcept {
  std::uint64_t difference = 0;
  for (std::size_t i = 0; i < size; i += 8) {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::memcpy(&a, left + i, 8);
    std::memcpy(&b, right + i, 8);
    difference |= a ^ b;
    // Hides the value from the optimiser, which could otherwise leave the loop at a difference.
    __asm__("" : "+r"(difference));
  }
  return difference == 0;
}

}  // namespace portcullis
