#include "jose/key_set.hpp"

#include <cstring>

#include "limits.hpp"

namespace portcullis {

static_assert(limits::max_keys < 0xfffe);

bool key_set::reserve(std::size_t capacity) noexcept {
  keys_ = make_owned_array<verification_key>(capacity);
  order_ = make_owned_array<std::uint16_t>(capacity);
  only_.fill(no_key);
  return keys_ != nullptr && order_ != nullptr;
}

std::size_t key_set::find_place(std::string_view id) const noexcept {
  std::size_t first = 0;
  std::size_t last = size_;
  while (first != last) {
    const std::size_t middle = first + (last - first) / 2;
    if (at_place(middle).id < id) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return first;
}

bool key_set::accept() noexcept {
  const verification_key& key = keys_[size_];
  const std::size_t place = find_place(key.id);
  if (!key.id.empty() && place != size_ && at_place(place).id == key.id) return false;
  std::uint16_t* const at = order_.get() + place;
  std::memmove(at + 1, at, (size_ - place) * sizeof *at);
  const auto number = static_cast<std::uint16_t>(size_++);
  *at = number;
  for (std::size_t i = 0; i < only_.size(); ++i) {
    if (!key.usable_for.contains(static_cast<algorithm>(i))) continue;
    only_[i] = only_[i] == no_key ? number : several_keys;
  }
  return true;
}

const verification_key* key_set::find(const std::optional<json_text>& id,
                                      algorithm chosen) const noexcept {
  if (size_ == 0) return nullptr;
  const std::uint16_t number = only_[static_cast<std::size_t>(chosen)];
  const verification_key* const only = number < several_keys ? &keys_[number] : nullptr;
  if (!id) return only;

  std::array<char, limits::max_kid_bytes> buffer;
  if (const auto wanted = decode(*id, buffer); wanted && !wanted->empty()) {
    const std::size_t place = find_place(*wanted);
    if (place != size_ && at_place(place).id == *wanted) {
      const verification_key& named = at_place(place);
      return named.usable_for.contains(chosen) ? &named : nullptr;
    }
  }
  return only != nullptr && only->id.empty() ? only : nullptr;
}

}  // namespace portcullis
