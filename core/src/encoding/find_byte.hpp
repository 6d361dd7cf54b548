// Finding a byte in a text whose length is worth sixteen steps at once.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

#if defined(__wasm__) && defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace portcullis {

// The place of the first `wanted` at or after `from`, or npos. Natively memchr is all of this; the
// WebAssembly C library's looks at four bytes at a time at the most.
[[nodiscard]] inline std::size_t find_byte(std::string_view text, char wanted,
                                           std::size_t from) noexcept {
#if defined(__wasm__) && defined(__SSE2__)
  for (; from + 16 <= text.size(); from += 16) {
    const __m128i sixteen = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + from));
    const int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(sixteen, _mm_set1_epi8(wanted)));
    if (mask != 0)
      return from + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(mask)));
  }
  for (; from < text.size(); ++from) {
    if (text[from] == wanted) return from;
  }
  return std::string_view::npos;
#else
  if (from >= text.size()) return std::string_view::npos;
  const void* const found = std::memchr(text.data() + from, wanted, text.size() - from);
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
#endif
}

}  // namespace portcullis
