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
// With many keys there are as many headers, and a slot is found by a hash of the header.
//
// A slot is written once and never changed, by whichever thread takes it first: readers need no
// lock. Only headers of validly signed tokens come in, so strangers cannot fill the slots.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "crypto/algorithm.hpp"
#include "encoding/equal_bytes.hpp"
#include "encoding/find_byte.hpp"
#include "jose/compact_jws.hpp"
#include "jose/key_set.hpp"
#include "owned.hpp"

namespace portcullis {

// What a header led to.
struct header_match {
  const verification_key* key = nullptr;
  algorithm chosen{};
  expected_dots dots{};  // in a token that has been verified by this key
};

class header_cache {
 public:
  // So many are looked at for a header.
  static constexpr std::size_t slot_count = 8;
  static constexpr std::size_t max_slots = 512;
  static constexpr std::size_t max_segment_bytes = 224;

  header_cache() noexcept = default;
  header_cache(const header_cache&) = delete;
  header_cache& operator=(const header_cache&) = delete;

  // Makes room for the headers of so many keys, once, before the first is added. The smallest
  // module does without. False when there is no memory.
  [[nodiscard]] bool reserve([[maybe_unused]] std::size_t keys) noexcept {
#if !defined(__wasm__)
    if (keys <= slot_count) return true;
    const std::size_t wanted = std::bit_ceil(2 * keys);
    const std::size_t slots = wanted < max_slots ? wanted : max_slots;
    more_ = make_owned_array<entry>(slots);
    if (more_ == nullptr) return false;
    slots_ = more_.get();
    mask_ = slots - 1;
#endif
    return true;
  }

  // The header that `token` begins with, up to its first dot. Null if unknown. `keys`: those of the
  // issuer.
  [[nodiscard, gnu::hot]] const header_match* find(std::string_view token,
                                                   const key_set& keys) const noexcept {
    const std::size_t first = first_place(token, keys);
    for (std::size_t i = 0; i != slot_count; ++i) {
      const entry& slot = slots_[(first + i) & mask_];
      if (slot.progress.load(std::memory_order_acquire) != ready) return nullptr;
      const std::size_t length = slot.match.dots.first;
      // A header has no dot.
      if (length < token.size() && token[length] == '.' && slot.keys == &keys &&
          equal_bytes(slot.bytes.data(), token.data(), length)) {
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
    const std::size_t first = first_place(token, keys);
    for (std::size_t i = 0; i != slot_count; ++i) {
      entry& slot = slots_[(first + i) & mask_];
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

  // The slot where looking for a header begins. While there are few keys, the first; among more the
  // header's bytes say where, by a hash that need not withstand anybody: strangers add nothing.
  [[nodiscard]] std::size_t first_place(std::string_view token,
                                        const key_set& keys) const noexcept {
    if (mask_ < slot_count) return 0;
    // Nothing longer is kept, however long the token is: its length has not been looked at yet.
    const std::string_view begin = token.substr(0, max_segment_bytes + 1);
    return hash_header(begin.substr(0, find_byte(begin, '.', 0)),
                       reinterpret_cast<std::uintptr_t>(&keys));
  }
  [[nodiscard]] static std::size_t hash_header(std::string_view header,
                                               std::uint64_t hashed) noexcept {
    constexpr std::size_t word_bytes = 8;
    const auto add = [&](const char* at, std::size_t size) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, size);
      hashed = (hashed ^ word) * 0x9e3779b97f4a7c15;
      hashed ^= hashed >> 32;
    };
    for (; header.size() > word_bytes; header.remove_prefix(word_bytes)) {
      add(header.data(), word_bytes);
    }
    if (!header.empty()) add(header.data(), header.size());
    return static_cast<std::size_t>(hashed);
  }

  std::array<entry, slot_count> few_;
#if defined(__wasm__)
  entry* slots_ = few_.data();
  static constexpr std::size_t mask_ = slot_count - 1;
#else
  owned<entry[]> more_;
  entry* slots_ = few_.data();
  std::size_t mask_ = slot_count - 1;
#endif
};

}  // namespace portcullis
