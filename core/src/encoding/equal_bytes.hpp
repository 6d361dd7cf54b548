// Comparing a few bytes in place. For a header or a permission the call of memcmp takes longer than
// its work, and a function that has not run for a while has to be fetched from memory, with the
// tables by which it is found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace portcullis {

[[nodiscard, gnu::always_inline]] inline bool equal_bytes(const char* left, const char* right,
                                                          std::size_t size) noexcept {
#if !defined(__wasm__)
  constexpr std::size_t word_bytes = 8;
  const auto differ = [left, right](std::size_t at) {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::memcpy(&a, left + at, word_bytes);
    std::memcpy(&b, right + at, word_bytes);
    return a ^ b;
  };
  if (size >= word_bytes) {
    // The last word may overlap the one before it.
    std::uint64_t difference = differ(size - word_bytes);
    for (std::size_t at = 0; at + word_bytes < size; at += word_bytes) difference |= differ(at);
    return difference == 0;
  }
#endif
  return std::memcmp(left, right, size) == 0;
}

}  // namespace portcullis
