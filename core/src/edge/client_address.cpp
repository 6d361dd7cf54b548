#include "edge/client_address.hpp"

#include <cstring>

#include "encoding/hexadecimal.hpp"

namespace portcullis {
namespace {

constexpr std::size_t ipv4_bytes = 4;
constexpr std::size_t ipv6_bytes = 16;

// "0000:0000:0000:0000:0000:ffff:255.255.255.255"; IPv4's longest is shorter.
constexpr std::size_t max_address_text = 45;

// Four decimal numbers to 255 without leading zeros, which some would read as octal.
bool parse_ipv4(std::string_view text, unsigned char* out) noexcept {
  std::size_t at = 0;
  for (std::size_t i = 0; i < ipv4_bytes; ++i) {
    if (i != 0 && (at == text.size() || text[at++] != '.')) return false;
    const std::size_t start = at;
    unsigned value = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      value = value * 10 + static_cast<unsigned>(text[at] - '0');
      if (value > 255 || (at != start && text[start] == '0')) return false;
    }
    if (at == start) return false;
    out[i] = static_cast<unsigned char>(value);
  }
  return at == text.size();
}

// RFC 4291 section 2.2, all three forms. `out` is zeroed.
bool parse_ipv6(std::string_view text, unsigned char* out) noexcept {
  std::size_t filled = 0;
  std::size_t gap = ipv6_bytes;  // where "::" stands among the bytes: nowhere yet
  std::size_t at = 0;
  if (text.substr(0, 2) == "::") {
    gap = 0;
    at = 2;
  }
  while (at != text.size()) {
    if (filled == ipv6_bytes) return false;
    const std::size_t start = at;
    unsigned value = 0;
    for (int digit = 0; at != text.size() && (digit = parse_hex_digit(text[at])) >= 0; ++at) {
      value = value << 4 | static_cast<unsigned>(digit);
    }
    if (at != text.size() && text[at] == '.') {
      if (filled > ipv6_bytes - ipv4_bytes || !parse_ipv4(text.substr(start), out + filled)) {
        return false;
      }
      filled += ipv4_bytes;
      break;  // it ends the address
    }
    if (at == start || at - start > 4) return false;
    out[filled++] = static_cast<unsigned char>(value >> 8);
    out[filled++] = static_cast<unsigned char>(value);
    if (at == text.size()) break;

    if (text[at++] != ':' || at == text.size()) return false;
    if (text[at] == ':') {
      if (gap != ipv6_bytes || filled == ipv6_bytes) return false;
      gap = filled;
      ++at;
    }
  }
  if (gap == ipv6_bytes) return filled == ipv6_bytes;

  // "::" is one group at the least.
  if (filled == ipv6_bytes) return false;
  const std::size_t behind = filled - gap;
  std::memmove(out + ipv6_bytes - behind, out + gap, behind);
  std::memset(out + gap, 0, ipv6_bytes - filled);
  return true;
}

constexpr unsigned char mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

client_key parse_client_address(std::string_view text, unsigned ipv6_prefix) noexcept {
  client_key key;
  key.text = text;
  if (text.size() > max_address_text) return key;

  if (parse_ipv4(text, key.bytes)) {
    key.size = ipv4_bytes;
    return key;
  }
  std::memset(key.bytes, 0, sizeof key.bytes);
  if (!parse_ipv6(text, key.bytes)) return key;

  if (std::memcmp(key.bytes, mapped_prefix, sizeof mapped_prefix) == 0) {
    std::memcpy(key.bytes, key.bytes + sizeof mapped_prefix, ipv4_bytes);
    key.size = ipv4_bytes;
    return key;
  }
  key.size = ipv6_bytes;
  for (unsigned bit = 0; bit < 8 * ipv6_bytes; bit += 8) {
    const unsigned kept = ipv6_prefix <= bit ? 0 : ipv6_prefix - bit;
    if (kept < 8) key.bytes[bit / 8] &= static_cast<unsigned char>(0xff00u >> kept);
  }
  return key;
}

}  // namespace portcullis
