#include "encoding/quote_index.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "support/exact_copy.hpp"

namespace portcullis {
namespace {

constexpr vectors all[] = {vectors::bytes_16, vectors::bytes_32, vectors::bytes_64};

std::vector<std::size_t> places_of(const std::string& text) {
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') places.push_back(at);
  }
  places.push_back(text.size());
  return places;
}

TEST(quote_index, finds_every_mark_and_the_end) {
  std::mt19937 random(17);
  const auto index = std::make_unique<quote_index>();
  std::size_t tried = 0;
  for (std::size_t size = quote_index::block_bytes; size < 600; ++size) {
    std::string text(size, 'x');
    for (char& c : text) {
      if (random() % 6 == 0) c = '"';
    }
    const support::exact_copy copy(text);
    for (const vectors by : all) {
      if (by > widest_vectors()) break;
      ASSERT_TRUE(index->build(copy.view(), by)) << size;
      quote_index::reader reader(*index);
      for (const std::size_t place : places_of(text)) ASSERT_EQ(reader.next(), place) << size;
      ++tried;
    }
  }
  EXPECT_NE(tried, 0u);
}

// From a mark in each block to nothing but marks.
TEST(quote_index, finds_as_many_marks_as_there_are) {
  std::mt19937 random(18);
  const auto index = std::make_unique<quote_index>();
  for (unsigned of_64 = 1; of_64 <= 64; ++of_64) {
    for (const std::size_t size : {64u, 65u, 127u, 128u, 1000u, 4095u, 4096u}) {
      std::string text(size, 'x');
      for (char& c : text) {
        if (random() % 64 < of_64) c = '"';
      }
      const support::exact_copy copy(text);
      const std::vector<std::size_t> places = places_of(text);
      for (const vectors by : all) {
        if (by > widest_vectors()) break;
        ASSERT_TRUE(index->build(copy.view(), by)) << size;
        quote_index::reader reader(*index);
        for (const std::size_t place : places)
          ASSERT_EQ(reader.next(), place) << of_64 << ' ' << size;
      }
    }
  }
}

TEST(quote_index, refuses_what_is_not_plain_at_every_place) {
  const auto index = std::make_unique<quote_index>();
  for (const std::size_t size : {64u, 65u, 127u, 128u, 200u}) {
    for (std::size_t place = 0; place < size; ++place) {
      for (const char wrong : {'\\', '\n', '\0', '\x1f', '\x80', '\xff'}) {
        std::string text(size, ' ');
        text[place] = wrong;
        for (const vectors by : all) {
          if (by > widest_vectors()) break;
          EXPECT_FALSE(index->build(text, by)) << size << ' ' << place;
        }
      }
    }
  }
}

TEST(quote_index, has_bounds) {
  const auto index = std::make_unique<quote_index>();
  for (const vectors by : all) {
    if (by > widest_vectors()) break;
    EXPECT_FALSE(index->build(std::string(quote_index::block_bytes - 1, 'x'), by));
    EXPECT_TRUE(index->build(std::string(quote_index::block_bytes, '"'), by));
    EXPECT_TRUE(index->build(std::string(quote_index::max_bytes, '"'), by));
    EXPECT_FALSE(index->build(std::string(quote_index::max_bytes + 1, 'x'), by));
  }
  EXPECT_FALSE(index->build(std::string(100, 'x'), vectors::none));
}

}  // namespace
}  // namespace portcullis
