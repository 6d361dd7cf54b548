#include "jose/header_cache.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "portcullis/verifier.hpp"
#include "support/exact_copy.hpp"
#include "support/print.hpp"
#include "support/signing.hpp"

namespace portcullis {
namespace {

using support::exact_copy;
using support::sample_claims;
using support::sample_header;
using support::sample_policy;
using support::sign;

const key_set one_issuer;
const key_set other_issuer;

const verification_key* find(const header_cache& cache, std::string_view segment,
                             const key_set& keys = one_issuer) {
  const exact_copy token(std::string(segment) + '.');
  const header_match* const found = cache.find(token.view(), keys);
  return found == nullptr ? nullptr : found->key;
}

void add(header_cache& cache, std::string_view segment, const verification_key& key,
         const key_set& keys = one_issuer) {
  const exact_copy copy(std::string(segment) + '.');  // gone after the call
  cache.add(copy.view(), keys, {&key, algorithm::hs256, {segment.size(), 0}});
}

TEST(header_cache, knows_exact_bytes_only) {
  header_cache cache;
  const verification_key key;
  EXPECT_EQ(find(cache, "eyJhIjoxfQ"), nullptr);
  add(cache, "eyJhIjoxfQ", key);
  EXPECT_EQ(find(cache, "eyJhIjoxfQ"), &key);
  for (const std::string_view other :
       {"", "e", "eyJhIjoxf", "eyJhIjoxfQA", "eyJhIjoxfR", "fyJhIjoxfQ", "EYJHIJOXFQ"}) {
    EXPECT_EQ(find(cache, other), nullptr) << other;
  }
  EXPECT_EQ(find(cache, std::string_view("eyJhIjoxfQ\0", 11)), nullptr);
}

TEST(header_cache, keeps_each_header_with_its_own_key) {
  header_cache cache;
  const std::array<verification_key, 9> keys;
  const std::string_view names[] = {"one", "two",   "three", "four", "five",
                                    "six", "seven", "eight", "nine"};
  for (std::size_t i = 0; i < 9; ++i) add(cache, names[i], keys[i]);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(find(cache, names[i]), &keys[i]) << names[i];
  EXPECT_EQ(find(cache, "nine"), nullptr);  // no room, and nobody is driven out
}

TEST(header_cache, keeps_as_many_headers_as_there_are_keys) {
  for (const std::size_t count : {9u, 64u, 200u}) {
    header_cache cache;
    EXPECT_TRUE(cache.reserve(count));
    const std::vector<verification_key> keys(count);
    const auto name_of = [](std::size_t i) { return "eyJhIjoxfQ" + std::to_string(i); };
    std::size_t found = 0;
    for (std::size_t i = 0; i < count; ++i) add(cache, name_of(i), keys[i]);
    for (std::size_t i = 0; i < count; ++i) {
      const verification_key* const key = find(cache, name_of(i));
      EXPECT_TRUE(key == nullptr || key == &keys[i]) << i;
      EXPECT_EQ(find(cache, name_of(i), other_issuer), nullptr);
      found += key == nullptr ? 0 : 1;
    }
    EXPECT_GE(found, count - count / 64);
    EXPECT_EQ(find(cache, name_of(count)), nullptr);
  }
}

// More keys than there is room for: what is known is right.
TEST(header_cache, takes_no_more_than_there_is_room_for) {
  header_cache cache;
  EXPECT_TRUE(cache.reserve(1000));
  const std::vector<verification_key> keys(1000);
  for (std::size_t i = 0; i < keys.size(); ++i) add(cache, std::to_string(i), keys[i]);
  std::size_t found = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const verification_key* const key = find(cache, std::to_string(i));
    EXPECT_TRUE(key == nullptr || key == &keys[i]) << i;
    found += key == nullptr ? 0 : 1;
  }
  EXPECT_GT(found, 400u);
  EXPECT_LE(found, header_cache::max_slots);
}

// A token's length is looked at later.
TEST(header_cache, looks_at_no_more_of_a_token_than_it_keeps) {
  header_cache cache;
  EXPECT_TRUE(cache.reserve(64));
  const verification_key key;
  const std::string longest(header_cache::max_segment_bytes, 'a');
  add(cache, longest, key);
  EXPECT_EQ(find(cache, longest), &key);
  EXPECT_EQ(find(cache, longest + 'a'), nullptr);
  const exact_copy without_dot(longest.substr(1));
  EXPECT_EQ(cache.find(without_dot.view(), one_issuer), nullptr);
  EXPECT_EQ(cache.find({}, one_issuer), nullptr);
}

TEST(header_cache, keeps_the_same_header_for_each_issuer) {
  header_cache cache;
  const std::array<verification_key, 2> keys;
  add(cache, "same", keys[0]);
  EXPECT_EQ(find(cache, "same", other_issuer), nullptr);
  add(cache, "same", keys[1], other_issuer);
  EXPECT_EQ(find(cache, "same"), &keys[0]);
  EXPECT_EQ(find(cache, "same", other_issuer), &keys[1]);
}

TEST(header_cache, keeps_what_fits) {
  header_cache cache;
  const verification_key key;
  const std::string longest(224, 'a');
  const std::string longer(225, 'a');
  add(cache, longer, key);
  EXPECT_EQ(find(cache, longer), nullptr);
  add(cache, longest, key);
  EXPECT_EQ(find(cache, longest), &key);
  EXPECT_EQ(find(cache, longer), nullptr);
  EXPECT_EQ(find(cache, longest.substr(1)), nullptr);
}

TEST(header_cache, is_filled_by_many_threads) {
  for (int round = 0; round < 50; ++round) {
    header_cache cache;
    const std::array<verification_key, 4> keys;
    std::vector<std::thread> threads;
    std::vector<int> wrong(4, 0);
    std::vector<int> known(4, 0);
    for (std::size_t i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const std::string mine = std::string(50 + i, static_cast<char>('a' + i)) + '.';
        for (int again = 0; again < 20; ++again) {
          cache.add(mine, one_issuer, {&keys[i], algorithm::hs256, {mine.size() - 1, 0}});
          for (std::size_t j = 0; j < 4; ++j) {
            const std::string other = std::string(50 + j, static_cast<char>('a' + j)) + '.';
            const auto* found = cache.find(other, one_issuer);
            if (j == i && found != nullptr) ++known[i];
            wrong[i] += found != nullptr && found->key != &keys[j];
          }
        }
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, std::vector<int>(4, 0));
    EXPECT_NE(known, std::vector<int>(4, 0));
  }
}

// ---- what the verifier may conclude from a known header: its key, and nothing more ----

verifier make() {
  auto made = verifier::from_policy(
      sample_policy()
          .with("keys", '[' + support::raw_key(support::secret, "one") + ',' +
                            support::raw_key(support::other_secret, "two") + ']')
          .text());
  EXPECT_TRUE(made) << made.error().message();
  return std::move(*made);
}

TEST(header_cache, does_not_spare_a_token_its_signature) {
  const verifier gate = make();
  const auto one = sample_header().with("kid", R"("one")");
  const auto two = sample_header().with("kid", R"("two")");
  const auto judge = [&](const std::string& token) {
    return gate.verify_token(token, support::now).why();
  };
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(judge(sign(one, sample_claims(), support::secret)), reason::ok);
    EXPECT_EQ(judge(sign(two, sample_claims(), support::other_secret)), reason::ok);
    EXPECT_EQ(judge(sign(one, sample_claims(), support::other_secret)), reason::signature_invalid);
    EXPECT_EQ(judge(sign(two, sample_claims(), support::secret)), reason::signature_invalid);
    EXPECT_EQ(judge(sign(one, sample_claims().with("exp", "1"), support::secret)), reason::expired);
    const std::string good = sign(one, sample_claims(), support::secret);
    EXPECT_EQ(judge(good + "A"), reason::signature_invalid);  // 33 bytes
    EXPECT_EQ(judge(good + "="), reason::token_malformed);
  }
}

// Nobody without a key gets a header in, whatever is sent first.
TEST(header_cache, judges_the_same_in_any_order) {
  struct row {
    std::string token;
    reason why;
  };
  const auto one = sample_header().with("kid", R"("one")");
  std::vector<row> rows;
  for (int i = 0; i < 6; ++i) {
    const auto mine = one.with("x", std::to_string(i));
    rows.push_back({sign(mine, sample_claims(), "forged"), reason::signature_invalid});
    rows.push_back({sign(mine, sample_claims(), support::secret), reason::ok});
  }
  rows.push_back({sign(one.with("alg", R"("none")"), sample_claims(), support::secret),
                  reason::algorithm_not_allowed});
  rows.push_back({sign(one.with("crit", "[]"), sample_claims(), support::secret),
                  reason::critical_header_unsupported});
  rows.push_back({sign(one.with("typ", R"("JWS")"), sample_claims(), support::secret),
                  reason::type_not_allowed});
  rows.push_back({sign(sample_header(), sample_claims(), support::secret), reason::key_not_found});
  const verifier forwards = make();
  const verifier backwards = make();
  for (int again = 0; again < 3; ++again) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const row& from_front = rows[i];
      const row& from_back = rows[rows.size() - 1 - i];
      EXPECT_EQ(forwards.verify_token(from_front.token, support::now).why(), from_front.why);
      EXPECT_EQ(backwards.verify_token(from_back.token, support::now).why(), from_back.why);
    }
  }
}

// The same header bytes lead to another key for another issuer, in whatever order they come.
TEST(header_cache, keeps_issuers_apart) {
  const auto entry = [](std::string_view issuer, std::string_view secret) {
    return sample_policy()
        .with("issuer", '"' + std::string(issuer) + '"')
        .with("keys", '[' + support::raw_key(secret) + ']')
        .text();
  };
  const auto made = verifier::from_policy(R"({"issuers":[)" + entry("a", support::secret) + ',' +
                                          entry("b", support::other_secret) + "]}");
  ASSERT_TRUE(made) << made.error().message();
  const auto judge = [&](std::string_view issuer, std::string_view secret) {
    const auto claims = sample_claims().with("iss", '"' + std::string(issuer) + '"');
    return made->verify_token(sign(sample_header(), claims, secret), support::now).why();
  };
  for (int again = 0; again < 3; ++again) {
    EXPECT_EQ(judge("a", support::secret), reason::ok);
    EXPECT_EQ(judge("b", support::secret), reason::signature_invalid);
    EXPECT_EQ(judge("a", support::other_secret), reason::signature_invalid);
    EXPECT_EQ(judge("b", support::other_secret), reason::ok);
    EXPECT_EQ(judge("c", support::secret), reason::issuer_mismatch);
  }
}

TEST(header_cache, survives_moving_the_verifier) {
  verifier first = make();
  const std::string token = sign(sample_header().with("kid", R"("one")"), sample_claims());
  EXPECT_EQ(first.verify_token(token, support::now).why(), reason::ok);
  const auto second = std::make_unique<verifier>(std::move(first));
  first = make();
  EXPECT_EQ(second->verify_token(token, support::now).why(), reason::ok);
}

}  // namespace
}  // namespace portcullis
