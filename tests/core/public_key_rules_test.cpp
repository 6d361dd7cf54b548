#include "jose/public_key_rules.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "support/exact_copy.hpp"
#include "support/key_pairs.hpp"

namespace portcullis {
namespace {

using namespace std::string_literals;
using support::demand;
using support::exact_copy;
using support::number;
using support::pair_of;

// "ok", "first" or "second".
std::string judge(key_type type, std::string_view first, std::string_view second) {
  const exact_copy first_copy(first);
  const exact_copy second_copy(second);
  constexpr const char* names[] = {"ok", "first", "second"};
  return names[static_cast<int>(find_fault({type, first_copy.view(), second_copy.view()}))];
}

// An odd number of this many bits.
std::string modulus_of(std::size_t bits) {
  std::string out((bits + 7) / 8, '\0');
  out.front() = static_cast<char>(1 << (bits + 7) % 8);
  out.back() = static_cast<char>(out.back() | 1);
  return out;
}

std::string judge_modulus(std::string_view modulus) {
  return judge(key_type::rsa, modulus, "\1\0\1"s);
}

std::string judge_exponent(std::string_view exponent) {
  return judge(key_type::rsa, modulus_of(2048), exponent);
}

// RFC 7518 section 3.3.
TEST(public_key_rules, take_a_modulus_of_2048_to_8192_bits) {
  for (const std::size_t bits :
       {2048u, 2049u, 2050u, 2055u, 2056u, 2057u, 3072u, 4096u, 8185u, 8191u, 8192u}) {
    EXPECT_EQ(judge_modulus(modulus_of(bits)), "ok") << bits;
  }
  for (const std::size_t bits :
       {2u, 8u, 512u, 1024u, 2040u, 2041u, 2046u, 2047u, 8193u, 8194u, 8200u, 16384u}) {
    EXPECT_EQ(judge_modulus(modulus_of(bits)), "first") << bits;
  }
  EXPECT_EQ(judge_modulus(""), "first");
  EXPECT_EQ(judge_modulus(std::string(256, '\xff')), "ok");
  EXPECT_EQ(judge_modulus(std::string(1024, '\xff')), "ok");
  EXPECT_EQ(judge_modulus(std::string(1025, '\xff')), "first");
  EXPECT_EQ(judge_modulus('\x7f' + std::string(255, '\xff')), "first");
  EXPECT_EQ(judge_modulus('\1' + std::string(1024, '\xff')), "first");
}

TEST(public_key_rules, take_an_odd_modulus_without_leading_zeros) {
  for (unsigned last = 0; last < 256; ++last) {
    const std::string modulus = std::string(255, '\xff') + static_cast<char>(last);
    EXPECT_EQ(judge_modulus(modulus), last % 2 == 1 ? "ok" : "first") << last;
  }
  EXPECT_EQ(judge_modulus('\0' + modulus_of(2048)), "first");
  EXPECT_EQ(judge_modulus(std::string(8, '\0') + modulus_of(2048)), "first");
  EXPECT_EQ(judge_modulus('\0' + modulus_of(8192)), "first");
  EXPECT_EQ(judge_modulus(std::string(256, '\0')), "first");
  EXPECT_EQ(judge_modulus(std::string(255, '\0') + '\1'), "first");
}

TEST(public_key_rules, take_an_odd_exponent_above_1_in_at_most_8_octets) {
  for (const std::string& exponent :
       {"\3"s, "\5"s, "\x11"s, "\xff"s, "\1\1"s, "\1\0\1"s, "\xff\xff\xff\xff"s, "\1\0\0\0\1"s,
        "\1\0\0\0\0\0\0\1"s, std::string(8, '\xff')}) {
    EXPECT_EQ(judge_exponent(exponent), "ok") << testing::PrintToString(exponent);
  }
  for (const std::string& exponent :
       {""s, "\0"s, "\1"s, "\2"s, "\4"s, "\xfe"s, "\1\0"s, "\1\0\0"s, "\0\3"s, "\0\1\0\1"s,
        "\0\0\0\3"s, "\0"s + std::string(8, '\xff'), "\1\0\0\0\0\0\0\0\1"s, std::string(9, '\xff'),
        std::string(8, '\xff').substr(0, 7) + '\xfe', modulus_of(2048)}) {
    EXPECT_EQ(judge_exponent(exponent), "second") << testing::PrintToString(exponent);
  }
  // The first that is wrong is told.
  EXPECT_EQ(judge(key_type::rsa, modulus_of(2047), "\2"s), "first");
}

// RFC 7518 section 6.2.1.2: the full size of the field, leading zeros and all.
TEST(public_key_rules, take_coordinates_of_exactly_the_fields_size) {
  struct row {
    key_type type;
    std::size_t size;
  };
  for (const auto& [type, size] :
       {row{key_type::p256, 32}, row{key_type::p384, 48}, row{key_type::p521, 66}}) {
    EXPECT_EQ(field_bytes(type), size);
    const std::string good(size, '\1');
    EXPECT_EQ(judge(type, good, good), "ok");
    EXPECT_EQ(judge(type, std::string(size, '\0'), good), "ok");  // the curve decides
    for (const std::size_t other : {std::size_t{0}, std::size_t{1}, size - 1, size + 1, 2 * size,
                                    std::size_t{32}, std::size_t{48}, std::size_t{66}}) {
      if (other == size) continue;
      EXPECT_EQ(judge(type, std::string(other, '\1'), good), "first") << other;
      EXPECT_EQ(judge(type, good, std::string(other, '\1')), "second") << other;
      EXPECT_EQ(judge(type, std::string(other, '\1'), std::string(other, '\1')), "first") << other;
    }
  }
  EXPECT_EQ(field_bytes(key_type::ed25519), 32u);
}

TEST(public_key_rules, take_an_ed25519_key_of_exactly_32_bytes) {
  const std::string good = pair_of(key_type::ed25519).first();
  EXPECT_EQ(judge(key_type::ed25519, good, ""), "ok");
  for (std::size_t size = 0; size < 70; ++size) {
    EXPECT_EQ(judge(key_type::ed25519, std::string(size, '\2'), ""), size == 32 ? "ok" : "first")
        << size;
  }
}

TEST(public_key_rules, take_the_keys_that_people_make) {
  for (int i = 0; i < 200; ++i) {
    const auto pair = support::key_pair::make(key_type::ed25519);
    EXPECT_EQ(judge(key_type::ed25519, pair.first(), ""), "ok");
  }
  for (const key_type type : support::public_key_types) {
    EXPECT_EQ(judge(type, pair_of(type).first(), pair_of(type).second()), "ok");
  }
}

// Arithmetic modulo 2^255 - 19, to find out what the rules have as constants.
class field {
 public:
  field() {
    BIGNUM* parsed = nullptr;
    demand(BN_hex2bn(&parsed, "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed") !=
           0);
    prime.reset(parsed);
  }
  [[nodiscard]] number make(unsigned long word) const {
    number out(BN_new());
    demand(BN_set_word(out.get(), word) == 1);
    return out;
  }
  [[nodiscard]] number multiply(const number& left, const number& right) const {
    number out(BN_new());
    demand(BN_mod_mul(out.get(), left.get(), right.get(), prime.get(), context.get()) == 1);
    return out;
  }
  [[nodiscard]] number add(const number& left, const number& right) const {
    number out(BN_new());
    demand(BN_mod_add(out.get(), left.get(), right.get(), prime.get(), context.get()) == 1);
    return out;
  }
  [[nodiscard]] number negate(const number& value) const {
    number out(BN_new());
    demand(BN_mod_sub(out.get(), prime.get(), value.get(), prime.get(), context.get()) == 1);
    return out;
  }
  [[nodiscard]] number invert(const number& value) const {
    return number(BN_mod_inverse(nullptr, value.get(), prime.get(), context.get()));
  }
  // Nothing if it is no square.
  [[nodiscard]] number root(const number& value) const {
    number out(BN_mod_sqrt(nullptr, value.get(), prime.get(), context.get()));
    return out;
  }

  number prime;
  support::number_context context{BN_CTX_new()};
};

std::string to_key(const BIGNUM* y, bool sign) {
  std::string out(32, '\0');
  demand(BN_bn2lebinpad(y, reinterpret_cast<unsigned char*>(out.data()), 32) == 32);
  if (sign) out[31] = static_cast<char>(out[31] | 0x80);
  return out;
}

// The y of all points whose order divides 8, from the curve's equation -x^2 + y^2 = 1 + d x^2 y^2:
// 1 and -1 (x = 0), 0 (order 4), and where a doubled point has y = 0, that is x^2 = -y^2 and so
// d y^4 + 2 y^2 - 1 = 0.
std::set<std::string> small_order_keys() {
  const field f;
  const number one = f.make(1);
  // d = -121665 / 121666
  const number d = f.multiply(f.negate(f.make(121665)), f.invert(f.make(121666)));
  const number root = f.root(f.add(one, d));
  std::set<std::string> keys;
  const auto add = [&](const number& y) {
    keys.insert(to_key(y.get(), false));
    keys.insert(to_key(y.get(), true));
  };
  add(f.make(0));
  add(one);
  add(f.negate(one));
  for (const bool negative : {false, true}) {
    const number square = f.multiply(
        f.add(negative ? f.negate(root) : number(BN_dup(root.get())), f.negate(one)), f.invert(d));
    const number y = f.root(square);
    if (y == nullptr) continue;
    add(y);
    add(f.negate(y));
  }
  return keys;
}

TEST(public_key_rules, take_no_ed25519_key_of_small_order) {
  const std::set<std::string> keys = small_order_keys();
  ASSERT_EQ(keys.size(), 10u);  // five values of y, with both signs
  for (const auto& key : keys) {
    EXPECT_EQ(judge(key_type::ed25519, key, ""), "first") << testing::PrintToString(key);
    // Their neighbours are other keys.
    for (const std::size_t at : {0u, 1u, 15u, 30u}) {
      std::string other = key;
      other[at] = static_cast<char>(other[at] ^ 4);
      if (keys.count(other) != 0) continue;
      // But for numbers beyond the field, of which the next test knows.
      const bool beyond = at == 0 && static_cast<unsigned char>(other[0]) >= 0xed &&
                          other.substr(1, 30) == std::string(30, '\xff');
      EXPECT_EQ(judge(key_type::ed25519, other, ""), beyond ? "first" : "ok")
          << testing::PrintToString(other);
    }
  }
}

// RFC 8032 section 5.1.3: y is below 2^255 - 19.
TEST(public_key_rules, take_no_ed25519_key_beyond_the_field) {
  for (unsigned low = 0; low < 256; ++low) {
    for (const char top : {'\x7f', '\xff'}) {
      const std::string key = static_cast<char>(low) + std::string(30, '\xff') + top;
      // 0xec: 2^255 - 20, the point of order 2.
      EXPECT_EQ(judge(key_type::ed25519, key, ""), low < 0xec ? "ok" : "first") << low;
    }
  }
  // One bit less anywhere, and it is within.
  for (std::size_t at = 1; at < 32; ++at) {
    std::string key(32, '\xff');
    key[at] = static_cast<char>(key[at] ^ 1);
    EXPECT_EQ(judge(key_type::ed25519, key, ""), "ok") << at;
  }
  for (unsigned low = 0; low < 256; ++low) {
    for (const char top : {'\0', '\x80'}) {
      const std::string key = static_cast<char>(low) + std::string(30, '\0') + top;
      EXPECT_EQ(judge(key_type::ed25519, key, ""), low > 1 ? "ok" : "first") << low;
    }
  }
}

}  // namespace
}  // namespace portcullis
