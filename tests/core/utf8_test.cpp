#include "encoding/utf8.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "support/exact_copy.hpp"

namespace portcullis {
namespace {

std::size_t length_of(std::string_view bytes) {
  const support::exact_copy copy(bytes);
  return find_utf8_sequence(copy.view().data(), copy.view().data() + copy.view().size());
}

TEST(utf8, knows_every_code_point) {
  std::size_t checked = 0;
  for (std::uint32_t code_point = 0x80; code_point <= 0x10ffff; ++code_point) {
    if (code_point >= 0xd800 && code_point <= 0xdfff) continue;
    char bytes[4];
    const std::size_t length = render_utf8(code_point, bytes);
    ASSERT_EQ(length, code_point < 0x800 ? 2u : code_point < 0x10000 ? 3u : 4u);
    ASSERT_EQ(find_utf8_sequence(bytes, bytes + length), length) << std::hex << code_point;
    ASSERT_EQ(find_utf8_sequence(bytes, bytes + length - 1), 0u) << std::hex << code_point;
    ++checked;
  }
  EXPECT_EQ(checked, 0x110000u - 0x80u - 0x800u);
}

TEST(utf8, renders_the_boundaries) {
  struct row {
    std::uint32_t code_point;
    std::string_view bytes;
  };
  constexpr row rows[] = {
      {0, std::string_view("\0", 1)},
      {0x7f, "\x7f"},
      {0x80, "\xc2\x80"},
      {0x7ff, "\xdf\xbf"},
      {0x800, "\xe0\xa0\x80"},
      {0xd7ff, "\xed\x9f\xbf"},
      {0xe000, "\xee\x80\x80"},
      {0xffff, "\xef\xbf\xbf"},
      {0x10000, "\xf0\x90\x80\x80"},
      {0x10ffff, "\xf4\x8f\xbf\xbf"},
  };
  for (const auto& [code_point, bytes] : rows) {
    char out[4];
    EXPECT_EQ(std::string_view(out, render_utf8(code_point, out)), bytes) << std::hex << code_point;
  }
}

// RFC 3629 section 4: what may follow each lead byte, written as the RFC does.
std::size_t length_by_the_rfc(unsigned lead, unsigned second) {
  const auto within = [second](unsigned low, unsigned high) {
    return second >= low && second <= high;
  };
  if (lead >= 0xc2 && lead <= 0xdf) return within(0x80, 0xbf) ? 2 : 0;
  if (lead == 0xe0) return within(0xa0, 0xbf) ? 3 : 0;
  if (lead >= 0xe1 && lead <= 0xec) return within(0x80, 0xbf) ? 3 : 0;
  if (lead == 0xed) return within(0x80, 0x9f) ? 3 : 0;
  if (lead >= 0xee && lead <= 0xef) return within(0x80, 0xbf) ? 3 : 0;
  if (lead == 0xf0) return within(0x90, 0xbf) ? 4 : 0;
  if (lead >= 0xf1 && lead <= 0xf3) return within(0x80, 0xbf) ? 4 : 0;
  if (lead == 0xf4) return within(0x80, 0x8f) ? 4 : 0;
  return 0;
}

TEST(utf8, judges_every_pair_of_first_bytes_as_rfc_3629_does) {
  for (unsigned lead = 0; lead < 256; ++lead) {
    for (unsigned second = 0; second < 256; ++second) {
      const char bytes[] = {static_cast<char>(lead), static_cast<char>(second), '\x80', '\xbf'};
      ASSERT_EQ(find_utf8_sequence(bytes, bytes + 4), length_by_the_rfc(lead, second))
          << std::hex << lead << ' ' << second;
    }
  }
}

TEST(utf8, refuses_a_wrong_continuation) {
  for (const char wrong : {'\x00', '\x7f', '\xc0', '\xff'}) {
    EXPECT_EQ(length_of(std::string("\xc3") + wrong), 0u);
    EXPECT_EQ(length_of(std::string("\xe2\x82") + wrong), 0u);
    EXPECT_EQ(length_of(std::string("\xe2") + wrong + '\x82'), 0u);
    EXPECT_EQ(length_of(std::string("\xf0\x9f\x98") + wrong), 0u);
    EXPECT_EQ(length_of(std::string("\xf0\x9f") + wrong + '\x80'), 0u);
  }
}

TEST(utf8, does_not_read_past_the_end) {
  for (const std::string_view cut :
       {"\xc3", "\xe2", "\xe2\x82", "\xf0", "\xf0\x9f", "\xf0\x9f\x98", "\x80", "\xff", "a"}) {
    EXPECT_EQ(length_of(cut), 0u);
  }
  EXPECT_EQ(length_of("\xc3\xa9"), 2u);
  EXPECT_EQ(length_of("\xe2\x82\xac"), 3u);
  EXPECT_EQ(length_of("\xf0\x9f\x98\x80"), 4u);
}

}  // namespace
}  // namespace portcullis
