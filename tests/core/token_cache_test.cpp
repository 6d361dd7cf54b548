#include "token_cache.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/exact_copy.hpp"

namespace portcullis {
namespace {

using support::exact_copy;

constexpr hash_key seed{0x123456789abcdef0, 0x0fedcba987654321};
const int one_issuer = 0;
const int one_rule_set = 0;
const int other_rule_set = 0;

token_cache make(std::size_t entries) {
  token_cache out;
  EXPECT_TRUE(out.reserve(entries));
  return out;
}

cached_claims claims_of(std::int64_t expiration, const void* rules = nullptr) {
  cached_claims out;
  out.expiration = expiration;
  out.has_expiration = true;
  out.issuer = &one_issuer;
  out.rules = rules;
  return out;
}

// The expiration that was kept with a token, or -1.
std::int64_t find(const token_cache& cache, std::string_view token, const void* rules = nullptr) {
  const exact_copy copy(token);
  const auto found = cache.find(copy.view(), rules, seed);
  return found ? found->expiration : -1;
}

void add(token_cache& cache, std::string_view token, std::int64_t expiration,
         const void* rules = nullptr) {
  const exact_copy copy(token);
  cache.add(copy.view(), claims_of(expiration, rules), seed);
}

std::string random_token(std::size_t size, unsigned number = 1) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::mt19937 random(number);
  std::string out;
  while (out.size() < size) out += alphabet[random() % alphabet.size()];
  return out;
}

// Tokens of the same set of a cache of four: all that can be kept at once.
constexpr std::size_t ways = 4;

TEST(token_cache, is_off_without_room) {
  token_cache cache;
  EXPECT_FALSE(cache.enabled());
  add(cache, random_token(343), 1);
  EXPECT_EQ(find(cache, random_token(343)), -1);
  EXPECT_TRUE(cache.reserve(1));
  EXPECT_TRUE(cache.enabled());
}

TEST(token_cache, gives_back_what_was_kept) {
  token_cache cache = make(64);
  const std::string token = random_token(343);
  for (int present = 0; present < 8; ++present) {
    const std::string mine = random_token(343, static_cast<unsigned>(present) + 10);
    cached_claims kept;
    kept.expiration = present & 1 ? 1'700'000'000 : -5;
    kept.not_before = 1'600'000'000;
    kept.issued_at = std::int64_t{-1} << 53;
    kept.has_expiration = (present & 1) != 0;
    kept.has_not_before = (present & 2) != 0;
    kept.has_issued_at = (present & 4) != 0;
    kept.issuer = &one_issuer;
    kept.rules = &one_rule_set;
    EXPECT_FALSE(cache.find(mine, &one_rule_set, seed));
    cache.add(mine, kept, seed);
    for (int again = 0; again < 2; ++again) {
      const auto found = cache.find(mine, &one_rule_set, seed);
      ASSERT_TRUE(found);
      EXPECT_EQ(found->expiration, kept.expiration);
      EXPECT_EQ(found->not_before, kept.not_before);
      EXPECT_EQ(found->issued_at, kept.issued_at);
      EXPECT_EQ(found->has_expiration, kept.has_expiration);
      EXPECT_EQ(found->has_not_before, kept.has_not_before);
      EXPECT_EQ(found->has_issued_at, kept.has_issued_at);
      EXPECT_EQ(found->issuer, &one_issuer);
      EXPECT_EQ(found->rules, &one_rule_set);
    }
  }
  EXPECT_EQ(find(cache, token), -1);
}

TEST(token_cache, keeps_what_fits) {
  token_cache cache = make(4096);
  for (std::size_t size = 0; size <= 300; ++size) {
    add(cache, random_token(size), 7);
    EXPECT_EQ(find(cache, random_token(size)), size < 16 ? -1 : 7) << size;
  }
  for (const std::size_t size : {2047u, 2048u}) {
    add(cache, random_token(size), 7);
    EXPECT_EQ(find(cache, random_token(size)), 7) << size;
  }
  for (const std::size_t size : {2049u, 2056u, 4096u, 100000u}) {
    add(cache, random_token(size), 7);
    EXPECT_EQ(find(cache, random_token(size)), -1) << size;
  }
}

TEST(token_cache, knows_exact_bytes_only) {
  for (const std::size_t size : {16u, 17u, 23u, 24u, 25u, 31u, 32u, 39u, 40u, 343u, 344u, 2048u}) {
    token_cache cache = make(1);
    const std::string token = random_token(size);
    add(cache, token, 7);
    ASSERT_EQ(find(cache, token), 7);
    for (std::size_t bit = 0; bit < 8 * size; ++bit) {
      std::string other = token;
      other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
      ASSERT_EQ(find(cache, other), -1) << size << " bit " << bit;
    }
    for (std::size_t shorter = 0; shorter < size; ++shorter) {
      ASSERT_EQ(find(cache, token.substr(0, shorter)), -1);
      ASSERT_EQ(find(cache, token.substr(size - shorter)), -1);
    }
    EXPECT_EQ(find(cache, token + 'A'), -1);
    EXPECT_EQ(find(cache, 'A' + token), -1);
    EXPECT_EQ(find(cache, token + '\0'), -1);
    EXPECT_EQ(find(cache, token), 7);
  }
}

// With the same end, two tokens are looked for at the same place.
TEST(token_cache, tells_tokens_with_one_end_apart) {
  token_cache cache = make(16);
  const std::string end = random_token(16);
  const std::string one = random_token(327, 2) + end;
  const std::string two = random_token(327, 3) + end;
  add(cache, one, 1);
  add(cache, two, 2);
  EXPECT_EQ(find(cache, one), 1);
  EXPECT_EQ(find(cache, two), -1);
}

// Ends that are not the same may be looked for at the same place as well: made here by undoing what
// find_place does. That they do is seen by the second one's not being kept.
TEST(token_cache, tells_tokens_at_one_place_apart) {
  const auto load = [](const std::string& token, std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, token.data() + at, sizeof word);
    return word;
  };
  const auto mix = [](std::uint64_t last) {
    const std::uint64_t mixed = (last ^ seed.first) * 0x9e3779b97f4a7c15;
    return mixed ^ mixed >> 32;
  };
  for (std::size_t size = 16; size < 48; ++size) {
    const std::string one = random_token(size);
    std::string two = one.substr(0, size - 8) + random_token(8, 2);
    const std::uint64_t before_last =
        load(one, size - 16) ^ mix(load(one, size - 8)) ^ mix(load(two, size - 8));
    std::memcpy(two.data() + size - 16, &before_last, sizeof before_last);
    ASSERT_NE(one, two);

    token_cache cache = make(16);
    add(cache, one, 1);
    EXPECT_EQ(find(cache, two), -1) << size;
    add(cache, two, 2);
    EXPECT_EQ(find(cache, two), -1) << size;
    EXPECT_EQ(find(cache, one), 1) << size;
  }
}

TEST(token_cache, knows_a_token_under_the_rules_that_judged_it) {
  token_cache cache = make(64);
  const std::string token = random_token(343);
  add(cache, token, 1, &one_rule_set);
  EXPECT_EQ(find(cache, token, &one_rule_set), 1);
  EXPECT_EQ(find(cache, token, &other_rule_set), -1);
  EXPECT_EQ(find(cache, token, nullptr), -1);
  add(cache, token, 2, nullptr);
  EXPECT_EQ(find(cache, token, &one_rule_set), 1);
  EXPECT_EQ(find(cache, token, &other_rule_set), -1);
  EXPECT_EQ(find(cache, token, nullptr), 2);
}

TEST(token_cache, depends_on_the_seed) {
  for (const hash_key& other : {hash_key{seed.first, 1}, hash_key{1, seed.second}, hash_key{}}) {
    token_cache cache = make(64);
    const std::string token = random_token(343);
    add(cache, token, 1);
    EXPECT_FALSE(cache.find(token, nullptr, other));
  }
}

TEST(token_cache, gives_up_the_oldest_of_a_set) {
  token_cache cache = make(ways);
  for (unsigned number = 1; number <= 40; ++number) {
    add(cache, random_token(343, number), number);
    add(cache, random_token(343, number), number + 1000);  // known already
    for (unsigned other = 1; other <= 40; ++other) {
      const bool kept = other <= number && other + ways > number;
      ASSERT_EQ(find(cache, random_token(343, other)), kept ? std::int64_t{other} : -1)
          << other << " after " << number;
    }
  }
}

TEST(token_cache, overwrites_a_longer_and_a_shorter_token) {
  token_cache cache = make(1);
  for (const std::size_t size : {343u, 16u, 2048u, 20u, 343u}) {
    add(cache, random_token(size), static_cast<std::int64_t>(size));
    EXPECT_EQ(find(cache, random_token(size)), static_cast<std::int64_t>(size));
  }
}

// Every size of the table works, and places spread over all of it.
TEST(token_cache, uses_all_of_its_room) {
  for (std::size_t entries = 1; entries <= 1024; entries *= 2) {
    token_cache cache = make(entries);
    for (unsigned number = 0; number < 8 * entries; ++number) {
      add(cache, random_token(40, number), number);
    }
    std::size_t kept = 0;
    for (unsigned number = 0; number < 8 * entries; ++number) {
      const std::int64_t found = find(cache, random_token(40, number));
      if (found != -1) {
        EXPECT_EQ(found, number);
        ++kept;
      }
    }
    // Eight tokens for each place: a set of four that has got fewer than four is rare.
    EXPECT_LE(kept, entries);
    EXPECT_GE(kept, entries - entries / 64);
  }
}

TEST(token_cache, survives_being_moved) {
  token_cache first = make(4);
  add(first, random_token(343), 7);
  const token_cache second = std::move(first);
  EXPECT_EQ(find(second, random_token(343)), 7);
}

// Readers and writers at the same entries. Tokens differ in few places, so that a mixture of two
// would not be noticed by chance; what is found must be the token's own, all of it.
TEST(token_cache, never_mixes_tokens_of_threads) {
  constexpr unsigned tokens = 24;
  constexpr int rounds = 100000;
  std::vector<std::string> texts;
  for (unsigned number = 0; number < tokens; ++number) {
    std::string text(2000, 'x');
    char end[24];
    std::snprintf(end, sizeof end, "%020u", number * 2654435761u);
    text.replace(0, 4, std::to_string(1000 + number));
    text.replace(1976, 24, "sign" + std::string(end));
    texts.push_back(text);
  }
  const auto claims_for = [](unsigned number) {
    cached_claims out;
    out.expiration = number;
    out.not_before = -std::int64_t{number};
    out.issued_at = std::int64_t{number} << 40;
    out.has_expiration = (number & 1) != 0;
    out.has_not_before = (number & 2) != 0;
    out.has_issued_at = (number & 4) != 0;
    out.issuer = reinterpret_cast<const void*>(std::uintptr_t{number} * 16);
    return out;
  };
  token_cache cache = make(ways);
  std::atomic<int> wrong{0};
  std::atomic<int> hits{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      std::mt19937 random(i);
      int my_hits = 0;
      for (int round = 0; round < rounds; ++round) {
        const auto number = static_cast<unsigned>(random() % tokens);
        const auto found = cache.find(texts[number], nullptr, seed);
        const cached_claims expected = claims_for(number);
        if (!found) {
          if (i != 0) cache.add(texts[number], expected, seed);
          continue;
        }
        ++my_hits;
        const bool same = found->expiration == expected.expiration &&
                          found->not_before == expected.not_before &&
                          found->issued_at == expected.issued_at &&
                          found->has_expiration == expected.has_expiration &&
                          found->has_not_before == expected.has_not_before &&
                          found->has_issued_at == expected.has_issued_at &&
                          found->issuer == expected.issuer && found->rules == nullptr;
        if (!same) ++wrong;
      }
      hits += my_hits;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(hits, 100);
  // Whatever happened, every entry can be read and written afterwards.
  for (unsigned number = 100; number < 100 + ways; ++number) {
    add(cache, random_token(343, number), number);
  }
  for (unsigned number = 100; number < 100 + ways; ++number) {
    EXPECT_EQ(find(cache, random_token(343, number)), number);
  }
}

}  // namespace
}  // namespace portcullis
