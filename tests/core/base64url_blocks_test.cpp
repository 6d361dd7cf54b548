#include "encoding/base64url_blocks.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "encoding/base64url.hpp"
#include "support/exact_copy.hpp"
#include "support/object_text.hpp"
#include "support/tokens.hpp"

namespace portcullis {
namespace {

bool has_blocks() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("ssse3") != 0;
#else
  return false;
#endif
}

// How many characters were decoded, into no more room than all of them need.
std::size_t decode(std::string_view text, std::string_view bytes) {
  const support::exact_copy copy(text);
  const std::unique_ptr<char[]> out(new char[base64url_decoded_size(text.size())]);
  const std::size_t done = decode_base64url_blocks(copy.view().data(), text.size(), out.get());
  EXPECT_EQ(done % 16, 0u) << text;
  EXPECT_LE(done, text.size());
  EXPECT_EQ(std::string_view(out.get(), done / 4 * 3), bytes.substr(0, done / 4 * 3)) << text;
  return done;
}

// The store of a block is wider than what it decodes to: the last characters are left to the
// caller.
TEST(base64url_blocks, leaves_room_behind_the_last_block) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) {
    const std::string text = support::encode_base64url(bytes);
    const std::size_t blocks = text.size() < 22 ? 0 : (text.size() - 6) / 16;
    EXPECT_EQ(decode(text, bytes), has_blocks() ? blocks * 16 : 0) << text.size();
    bytes += static_cast<char>(i * 31 + 7);
  }
}

TEST(base64url_blocks, stops_at_the_block_that_is_invalid) {
  const std::string bytes(72, '\xb7');
  const std::string good = support::encode_base64url(bytes);
  ASSERT_EQ(good.size(), 96u);
  for (std::size_t place = 0; place < 80; ++place) {
    for (const char wrong :
         {'+', '/', '=', ' ', '.', '@', '[', '`', '{', '^', '\0', '\x80', '\xff'}) {
      std::string bad = good;
      bad[place] = wrong;
      EXPECT_EQ(decode(bad, bytes), has_blocks() ? place / 16 * 16 : 0)
          << place << ' ' << static_cast<int>(wrong);
    }
  }
}

}  // namespace
}  // namespace portcullis
