#include "jose/key_set.hpp"

#include <array>

#include "limits.hpp"

namespace portcullis {

void key_set::reserve(std::size_t capacity) {
  keys_ = std::make_unique<verification_key[]>(capacity);
  order_ = std::make_unique<std::uint16_t[]>(capacity);
}

std::size_t key_set::find_place(std::string_view id) const noexcept {
  std::size_t first = 0;
  std::size_t last = size_;
  while (first != last) {
    const std::size_t middle = first + (last - first) / 2;
    if (keys_[order_[middle]].id < id) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return first;
}

bool key_set::accept() noexcept {
  const std::string_view id = keys_[size_].id;
  const std::size_t place = find_place(id);
  if (!id.empty() && place != size_ && keys_[order_[place]].id == id) return false;
  for (std::size_t i = size_; i > place; --i) order_[i] = order_[i - 1];
  order_[place] = static_cast<std::uint16_t>(size_++);
  return true;
}

const verification_key* key_set::find(const std::optional<json_text>& id) const noexcept {
  const verification_key* const only = size_ == 1 ? &keys_[0] : nullptr;
  if (!id) return only;

  std::array<char, limits::max_kid_bytes> buffer;
  if (const auto wanted = decode(*id, buffer); wanted && !wanted->empty()) {
    const std::size_t place = find_place(*wanted);
    if (place != size_ && keys_[order_[place]].id == *wanted) return &keys_[order_[place]];
  }
  return only != nullptr && only->id.empty() ? only : nullptr;
}

}  // namespace portcullis
