// JOSE headers that have been read strictly once, known again by their exact bytes.
//
// An issuer sends the same header with every token. Comparing its encoded bytes with those of a
// header that was parsed, matched with the policy and proven by a valid signature leads to the same
// key without parsing it again. Nothing else may be concluded from a hit: the signature of each
// token is verified all the same.
//
// Two issuers may send the same bytes: a header is known together with the keys that it was matched
// with, and found for the same keys only.
//
// A slot is written once and never changed, by whichever thread takes it first: readers need no
// lock. Only headers of validly signed tokens come in, so strangers cannot fill the slots.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "crypto/algorithm.hpp"
#include "jose/compact_jws.hpp"
#include "jose/key_set.hpp"

namespace portcullis {

// What a header led to.
struct header_match {
  const verification_key* key = nullptr;
  algorithm chosen{};
  expected_dots dots{};  // in a token that has been verified by this key
};

class header_cache {
 public:
  static constexpr std::size_t slot_count = 8;
  static constexpr std::size_t max_segment_bytes = 224;

  // The header that `token` begins with, up to its first dot. Null if unknown. `keys`:
  // those of the issuer.
  [[nodiscard]] const header_match* find(std::string_view token,
                                         const key_set& keys) const noexcept {
    for (const auto& slot : slots_) {
      if (slot.progress.load(std::memory_order_acquire) != ready) return nullptr;
      const std::size_t length = slot.match.dots.first;
      // A header has no dot.
      if (length < token.size() && token[length] == '.' && slot.keys == &keys &&
          std::memcmp(slot.bytes.data(), token.data(), length) == 0) {
        return &slot.match;
      }
    }
    return nullptr;
  }

  // Keeps the header that `token` begins with, base64url without a dot, if there is room. Safe to
  // call from any thread at any time.
  void add(std::string_view token, const key_set& keys, const header_match& match) noexcept {
    const std::size_t length = match.dots.first;
    if (length > max_segment_bytes) return;
    for (auto& slot : slots_) {
      std::uint8_t expected = empty;
      if (!slot.progress.compare_exchange_strong(expected, writing, std::memory_order_acquire)) {
        if (expected == writing) return;  // another thread is adding, likely the same header
        continue;
      }
      std::memcpy(slot.bytes.data(), token.data(), length);
      slot.keys = &keys;
      slot.match = match;
      slot.progress.store(ready, std::memory_order_release);
      return;
    }
  }

 private:
  static constexpr std::uint8_t empty = 0;
  static constexpr std::uint8_t writing = 1;
  static constexpr std::uint8_t ready = 2;

  struct entry {
    std::atomic<std::uint8_t> progress{empty};
    const key_set* keys = nullptr;
    header_match match;
    std::array<char, max_segment_bytes> bytes;
  };
  std::array<entry, slot_count> slots_;
};

}  // namespace portcullis
