// The keys of an issuer, found by `kid` (RFC 7515 section 4.1.4) and algorithm.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "crypto/algorithm.hpp"
#include "crypto/backend.hpp"
#include "encoding/json_text.hpp"
#include "owned.hpp"

namespace portcullis {

struct verification_key {
  std::string_view id;       // kid, borrowed from the policy's document; empty = the key has none
  algorithm_set usable_for;  // what the key may verify: never decided by a token
  std::uint16_t modulus_bytes = 0;  // RSA
  // A secret is kept once for each hash that it serves.
  std::array<owned<hmac_key>, hash_count> secrets;
  public_key public_part;
};

class key_set {
 public:
  // Makes room for `capacity` keys (at most limits::max_keys), once, before the first is added: the
  // address of a key never changes. False when there is no memory.
  [[nodiscard]] bool reserve(std::size_t capacity) noexcept;

  // The place of the next key, to be filled and then accepted.
  [[nodiscard]] verification_key& next() noexcept { return keys_[size_]; }

  // Takes the key at next() into the set. False if a key of this id is there already.
  [[nodiscard]] bool accept() noexcept;

  // The key that a token names, if it serves the algorithm. A token without `kid` gets the only key
  // that serves the algorithm; so does a `kid` that no key has, if that only key has no id. Null
  // otherwise: never a second guess.
  [[nodiscard]] const verification_key* find(const std::optional<json_text>& id,
                                             algorithm chosen) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  // The key at a place in the order of ids.
  [[nodiscard]] verification_key& at_place(std::size_t place) const noexcept {
    return keys_[order_[place]];
  }

  // The place in that order of the first key whose id is not before `id`.
  [[nodiscard]] std::size_t find_place(std::string_view id) const noexcept;

  // The number of the only key for an algorithm.
  static constexpr std::uint16_t no_key = 0xffff;
  static constexpr std::uint16_t several_keys = 0xfffe;

  owned<verification_key[]> keys_;
  owned<std::uint16_t[]> order_;  // of the ids: the number of the key at each place
  std::size_t size_ = 0;
  std::array<std::uint16_t, algorithms.size()> only_{};
};

}  // namespace portcullis
