#include "jose/compact_jws.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/exact_copy.hpp"
#include "support/print.hpp"
#include "support/tokens.hpp"

namespace portcullis {
namespace {

using support::exact_copy;

reason reason_of(std::string_view token) {
  const exact_copy copy(token);
  jws_buffer buffer;
  const auto parsed = parse_compact_jws(copy.view(), buffer);
  if (!parsed) return parsed.error();
  const auto header = decode_header(*parsed, buffer);
  return header ? reason::ok : header.error();
}

TEST(compact_jws, splits_and_decodes) {
  const exact_copy token("YWJj.ZGVmZw.aGk");
  jws_buffer buffer;
  const auto parsed = parse_compact_jws(token.view(), buffer);
  ASSERT_TRUE(parsed);
  const auto header = decode_header(*parsed, buffer);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(*header, "abc");
  EXPECT_EQ(parsed->payload, "defg");
  EXPECT_EQ(parsed->signature, "hi");
  EXPECT_EQ(parsed->signing_input, "YWJj.ZGVmZw");
  EXPECT_EQ(parsed->signing_input.data(), token.view().data());
}

TEST(compact_jws, takes_three_segments_of_canonical_base64url_only) {
  constexpr std::string_view rows[] = {
      "",
      ".",
      "..",
      "...",
      "YWJj",
      "YWJj.YWJj",
      "YWJj.YWJj.",  // an unsecured JWS, RFC 7515 appendix A.5
      "YWJj..YWJj",  // a detached payload, RFC 7515 appendix F
      ".YWJj.YWJj",
      "YWJj.YWJj.YWJj.",
      "YWJj.YWJj.YWJj.YWJj",
      "YWJj.YWJj.YWJj.YWJj.YWJj",  // a JWE, RFC 7516
      ".YWJj.YWJj.YWJj",
      "YWJj.YWJj.YWJj\n",
      " YWJj.YWJj.YWJj",
      "YWJj.YWJj.YWJj ",
      "YWJj. YWJj.YWJj",
      "YWJ=.YWJj.YWJj",
      "YWI=.YWJj.YWJj",
      "YWJj.YWI=.YWJj",
      "YWJj.YWJj.YWI=",
      "YW+j.YWJj.YWJj",
      "YWJj.YW/j.YWJj",
      "YWJj.YWJj.YWJ+",
      "YWJ.YWJj.YWJj",  // stray bits
      "YWJj.YWJ.YWJj",
      "YWJj.YWJj.YWJ",
      "YWJjY.YWJj.YWJj",  // no such length
      "YWJj.Y.YWJj",
      "YWJj.YWJj.YWJjY",
      "YWJj:YWJj:YWJj",
      "{}.YWJj.YWJj",
      "YWJj.YWJj.\xc3\xa9YWJ",
  };
  ASSERT_EQ(reason_of("YWJj.YWJj.YWJj"), reason::ok);
  for (const auto token : rows) EXPECT_EQ(reason_of(token), reason::token_malformed) << token;
  EXPECT_EQ(reason_of(std::string_view("YWJj.YWJj.YWJj\0", 15)), reason::token_malformed);
  EXPECT_EQ(reason_of(std::string_view()), reason::token_malformed);
}

TEST(compact_jws, bounds_the_token) {
  const std::string largest = "AA." + std::string(16376, 'A') + ".AAAA";
  ASSERT_EQ(largest.size(), 16384u);
  EXPECT_EQ(reason_of(largest), reason::ok);
  EXPECT_EQ(reason_of(largest + 'A'), reason::token_too_large);
  // Before any other work: the size counts even when nothing else is right.
  EXPECT_EQ(reason_of(std::string(16384, '.')), reason::token_malformed);
  EXPECT_EQ(reason_of(std::string(16385, '.')), reason::token_too_large);
}

TEST(compact_jws, has_room_for_a_segment_of_any_size) {
  for (const std::size_t size : {2u, 8190u, 16376u}) {
    const std::string rest(16380 - size, 'A');
    const std::string segment(size, 'A');
    EXPECT_EQ(reason_of(segment + '.' + rest + ".AA"), reason::ok) << size;
  }
}

TEST(compact_jws, finds_the_payload_segment) {
  EXPECT_EQ(find_payload_segment("aa.bb.cc"), "bb");
  EXPECT_EQ(find_payload_segment("aa.bb."), "bb");
  EXPECT_EQ(find_payload_segment("aa..cc"), "");
  EXPECT_EQ(find_payload_segment("aa.bb"), "");
  EXPECT_EQ(find_payload_segment("aa"), "");
  EXPECT_EQ(find_payload_segment(""), "");
}

}  // namespace
}  // namespace portcullis
