// Tokens that were verified before, known again by their exact bytes.
//
// Off unless a policy turns it on. What is kept is not a decision but the part of it that cannot
// change: that these very bytes carry a valid signature of this issuer and that its claims satisfy
// this set of rules. The times are judged again on each hit. See SECURITY.md for why that is safe.
//
// Fixed memory. An entry is found by the last bytes of the token (its signature) mixed with a key
// that the process drew at random, and compared byte for byte in time that does not depend on the
// bytes. Of four places the one that was written longest ago gives way to a new token. Readers take
// no lock: an entry's bytes are relaxed atomics behind a sequence number, and whoever sees the
// number change has no hit.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "encoding/keyed_hash.hpp"
#include "limits.hpp"
#include "owned.hpp"

namespace portcullis {

// What a hit tells. Times are seconds; `rules` and `issuer` are what the token was judged by.
struct cached_claims {
  std::int64_t expiration = 0;
  std::int64_t not_before = 0;
  std::int64_t issued_at = 0;
  bool has_expiration = false;
  bool has_not_before = false;
  bool has_issued_at = false;
  std::uint64_t subject = 0;     // a hash of it; 0 when there is none
  const void* issuer = nullptr;  // the issuer_policy that judged it
  const void* rules = nullptr;   // the route's rules, or null
};

class token_cache {
 public:
  // Room for `entries` tokens, a power of two up to limits::max_cache_entries; once. False when
  // there is no memory.
  [[nodiscard]] bool reserve(std::size_t entries) noexcept;
  [[nodiscard]] bool enabled() const noexcept { return entries_ != 0; }

  // What is known of exactly this token, judged by exactly these rules.
  [[nodiscard]] std::optional<cached_claims> find(std::string_view token, const void* rules,
                                                  const hash_key& seed) const noexcept;

  // Keeps a token that was verified, in place of an older one. One that is longer than
  // limits::max_cached_token_bytes or shorter than any signature, or that another thread is just
  // writing beside, is not kept.
  void add(std::string_view token, const cached_claims& claims, const hash_key& seed) noexcept;

 private:
  // The token in words of eight bytes, from the front as many as fit, and once more its last eight.
  static constexpr std::size_t max_words = limits::max_cached_token_bytes / 8 + 1;

  // Written by whoever made `writes` odd; nothing else in it may be believed before `writes` has
  // been read again and is the same.
  struct entry {
    std::atomic<std::uint64_t> writes;
    std::atomic<std::uint64_t> place;  // see find_place
    std::atomic<std::uint32_t> size;
    std::atomic<std::uint32_t> present;  // one bit for each time that there is
    std::atomic<std::int64_t> expiration;
    std::atomic<std::int64_t> not_before;
    std::atomic<std::int64_t> issued_at;
    std::atomic<std::uint64_t> subject;
    std::atomic<const void*> issuer;
    std::atomic<const void*> rules;
    std::atomic<std::uint64_t> words[max_words];
  };

  [[nodiscard]] entry* find_set(std::uint64_t place) const noexcept;

  owned<entry[]> slots_;
  std::size_t entries_ = 0;
};

}  // namespace portcullis
