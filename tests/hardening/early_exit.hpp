// The mistake that the timing campaign has to find: a comparison that stops at the first
// difference.
#pragma once

#include <cstddef>

namespace portcullis::support {

[[nodiscard, gnu::noinline]] inline bool equal_until_they_differ(const unsigned char* left,
                                                                 const unsigned char* right,
                                                                 std::size_t size) noexcept {
  for (std::size_t i = 0; i != size; ++i) {
    if (left[i] != right[i]) return false;
    __asm__("");  // or the compiler might look at all of them at once
  }
  return true;
}

}  // namespace portcullis::support
