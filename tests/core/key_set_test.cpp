#include "jose/key_set.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/exact_copy.hpp"
#include "support/key_pairs.hpp"

namespace portcullis {
namespace {

using support::set_of;

// Whether the set took a key of this id, which must outlive it.
bool add(key_set& keys, std::string_view id, algorithm_set serves = set_of({algorithm::hs256})) {
  keys.next().id = id;
  keys.next().usable_for = serves;
  return keys.accept();
}

key_set keys_named(std::initializer_list<const char*> ids) {
  key_set keys;
  EXPECT_TRUE(keys.reserve(ids.size()));
  for (const char* id : ids) EXPECT_TRUE(add(keys, id)) << id;
  return keys;
}

// The id of the key found, or "-"; `raw` is a kid as it stands in a header.
std::string find(const key_set& keys, std::string_view raw, algorithm chosen = algorithm::hs256) {
  const support::exact_copy copy(raw);
  const auto* key =
      keys.find(json_text{copy.view(), raw.find('\\') != std::string_view::npos}, chosen);
  return key == nullptr ? "-" : std::string(key->id);
}

std::string find_without_id(const key_set& keys, algorithm chosen = algorithm::hs256) {
  const auto* key = keys.find(std::nullopt, chosen);
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
  EXPECT_TRUE(keys.reserve(5));
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
  EXPECT_TRUE(keys.reserve(ids.size()));
  for (const auto& id : ids) ASSERT_TRUE(add(keys, id)) << id;
  for (const auto& id : ids) {
    const auto* key = keys.find(json_text{id, false}, algorithm::hs256);
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
  EXPECT_TRUE(keys.reserve(2));
  ASSERT_TRUE(add(keys, longest));
  ASSERT_TRUE(add(keys, "other"));
  EXPECT_EQ(find(keys, longest), longest);
  EXPECT_EQ(find(keys, R"(\u006b)" + longest.substr(1)), longest);
  EXPECT_EQ(find(keys, longest + 'k'), "-");
  EXPECT_EQ(find(keys, R"(\u006b)" + longest), "-");
  EXPECT_EQ(find(keys, std::string(8000, 'k')), "-");
}

// A kid names a key; the key must also serve the algorithm.
TEST(key_set, gives_no_key_for_another_algorithm) {
  key_set keys;
  EXPECT_TRUE(keys.reserve(3));
  ASSERT_TRUE(add(keys, "r", set_of({algorithm::rs256, algorithm::ps256})));
  ASSERT_TRUE(add(keys, "e", set_of({algorithm::es256})));
  ASSERT_TRUE(add(keys, "s", set_of({algorithm::hs256})));
  EXPECT_EQ(find(keys, "r", algorithm::rs256), "r");
  EXPECT_EQ(find(keys, "r", algorithm::ps256), "r");
  EXPECT_EQ(find(keys, "e", algorithm::es256), "e");
  EXPECT_EQ(find(keys, "s", algorithm::hs256), "s");
  for (const auto& row : algorithms) {
    const bool rsa = row.id == algorithm::rs256 || row.id == algorithm::ps256;
    EXPECT_EQ(find(keys, "r", row.id), rsa ? "r" : "-") << row.name;
    EXPECT_EQ(find(keys, "e", row.id), row.id == algorithm::es256 ? "e" : "-") << row.name;
    EXPECT_EQ(find(keys, "x", row.id), "-") << row.name;
  }
}

// Each algorithm has its own only key.
TEST(key_set, gives_a_token_without_kid_the_only_key_for_its_algorithm) {
  key_set keys;
  EXPECT_TRUE(keys.reserve(4));
  ASSERT_TRUE(add(keys, "one", set_of({algorithm::rs256, algorithm::ps256})));
  ASSERT_TRUE(add(keys, "two", set_of({algorithm::ps256})));
  ASSERT_TRUE(add(keys, "three", set_of({algorithm::es256})));
  ASSERT_TRUE(add(keys, "", set_of({algorithm::eddsa, algorithm::ed25519})));
  EXPECT_EQ(find_without_id(keys, algorithm::rs256), "one");
  EXPECT_EQ(find_without_id(keys, algorithm::es256), "three");
  EXPECT_EQ(keys.find(std::nullopt, algorithm::ps256), nullptr);
  EXPECT_EQ(keys.find(std::nullopt, algorithm::hs256), nullptr);
  EXPECT_NE(keys.find(std::nullopt, algorithm::eddsa), nullptr);
  EXPECT_EQ(keys.find(std::nullopt, algorithm::eddsa), keys.find(std::nullopt, algorithm::ed25519));
}

TEST(key_set, gives_an_unknown_kid_to_the_only_nameless_key_for_its_algorithm) {
  key_set keys;
  EXPECT_TRUE(keys.reserve(3));
  ASSERT_TRUE(add(keys, "", set_of({algorithm::rs256})));
  ASSERT_TRUE(add(keys, "named", set_of({algorithm::es256})));
  const json_text unknown{"unknown", false};
  const auto* nameless = keys.find(unknown, algorithm::rs256);
  ASSERT_NE(nameless, nullptr);
  EXPECT_EQ(nameless, keys.find(std::nullopt, algorithm::rs256));
  EXPECT_EQ(keys.find(unknown, algorithm::es256), nullptr);
  EXPECT_EQ(keys.find(unknown, algorithm::ps256), nullptr);
  // A kid that a key has is that key's, also when it does not serve the algorithm.
  EXPECT_EQ(keys.find(json_text{"named", false}, algorithm::rs256), nullptr);
  // Two of them are one too many, of which only one needs to be nameless.
  ASSERT_TRUE(add(keys, "later", set_of({algorithm::rs256})));
  EXPECT_EQ(keys.find(unknown, algorithm::rs256), nullptr);
  EXPECT_EQ(keys.find(std::nullopt, algorithm::rs256), nullptr);
}

TEST(key_set, finds_nothing_among_nothing) {
  key_set keys;
  for (const auto& row : algorithms) EXPECT_EQ(find_without_id(keys, row.id), "-");
  EXPECT_TRUE(keys.reserve(0));
  for (const auto& row : algorithms) EXPECT_EQ(find(keys, "x", row.id), "-");
  key_set reserved;
  EXPECT_TRUE(reserved.reserve(1));
  reserved.next().usable_for.add(algorithm::hs256);  // not accepted
  EXPECT_EQ(find_without_id(reserved), "-");
  EXPECT_EQ(find(reserved, ""), "-");
}

TEST(key_set, never_gives_a_key_that_serves_nothing) {
  key_set keys;
  EXPECT_TRUE(keys.reserve(1));
  ASSERT_TRUE(add(keys, "a", algorithm_set()));
  for (const auto& row : algorithms) {
    EXPECT_EQ(find(keys, "a", row.id), "-") << row.name;
    EXPECT_EQ(find_without_id(keys, row.id), "-") << row.name;
  }
}

// A key that was refused for its id serves nobody.
TEST(key_set, forgets_a_key_that_it_refused) {
  key_set keys;
  EXPECT_TRUE(keys.reserve(2));
  ASSERT_TRUE(add(keys, "a"));
  ASSERT_FALSE(add(keys, "a", set_of({algorithm::rs256})));
  EXPECT_EQ(find_without_id(keys, algorithm::rs256), "-");
  EXPECT_EQ(find_without_id(keys), "a");
}

}  // namespace
}  // namespace portcullis
