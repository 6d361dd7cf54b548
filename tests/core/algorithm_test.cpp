#include "crypto/algorithm.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace portcullis {
namespace {

TEST(algorithm, has_its_row_at_its_place) {
  for (std::size_t i = 0; i < algorithms.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(algorithms[i].id), i);
    EXPECT_EQ(&row_of(algorithms[i].id), &algorithms[i]);
  }
}

TEST(algorithm, is_hs256_alone) {
  // A new algorithm comes with rows in every table test; `none` never does.
  ASSERT_EQ(algorithms.size(), 1u);
  EXPECT_EQ(row_of(algorithm::hs256).name, "HS256");
  EXPECT_EQ(row_of(algorithm::hs256).key_bytes, 32u);        // RFC 7518 section 3.2
  EXPECT_EQ(row_of(algorithm::hs256).signature_bytes, 32u);  // SHA-256
}

TEST(algorithm, has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (const auto& row : algorithms) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_NE(row.name, "none");
  }
}

TEST(algorithm_set, contains_what_was_added) {
  algorithm_set set;
  EXPECT_FALSE(set.contains(algorithm::hs256));
  set.add(algorithm::hs256);
  EXPECT_TRUE(set.contains(algorithm::hs256));
  set.add(algorithm::hs256);
  EXPECT_TRUE(set.contains(algorithm::hs256));
  EXPECT_FALSE(algorithm_set().contains(algorithm::hs256));
}

}  // namespace
}  // namespace portcullis
