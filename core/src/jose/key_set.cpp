#include "jose/key_set.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "limits.hpp"

namespace portcullis {
namespace {

// The first key whose id is not before `id`, of a vector ordered by id.
auto lower_bound_of(auto& keys, std::string_view id) {
  return std::lower_bound(
      keys.begin(), keys.end(), id,
      [](const verification_key& key, std::string_view wanted) { return key.id < wanted; });
}

}  // namespace

bool key_set::add(verification_key key) {
  const auto place = lower_bound_of(keys_, key.id);
  if (!key.id.empty() && place != keys_.end() && place->id == key.id) return false;
  keys_.insert(place, std::move(key));
  return true;
}

const verification_key* key_set::find(const std::optional<json_text>& id) const noexcept {
  const verification_key* const only = keys_.size() == 1 ? keys_.data() : nullptr;
  if (!id) return only;

  std::array<char, limits::max_kid_bytes> buffer;
  if (const auto wanted = decode(*id, buffer); wanted && !wanted->empty()) {
    const auto place = lower_bound_of(keys_, *wanted);
    if (place != keys_.end() && place->id == *wanted) return &*place;
  }
  return only != nullptr && only->id.empty() ? only : nullptr;
}

}  // namespace portcullis
