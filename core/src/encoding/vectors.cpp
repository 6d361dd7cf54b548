#include "encoding/vectors.hpp"

#if defined(__x86_64__)

#include <cpuid.h>

namespace portcullis {
namespace {

// Two CPUIDs. A virtual machine answers each in 4 us instead of the processor, and
// __builtin_cpu_supports asks ten times, by 4 KB of code.
vectors ask_processor() noexcept {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  __cpuid(1, eax, ebx, ecx, edx);  // every x86-64 has this leaf
  if ((ecx & bit_SSSE3) == 0) return vectors::none;
  if ((ecx & bit_OSXSAVE) == 0 || (ecx & bit_AVX) == 0) return vectors::bytes_16;

  // Which registers the operating system keeps (Intel SDM, volume 1, section 13.3).
  unsigned kept = 0;
  __asm__("xgetbv" : "=a"(kept), "=d"(edx) : "c"(0));
  constexpr unsigned ymm = 0x06;
  constexpr unsigned zmm = 0xe6;
  if ((kept & ymm) != ymm) return vectors::bytes_16;

  // Whoever has XSAVE has leaf 13, and so this one.
  __cpuid_count(7, 0, eax, ebx, ecx, edx);
  if ((ebx & bit_AVX2) == 0 || (ebx & bit_BMI) == 0) return vectors::bytes_16;
  const bool wide = (kept & zmm) == zmm && (ebx & bit_AVX512F) != 0 && (ebx & bit_AVX512BW) != 0 &&
                    (ecx & bit_AVX512VBMI) != 0 && (ecx & bit_AVX512VBMI2) != 0;
  return wide ? vectors::bytes_64 : vectors::bytes_32;
}

}  // namespace

const vectors widest_of_processor = ask_processor();

}  // namespace portcullis

#endif
