#include "encoding/der.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "support/exact_copy.hpp"
#include "support/pem_text.hpp"

namespace portcullis {
namespace {

using namespace std::string_literals;
using support::der_element;
using support::exact_copy;

// The contents of the first element and what is left, or "-".
std::string read_first(der_tag tag, std::string_view der) {
  const exact_copy copy(der);
  der_reader reader(copy.view());
  std::string_view contents;
  if (!reader.read(tag, contents)) return "-";
  return std::string(contents) + (reader.at_end() ? "" : "+");
}

bool skips(std::string_view der) {
  const exact_copy copy(der);
  der_reader reader(copy.view());
  return reader.skip() && reader.at_end();
}

std::string read_number(std::string_view der) {
  const exact_copy copy(der);
  der_reader reader(copy.view());
  std::string_view number;
  return reader.read_positive(number) ? std::string(number) : "-";
}

TEST(der, reads_elements_one_after_the_other) {
  const exact_copy der("\x30\x02xy\x03\x01z\x05\x00"s);
  der_reader reader(der.view());
  std::string_view contents;
  EXPECT_FALSE(reader.at_end());
  EXPECT_TRUE(reader.next_is(der_tag::sequence));
  EXPECT_FALSE(reader.next_is(der_tag::integer));
  ASSERT_TRUE(reader.read(der_tag::sequence, contents));
  EXPECT_EQ(contents, "xy");
  EXPECT_EQ(contents.data(), der.view().data() + 2);  // borrowed
  ASSERT_TRUE(reader.read(der_tag::bit_string, contents));
  EXPECT_EQ(contents, "z");
  ASSERT_TRUE(reader.read(der_tag::null, contents));
  EXPECT_EQ(contents, "");
  EXPECT_TRUE(reader.at_end());
  EXPECT_FALSE(reader.next_is(der_tag::null));
  EXPECT_FALSE(reader.read(der_tag::null, contents));
  EXPECT_FALSE(reader.skip());
}

TEST(der, reads_the_tag_that_is_asked_for) {
  const std::string der = der_element(0x30, "x");
  EXPECT_EQ(read_first(der_tag::sequence, der), "x");
  for (const der_tag tag : {der_tag::integer, der_tag::bit_string, der_tag::null,
                            der_tag::object_identifier, der_tag::explicit_0}) {
    EXPECT_EQ(read_first(tag, der), "-");
  }
  EXPECT_EQ(read_first(der_tag::sequence, der_element(0x10, "x")), "-");  // primitive
  EXPECT_EQ(read_first(der_tag::explicit_0, der_element(0xa0, "x")), "x");
}

TEST(der, reads_every_length_in_its_shortest_form) {
  for (const std::size_t size :
       {0u, 1u, 2u, 126u, 127u, 128u, 129u, 254u, 255u, 256u, 257u, 1000u, 65534u, 65535u}) {
    const std::string contents(size, 'c');
    EXPECT_EQ(read_first(der_tag::sequence, der_element(0x30, contents)), contents) << size;
    EXPECT_EQ(read_first(der_tag::sequence, der_element(0x30, contents) + 'x'), contents + '+')
        << size;
    EXPECT_TRUE(skips(der_element(0x30, contents))) << size;
    EXPECT_FALSE(skips(der_element(0x30, contents).substr(0, size + 1))) << size;
  }
}

// X.690 section 10.1: BER has several spellings of a length, DER one.
TEST(der, refuses_every_other_form_of_a_length) {
  const std::string rows[] = {
      "\x30\x81\x00"s,
      "\x30\x81\x01x"s,
      "\x30\x81\x7f"s + std::string(127, 'x'),
      "\x30\x82\x00\x01x"s,
      "\x30\x82\x00\x80"s + std::string(128, 'x'),
      "\x30\x82\x00\xff"s + std::string(255, 'x'),
      "\x30\x83\x00\x01\x00"s + std::string(256, 'x'),
      "\x30\x83\x01\x00\x00"s + std::string(65536, 'x'),
      "\x30\x84\x00\x00\x00\x01x"s,
      "\x30\x88\x00\x00\x00\x00\x00\x00\x00\x01x"s,
      "\x30\x80x\x00\x00"s,  // indefinite
      "\x30\x80"s,
      "\x30\xffx"s,
  };
  for (const auto& der : rows) {
    EXPECT_EQ(read_first(der_tag::sequence, der), "-") << der.size();
    EXPECT_FALSE(skips(der)) << der.size();
  }
}

TEST(der, refuses_what_ends_too_early) {
  const std::string rows[] = {
      ""s,
      "\x30"s,
      "\x30\x01"s,
      "\x30\x02x"s,
      "\x30\x81"s,
      "\x30\x81\x80"s,
      "\x30\x81\x80"s + std::string(127, 'x'),
      "\x30\x82"s,
      "\x30\x82\x01"s,
      "\x30\x82\x01\x00"s + std::string(255, 'x'),
      "\x30\x82\xff\xff"s,
      "\x30\x84\xff\xff\xff\xff"s,
      "\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff"s,
  };
  for (const auto& der : rows) {
    EXPECT_EQ(read_first(der_tag::sequence, der), "-") << der.size();
    EXPECT_FALSE(skips(der)) << der.size();
  }
}

TEST(der, skips_what_has_one_octet_of_tag) {
  for (unsigned tag = 0; tag < 256; ++tag) {
    EXPECT_EQ(skips(der_element(tag, "x")), (tag & 0x1f) != 0x1f) << tag;
  }
}

TEST(der, reads_a_positive_integer_without_its_sign) {
  EXPECT_EQ(read_number("\x02\x01\x01"s), "\x01");
  EXPECT_EQ(read_number("\x02\x01\x7f"s), "\x7f");
  EXPECT_EQ(read_number("\x02\x02\x00\x80"s), "\x80");
  EXPECT_EQ(read_number("\x02\x02\x00\xff"s), "\xff");
  EXPECT_EQ(read_number("\x02\x02\x01\x00"s), "\x01\x00"s);
  EXPECT_EQ(read_number("\x02\x03\x00\xff\x00"s), "\xff\x00"s);
  EXPECT_EQ(read_number("\x02\x81\x81\x00"s + std::string(128, '\x80')), std::string(128, '\x80'));
}

// X.690 section 8.3: zero, negative numbers, and those with octets that they don't need.
TEST(der, reads_no_other_integer) {
  for (const std::string& der :
       {""s, "\x02\x00"s, "\x02\x01\x00"s, "\x02\x01\x80"s, "\x02\x01\xff"s, "\x02\x02\xff\x7f"s,
        "\x02\x02\x80\x00"s, "\x02\x02\x00\x01"s, "\x02\x02\x00\x7f"s, "\x02\x02\x00\x00"s,
        "\x02\x03\x00\x00\x80"s, "\x02\x02\x01"s, "\x03\x01\x01"s, "\x30\x01\x01"s}) {
    EXPECT_EQ(read_number(der), "-") << testing::PrintToString(der);
  }
}

}  // namespace
}  // namespace portcullis
