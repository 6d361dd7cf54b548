#include "encoding/utf8.hpp"

namespace portcullis {

std::size_t find_utf8_sequence(const char* at, const char* end) noexcept {
  const auto available = static_cast<std::size_t>(end - at);
  const auto byte = [at](std::size_t i) { return static_cast<unsigned char>(at[i]); };
  if (available < 2) return 0;
  const unsigned char lead = byte(0);
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (available < length) return 0;

  // Not overlong, no surrogate, nothing above U+10FFFF.
  const unsigned char least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned char most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < least || byte(1) > most) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  return length;
}

std::size_t render_utf8(std::uint32_t code_point, char* out) noexcept {
  const std::size_t length = code_point < 0x80      ? 1
                             : code_point < 0x800   ? 2
                             : code_point < 0x10000 ? 3
                                                    : 4;
  for (std::size_t i = length - 1; i != 0; --i) {
    out[i] = static_cast<char>(0x80 | (code_point & 0x3f));
    code_point >>= 6;
  }
  // As many bits on top as there are bytes, if there are several.
  out[0] = static_cast<char>(length == 1 ? code_point : 0xf00u >> length | code_point);
  return length;
}

}  // namespace portcullis
