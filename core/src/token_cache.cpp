#include "token_cache.hpp"

#include <cstring>

namespace portcullis {
namespace {

constexpr std::size_t ways = 4;

// The last sixteen characters of a token tell it from others. Only what is signed comes in, and no
// signature is as short.
constexpr std::size_t min_token_bytes = 16;

constexpr std::uint32_t with_expiration = 1;
constexpr std::uint32_t with_not_before = 2;
constexpr std::uint32_t with_issued_at = 4;

constexpr auto relaxed = std::memory_order_relaxed;

std::uint64_t load_word(const char* bytes) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

bool fits(std::string_view token) noexcept {
  return token.size() >= min_token_bytes && token.size() <= limits::max_cached_token_bytes;
}

// A number that the token's end, the rules and the process's key give. Nobody chooses the end of a
// token, so this need not be as strong as keyed_hash, and is faster. Multiplications carry what
// they mix upwards; the upper half is folded down for find_set.
std::uint64_t find_place(std::string_view token, const void* rules, const hash_key& seed) noexcept {
  const char* const end = token.data() + token.size();
  std::uint64_t mixed = (load_word(end - 8) ^ seed.first) * 0x9e3779b97f4a7c15;
  mixed ^= mixed >> 32;
  mixed ^= load_word(end - 16) ^ seed.second ^ reinterpret_cast<std::uintptr_t>(rules);
  mixed *= 0xbf58476d1ce4e5b9;
  return mixed ^ mixed >> 32;
}

}  // namespace

bool token_cache::reserve(std::size_t entries) noexcept {
  if (entries > limits::max_cache_entries) return false;
  slots_ = make_owned_array<entry>(entries);
  if (slots_ == nullptr) return false;
  entries_ = entries;
  return true;
}

token_cache::entry* token_cache::find_set(std::uint64_t place) const noexcept {
  return &slots_[static_cast<std::size_t>(place >> 16) & (entries_ - 1) & ~(ways - 1)];
}

std::optional<cached_claims> token_cache::find(std::string_view token, const void* rules,
                                               const hash_key& seed) const noexcept {
  if (entries_ == 0 || !fits(token)) return std::nullopt;
  const std::uint64_t place = find_place(token, rules, seed);
  const entry* const set = find_set(place);
  for (std::size_t way = 0; way < ways && way < entries_; ++way) {
    const entry& one = set[way];
    const std::uint64_t writes = one.writes.load(std::memory_order_acquire);
    if (one.place.load(relaxed) != place || one.size.load(relaxed) != token.size() ||
        one.rules.load(relaxed) != rules || writes % 2 != 0) {
      continue;
    }

    // Four words at a time, in two sums. Nothing is decided before the end; the optimiser may not look
    // into the sums, or it could leave the loop at a difference.
    const char* bytes = token.data();
    const std::size_t words = token.size() / 8;
    const auto differ = [&one](const char* text, std::size_t word) noexcept {
      return load_word(text) ^ one.words[word].load(relaxed);
    };
    std::uint64_t difference = differ(bytes + token.size() - 8, words);
    std::uint64_t other = 0;
    std::size_t at = 0;
    for (; at + 4 <= words; at += 4, bytes += 32) {
      difference |= differ(bytes, at) | differ(bytes + 8, at + 1);
      other |= differ(bytes + 16, at + 2) | differ(bytes + 24, at + 3);
      __asm__("" : "+r"(difference), "+r"(other));
    }
    for (; at != words; ++at, bytes += 8) difference |= differ(bytes, at);

    cached_claims known;
    known.expiration = one.expiration.load(relaxed);
    known.not_before = one.not_before.load(relaxed);
    known.issued_at = one.issued_at.load(relaxed);
    const std::uint32_t present = one.present.load(relaxed);
    known.has_expiration = (present & with_expiration) != 0;
    known.has_not_before = (present & with_not_before) != 0;
    known.has_issued_at = (present & with_issued_at) != 0;
    known.subject = one.subject.load(relaxed);
    known.issuer = one.issuer.load(relaxed);
    known.rules = rules;

    // Everything above is read before the number is read again.
    std::atomic_thread_fence(std::memory_order_acquire);
    if ((difference | other | (one.writes.load(relaxed) ^ writes)) == 0) return known;
  }
  return std::nullopt;
}

void token_cache::add(std::string_view token, const cached_claims& claims,
                      const hash_key& seed) noexcept {
  if (entries_ == 0 || !fits(token)) return;
  const std::uint64_t place = find_place(token, claims.rules, seed);
  entry* const set = find_set(place);

  // The one with the fewest writes, the first of them: so they take turns, empty ones first.
  entry* oldest = set;
  std::uint64_t fewest = set->writes.load(std::memory_order_acquire);
  for (std::size_t way = 0; way < ways && way < entries_; ++way) {
    const std::uint64_t writes = set[way].writes.load(std::memory_order_acquire);
    if (writes % 2 != 0) return;
    // Known already, or as good as: another thread was faster.
    if (writes != 0 && set[way].place.load(relaxed) == place) return;
    if (writes < fewest) {
      oldest = &set[way];
      fewest = writes;
    }
  }
  if (fewest % 2 != 0 || !oldest->writes.compare_exchange_strong(fewest, fewest + 1, relaxed)) {
    return;
  }
  // Nothing below is written before the number is odd.
  std::atomic_thread_fence(std::memory_order_release);

  oldest->place.store(place, relaxed);
  oldest->size.store(static_cast<std::uint32_t>(token.size()), relaxed);
  oldest->present.store((claims.has_expiration ? with_expiration : 0) |
                            (claims.has_not_before ? with_not_before : 0) |
                            (claims.has_issued_at ? with_issued_at : 0),
                        relaxed);
  oldest->expiration.store(claims.expiration, relaxed);
  oldest->not_before.store(claims.not_before, relaxed);
  oldest->issued_at.store(claims.issued_at, relaxed);
  oldest->subject.store(claims.subject, relaxed);
  oldest->issuer.store(claims.issuer, relaxed);
  oldest->rules.store(claims.rules, relaxed);
  const std::size_t words = token.size() / 8;
  for (std::size_t at = 0; at < words; ++at) {
    oldest->words[at].store(load_word(token.data() + 8 * at), relaxed);
  }
  oldest->words[words].store(load_word(token.data() + token.size() - 8), relaxed);
  oldest->writes.store(fewest + 2, std::memory_order_release);
}

}  // namespace portcullis
