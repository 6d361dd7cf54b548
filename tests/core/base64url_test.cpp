#include "encoding/base64url.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "support/exact_copy.hpp"
#include "support/object_text.hpp"
#include "support/tokens.hpp"

namespace portcullis {
namespace {

using support::encode_base64url;
using support::exact_copy;

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Both ends on the heap with nothing behind them, the output as large as the contract says.
std::optional<std::string> decode_by(vectors by, std::string_view text) {
  const exact_copy input(text);
  const std::size_t room = base64url_decoded_size(text.size());
  const std::unique_ptr<char[]> out(new char[room]);
  const auto length = decode_base64url(input.view(), out.get(), by);
  if (!length) return std::nullopt;
  EXPECT_EQ(*length, room) << text;
  return std::string(out.get(), *length);
}

// By all vectors that there are here, which have to agree.
std::optional<std::string> decode_exactly(std::string_view text) {
  const auto decoded = decode_by(vectors::none, text);
  for (const vectors by : {vectors::bytes_16, vectors::bytes_32, vectors::bytes_64}) {
    if (by > widest_vectors()) break;
    EXPECT_EQ(decode_by(by, text), decoded) << text << " by " << static_cast<int>(by);
  }
  return decoded;
}

TEST(base64url, decodes_the_vectors_of_rfc_4648) {
  constexpr std::string_view rows[][2] = {
      {"", ""},           {"Zg", "f"},          {"Zm8", "fo"},          {"Zm9v", "foo"},
      {"Zm9vYg", "foob"}, {"Zm9vYmE", "fooba"}, {"Zm9vYmFy", "foobar"},
  };
  for (const auto& [text, bytes] : rows) EXPECT_EQ(decode_exactly(text), bytes) << text;
}

TEST(base64url, round_trips_every_length_and_byte) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(decode_exactly(encode_base64url(bytes)), bytes) << bytes.size();
    bytes += static_cast<char>(i * 7 + 1);
  }
}

// The value that a character has, or -1.
int value_of(unsigned char c) {
  const auto at = alphabet.find(static_cast<char>(c));
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

TEST(base64url, takes_only_its_alphabet_at_every_place) {
  // Places in the first block of sixteen, in the second, and in what is left after them.
  for (std::size_t place = 0; place < 48; ++place) {
    for (int c = 0; c < 256; ++c) {
      std::string text(48, "AQgw-_z9"[place % 8]);
      text[place] = static_cast<char>(c);
      const auto decoded = decode_exactly(text);
      const int value = value_of(static_cast<unsigned char>(c));
      ASSERT_EQ(decoded.has_value(), value >= 0) << "character " << c << " at " << place;
      if (decoded) {
        EXPECT_EQ(encode_base64url(*decoded), text);
      }
    }
  }
}

// Every pair of final characters: RFC 4648 section 3.5 leaves one spelling.
TEST(base64url, takes_a_last_character_without_stray_bits_only) {
  for (int before = 0; before < 256; ++before) {
    for (int last = 0; last < 256; ++last) {
      const char pair[] = {static_cast<char>(before), static_cast<char>(last)};
      const std::string_view two(pair, 2);
      const std::string three = 'A' + std::string(two);
      const int value = value_of(static_cast<unsigned char>(last));
      const bool known = value_of(static_cast<unsigned char>(before)) >= 0 && value >= 0;
      char out[2];
      ASSERT_EQ(decode_base64url(two, out).has_value(), known && value % 16 == 0)
          << before << ' ' << last;
      ASSERT_EQ(decode_base64url(three, out).has_value(), known && value % 4 == 0)
          << before << ' ' << last;
    }
  }
}

TEST(base64url, refuses_other_spellings) {
  constexpr std::string_view rows[] = {
      "A",      // no byte has six bits
      "AAAAA",  // nor five characters a meaning
      "Zg==",   // padding
      "Zm8=",   //
      "Zm9vYg==",
      "=",  //
      "====",
      "Zm9v\n",  // white space
      " Zm9v",   //
      "Zm 9v",   //
      "Zm\r\n9v",
      "+/+/",   // the other alphabet
      "Zm9v.",  //
  };
  for (const auto text : rows) {
    EXPECT_EQ(decode_exactly(text), std::nullopt) << text;
    EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
  }
  EXPECT_EQ(decode_exactly(std::string_view("Zm9v\0", 5)), std::nullopt);
}

// Whole blocks are decoded together: every pair of neighbours must come out as one by one.
TEST(base64url, decodes_every_pair_of_characters_at_every_place) {
  for (const char left : alphabet) {
    for (const char right : alphabet) {
      const std::string pair{left, right};
      const std::string text = support::repeat(pair, 20);
      const auto decoded = decode_exactly(text);
      ASSERT_TRUE(decoded) << pair;
      ASSERT_EQ(encode_base64url(*decoded), text);
    }
  }
}

TEST(base64url, remembers_one_bad_character_in_a_long_text) {
  const std::string good = support::repeat("Zm9v", 100);
  ASSERT_TRUE(decode_base64url(good));
  for (std::size_t place = 0; place < good.size(); ++place) {
    std::string bad = good;
    bad[place] = '\x80';
    EXPECT_EQ(decode_exactly(bad), std::nullopt) << place;
  }
}

TEST(base64url, gives_strings_of_the_right_size) {
  EXPECT_EQ(decode_base64url(std::string_view()), "");
  EXPECT_EQ(decode_base64url("AA"), std::string(1, '\0'));
  EXPECT_EQ(decode_base64url("__8"), "\xff\xff");
  EXPECT_EQ(decode_base64url("-_-_"), "\xfb\xff\xbf");
}

TEST(base64url, encodes_what_it_decodes) {
  constexpr std::string_view rows[][2] = {
      {"", ""},           {"Zg", "f"},          {"Zm8", "fo"},          {"Zm9v", "foo"},
      {"Zm9vYg", "foob"}, {"Zm9vYmE", "fooba"}, {"Zm9vYmFy", "foobar"}, {"-_-_", "\xfb\xff\xbf"},
  };
  const auto encode_exactly = [](std::string_view bytes) {
    const exact_copy input(bytes);
    const std::size_t size = base64url_encoded_size(bytes.size());
    const std::unique_ptr<char[]> out(new char[size]);
    portcullis::encode_base64url(input.view(), out.get());
    return std::string(out.get(), size);
  };
  for (const auto& [text, bytes] : rows) EXPECT_EQ(encode_exactly(bytes), text);
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(encode_exactly(bytes), encode_base64url(bytes)) << bytes.size();
    bytes += static_cast<char>(i * 7 + 1);
  }
}

TEST(base64url, knows_the_decoded_size) {
  static_assert(base64url_decoded_size(0) == 0);
  static_assert(base64url_decoded_size(2) == 1);
  static_assert(base64url_decoded_size(3) == 2);
  static_assert(base64url_decoded_size(4) == 3);
  static_assert(base64url_decoded_size(6) == 4);
  for (std::size_t length = 0; length < 100; ++length) {
    const std::string text = encode_base64url(std::string(length, 'x'));
    EXPECT_EQ(base64url_decoded_size(text.size()), length);
  }
}

}  // namespace
}  // namespace portcullis
