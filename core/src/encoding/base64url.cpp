#include "encoding/base64url.hpp"

#include <cstdint>

#include "encoding/base64url_blocks.hpp"
#include "encoding/base64url_values.hpp"

namespace portcullis {
#if !defined(__wasm_simd128__)  // base64url_simd128.cpp

namespace {

constexpr std::uint8_t invalid = base64url_invalid;

// A character outside ASCII has the invalid bit itself.
std::uint32_t value_of(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return static_cast<std::uint32_t>(base64url_values[byte & 0x7f] | (byte & invalid));
}

}  // namespace

[[gnu::hot]] std::optional<std::size_t> decode_base64url(std::string_view text, char* out,
                                                         vectors by) noexcept {
  const std::size_t tail = text.size() % 4;
  if (tail == 1) return std::nullopt;
  // RFC 4648 section 3.5: the unused bits of the last character are zero, or the same bytes would
  // have several spellings.
  if (tail != 0 && (value_of(text.back()) & (tail == 2 ? 0x0f : 0x03)) != 0) return std::nullopt;

  const char* in = text.data();
  const char* const whole_end = in + (text.size() - tail);
  std::uint32_t seen = 0;
  char* write = out;
  const auto told = decode_base64url_blocks(by, in, text.size(), out);
  if (told == block_result::invalid) return std::nullopt;
  if (told == block_result::decoded) {
    if (by == vectors::bytes_64) return base64url_decoded_size(text.size());
    in = whole_end;
    write += base64url_decoded_size(text.size() - tail);
  }
  for (; in != whole_end; in += 4, write += 3) {
    const std::uint32_t a = value_of(in[0]);
    const std::uint32_t b = value_of(in[1]);
    const std::uint32_t c = value_of(in[2]);
    const std::uint32_t d = value_of(in[3]);
    seen |= a | b | c | d;
    write[0] = static_cast<char>(a << 2 | b >> 4);
    write[1] = static_cast<char>(b << 4 | c >> 2);
    write[2] = static_cast<char>(c << 6 | d);
  }
  if (tail != 0) {
    const std::uint32_t a = value_of(in[0]);
    const std::uint32_t b = value_of(in[1]);
    const std::uint32_t c = tail == 3 ? value_of(in[2]) : 0;
    seen |= a | b | c;
    *write++ = static_cast<char>(a << 2 | b >> 4);
    if (tail == 3) *write++ = static_cast<char>(b << 4 | c >> 2);
  }
  if ((seen & invalid) != 0) return std::nullopt;
  return static_cast<std::size_t>(write - out);
}

#endif

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string out(base64url_decoded_size(text.size()), '\0');
  const auto length = decode_base64url(text, out.data());
  if (!length) return std::nullopt;
  out.resize(*length);
  return out;
}

void encode_base64url(std::string_view bytes, char* out) noexcept {
  std::uint32_t bits = 0;  // the lower `count` are not written yet
  unsigned count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6;) {
      count -= 6;
      *out++ = base64url_alphabet[bits >> count & 0x3f];
    }
  }
  if (count != 0) *out = base64url_alphabet[bits << (6 - count) & 0x3f];
}

}  // namespace portcullis
