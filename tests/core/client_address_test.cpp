#include "edge/client_address.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <string_view>

#include "support/exact_copy.hpp"

namespace portcullis {
namespace {

using support::exact_copy;

// The key's bytes, or "text" when the address was none.
std::string key_of(std::string_view text, unsigned prefix = 128) {
  const exact_copy copy(text);
  const client_key key = parse_client_address(copy.view(), prefix);
  EXPECT_EQ(key.text, text);
  if (key.size == 0) {
    EXPECT_EQ(key.view(), text);
    return "text";
  }
  return std::string(key.view());
}

// The same by the C library.
std::string expected_key_of(const std::string& text) {
  char bytes[16];
  if (inet_pton(AF_INET, text.c_str(), bytes) == 1) return {bytes, 4};
  if (inet_pton(AF_INET6, text.c_str(), bytes) != 1) return "text";
  const std::string mapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  if (std::string(bytes, 12) == mapped) return {bytes + 12, 4};
  return {bytes, 16};
}

TEST(client_address, reads_ipv4) {
  EXPECT_EQ(key_of("192.0.2.1"), std::string("\xc0\0\2\1", 4));
  EXPECT_EQ(key_of("0.0.0.0"), std::string(4, '\0'));
  EXPECT_EQ(key_of("255.255.255.255"), std::string(4, '\xff'));
}

TEST(client_address, reads_every_form_of_rfc_4291) {
  const std::string one("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
  const std::string unicast("\x20\x01\x0d\xb8\0\0\0\0\0\x08\x08\0\x20\x0c\x41\x7a", 16);
  const std::string compatible("\0\0\0\0\0\0\0\0\0\0\0\0\x0d\1\x44\3", 16);
  EXPECT_EQ(key_of("2001:DB8:0:0:8:800:200C:417A"), unicast);
  EXPECT_EQ(key_of("2001:db8::8:800:200c:417a"), unicast);
  EXPECT_EQ(key_of("2001:0db8:0000:0000:0008:0800:200c:417a"), unicast);
  EXPECT_EQ(key_of("2001:db8:0:0:8:800:32.12.65.122"), unicast);
  EXPECT_EQ(key_of("0:0:0:0:0:0:0:1"), one);
  EXPECT_EQ(key_of("::1"), one);
  EXPECT_EQ(key_of("::0.0.0.1"), one);
  EXPECT_EQ(key_of("::"), std::string(16, '\0'));
  EXPECT_EQ(key_of("0::"), std::string(16, '\0'));
  EXPECT_EQ(key_of("::13.1.68.3"), compatible);
  EXPECT_EQ(key_of("0:0:0:0:0:0:13.1.68.3"), compatible);
  EXPECT_EQ(key_of("1:2:3:4:5:6:7::"), std::string("\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\0", 16));
  EXPECT_EQ(key_of("::2:3:4:5:6:7:8"), std::string("\0\0\0\2\0\3\0\4\0\5\0\6\0\7\0\x08", 16));
}

// One client, whichever way its address is written.
TEST(client_address, takes_a_mapped_address_for_ipv4) {
  const std::string key = key_of("192.0.2.1");
  for (const std::string_view text :
       {"::ffff:192.0.2.1", "::FFFF:c000:201", "0:0:0:0:0:ffff:192.0.2.1", "::ffff:c000:0201"}) {
    EXPECT_EQ(key_of(text), key) << text;
  }
  // A prefix is IPv6's.
  EXPECT_EQ(key_of("::ffff:192.0.2.1", 1), key);
  EXPECT_EQ(key_of("192.0.2.1", 1), key);
  EXPECT_EQ(key_of("0000:0000:0000:0000:0000:ffff:255.255.255.255"), std::string(4, '\xff'));
}

TEST(client_address, keeps_other_text_as_it_is) {
  // clang-format off
  constexpr std::string_view texts[] = {
      "", " ", "1", "1.2.3", "1.2.3.", ".1.2.3", "1.2.3.4.", "1.2.3.4.5", "1.2.3.256", "1.2.3.04",
      "1.2.3.00", "::ffff:192.000.002.001", "1..2.3", "1.2.3.4 ", " 1.2.3.4", "+1.2.3.4",
      "0x1.2.3.4", "1.2.3.4:80", "1.2.3.4/8", "9999999999.1.1.1", ":", ":::", "::1::", "1:", ":1",
      "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", ":2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7:8:", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "12345::",
      "::00001", "g::", "::1.2.3", "::1.2.3.4:1", "::1.2.3.4.5", "1:2:3:4:5:6:7:1.2.3.4",
      "1.2.3.4::", "::1.2.3.4::", "[::1]", "fe80::1%eth0", "fe80::1%1", "::1/64", "::1 ",
      "0000:0000:0000:0000:0000:ffff:255.255.255.2555", "unknown", "\xc3\xa9",
  };
  // clang-format on
  for (const auto text : texts) {
    EXPECT_EQ(key_of(text), "text") << text;
  }
  EXPECT_EQ(key_of(std::string_view("::1\0", 4)), "text");
  EXPECT_EQ(key_of(std::string(100000, ':')), "text");
  EXPECT_EQ(key_of(std::string(100000, '1')), "text");
}

TEST(client_address, cuts_ipv6_to_its_prefix) {
  const std::string all = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
  for (unsigned prefix = 1; prefix <= 128; ++prefix) {
    std::string expected(16, '\0');
    for (unsigned bit = 0; bit < prefix; ++bit) {
      expected[bit / 8] = static_cast<char>(expected[bit / 8] | 0x80 >> bit % 8);
    }
    EXPECT_EQ(key_of(all, prefix), expected) << prefix;
  }
  EXPECT_EQ(key_of("2001:db8:1:2:3:4:5:6", 64), key_of("2001:db8:1:2::", 64));
  EXPECT_NE(key_of("2001:db8:1:2::", 64), key_of("2001:db8:1:3::", 64));
  EXPECT_EQ(key_of("2001:db8:1:2::", 48), key_of("2001:db8:1:3::", 48));
}

TEST(client_address, agrees_with_inet_pton) {
  std::mt19937 random(1);
  const auto below = [&](unsigned end) { return static_cast<unsigned>(random() % end); };
  constexpr std::string_view characters = "0123456789abcdefABCDEF:::::.....%g /";
  int addresses = 0;
  int others = 0;
  for (int round = 0; round < 200000; ++round) {
    std::string text;
    if (below(4) == 0) {
      for (unsigned size = below(50); text.size() < size;) {
        text += characters[below(characters.size())];
      }
    } else {
      // As the library writes them, with many zeros, or in full.
      unsigned char bytes[16];
      for (auto& byte : bytes) byte = static_cast<unsigned char>(below(3) == 0 ? random() : 0);
      if (below(4) == 0) std::memcpy(bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
      char written[INET6_ADDRSTRLEN];
      const int family = below(4) == 0 ? AF_INET : AF_INET6;
      text = inet_ntop(family, bytes, written, sizeof written);
      for (unsigned changes = below(4); changes != 0 && !text.empty(); --changes) {
        const std::size_t at = below(static_cast<unsigned>(text.size()));
        const char c = characters[below(characters.size())];
        switch (below(3)) {
          case 0:
            text[at] = c;
            break;
          case 1:
            text.insert(at, 1, c);
            break;
          default:
            text.erase(at, 1);
        }
      }
    }
    const std::string expected = expected_key_of(text);
    ASSERT_EQ(key_of(text), expected) << text;
    ++(expected == "text" ? others : addresses);
  }
  EXPECT_GT(addresses, 20000);
  EXPECT_GT(others, 20000);
}

}  // namespace
}  // namespace portcullis
