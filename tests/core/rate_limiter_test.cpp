#include "edge/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "limits.hpp"

namespace portcullis {
namespace {

constexpr hash_key seed{0x123456789abcdef0, 0x0fedcba987654321};
constexpr std::int64_t start = 1'700'000'000;

rate_limiter make(std::size_t entries = 64) {
  rate_limiter out;
  EXPECT_TRUE(out.reserve(entries));
  return out;
}

// How many of `tries` requests are admitted.
int count(rate_limiter& limiter, const rate& allowed, std::string_view key, std::int64_t now,
          int tries) {
  int admitted = 0;
  for (int i = 0; i < tries; ++i) admitted += limiter.admit(allowed, key, seed, now) ? 1 : 0;
  return admitted;
}

// A bucket as everybody would write it: how much is in it, in parts of 1/requests of a second, and
// when it was last looked at.
class naive_bucket {
 public:
  naive_bucket(const rate& allowed, std::int64_t now)
      : allowed_(allowed), content_(allowed.burst * allowed.seconds), last_(now) {}

  bool admit(std::int64_t now) {
    if (now > last_) {
      const std::int64_t size = allowed_.burst * allowed_.seconds;
      const std::int64_t missing = size - content_;
      // Compared before it is multiplied: `now` may be far away.
      if (now - last_ > missing / allowed_.requests) {
        content_ = size;
      } else {
        content_ += (now - last_) * allowed_.requests;
      }
      last_ = now;
    }
    if (content_ < allowed_.seconds) return false;
    content_ -= allowed_.seconds;
    return true;
  }

 private:
  rate allowed_;
  std::int64_t content_;
  std::int64_t last_;
};

TEST(rate_limiter, admits_a_burst_and_not_one_more) {
  for (const rate& allowed : {rate{1, 1, 1}, rate{1, 1, 7}, rate{10, 60, 10}, rate{7, 3, 1000},
                              rate{1, 86400, 5}, rate{1000000, 1, 3}, rate{1000000, 86400, 3}}) {
    rate_limiter limiter = make();
    const int burst = static_cast<int>(allowed.burst);
    EXPECT_EQ(count(limiter, allowed, "key", start, burst + 10), burst);
    const std::int64_t after = rate_limiter::retry_after(allowed);
    EXPECT_EQ(count(limiter, allowed, "key", start + after - 1, 1), 0);
    EXPECT_GE(count(limiter, allowed, "key", start + after, 1), 1);
    // Full again, and not fuller.
    const std::int64_t much_later = start + 10 * (after + 1) * burst;
    EXPECT_EQ(count(limiter, allowed, "key", much_later, burst + 10), burst);
  }
}

TEST(rate_limiter, says_when_to_come_again) {
  EXPECT_EQ(rate_limiter::retry_after({1, 1, 1}), 1);
  EXPECT_EQ(rate_limiter::retry_after({1000000, 1, 1}), 1);
  EXPECT_EQ(rate_limiter::retry_after({10, 60, 1}), 6);
  EXPECT_EQ(rate_limiter::retry_after({7, 60, 1}), 9);
  EXPECT_EQ(rate_limiter::retry_after({1, 86400, 1}), 86400);
  EXPECT_EQ(rate_limiter::retry_after({86400, 86400, 1}), 1);
  EXPECT_EQ(rate_limiter::retry_after({}), 0);
}

// Every single answer, at rates that no step of time divides.
TEST(rate_limiter, agrees_with_a_naive_bucket) {
  std::mt19937_64 random(1);
  const auto up_to = [&](std::int64_t most) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most)) + 1;
  };
  int admitted = 0;
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    const std::int64_t sizes[] = {3, 100, 10000, 1000000};
    rate allowed;
    allowed.requests = up_to(sizes[random() % 4]);
    allowed.seconds = up_to(random() % 2 == 0 ? 60 : 86400);
    allowed.burst = up_to(sizes[random() % 2]);
    std::int64_t now = random() % 8 == 0 ? 0 : start + up_to(1000000);
    rate_limiter limiter = make();
    naive_bucket expected(allowed, now);
    // So that about one request a refill is made, more, or fewer.
    const std::int64_t pace = allowed.seconds / allowed.requests + 1;
    for (int i = 0; i < 500; ++i) {
      switch (random() % 8) {
        case 0:
          now += up_to(pace);
          break;
        case 1:
          now += up_to(4) - 1;
          break;
        case 2:
          if (random() % 64 == 0) now += up_to(allowed.burst * pace * 2);
          break;
        default:
          break;
      }
      const bool mine = limiter.admit(allowed, "key", seed, now);
      ASSERT_EQ(mine, expected.admit(now))
          << allowed.requests << '/' << allowed.seconds << ' ' << allowed.burst << " step " << i;
      ++(mine ? admitted : refused);
    }
  }
  EXPECT_GT(admitted, 50000);
  EXPECT_GT(refused, 50000);
}

// The longest count that a slot has to hold.
TEST(rate_limiter, counts_large_bursts) {
  for (const rate& allowed : {rate{1000000, 1, 1000000}, rate{999983, 86399, 1000000},
                              rate{1, 67, 1000000}, rate{1, 86400, 776}}) {
    rate_limiter limiter = make();
    naive_bucket expected(allowed, start);
    for (std::int64_t i = 0; i < allowed.burst + 3; ++i) {
      ASSERT_EQ(limiter.admit(allowed, "key", seed, start), expected.admit(start)) << i;
    }
    for (std::int64_t now = start; now < start + 200000; now += 9973) {
      ASSERT_EQ(limiter.admit(allowed, "key", seed, now), expected.admit(now)) << now;
    }
  }
  // A burst that would take longer than 2^26 seconds to fill counts as what fills in that time.
  rate_limiter limiter = make();
  EXPECT_EQ(count(limiter, {1, 86400, 1000000}, "key", start, 1000), (1 << 26) / 86400);
  EXPECT_EQ(count(limiter, {1, 86400, 1000000}, "key", start + 86400, 10), 1);
}

TEST(rate_limiter, works_at_any_time) {
  for (const std::int64_t now :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{-1000000}, std::int64_t{1} << 28,
        (std::int64_t{1} << 28) - 1, std::int64_t{1} << 31, limits::farthest_now,
        -limits::farthest_now}) {
    rate_limiter limiter = make();
    EXPECT_EQ(count(limiter, {1, 10, 3}, "key", now, 5), 3) << now;
    EXPECT_EQ(count(limiter, {1, 10, 3}, "other", now, 5), 3) << now;
    // Zero is where a limiter's clock stands first.
    if (now == -1) continue;
    EXPECT_EQ(count(limiter, {1, 10, 3}, "key", now + 9, 5), 0) << now;
    EXPECT_EQ(count(limiter, {1, 10, 3}, "key", now + 10, 5), 1) << now;
    EXPECT_EQ(count(limiter, {1, 10, 3}, "key", now + 1000000, 5), 3) << now;
  }
}

TEST(rate_limiter, knows_no_limit_and_no_room) {
  rate_limiter none;
  EXPECT_EQ(count(none, {}, "key", start, 100), 100);
  EXPECT_EQ(count(none, {1, 1, 1}, "key", start, 100), 0);
  rate_limiter limiter = make();
  EXPECT_EQ(count(limiter, {}, "key", start, 100), 100);
}

TEST(rate_limiter, stands_still_when_the_clock_goes_back) {
  rate_limiter limiter = make();
  const rate allowed{1, 1, 10};
  EXPECT_EQ(count(limiter, allowed, "key", start, 4), 4);
  // Nothing is taken away, nothing refilled, however often it happens.
  EXPECT_EQ(count(limiter, allowed, "key", start - 60, 3), 3);
  EXPECT_EQ(count(limiter, allowed, "other", start - 60, 20), 10);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(count(limiter, allowed, "other", start - 30, 1), 0);
    EXPECT_EQ(count(limiter, allowed, "other", start, 1), 0);
  }
  EXPECT_EQ(count(limiter, allowed, "key", start, 20), 3);
  EXPECT_EQ(count(limiter, allowed, "key", start + 1, 20), 1);
}

TEST(rate_limiter, goes_on_after_the_clock_was_set_back) {
  rate_limiter limiter = make();
  const rate allowed{1, 1, 10};
  EXPECT_EQ(count(limiter, allowed, "used", start, 20), 10);
  constexpr std::int64_t set = start - 3600;
  EXPECT_EQ(count(limiter, allowed, "new", set, 20), 10);
  EXPECT_EQ(count(limiter, allowed, "used", set, 20), 0);
  EXPECT_EQ(count(limiter, allowed, "used", set + 1, 20), 1);
  EXPECT_EQ(count(limiter, allowed, "used", set + 6, 20), 5);
  EXPECT_EQ(count(limiter, allowed, "used", set + 100, 20), 10);
}

// ---- keys ----

TEST(rate_limiter, keeps_keys_apart) {
  rate_limiter limiter = make(1024);
  const rate allowed{1, 3600, 5};
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(count(limiter, allowed, std::to_string(i), start, 8), 5) << i;
  }
  EXPECT_EQ(count(limiter, allowed, "", start, 8), 5);
  EXPECT_EQ(count(limiter, allowed, std::string(100000, 'x'), start, 8), 5);
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(count(limiter, allowed, std::to_string(i), start, 8), 0) << i;
  }
}

// Where a key goes in a limiter of 64, and by what it is told from others there.
std::uint64_t set_of(std::string_view key) { return (keyed_hash(key, seed) & 63) / 4; }
std::uint64_t tag_of(std::string_view key) { return keyed_hash(key, seed) >> 48; }

TEST(rate_limiter, has_room_for_four_keys_of_a_set) {
  std::vector<std::string> keys;
  for (int i = 0; keys.size() < 5; ++i) {
    if (set_of(std::to_string(i)) == 3) keys.push_back(std::to_string(i));
  }
  rate_limiter limiter = make();
  const rate allowed{1, 3600, 5};
  // 5, 4, 3 and 2 requests: the last is full soonest.
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(count(limiter, allowed, keys[static_cast<std::size_t>(i)], start, 5 - i), 5 - i);
  }
  EXPECT_EQ(count(limiter, allowed, keys[4], start, 1), 1);  // in place of keys[3]
  EXPECT_EQ(count(limiter, allowed, keys[0], start, 10), 0);
  EXPECT_EQ(count(limiter, allowed, keys[1], start, 10), 1);
  EXPECT_EQ(count(limiter, allowed, keys[2], start, 10), 2);
  EXPECT_EQ(count(limiter, allowed, keys[4], start, 10), 4);
  // keys[3] is forgotten, and takes the place of one that is full soonest, the first of equals.
  EXPECT_EQ(count(limiter, allowed, keys[3], start, 10), 5);
  EXPECT_EQ(count(limiter, allowed, keys[1], start, 10), 0);
  EXPECT_EQ(count(limiter, allowed, keys[0], start, 10), 5);
}

TEST(rate_limiter, remembers_who_hammers_among_many_strangers) {
  rate_limiter limiter = make();
  const rate allowed{1, 3600, 10};
  EXPECT_EQ(count(limiter, allowed, "hammer", start, 20), 10);
  int admitted = 0;
  for (int i = 0; i < 10000; ++i) {
    admitted += count(limiter, allowed, "stranger " + std::to_string(i), start, 1);
    if (i % 100 == 0) {
      EXPECT_EQ(count(limiter, allowed, "hammer", start, 20), 0) << i;
    }
  }
  // A tag may be the hammer's; else everyone who is new is let in.
  EXPECT_GE(admitted, 9990);
}

// Two keys that only the rest of the hash tells apart count as one, never as more.
TEST(rate_limiter, counts_colliding_keys_together) {
  std::map<std::uint64_t, std::string> seen;
  std::string one;
  std::string two;
  for (int i = 0; one.empty(); ++i) {
    const std::string key = std::to_string(i);
    const auto [at, added] = seen.emplace(tag_of(key) * 16 + set_of(key), key);
    if (!added) {
      one = at->second;
      two = key;
    }
  }
  rate_limiter limiter = make();
  EXPECT_EQ(count(limiter, {1, 3600, 5}, one, start, 3), 3);
  EXPECT_EQ(count(limiter, {1, 3600, 5}, two, start, 10), 2);
  EXPECT_EQ(count(limiter, {1, 3600, 5}, one, start, 10), 0);
}

// Keys of all tags, the one that is kept as another included.
TEST(rate_limiter, knows_every_tag) {
  std::string zero;
  for (int i = 0; zero.empty(); ++i) {
    if (tag_of(std::to_string(i)) == 0) zero = std::to_string(i);
  }
  rate_limiter limiter = make();
  EXPECT_EQ(count(limiter, {1, 3600, 5}, zero, start, 10), 5);
  EXPECT_EQ(count(limiter, {1, 3600, 5}, zero, start, 10), 0);
}

TEST(rate_limiter, depends_on_the_seed) {
  rate_limiter limiter = make();
  EXPECT_TRUE(limiter.admit({1, 3600, 1}, "key", seed, start));
  EXPECT_FALSE(limiter.admit({1, 3600, 1}, "key", seed, start));
  EXPECT_TRUE(limiter.admit({1, 3600, 1}, "key", {1, 2}, start));
}

TEST(rate_limiter, survives_being_moved) {
  rate_limiter first = make();
  EXPECT_EQ(count(first, {1, 3600, 5}, "key", start, 3), 3);
  rate_limiter second = std::move(first);
  EXPECT_EQ(count(second, {1, 3600, 5}, "key", start, 10), 2);
}

// ---- threads ----

// Exactly the bucket is given out, whoever asks; with a clock that all of them share.
TEST(rate_limiter, gives_out_a_bucket_to_many_threads) {
  const rate allowed{50, 3, 200};
  for (int round = 0; round < 20; ++round) {
    rate_limiter limiter = make();
    std::int64_t before = 0;
    for (const std::int64_t later : {0, 1, 2, 5, 6, 100}) {
      std::atomic<int> admitted{0};
      std::vector<std::thread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back(
            [&] { admitted += count(limiter, allowed, "key", start + later, 300); });
      }
      for (auto& thread : threads) thread.join();
      const std::int64_t total = std::min(std::int64_t{200}, later * 50 / 3 - before * 50 / 3);
      EXPECT_EQ(admitted, later == 0 ? 200 : total) << later;
      before = later;
    }
  }
}

// Threads whose clocks differ by a second or two, and other keys beside. Never more than the burst
// and what came in since.
TEST(rate_limiter, is_not_overdrawn_by_threads_with_clocks_of_their_own) {
  const rate allowed{100, 1, 50};
  constexpr int seconds = 40;
  rate_limiter limiter = make();
  std::atomic<int> admitted[3] = {};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int second = 0; second < seconds; ++second) {
        const std::int64_t now = start + std::max(0, second - i % 3);
        for (std::size_t key = 0; key < 3; ++key) {
          admitted[key] += count(limiter, allowed, "key " + std::to_string(key), now, 100);
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& one : admitted) {
    EXPECT_LE(one, 50 + 100 * (seconds - 1));
    EXPECT_GE(one, 50);
  }
}

}  // namespace
}  // namespace portcullis
