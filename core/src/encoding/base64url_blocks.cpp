#include "encoding/base64url_blocks.hpp"

#if defined(__x86_64__) || defined(__SSSE3__)
#if !defined(__wasm__)
#include <cpuid.h>
#endif
#include <tmmintrin.h>
#define PORTCULLIS_HAS_BLOCKS 1
#endif

namespace portcullis {

#if PORTCULLIS_HAS_BLOCKS

namespace {

// Emscripten turns the intrinsics into WebAssembly's vectors, which every engine has or the module
// does not load. Natively the processor is asked.
#if defined(__wasm__)
#define PORTCULLIS_TARGET_SSSE3
constexpr bool has_ssse3 = true;
#else
#define PORTCULLIS_TARGET_SSSE3 __attribute__((target("ssse3")))

// One CPUID, at load. A virtual machine answers it in 4 us instead of the processor, and
// __builtin_cpu_supports asks ten times, by 4 KB of code.
bool ask_processor() noexcept {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  __cpuid(1, eax, ebx, ecx, edx);  // every x86-64 has this leaf
  return (ecx & bit_SSSE3) != 0;
}
const bool has_ssse3 = ask_processor();
#endif

// Whether a character is in the alphabet depends on its two halves: each high half stands for a
// bit, and the low half's entry has the bits of all high halves that it may go with.
//   2: only '-'   3: digits   4 and 6: letters from the first on   5: P..Z and '_'   7: p..z
constexpr char high_2 = 1, high_3 = 2, high_4_6 = 4, high_5 = 8, high_7 = 16;

constexpr char allowed_with(unsigned low) noexcept {
  return static_cast<char>((low == 0xd ? high_2 : 0) | (low <= 0x9 ? high_3 : 0) |
                           (low >= 0x1 ? high_4_6 : 0) | (low <= 0xa || low == 0xf ? high_5 : 0) |
                           (low <= 0xa ? high_7 : 0));
}

// A block's store writes 16 bytes of which 12 are meant: there must be 6 characters behind it,
// whose 4 bytes of room take the rest.
constexpr std::size_t block_room = 16 + 6;

PORTCULLIS_TARGET_SSSE3 std::size_t decode_blocks(const char* in, std::size_t length,
                                                  char* out) noexcept {
  const __m128i low_half = _mm_set1_epi8(0x0f);
  const __m128i bit_of_high = _mm_setr_epi8(0, 0, high_2, high_3, high_4_6, high_5, high_4_6,
                                            high_7, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m128i bits_of_low =
      _mm_setr_epi8(allowed_with(0), allowed_with(1), allowed_with(2), allowed_with(3),
                    allowed_with(4), allowed_with(5), allowed_with(6), allowed_with(7),
                    allowed_with(8), allowed_with(9), allowed_with(10), allowed_with(11),
                    allowed_with(12), allowed_with(13), allowed_with(14), allowed_with(15));
  // Value minus character, by the high half; '_' alone differs from its neighbours.
  const __m128i difference_of_high = _mm_setr_epi8(0, 0, 62 - '-', 52 - '0', 0 - 'A', 0 - 'A',
                                                   26 - 'a', 26 - 'a', 0, 0, 0, 0, 0, 0, 0, 0);
  const __m128i underscore = _mm_set1_epi8('_');
  const __m128i underscore_difference = _mm_set1_epi8((63 - '_') - (0 - 'A'));

  std::size_t done = 0;
  for (; length - done >= block_room; done += 16, out += 12) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + done));
    const __m128i high = _mm_and_si128(_mm_srli_epi32(text, 4), low_half);
    const __m128i low = _mm_and_si128(text, low_half);
    const __m128i allowed =
        _mm_and_si128(_mm_shuffle_epi8(bit_of_high, high), _mm_shuffle_epi8(bits_of_low, low));
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(allowed, _mm_setzero_si128())) != 0) break;

    const __m128i difference =
        _mm_add_epi8(_mm_shuffle_epi8(difference_of_high, high),
                     _mm_and_si128(_mm_cmpeq_epi8(text, underscore), underscore_difference));
    const __m128i values = _mm_add_epi8(text, difference);

    // Four values of six bits become 24 bits, in the order of the text.
    const __m128i pairs = _mm_maddubs_epi16(values, _mm_set1_epi32(0x01400140));
    const __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00011000));
    const __m128i bytes = _mm_shuffle_epi8(
        fours, _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), bytes);
  }
  return done;
}

}  // namespace

std::size_t decode_base64url_blocks(const char* in, std::size_t length, char* out) noexcept {
  return has_ssse3 ? decode_blocks(in, length, out) : 0;
}

#else

std::size_t decode_base64url_blocks(const char* /*in*/, std::size_t /*length*/,
                                    char* /*out*/) noexcept {
  return 0;
}

#endif

}  // namespace portcullis
