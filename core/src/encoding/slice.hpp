// Parts of a text.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace portcullis {

// `count` bytes from `from` on, which are there: string_view::substr checks that once more, and has
// a way to fail.
[[nodiscard]] constexpr std::string_view slice(std::string_view text, std::size_t from,
                                               std::size_t count) noexcept {
  return {text.data() + from, count};
}

// The same up to the end.
[[nodiscard]] constexpr std::string_view slice(std::string_view text, std::size_t from) noexcept {
  return slice(text, from, text.size() - from);
}

// Whether `part` stands at `from`.
[[nodiscard]] inline bool has_at(std::string_view text, std::size_t from,
                                 std::string_view part) noexcept {
  return from <= text.size() && part.size() <= text.size() - from &&
         (part.empty() || std::memcmp(text.data() + from, part.data(), part.size()) == 0);
}

}  // namespace portcullis
