#include "encoding/base64url_blocks.hpp"

#include "encoding/base64url_values.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace portcullis {

#if defined(__x86_64__)

namespace {

// The processor is asked for each of these. WebAssembly has vectors of its own:
// base64url_simd128.cpp.
#define PORTCULLIS_TARGET_SSSE3 [[gnu::target("ssse3")]]

// Whether a character is in the alphabet depends on its two halves: each high half stands for a
// bit, and the low half's entry has the bits of all high halves that it may go with.
//   2: only '-'   3: digits   4 and 6: letters from the first on   5: P..Z and '_'   7: p..z
constexpr char high_2 = 1, high_3 = 2, high_4_6 = 4, high_5 = 8, high_7 = 16;

constexpr char allowed_with(unsigned low) noexcept {
  return static_cast<char>((low == 0xd ? high_2 : 0) | (low <= 0x9 ? high_3 : 0) |
                           (low >= 0x1 ? high_4_6 : 0) | (low <= 0xa || low == 0xf ? high_5 : 0) |
                           (low <= 0xa ? high_7 : 0));
}

// The tables, a copy for each half of the wider vectors.
alignas(32) constexpr char bit_of_high[32] = {
    0, 0, high_2, high_3, high_4_6, high_5, high_4_6, high_7, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, high_2, high_3, high_4_6, high_5, high_4_6, high_7, 0, 0, 0, 0, 0, 0, 0, 0};
alignas(32) constexpr char bits_of_low[32] = {
    allowed_with(0),  allowed_with(1),  allowed_with(2),  allowed_with(3),  allowed_with(4),
    allowed_with(5),  allowed_with(6),  allowed_with(7),  allowed_with(8),  allowed_with(9),
    allowed_with(10), allowed_with(11), allowed_with(12), allowed_with(13), allowed_with(14),
    allowed_with(15), allowed_with(0),  allowed_with(1),  allowed_with(2),  allowed_with(3),
    allowed_with(4),  allowed_with(5),  allowed_with(6),  allowed_with(7),  allowed_with(8),
    allowed_with(9),  allowed_with(10), allowed_with(11), allowed_with(12), allowed_with(13),
    allowed_with(14), allowed_with(15)};
// Value minus character, by the high half; '_' alone differs from its neighbours.
alignas(32) constexpr char difference_of_high[32] = {
    0, 0, 62 - '-', 52 - '0', 0 - 'A', 0 - 'A', 26 - 'a', 26 - 'a', 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 62 - '-', 52 - '0', 0 - 'A', 0 - 'A', 26 - 'a', 26 - 'a', 0, 0, 0, 0, 0, 0, 0, 0};
constexpr char underscore_difference = (63 - '_') - (0 - 'A');
// Four values of six bits become three bytes, in the order of the text.
alignas(32) constexpr char byte_order[32] = {2,  1,  0,  6,  5,  4,  10, 9,  8,  14, 13,
                                             12, -1, -1, -1, -1, 2,  1,  0,  6,  5,  4,
                                             10, 9,  8,  14, 13, 12, -1, -1, -1, -1};

// The same for a vector of sixteen times four.
struct whole_order {
  char bytes[64] = {};

  constexpr whole_order() noexcept {
    for (int i = 0; i != 48; ++i) bytes[i] = static_cast<char>(i / 3 * 4 + 2 - i % 3);
  }
};
constexpr whole_order whole_byte_order;

PORTCULLIS_TARGET_SSSE3 [[gnu::always_inline]] inline __m128i load_table(
    const char* table) noexcept {
  return _mm_load_si128(reinterpret_cast<const __m128i*>(table));
}

// Twelve bytes, and four more that mean nothing. `invalid` gathers what is not in the alphabet.
PORTCULLIS_TARGET_SSSE3 [[gnu::always_inline]] inline __m128i decode_16(__m128i text,
                                                                        __m128i& invalid) noexcept {
  const __m128i low_half = _mm_set1_epi8(0x0f);
  const __m128i high = _mm_and_si128(_mm_srli_epi32(text, 4), low_half);
  const __m128i low = _mm_and_si128(text, low_half);
  const __m128i allowed = _mm_and_si128(_mm_shuffle_epi8(load_table(bit_of_high), high),
                                        _mm_shuffle_epi8(load_table(bits_of_low), low));
  invalid = _mm_or_si128(invalid, _mm_cmpeq_epi8(allowed, _mm_setzero_si128()));
  const __m128i difference = _mm_add_epi8(_mm_shuffle_epi8(load_table(difference_of_high), high),
                                          _mm_and_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('_')),
                                                        _mm_set1_epi8(underscore_difference)));
  const __m128i values = _mm_add_epi8(text, difference);
  const __m128i pairs = _mm_maddubs_epi16(values, _mm_set1_epi32(0x01400140));
  const __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00011000));
  return _mm_shuffle_epi8(fours, load_table(byte_order));
}

PORTCULLIS_TARGET_SSSE3 [[gnu::always_inline]] inline __m128i load_16(const char* in) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
}

// The twelve bytes alone.
PORTCULLIS_TARGET_SSSE3 [[gnu::always_inline]] inline void store_12(__m128i bytes,
                                                                    char* out) noexcept {
  _mm_storel_epi64(reinterpret_cast<__m128i*>(out), bytes);
  const int rest = _mm_cvtsi128_si32(_mm_srli_si128(bytes, 8));
  __builtin_memcpy(out + 8, &rest, sizeof rest);
}

// The rest of a text, of which `last` are the last sixteen characters: read before anything is
// written, because `out` may be `in`. What they share with those before is written twice, and the
// same.
PORTCULLIS_TARGET_SSSE3 [[gnu::always_inline]] inline bool finish(const char* in,
                                                                  std::size_t length, __m128i last,
                                                                  __m128i invalid, char* out,
                                                                  std::size_t done) noexcept {
  for (;; done += 16) {
    const bool ends = length - done <= 16;
    if (ends) done = length - 16;
    store_12(decode_16(ends ? last : load_16(in + done), invalid), out + done / 4 * 3);
    if (ends) return _mm_movemask_epi8(invalid) == 0;
  }
}

[[gnu::hot]] PORTCULLIS_TARGET_SSSE3 bool decode_by_16(const char* in, std::size_t length,
                                                       char* out) noexcept {
  return finish(in, length, load_16(in + length - 16), _mm_setzero_si128(), out, 0);
}

#define PORTCULLIS_TARGET_AVX2 [[gnu::target("avx2")]]

PORTCULLIS_TARGET_AVX2 [[gnu::always_inline]] inline __m256i load_32(const char* table) noexcept {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(table));
}

[[gnu::hot]] PORTCULLIS_TARGET_AVX2 bool decode_by_32(const char* in, std::size_t length,
                                                      char* out) noexcept {
  const __m128i last = load_16(in + length - 16);
  const __m256i low_half = _mm256_set1_epi8(0x0f);
  const __m256i joined = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
  __m256i invalid = _mm256_setzero_si256();
  std::size_t done = 0;
  for (; length - done >= 32; done += 32) {
    const __m256i text = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + done));
    const __m256i high = _mm256_and_si256(_mm256_srli_epi32(text, 4), low_half);
    const __m256i low = _mm256_and_si256(text, low_half);
    const __m256i allowed = _mm256_and_si256(_mm256_shuffle_epi8(load_32(bit_of_high), high),
                                             _mm256_shuffle_epi8(load_32(bits_of_low), low));
    invalid = _mm256_or_si256(invalid, _mm256_cmpeq_epi8(allowed, _mm256_setzero_si256()));
    const __m256i difference =
        _mm256_add_epi8(_mm256_shuffle_epi8(load_32(difference_of_high), high),
                        _mm256_and_si256(_mm256_cmpeq_epi8(text, _mm256_set1_epi8('_')),
                                         _mm256_set1_epi8(underscore_difference)));
    const __m256i values = _mm256_add_epi8(text, difference);
    const __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
    const __m256i fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    const __m256i bytes = _mm256_shuffle_epi8(fours, load_32(byte_order));
    const __m256i packed = _mm256_permutevar8x32_epi32(bytes, joined);
    char* const to = out + done / 4 * 3;
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_castsi256_si128(packed));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to + 16), _mm256_extracti128_si256(packed, 1));
  }
  const __m128i both =
      _mm_or_si128(_mm256_castsi256_si128(invalid), _mm256_extracti128_si256(invalid, 1));
  return finish(in, length, last, both, out, done);
}

#define PORTCULLIS_TARGET_AVX512 [[gnu::target("avx512f,avx512bw,avx512vbmi")]]

[[gnu::hot]] PORTCULLIS_TARGET_AVX512 bool decode_by_64(const char* in, std::size_t length,
                                                        char* out) noexcept {
  const __m512i lower = _mm512_loadu_si512(base64url_values.data());
  const __m512i upper = _mm512_loadu_si512(base64url_values.data() + 64);
  const __m512i order = _mm512_loadu_si512(whole_byte_order.bytes);
  __m512i seen = _mm512_setzero_si512();
  for (;;) {
    const bool whole = length >= 64;
    const __mmask64 there = whole ? ~__mmask64{0} : (__mmask64{1} << length) - 1;
    // What is not there is 'A', of the value zero.
    const __m512i text = _mm512_mask_loadu_epi8(_mm512_set1_epi8('A'), there, in);
    const __m512i values = _mm512_permutex2var_epi8(lower, text, upper);
    // Either has its upper bit where a character is not in the alphabet.
    seen = _mm512_or_si512(seen, _mm512_or_si512(text, values));
    const __m512i pairs = _mm512_maddubs_epi16(values, _mm512_set1_epi32(0x01400140));
    const __m512i fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00011000));
    const __m512i bytes = _mm512_maskz_permutexvar_epi8(~__mmask64{0}, order, fours);
    if (!whole) {
      const std::size_t size = length / 4 * 3 + (length % 4 == 0 ? 0 : length % 4 - 1);
      _mm512_mask_storeu_epi8(out, (__mmask64{1} << size) - 1, bytes);
      break;
    }
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out),
                        _mm512_maskz_extracti64x4_epi64(0xf, bytes, 0));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 32),
                     _mm512_maskz_extracti32x4_epi32(0xf, bytes, 2));
    in += 64;
    out += 48;
    length -= 64;
    if (length == 0) break;
  }
  return _mm512_movepi8_mask(seen) == 0;
}

}  // namespace

block_result decode_base64url_blocks(vectors by, const char* in, std::size_t length,
                                     char* out) noexcept {
  bool valid = false;
  const std::size_t fours = length / 4 * 4;
  if (by == vectors::bytes_64 && length != 0) {
    valid = decode_by_64(in, length, out);
    return valid ? block_result::decoded : block_result::invalid;
  }
  if (by == vectors::none || fours < 16) return block_result::not_tried;
  if (by == vectors::bytes_32) {
    valid = decode_by_32(in, fours, out);
    return valid ? block_result::decoded : block_result::invalid;
  }
  valid = decode_by_16(in, fours, out);
  return valid ? block_result::decoded : block_result::invalid;
}

#else

block_result decode_base64url_blocks(vectors /*by*/, const char* /*in*/, std::size_t /*length*/,
                                     char* /*out*/) noexcept {
  return block_result::not_tried;
}

#endif

}  // namespace portcullis
