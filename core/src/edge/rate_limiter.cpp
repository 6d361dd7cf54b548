#include "edge/rate_limiter.hpp"

namespace portcullis {
namespace {

// A slot: 16 bits of tag, then 48 bits of time in steps of 2^-20 seconds. Zero is an empty slot, as
// no tag is zero.
//
// The time is counted modulo 2^28 seconds and read as the nearest one to `now`, four years before
// or after it: longer than any process runs without a look at a key, and twice as long as a bucket
// takes to fill.
//
// The steps lose nothing. `now` is whole, so that a bucket is full at a multiple of 1/requests of a
// second; there are fewer of those in a second than steps, so that a multiple which was rounded up
// to a step is found again by rounding down.
constexpr unsigned step_bits = 20;
constexpr std::int64_t steps = std::int64_t{1} << step_bits;
constexpr unsigned tag_bits = 16;
constexpr unsigned time_bits = 64 - tag_bits;
constexpr std::uint64_t time_mask = (std::uint64_t{1} << time_bits) - 1;
constexpr std::int64_t longest_fill = std::int64_t{1} << 26;  // seconds

constexpr std::size_t ways = 4;

// Seconds by which a clock may go back without having been set.
constexpr std::int64_t longest_standstill = 60;

// The steps from `now` to the time that a slot holds; not above zero: the bucket is full.
std::int64_t steps_to_full(std::uint64_t slot, std::int64_t now) noexcept {
  const std::uint64_t apart = slot - (static_cast<std::uint64_t>(now) << step_bits);
  return static_cast<std::int64_t>(apart << tag_bits) >> tag_bits;
}

std::uint64_t make_slot(std::uint64_t tag, std::int64_t now, std::int64_t to_full) noexcept {
  const std::uint64_t at =
      (static_cast<std::uint64_t>(now) << step_bits) + static_cast<std::uint64_t>(to_full);
  return tag << time_bits | (at & time_mask);
}

}  // namespace

bool rate_limiter::reserve(std::size_t entries) noexcept {
  slots_ = make_owned_array<std::atomic<std::uint64_t>>(entries + 1);
  if (slots_ == nullptr) return false;
  entries_ = entries;
  return true;
}

// `now`, or the latest time that was told if that is later.
std::int64_t rate_limiter::find_time(std::int64_t now) noexcept {
  std::atomic<std::uint64_t>& latest = slots_[entries_];
  std::uint64_t seen = latest.load(std::memory_order_relaxed);
  for (;;) {
    const auto told = static_cast<std::int64_t>(seen);
    if (now <= told && now >= told - longest_standstill) return told;
    if (latest.compare_exchange_weak(seen, static_cast<std::uint64_t>(now),
                                     std::memory_order_relaxed)) {
      return now;
    }
  }
}

// Everything a bucket is lies in one word, so no order between words matters.
bool rate_limiter::admit(const rate& allowed, std::string_view key, const hash_key& seed,
                         std::int64_t now) noexcept {
  if (allowed.requests <= 0) return true;
  if (entries_ == 0) return false;
  now = find_time(now);

  // In parts, 1/requests of a second each: a request costs `seconds` of them.
  std::int64_t room = allowed.burst * allowed.seconds;
  if (room > longest_fill * allowed.requests) room = longest_fill * allowed.requests;

  const std::uint64_t hash = keyed_hash(key, seed);
  std::atomic<std::uint64_t>* const set =
      slots_.get() + (static_cast<std::size_t>(hash) & (entries_ - 1) & ~(ways - 1));
  const std::uint64_t high = hash >> time_bits;
  const std::uint64_t tag = high == 0 ? 1 : high;

  for (;;) {
    // The key's own slot; else an empty one; else the one that is full soonest.
    std::atomic<std::uint64_t>* chosen = set;
    std::uint64_t found = 0;
    std::int64_t to_full = 0;
    for (std::size_t i = 0; i < ways; ++i) {
      const std::uint64_t slot = set[i].load(std::memory_order_relaxed);
      const std::int64_t slot_to_full = steps_to_full(slot, now);
      if (i == 0 || slot >> time_bits == tag || slot == 0 || slot_to_full < to_full) {
        chosen = &set[i];
        found = slot;
        to_full = slot_to_full;
      }
      // Slots are taken in their order and never given back: behind an empty one there is nothing.
      if (slot >> time_bits == tag || slot == 0) break;
    }

    std::int64_t used = 0;
    if (found >> time_bits == tag && to_full > 0) {
      used = (to_full >> step_bits) * allowed.requests +
             ((to_full & (steps - 1)) * allowed.requests >> step_bits);
    }
    // More than the bucket holds: another thread has a later `now`, and this one is short of time
    // to refill. Much more: the clock was set; the bucket is then empty at `now` and refills from
    // there.
    const bool was_set = used > room + longest_standstill * allowed.requests;
    if (!was_set && used + allowed.seconds > room) return false;

    used = was_set ? room : used + allowed.seconds;
    const std::int64_t rest = used % allowed.requests;
    to_full = (used / allowed.requests << step_bits) +
              ((rest << step_bits) + allowed.requests - 1) / allowed.requests;
    if (chosen->compare_exchange_weak(found, make_slot(tag, now, to_full),
                                      std::memory_order_relaxed)) {
      return !was_set;
    }
  }
}

std::int64_t rate_limiter::retry_after(const rate& allowed) noexcept {
  if (allowed.requests <= 0) return 0;
  return (allowed.seconds + allowed.requests - 1) / allowed.requests;
}

}  // namespace portcullis
