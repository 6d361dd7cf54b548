// The keys of a policy, found by `kid` (RFC 7515 section 4.1.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "crypto/algorithm.hpp"
#include "crypto/backend.hpp"
#include "encoding/json_text.hpp"

namespace portcullis {

struct verification_key {
  std::string_view id;       // kid, borrowed from the policy's document; empty = the key has none
  algorithm_set usable_for;  // what the key may verify: never decided by a token
  hmac_sha256_key secret;
};

class key_set {
 public:
  // Makes room for `capacity` keys (at most limits::max_keys), once, before the first is added: the
  // address of a key never changes.
  void reserve(std::size_t capacity);

  // The place of the next key, to be filled and then accepted.
  [[nodiscard]] verification_key& next() noexcept { return keys_[size_]; }

  // Takes the key at next() into the set. False if a key of this id is there already.
  [[nodiscard]] bool accept() noexcept;

  // The key that a token names. A token without `kid` gets the only key there is; a `kid` that no
  // key has gets the only key there is if that has no id. Null otherwise: never a second guess.
  [[nodiscard]] const verification_key* find(const std::optional<json_text>& id) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  // The place in order_ of the first key whose id is not before `id`.
  [[nodiscard]] std::size_t find_place(std::string_view id) const noexcept;

  std::unique_ptr<verification_key[]> keys_;
  std::unique_ptr<std::uint16_t[]> order_;  // of keys_, by id
  std::size_t size_ = 0;
};

}  // namespace portcullis
