#include "encoding/base64url.hpp"

#include <array>
#include <cstdint>

namespace portcullis {
namespace {

// Four characters become three bytes by four lookups: table i holds what a character at place i
// adds to them, first byte lowest. `invalid` is a bit of the fourth byte, so or-ing everything that
// was looked up tells at the end whether any character was invalid, without a branch for each.
using lookup_table = std::array<std::uint32_t, 256>;
constexpr std::uint32_t invalid = 0x80000000u;

constexpr lookup_table make_table(std::size_t place) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  lookup_table table{};
  table.fill(invalid);
  for (std::uint32_t value = 0; value < alphabet.size(); ++value) {
    const std::uint32_t bits = value << (18 - 6 * place);  // of a 24-bit number, first byte highest
    table[static_cast<unsigned char>(alphabet[value])] =
        bits >> 16 | (bits & 0xff00) | (bits & 0xff) << 16;
  }
  return table;
}

constexpr std::array<lookup_table, 4> tables{make_table(0), make_table(1), make_table(2),
                                             make_table(3)};

std::uint32_t look_up(std::size_t place, char c) noexcept {
  return tables[place][static_cast<unsigned char>(c)];
}

}  // namespace

std::optional<std::size_t> decode_base64url(std::string_view text, char* out) noexcept {
  const std::size_t tail = text.size() % 4;
  if (tail == 1) return std::nullopt;

  const char* in = text.data();
  const char* const whole_end = in + (text.size() - tail);
  std::uint32_t seen = 0;
  char* write = out;
  for (; in != whole_end; in += 4, write += 3) {
    const std::uint32_t bytes =
        look_up(0, in[0]) | look_up(1, in[1]) | look_up(2, in[2]) | look_up(3, in[3]);
    seen |= bytes;
    write[0] = static_cast<char>(bytes);
    write[1] = static_cast<char>(bytes >> 8);
    write[2] = static_cast<char>(bytes >> 16);
  }
  if (tail != 0) {
    std::uint32_t bytes = look_up(0, in[0]) | look_up(1, in[1]);
    if (tail == 3) bytes |= look_up(2, in[2]);
    seen |= bytes;
    // RFC 4648 section 3.5: the unused bits of the last character are zero, or the same bytes would
    // have several spellings.
    const std::uint32_t stray = tail == 2 ? bytes & 0x00ffff00u : bytes & 0x00ff0000u;
    if (stray != 0) return std::nullopt;
    *write++ = static_cast<char>(bytes);
    if (tail == 3) *write++ = static_cast<char>(bytes >> 8);
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

}  // namespace portcullis
