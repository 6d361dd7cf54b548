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

[[gnu::always_inline]] inline void write_places(std::uint64_t marks, std::size_t base,
                                                std::uint16_t*& out) noexcept {
  for (; marks != 0; marks &= marks - 1) {
    *out++ = static_cast<std::uint16_t>(base + static_cast<std::size_t>(__builtin_ctzll(marks)));
  }
}

// Of both: the last block ends with the text, and what the one before it had is shifted out.
[[gnu::hot]] bool build_by_16(const char* begin, std::size_t size, std::uint16_t* out) noexcept {
  const std::size_t last = size - quote_index::block_bytes;
  __m128i special = _mm_setzero_si128();
  for (std::size_t at = 0;; at += quote_index::block_bytes) {
    const std::size_t from = at < last ? at : last;
    write_places(find_by_16(begin + from, special) >> (at - from), at, out);
    if (from == last) break;
  }
  *out = static_cast<std::uint16_t>(size);
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

// How many marks a block has is not foretold, and a loop that ends with them would be mistaken in
// each: so many are written in any case, of which those that are not there mean nothing.
PORTCULLIS_TARGET_AVX2 [[gnu::always_inline]] inline void write_places_at_once(
    std::uint64_t marks, std::size_t base, std::uint16_t*& out) noexcept {
  constexpr unsigned usual = 10;
  const auto count = static_cast<std::size_t>(__builtin_popcountll(marks));
  std::uint16_t* const end = out + count;
#pragma GCC unroll 10
  for (unsigned i = 0; i != usual; ++i) {
    *out++ = static_cast<std::uint16_t>(base + _tzcnt_u64(marks));  // of nothing: 64
    marks &= marks - 1;
  }
  if (marks != 0) [[unlikely]]
    write_places(marks, base, out);
  out = end;
}

[[gnu::hot]] PORTCULLIS_TARGET_AVX2 bool build_by_32(const char* begin, std::size_t size,
                                                     std::uint16_t* out) noexcept {
  const std::size_t last = size - quote_index::block_bytes;
  __m256i special = _mm256_setzero_si256();
  for (std::size_t at = 0;; at += quote_index::block_bytes) {
    const std::size_t from = at < last ? at : last;
    write_places_at_once(find_by_32(begin + from, special) >> (at - from), at, out);
    if (from == last) break;
  }
  *out = static_cast<std::uint16_t>(size);
  return _mm256_movemask_epi8(special) == 0;
}

#define PORTCULLIS_TARGET_AVX512 [[gnu::target("avx512f,avx512bw,avx512vbmi2,bmi,popcnt")]]

// 0 to 63.
struct counted_bytes {
  char bytes[quote_index::block_bytes] = {};

  constexpr counted_bytes() noexcept {
    for (std::size_t i = 0; i != sizeof bytes; ++i) bytes[i] = static_cast<char>(i);
  }
};
constexpr counted_bytes places_in_block;

PORTCULLIS_TARGET_AVX512 [[gnu::always_inline]] inline void write_half(
    __m256i places, std::size_t base, std::uint16_t* out) noexcept {
  const __m512i from = _mm512_set1_epi16(static_cast<short>(base));
  _mm512_storeu_si512(out, _mm512_add_epi16(_mm512_cvtepu8_epi16(places), from));
}

[[gnu::hot]] PORTCULLIS_TARGET_AVX512 bool build_by_64(const char* begin, std::size_t size,
                                                       std::uint16_t* out) noexcept {
  constexpr std::size_t half = quote_index::block_bytes / 2;
  const __m512i all = _mm512_loadu_si512(places_in_block.bytes);
  __mmask64 special = 0;
  for (std::size_t at = 0;; at += quote_index::block_bytes) {
    const std::size_t left = size - at;
    const bool whole = left >= quote_index::block_bytes;
    // What is behind the end is neither a mark nor special.
    const __mmask64 there = whole ? ~__mmask64{0} : (__mmask64{1} << left) - 1;
    const __m512i bytes = _mm512_mask_loadu_epi8(_mm512_set1_epi8(' '), there, begin + at);
    special |= _mm512_cmplt_epi8_mask(bytes, _mm512_set1_epi8(' ')) |
               _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\'));
    const __mmask64 marks = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"'));
    const __m512i places = _mm512_maskz_compress_epi8(marks, all);
    const auto count = static_cast<std::size_t>(__builtin_popcountll(marks));
    write_half(_mm512_castsi512_si256(places), at, out);
    if (count > half) [[unlikely]]
      write_half(_mm512_maskz_extracti64x4_epi64(0xf, places, 1), at, out + half);
    out += count;
    if (!whole) {
      *out = static_cast<std::uint16_t>(size);
      return special == 0;
    }
  }
}

#endif

}  // namespace

bool quote_index::build(std::string_view text, vectors by) noexcept {
  if (text.size() < block_bytes || text.size() > max_bytes) return false;
  switch (by) {
#if defined(__x86_64__)
    case vectors::bytes_64:
      return build_by_64(text.data(), text.size(), places_);
    case vectors::bytes_32:
      return build_by_32(text.data(), text.size(), places_);
#endif
    case vectors::bytes_16:
      return build_by_16(text.data(), text.size(), places_);
    default:
      return false;
  }
}

#else

bool quote_index::build(std::string_view /*text*/, vectors /*by*/) noexcept { return false; }

#endif

}  // namespace portcullis
