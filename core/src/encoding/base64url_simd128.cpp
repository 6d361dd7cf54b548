// base64url by the vectors of WebAssembly: the whole of a text by one loop, in half the bytes of
// the one for natively any processor (base64url.cpp, base64url_blocks.cpp).
#if defined(__wasm_simd128__)

#include <wasm_simd128.h>

#include "encoding/base64url.hpp"

namespace portcullis {
namespace {

constexpr std::size_t block = 16;

// Whether a character is in the alphabet depends on its two halves: each high half stands for a
// bit, and the low half's entry has the bits of all high halves that it may go with.
//   2: only '-'   3: digits   4 and 6: letters from the first on   5: P..Z and '_'   7: p..z
constexpr std::int8_t high_2 = 1, high_3 = 2, high_4_6 = 4, high_5 = 8, high_7 = 16;
constexpr std::int8_t letters = high_4_6 | high_5 | high_7;

struct tables {
  alignas(block) std::int8_t bit_of_high[block];
  std::int8_t bits_of_low[block];
  std::int8_t difference_of_high[block];  // value minus character, but for '_'
};
constexpr tables known = {
    {0, 0, high_2, high_3, high_4_6, high_5, high_4_6, high_7},
    {high_3 | high_5 | high_7, high_3 | letters, high_3 | letters, high_3 | letters,
     high_3 | letters, high_3 | letters, high_3 | letters, high_3 | letters, high_3 | letters,
     high_3 | letters, letters, high_4_6, high_4_6, high_2 | high_4_6, high_4_6, high_4_6 | high_5},
    {0, 0, 62 - '-', 52 - '0', 0 - 'A', 0 - 'A', 26 - 'a', 26 - 'a'},
};

// Twelve bytes, and four more that mean nothing. A zero lane of `allowed` tells that a character is
// not in the alphabet.
[[gnu::always_inline]] inline v128_t decode_block(const tables& table, v128_t text,
                                                  v128_t& allowed) noexcept {
  const v128_t high = wasm_u8x16_shr(text, 4);
  const v128_t low = wasm_i8x16_sub(text, wasm_i8x16_shl(high, 4));
  allowed = wasm_u8x16_min(
      allowed, wasm_v128_and(wasm_i8x16_swizzle(wasm_v128_load(table.bit_of_high), high),
                             wasm_i8x16_swizzle(wasm_v128_load(table.bits_of_low), low)));
  // The value of '_' is 33 more than those of its neighbours would tell.
  const v128_t underscore = wasm_i8x16_eq(text, wasm_i8x16_splat('_'));
  const v128_t values = wasm_i8x16_sub(
      wasm_i8x16_add(text, wasm_i8x16_swizzle(wasm_v128_load(table.difference_of_high), high)),
      wasm_i8x16_add(underscore, wasm_i8x16_shl(underscore, 5)));
  // Four values of six bits become three bytes, in the order of the text.
  const v128_t pairs =
      wasm_v128_or(wasm_u16x8_shr(wasm_i16x8_shl(values, 8), 2), wasm_u16x8_shr(values, 8));
  const v128_t fours = wasm_v128_or(wasm_i32x4_shl(pairs, 12), wasm_u32x4_shr(pairs, 16));
  return wasm_i8x16_shuffle(fours, fours, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 3, 3, 3, 3);
}

}  // namespace

std::optional<std::size_t> decode_base64url(std::string_view text, char* out,
                                            vectors /*by*/) noexcept {
  const char* in = text.data();
  std::size_t left = text.size();
  if (left % 4 == 1) return std::nullopt;

  // Hidden from the compiler, which would make constants of them that the engine makes anew for
  // each block.
  const tables* table = &known;
  __asm__("" : "+r"(table));
  v128_t allowed = wasm_i8x16_splat(-1);
  char rest[block];
  char* write = out;
  for (;; in += block, left -= block, write += block / 4 * 3) {
    const bool last = left < block;
    if (last) {
      // What is not there is 'A', of the value zero.
      for (std::size_t i = 0; i != block; ++i) rest[i] = i < left ? in[i] : 'A';
      in = rest;
    }
    const v128_t bytes = decode_block(*table, wasm_v128_load(in), allowed);
    if (last) {
      wasm_v128_store(rest, bytes);
      break;
    }
    wasm_v128_store64_lane(write, bytes, 0);
    wasm_v128_store32_lane(write + 8, bytes, 2);
  }
  const std::size_t size = base64url_decoded_size(left);
  for (std::size_t i = 0; i != size; ++i) write[i] = rest[i];
  // RFC 4648 section 3.5: the unused bits of the last character are zero, or the same bytes would
  // have several spellings. They are the first ones of the byte that follows.
  if (rest[size] != 0 || !wasm_i8x16_all_true(allowed)) return std::nullopt;
  return static_cast<std::size_t>(write - out) + size;
}

}  // namespace portcullis

#endif
