// How wide the vectors are that this processor works with. Whatever is done by vectors is done as
// well without, and tests go through all of them.
#pragma once

#include <cstdint>

namespace portcullis {

enum class vectors : std::uint8_t {
  none,
  bytes_16,  // SSSE3; in WebAssembly its own, which every engine has or the module does not load
  bytes_32,  // AVX2 and BMI
  bytes_64,  // AVX-512 with BW and VBMI
};

[[nodiscard]] inline vectors widest_vectors() noexcept {
#if defined(__wasm__) && defined(__SSSE3__)
  return vectors::bytes_16;
#elif defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw")) {
    return vectors::bytes_64;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) return vectors::bytes_32;
  return __builtin_cpu_supports("ssse3") ? vectors::bytes_16 : vectors::none;
#else
  return vectors::none;
#endif
}

}  // namespace portcullis
