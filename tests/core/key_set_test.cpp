#include "jose/key_set.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/exact_copy.hpp"

namespace portcullis {
namespace {

// Whether the set took a key of this id, which must outlive it.
bool add(key_set& keys, std::string_view id) {
  keys.next().id = id;
  return keys.accept();
}

key_set keys_named(std::initializer_list<const char*> ids) {
  key_set keys;
  keys.reserve(ids.size());
  for (const char* id : ids) EXPECT_TRUE(add(keys, id)) << id;
  return keys;
}

// The id of the key found, or "-"; `raw` is a kid as it stands in a header.
std::string find(const key_set& keys, std::string_view raw) {
  const support::exact_copy copy(raw);
  const auto* key = keys.find(json_text{copy.view(), raw.find('\\') != std::string_view::npos});
  return key == nullptr ? "-" : std::string(key->id);
}

std::string find_without_id(const key_set& keys) {
  const auto* key = keys.find(std::nullopt);
  return key == nullptr ? "-" : std::string(key->id);
}

TEST(key_set, finds_a_key_by_its_whole_id) {
  const key_set keys = keys_named({"b", "a", "c", "aa", "A"});
  EXPECT_EQ(keys.size(), 5u);
  for (const std::string_view id : {"a", "b", "c", "aa", "A"}) EXPECT_EQ(find(keys, id), id);
  for (const std::string_view id : {"", "d", "ab", "aaa", "B", " a", "a ", "0"}) {
    EXPECT_EQ(find(keys, id), "-") << id;
  }
  EXPECT_EQ(find(keys, std::string_view("a\0", 2)), "-");
}

TEST(key_set, decodes_the_id) {
  const key_set keys = keys_named({"a/b", "\xc3\xa9"});
  EXPECT_EQ(find(keys, R"(a\/b)"), "a/b");
  EXPECT_EQ(find(keys, R"(\u0061/b)"), "a/b");
  EXPECT_EQ(find(keys, R"(\u00e9)"), "\xc3\xa9");
  EXPECT_EQ(find(keys, R"(a\\/b)"), "-");
}

TEST(key_set, takes_an_id_once) {
  key_set keys;
  keys.reserve(5);
  EXPECT_TRUE(add(keys, "a"));
  EXPECT_TRUE(add(keys, "b"));
  EXPECT_FALSE(add(keys, "a"));
  EXPECT_FALSE(add(keys, "b"));
  EXPECT_EQ(keys.size(), 2u);
  EXPECT_TRUE(add(keys, "ab"));
  EXPECT_EQ(keys.size(), 3u);
  // Keys without id are not the same.
  EXPECT_TRUE(add(keys, ""));
  EXPECT_TRUE(add(keys, ""));
  EXPECT_EQ(keys.size(), 5u);
}

TEST(key_set, orders_any_number_of_ids) {
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.push_back("key " + std::to_string(i * 7919 % 1000));
  key_set keys;
  keys.reserve(ids.size());
  for (const auto& id : ids) ASSERT_TRUE(add(keys, id)) << id;
  for (const auto& id : ids) {
    const auto* key = keys.find(json_text{id, false});
    ASSERT_NE(key, nullptr) << id;
    EXPECT_EQ(key->id.data(), id.data());
    EXPECT_EQ(find(keys, id + ' '), "-");
  }
}

TEST(key_set, gives_the_only_key_to_a_token_without_kid) {
  EXPECT_EQ(find_without_id(keys_named({"a"})), "a");
  EXPECT_EQ(find_without_id(keys_named({""})), "");
  EXPECT_EQ(find_without_id(keys_named({"a", "b"})), "-");
  EXPECT_EQ(find_without_id(keys_named({"", "a"})), "-");
  EXPECT_EQ(find_without_id(keys_named({"", ""})), "-");
  EXPECT_EQ(find_without_id(key_set()), "-");
}

TEST(key_set, gives_a_kid_that_nobody_has_to_an_only_key_without_id) {
  EXPECT_EQ(find(keys_named({""}), "x"), "");
  EXPECT_EQ(find(keys_named({""}), ""), "");
  EXPECT_EQ(find(keys_named({"a"}), "x"), "-");
  EXPECT_EQ(find(keys_named({"a"}), ""), "-");
  EXPECT_EQ(find(keys_named({"", "a"}), "x"), "-");
  EXPECT_EQ(find(keys_named({"", "a"}), ""), "-");
  EXPECT_EQ(find(keys_named({"", "a"}), "a"), "a");
  EXPECT_EQ(find(keys_named({"", ""}), "x"), "-");
  EXPECT_EQ(find(key_set(), "x"), "-");
}

TEST(key_set, finds_an_id_of_any_length_that_a_policy_may_give) {
  const std::string longest(256, 'k');
  key_set keys;
  keys.reserve(2);
  ASSERT_TRUE(add(keys, longest));
  ASSERT_TRUE(add(keys, "other"));
  EXPECT_EQ(find(keys, longest), longest);
  EXPECT_EQ(find(keys, R"(\u006b)" + longest.substr(1)), longest);
  EXPECT_EQ(find(keys, longest + 'k'), "-");
  EXPECT_EQ(find(keys, R"(\u006b)" + longest), "-");
  EXPECT_EQ(find(keys, std::string(8000, 'k')), "-");
}

}  // namespace
}  // namespace portcullis
