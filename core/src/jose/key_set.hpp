// The keys of a policy, found by `kid` (RFC 7515 section 4.1.4).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/algorithm.hpp"
#include "crypto/backend.hpp"
#include "encoding/json_text.hpp"

namespace portcullis {

struct verification_key {
  std::string id;           // kid; empty = the key has none
  algorithm_set usable_for;  // what the key may verify: never decided by a token
  hmac_sha256_key secret;
};

class key_set {
 public:
  // False if a key of this id is there already.
  [[nodiscard]] bool add(verification_key key);

  // The key that a token names. A token without `kid` gets the only key there is; a `kid` that no
  // key has gets the only key there is if that has no id. Null otherwise: never a second guess.
  [[nodiscard]] const verification_key* find(const std::optional<json_text>& id) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }

 private:
  std::vector<verification_key> keys_;  // ordered by id
};

}  // namespace portcullis
