#include "encoding/utf8.hpp"

namespace portcullis {

std::size_t find_utf8_sequence(const char* at, const char* end) noexcept {
  const auto available = static_cast<std::size_t>(end - at);
  const auto byte = [at](std::size_t i) { return static_cast<unsigned char>(at[i]); };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  if (available < 2) return 0;
  const unsigned char lead = byte(0);

  if (lead >= 0xc2 && lead <= 0xdf) return continues(1) ? 2 : 0;

  if (lead >= 0xe0 && lead <= 0xef) {
    if (available < 3 || !continues(1) || !continues(2)) return 0;
    if (lead == 0xe0 && byte(1) < 0xa0) return 0;  // overlong
    if (lead == 0xed && byte(1) > 0x9f) return 0;  // surrogate
    return 3;
  }

  if (lead >= 0xf0 && lead <= 0xf4) {
    if (available < 4 || !continues(1) || !continues(2) || !continues(3)) return 0;
    if (lead == 0xf0 && byte(1) < 0x90) return 0;  // overlong
    if (lead == 0xf4 && byte(1) > 0x8f) return 0;  // above U+10FFFF
    return 4;
  }
  return 0;
}

std::size_t render_utf8(std::uint32_t code_point, char* out) noexcept {
  const auto put = [out](std::size_t i, std::uint32_t value) { out[i] = static_cast<char>(value); };
  if (code_point < 0x80) {
    put(0, code_point);
    return 1;
  }
  if (code_point < 0x800) {
    put(0, 0xc0 | code_point >> 6);
    put(1, 0x80 | (code_point & 0x3f));
    return 2;
  }
  if (code_point < 0x10000) {
    put(0, 0xe0 | code_point >> 12);
    put(1, 0x80 | (code_point >> 6 & 0x3f));
    put(2, 0x80 | (code_point & 0x3f));
    return 3;
  }
  put(0, 0xf0 | code_point >> 18);
  put(1, 0x80 | (code_point >> 12 & 0x3f));
  put(2, 0x80 | (code_point >> 6 & 0x3f));
  put(3, 0x80 | (code_point & 0x3f));
  return 4;
}

}  // namespace portcullis
