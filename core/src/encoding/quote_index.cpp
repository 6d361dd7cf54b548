#include "encoding/quote_index.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace portcullis {

#if defined(__SSE2__)

namespace {

// A bit for each mark of a block. `special` gathers what is not plain: signed, bytes outside ASCII
// are less than a space, too.
[[gnu::always_inline]] inline std::uint64_t find_by_16(const char* at, __m128i& special) noexcept {
  std::uint64_t marks = 0;
#pragma GCC unroll 4
  for (unsigned i = 0; i != 4; ++i) {
    // NOLINTNEXTLINE(bugprone-implicit-widening-of-multiplication-result): at most 48
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * i));
    special = _mm_or_si128(special, _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)),
                                                 _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
    const int found = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
    marks |= std::uint64_t{static_cast<std::uint32_t>(found)} << (16 * i);
  }
  return marks;
}

// Of both: the last block ends with the text. What the one before it had is shifted out, and a bit
// for the end comes in, or goes into a word of its own.
[[gnu::hot]] bool build_by_16(const char* begin, std::size_t size, std::uint64_t* out) noexcept {
  const std::size_t last = size - quote_index::block_bytes;
  __m128i special = _mm_setzero_si128();
  std::size_t at = 0;
  for (; at < last; at += quote_index::block_bytes) *out++ = find_by_16(begin + at, special);
  *out++ = find_by_16(begin + last, special) >> (at - last);
  *out = 0;
  out[size % 64 == 0 ? 0 : -1] |= std::uint64_t{1} << size % 64;
  return _mm_movemask_epi8(special) == 0;
}

#if defined(__x86_64__)

#define PORTCULLIS_TARGET_AVX2 [[gnu::target("avx2,bmi,popcnt")]]

PORTCULLIS_TARGET_AVX2 [[gnu::always_inline]] inline std::uint64_t find_by_32(
    const char* at, __m256i& special) noexcept {
  std::uint64_t marks = 0;
#pragma GCC unroll 2
  for (unsigned i = 0; i != 2; ++i) {
    // NOLINTNEXTLINE(bugprone-implicit-widening-of-multiplication-result): at most 32
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + 32 * i));
    special =
        _mm256_or_si256(special, _mm256_or_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), bytes),
                                                 _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\'))));
    const int found = _mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"')));
    marks |= std::uint64_t{static_cast<std::uint32_t>(found)} << (32 * i);
  }
  return marks;
}

[[gnu::hot]] PORTCULLIS_TARGET_AVX2 bool build_by_32(const char* begin, std::size_t size,
                                                     std::uint64_t* out) noexcept {
  const std::size_t last = size - quote_index::block_bytes;
  __m256i special = _mm256_setzero_si256();
  std::size_t at = 0;
  for (; at < last; at += quote_index::block_bytes) *out++ = find_by_32(begin + at, special);
  *out++ = find_by_32(begin + last, special) >> (at - last);
  *out = 0;
  out[size % 64 == 0 ? 0 : -1] |= std::uint64_t{1} << size % 64;
  return _mm256_movemask_epi8(special) == 0;
}

#define PORTCULLIS_TARGET_AVX512 [[gnu::target("avx512f,avx512bw,bmi")]]

[[gnu::hot]] PORTCULLIS_TARGET_AVX512 bool build_by_64(const char* begin, std::size_t size,
                                                       std::uint64_t* out) noexcept {
  __mmask64 special = 0;
  for (std::size_t at = 0;; at += quote_index::block_bytes) {
    const std::size_t left = size - at;
    const bool whole = left >= quote_index::block_bytes;
    // What is behind the end is neither a mark nor special.
    const __mmask64 there = whole ? ~__mmask64{0} : (__mmask64{1} << left) - 1;
    const __m512i bytes = _mm512_mask_loadu_epi8(_mm512_set1_epi8(' '), there, begin + at);
    special |= _mm512_cmplt_epi8_mask(bytes, _mm512_set1_epi8(' ')) |
               _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\'));
    *out = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"'));
    if (!whole) {
      *out |= std::uint64_t{1} << left;
      return special == 0;
    }
    ++out;
  }
}

#endif

}  // namespace

bool quote_index::build(std::string_view text, vectors by) noexcept {
  if (text.size() < block_bytes || text.size() > max_bytes) return false;
  switch (by) {
#if defined(__x86_64__)
    case vectors::bytes_64:
      return build_by_64(text.data(), text.size(), marks_);
    case vectors::bytes_32:
      return build_by_32(text.data(), text.size(), marks_);
#endif
    case vectors::bytes_16:
      return build_by_16(text.data(), text.size(), marks_);
    default:
      return false;
  }
}

#else

bool quote_index::build(std::string_view /*text*/, vectors /*by*/) noexcept { return false; }

#endif

}  // namespace portcullis
