// A rate limit. On Lambda@Edge every instance of a function counts for itself, and there are as
// many instances as there are requests at a time: it is best effort, and stops a client that
// hammers one instance, not one that is spread over many.
//
// A token bucket for each key, in fixed memory. A bucket is one number, the time at which it will
// be full again (the "generic cell rate algorithm"), so that looking and taking are one
// compare-exchange: any number of threads, no lock, no allocation. Keys are found by a keyed hash;
// of four places the one that would be full soonest gives way to a new key.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "encoding/keyed_hash.hpp"
#include "owned.hpp"

namespace portcullis {

// So many requests in so many seconds on average, and at most `burst` at once.
struct rate {
  std::int64_t requests = 0;  // 1 to 1,000,000; 0: no limit
  std::int64_t seconds = 1;   // 1 to 86,400
  std::int64_t burst = 0;     // 1 to 1,000,000
};

class rate_limiter {
 public:
  // Room for `entries` keys, a power of two of at least 64; once. False when there is no memory.
  [[nodiscard]] bool reserve(std::size_t entries) noexcept;

  // Takes one token of the key's bucket if it has one. `now`: whole seconds since the epoch. Never
  // allocates. Without room nothing is admitted.
  //
  // A key means one rate: whoever has several puts into the key which one is meant. A burst counts
  // as no more than what fills in 776 days (2^26 seconds). Sixteen bits of a hash are kept: one in
  // 65,536 pairs of keys that meet in a set of four shares a bucket.
  //
  // A clock that goes back refills nothing and takes nothing away: it stands still until it has
  // caught up. One that goes back by more than a minute was set: it counts from there, and a bucket
  // that would be full later than it can be starts empty.
  [[nodiscard]] bool admit(const rate& allowed, std::string_view key, const hash_key& seed,
                           std::int64_t now) noexcept;

  // Whole seconds after which a bucket that was empty has a token again: for Retry-After.
  [[nodiscard]] static std::int64_t retry_after(const rate& allowed) noexcept;

 private:
  [[nodiscard]] std::int64_t find_time(std::int64_t now) noexcept;

  // A tag of the key's hash and the time when the bucket is full, in one word. Behind the last one
  // stands the latest time that was told.
  owned<std::atomic<std::uint64_t>[]> slots_;
  std::size_t entries_ = 0;
};

}  // namespace portcullis
