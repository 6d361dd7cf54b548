#include "encoding/pem.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "support/exact_copy.hpp"
#include "support/object_text.hpp"
#include "support/pem_text.hpp"

namespace portcullis {
namespace {

using support::encode_base64;
using support::exact_copy;
using support::pem_text;

// "label:der", or "-".
std::string read(std::string_view text) {
  const exact_copy copy(text);
  // On the heap, where a sanitizer watches its end.
  const auto buffer = std::make_unique<pem_buffer>();
  const auto block = parse_pem(copy.view(), *buffer);
  return block ? std::string(block->label) + ':' + std::string(block->der) : "-";
}

std::string bytes_of(std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(i * 151 + 7 + i / 256);
  return out;
}

constexpr std::string_view begin = "-----BEGIN KEY-----\n";
constexpr std::string_view end = "-----END KEY-----\n";

std::string with_body(std::string_view body) {
  return std::string(begin) + std::string(body) + std::string(end);
}

TEST(pem, reads_a_block_of_any_size) {
  // All sizes around the decoder's own blocks, which works in place.
  for (std::size_t size = 0; size < 300; ++size) {
    EXPECT_EQ(read(pem_text("PUBLIC KEY", bytes_of(size))), "PUBLIC KEY:" + bytes_of(size)) << size;
  }
  for (const std::size_t size : {1000u, 4096u, 12000u}) {
    EXPECT_EQ(read(pem_text("A", bytes_of(size))), "A:" + bytes_of(size)) << size;
  }
}

TEST(pem, knows_the_whole_alphabet) {
  std::string all;
  for (unsigned i = 0; i < 64; ++i) all += static_cast<char>(i);
  std::string text = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string got = read(with_body(text));
  ASSERT_EQ(got.substr(0, 4), "KEY:");
  EXPECT_EQ(encode_base64(got.substr(4)), text);
  // base64url is another encoding.
  for (const std::string_view bad : {"ab-d", "ab_d", "AAAA-AAA", "____"}) {
    EXPECT_EQ(read(with_body(bad)), "-") << bad;
  }
}

TEST(pem, ignores_white_space_in_and_around_the_block) {
  EXPECT_EQ(read(with_body("YWJj\n")), "KEY:abc");
  EXPECT_EQ(read(with_body("YWJj")), "KEY:abc");
  EXPECT_EQ(read(with_body("Y\r\nW\tJ j\n\n")), "KEY:abc");
  EXPECT_EQ(read(" \t\r\n" + with_body("YWJj\n") + "\r\n \t"), "KEY:abc");
  EXPECT_EQ(read("-----BEGIN KEY-----YWJj-----END KEY-----"), "KEY:abc");
  EXPECT_EQ(read("-----BEGIN KEY-----\r\nYWI=\r\n-----END KEY-----\r\n"), "KEY:ab");
  EXPECT_EQ(read("-----BEGIN KEY-----\nYQ=\n=\n-----END KEY-----"), "KEY:a");
  for (const std::string_view other : {"\v", "\f", "\x80", "\xc2\xa0"}) {
    EXPECT_EQ(read(with_body("YW" + std::string(other) + "Jj\n")), "-");
    EXPECT_EQ(read(std::string(other) + with_body("YWJj\n")), "-");
  }
  EXPECT_EQ(read(with_body(std::string("YW\0Jj", 5))), "-");
}

// RFC 4648 section 3.5 and 4: padding to a whole group, no stray bits, nothing behind it.
TEST(pem, has_one_spelling) {
  EXPECT_EQ(read(with_body("YQ==")), "KEY:a");
  EXPECT_EQ(read(with_body("YWI=")), "KEY:ab");
  for (const std::string_view bad :
       {"Y",     "YQ",    "YQ=",    "YQ===",    "YQ====",   "YWI",
        "YWI==", "YWJj=", "YWJj==", "YWJj===",  "YWJj====", "=",
        "==",    "====",  "Y===",   "YQ==YQ==", "Y=Q=",     "=YQ=",
        "YR==",  "YWJ=",  "YQ=a",   "YWJjY",    "YWJjY===", "Proc-Type: 4,ENCRYPTED\n\nYWJj",
        "YWJj:", "YWJj-", "!!!!"}) {
    EXPECT_EQ(read(with_body(bad)), "-") << bad;
  }
}

TEST(pem, is_one_block_and_nothing_beside_it) {
  const std::string good = with_body("YWJj\n");
  ASSERT_EQ(read(good), "KEY:abc");
  for (const std::string& bad : {
           good + good,
           good + "x",
           "x" + good,
           "subject=/CN=x\n" + good,
           std::string(),
           std::string(" "),
           std::string("YWJj"),
           std::string(begin),
           std::string(end),
           std::string(begin) + "YWJj",
           "YWJj" + std::string(end),
           std::string(end) + "YWJj" + std::string(begin),
           std::string(begin) + good,
           std::string("-----BEGIN KEY----YWJj-----END KEY-----"),
           std::string("----BEGIN KEY-----YWJj-----END KEY-----"),
           std::string("-----BEGIN KEY-----YWJj-----END KEY----"),
           std::string("-----BEGIN KEY-----YWJj-----END KEY------"),
           std::string("-----BEGIN KEY-----YWJj----END KEY-----"),
           std::string("-----BEGIN KEY-----YWJj-----END-----"),
           std::string("-----BEGIN KEY-----YWJj-----END YEK-----"),
           std::string("-----BEGIN KEY-----YWJj-----END KEY -----"),
           std::string("-----BEGIN KEY-----YWJj-----END KEYS-----"),
           std::string("-----BEGIN KEYS-----YWJj-----END KEY-----"),
           std::string("-----begin KEY-----YWJj-----end KEY-----"),
           std::string("---- BEGIN KEY ----\nYWJj\n---- END KEY ----"),
           std::string("\xef\xbb\xbf") + good,
       }) {
    EXPECT_EQ(read(bad), "-") << bad;
  }
  // Every prefix of a block is none.
  const std::string trimmed = good.substr(0, good.size() - 1);
  for (std::size_t size = 0; size < trimmed.size(); ++size) {
    EXPECT_EQ(read(trimmed.substr(0, size)), "-") << size;
  }
}

TEST(pem, has_at_most_16384_bytes) {
  const std::string good = with_body("YWJj\n");
  EXPECT_EQ(read(good + std::string(16384 - good.size(), ' ')), "KEY:abc");
  EXPECT_EQ(read(good + std::string(16385 - good.size(), ' ')), "-");
  // As much base64 as there can be.
  const std::size_t frame = begin.size() + end.size();
  const std::size_t room = (16384 - frame) / 4 * 4;
  const std::string full = with_body(std::string(room, 'A'));
  EXPECT_EQ(read(full), "KEY:" + std::string(room / 4 * 3, '\0'));
}

}  // namespace
}  // namespace portcullis
