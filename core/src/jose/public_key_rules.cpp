#include "jose/public_key_rules.hpp"

#include <cstring>
#include <string_view>

#include "limits.hpp"

namespace portcullis {
namespace {

unsigned char byte_at(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<unsigned char>(bytes[at]);
}

// An odd number above 1 in as few octets as it needs (RFC 7518 section 6.3.1).
bool is_odd_number(std::string_view number) noexcept {
  return !number.empty() && number.front() != 0 && (number.back() & 1) != 0 &&
         !(number.size() == 1 && number.front() == 1);
}

std::size_t count_bits(std::string_view number) noexcept {
  std::size_t bits = number.size() * 8;
  for (unsigned top = byte_at(number, 0); top < 0x80; top <<= 1) --bits;
  return bits;
}

bool is_rsa_modulus(std::string_view number) noexcept {
  return is_odd_number(number) && count_bits(number) >= limits::min_rsa_bits &&
         count_bits(number) <= limits::max_rsa_bits;
}

// The y coordinates of the points of order 8, RFC 8032's encoding without the sign bit. With the
// orders 1, 2 and 4 these are all small ones: such a key verifies signatures of nobody.
constexpr unsigned char order_8[2][32] = {
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
     0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
     0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
     0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
     0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}};

// 32 bytes whose y is below 2^255 - 19 and belongs to no point of small order. Whether there is a
// point at all is seen when it verifies: without one nothing does.
bool is_ed25519_key(std::string_view key) noexcept {
  unsigned char y[32];
  std::memcpy(y, key.data(), sizeof y);
  y[31] &= 0x7f;
  for (const auto& small : order_8) {
    if (std::memcmp(y, small, sizeof y) == 0) return false;
  }
  // Little-endian: 0 and 1 have nothing in the upper 31 bytes; 2^255 - 20 and what is not below
  // 2^255 - 19 have all bits there.
  bool clear = true;
  bool full = y[31] == 0x7f;
  for (std::size_t i = 1; i < 32; ++i) {
    clear = clear && y[i] == 0;
    full = full && (i == 31 || y[i] == 0xff);
  }
  return !(clear && y[0] <= 1) && !(full && y[0] >= 0xec);
}

}  // namespace

std::size_t field_bytes(key_type type) noexcept {
  return type == key_type::p384 ? 48 : type == key_type::p521 ? 66 : 32;
}

number_fault find_fault(const public_numbers& numbers) noexcept {
  if (numbers.type == key_type::rsa) {
    if (!is_rsa_modulus(numbers.first)) return number_fault::first;
    return is_odd_number(numbers.second) && numbers.second.size() <= limits::max_rsa_exponent_bytes
               ? number_fault::none
               : number_fault::second;
  }
  const std::size_t size = field_bytes(numbers.type);
  if (numbers.first.size() != size) return number_fault::first;
  if (numbers.type == key_type::ed25519) {
    return is_ed25519_key(numbers.first) ? number_fault::none : number_fault::first;
  }
  return numbers.second.size() == size ? number_fault::none : number_fault::second;
}

}  // namespace portcullis
