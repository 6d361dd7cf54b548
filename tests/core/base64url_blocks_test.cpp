#include "encoding/base64url_blocks.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "encoding/base64url.hpp"
#include "support/tokens.hpp"

namespace portcullis {
namespace {

constexpr vectors all[] = {vectors::none, vectors::bytes_16, vectors::bytes_32, vectors::bytes_64};

TEST(base64url_blocks, decodes_onto_the_text_itself) {
  std::string bytes;
  for (int i = 0; i < 400; ++i) {
    for (const vectors by : all) {
      if (by > widest_vectors()) break;
      std::string text = support::encode_base64url(bytes);
      const auto size = decode_base64url(text, text.data(), by);
      ASSERT_EQ(size, bytes.size()) << i;
      EXPECT_EQ(std::string_view(text).substr(0, *size), bytes) << i << static_cast<int>(by);
    }
    bytes += static_cast<char>(i * 31 + 7);
  }
}

TEST(base64url_blocks, finds_what_is_invalid_at_every_place) {
  for (const std::size_t size : {16u, 20u, 24u, 31u, 43u, 64u, 67u, 96u, 131u, 200u}) {
    const std::string good(size, 'Q');
    for (std::size_t place = 0; place < size; ++place) {
      for (const char wrong :
           {'+', '/', '=', ' ', '.', '@', '[', '`', '{', '^', '\0', '\x80', '\xff'}) {
        std::string bad = good;
        bad[place] = wrong;
        for (const vectors by : all) {
          if (by > widest_vectors()) break;
          std::string out(size, '\0');
          EXPECT_FALSE(decode_base64url(bad, out.data(), by))
              << size << ' ' << place << ' ' << static_cast<int>(wrong) << static_cast<int>(by);
        }
      }
    }
  }
}

TEST(base64url_blocks, are_not_tried_for_less_than_one) {
  char out[16];
  for (const vectors by : {vectors::none, vectors::bytes_16, vectors::bytes_32}) {
    EXPECT_EQ(decode_base64url_blocks(by, "QUJDREVGR0hJSktMTU5P", 15, out),
              block_result::not_tried);
  }
}

}  // namespace
}  // namespace portcullis
