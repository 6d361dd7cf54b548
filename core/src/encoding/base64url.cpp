#include "encoding/base64url.hpp"

#include <array>
#include <cstdint>

#include "encoding/base64url_blocks.hpp"

namespace portcullis {
namespace {

// A bit that no value has: or-ing all that was looked up tells at the end whether any character was
// invalid, without a branch for each.
constexpr std::uint8_t invalid = 0x80;

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::uint8_t, 128> make_values() {
  std::array<std::uint8_t, 128> table{};
  table.fill(invalid);
  for (std::size_t value = 0; value < alphabet.size(); ++value) {
    table[static_cast<unsigned char>(alphabet[value])] = static_cast<std::uint8_t>(value);
  }
  return table;
}

constexpr std::array<std::uint8_t, 128> values = make_values();

// A character outside ASCII has the invalid bit itself.
std::uint32_t value_of(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return static_cast<std::uint32_t>(values[byte & 0x7f] | (byte & invalid));
}

}  // namespace

std::optional<std::size_t> decode_base64url(std::string_view text, char* out) noexcept {
  const std::size_t tail = text.size() % 4;
  if (tail == 1) return std::nullopt;

  // The blocks first; from the first character that they refuse on, the table says what is wrong.
  const std::size_t in_blocks = decode_base64url_blocks(text.data(), text.size(), out);
  const char* in = text.data() + in_blocks;
  const char* const whole_end = text.data() + (text.size() - tail);
  std::uint32_t seen = 0;
  char* write = out + in_blocks / 4 * 3;
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
    // RFC 4648 section 3.5: the unused bits of the last character are zero, or the same bytes would
    // have several spellings.
    if ((tail == 2 ? b & 0x0f : c & 0x03) != 0) return std::nullopt;
    *write++ = static_cast<char>(a << 2 | b >> 4);
    if (tail == 3) *write++ = static_cast<char>(b << 4 | c >> 2);
  }
  if ((seen & invalid) != 0) return std::nullopt;
  return static_cast<std::size_t>(write - out);
}

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
      *out++ = alphabet[bits >> count & 0x3f];
    }
  }
  if (count != 0) *out = alphabet[bits << (6 - count) & 0x3f];
}

}  // namespace portcullis
