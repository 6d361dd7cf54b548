// How wide the vectors are that this processor works with. Whatever is done by vectors is done as
// well without, and tests go through all of them.
#pragma once

#include <cstdint>

namespace portcullis {

enum class vectors : std::uint8_t {
  none,
  bytes_16,  // SSSE3; in WebAssembly its own, which every engine has or the module does not load
  bytes_32,  // AVX2 and BMI
  bytes_64,  // AVX-512 with BW, VBMI and VBMI2
};

#if defined(__x86_64__)

// Asked once, at load; before that `none`, which is slower and as right.
extern const vectors widest_of_processor;

[[nodiscard]] inline vectors widest_vectors() noexcept { return widest_of_processor; }

#else

[[nodiscard]] constexpr vectors widest_vectors() noexcept {
#if defined(__wasm__) && defined(__SSSE3__)
  return vectors::bytes_16;
#else
  return vectors::none;
#endif
}

#endif

}  // namespace portcullis
