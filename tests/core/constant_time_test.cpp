#include "crypto/constant_time.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>

namespace portcullis {
namespace {

template <std::size_t Size>
void check_every_bit() {
  // Exact and unaligned, so that a sanitizer sees a read before or behind.
  const std::unique_ptr<unsigned char[]> left(new unsigned char[Size + 1]);
  const std::unique_ptr<unsigned char[]> right(new unsigned char[Size + 1]);
  for (std::size_t i = 0; i < Size; ++i) {
    left[i + 1] = right[i + 1] = static_cast<unsigned char>(i * 37 + 11);
  }
  ASSERT_TRUE(equal_in_constant_time(left.get() + 1, right.get() + 1, Size));
  for (std::size_t bit = 0; bit < Size * 8; ++bit) {
    const auto mask = static_cast<unsigned char>(1u << bit % 8);
    right[bit / 8 + 1] ^= mask;
    EXPECT_FALSE(equal_in_constant_time(left.get() + 1, right.get() + 1, Size)) << bit;
    right[bit / 8 + 1] ^= mask;
  }
  EXPECT_TRUE(equal_in_constant_time(left.get() + 1, right.get() + 1, Size));
}

TEST(constant_time, sees_every_bit_of_8_bytes) { check_every_bit<8>(); }
TEST(constant_time, sees_every_bit_of_32_bytes) { check_every_bit<32>(); }
TEST(constant_time, sees_every_bit_of_48_bytes) { check_every_bit<48>(); }
TEST(constant_time, sees_every_bit_of_64_bytes) { check_every_bit<64>(); }

// The differences of two words must not cancel out.
TEST(constant_time, sees_the_same_difference_in_two_words) {
  unsigned char left[32] = {};
  unsigned char right[32] = {};
  for (std::size_t first = 0; first < 32; first += 8) {
    for (std::size_t second = 0; second < 32; second += 8) {
      right[first] = 0x80;
      right[second] = 0x80;
      EXPECT_FALSE(equal_in_constant_time(left, right, 32)) << first << ' ' << second;
      right[first] = right[second] = 0;
    }
  }
}

}  // namespace
}  // namespace portcullis
