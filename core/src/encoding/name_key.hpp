// A short name as one number, so that names are compared and looked up without a loop.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace portcullis {

inline constexpr std::size_t name_word_bytes = 8;

// The first eight bytes; of fewer all, behind zeros. Names without a zero byte have equal numbers
// when they are equal, and up to eight bytes only then. `text` is not empty and stands where eight
// bytes can be read.
[[nodiscard, gnu::always_inline]] inline std::uint64_t name_word(std::string_view text) noexcept {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t word = 0;
  std::memcpy(&word, text.data(), sizeof word);
  if (text.size() < name_word_bytes) word <<= 8 * (name_word_bytes - text.size());
  return word;
}

// The last eight bytes of a name that has as many.
[[nodiscard, gnu::always_inline]] inline std::uint64_t last_name_word(
    std::string_view text) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, text.data() + text.size() - name_word_bytes, sizeof word);
  return word;
}

template <class Meaning>
struct name_meaning {
  std::string_view name;
  Meaning meaning;
};

// A few names and what they mean: each is found at one place of a table, which the compiler lays
// out so that no two want the same.
template <class Meaning, std::size_t Count>
class name_slots {
 public:
  constexpr name_slots(const name_meaning<Meaning> (&rows)[Count], Meaning otherwise) noexcept
      : otherwise_(otherwise) {
    while (!lay_out(rows)) factor_ = factor_ * 0x9e3779b97f4a7c15 + 2;
  }

  // `word`: name_word of `name`.
  [[nodiscard, gnu::always_inline]] Meaning find(std::string_view name,
                                                 std::uint64_t word) const noexcept {
    const slot& there = slots_[place_of(word)];
    // Eight bytes may be all of one name and the beginning of another.
    if (there.word != word || there.name.size() != name.size()) return otherwise_;
    if (name.size() > name_word_bytes && name != there.name) return otherwise_;
    return there.meaning;
  }

 private:
  struct slot {
    std::uint64_t word = 0;  // of no name
    Meaning meaning{};
    std::string_view name;
  };

  static constexpr unsigned bits = std::bit_width(Count) + 1;

  [[nodiscard]] constexpr std::size_t place_of(std::uint64_t word) const noexcept {
    return static_cast<std::size_t>(word * factor_ >> (64 - bits));
  }

  constexpr bool lay_out(const name_meaning<Meaning> (&rows)[Count]) noexcept {
    for (slot& each : slots_) each = {0, otherwise_, {}};
    for (const auto& row : rows) {
      std::uint64_t word = 0;
      for (std::size_t i = 0; i < row.name.size() && i < name_word_bytes; ++i) {
        word = word >> 8 | std::uint64_t{static_cast<unsigned char>(row.name[i])} << 56;
      }
      slot& there = slots_[place_of(word)];
      if (there.word != 0) return false;
      there = {word, row.meaning, row.name};
    }
    return true;
  }

  std::uint64_t factor_ = 1;
  Meaning otherwise_;
  std::array<slot, std::size_t{1} << bits> slots_{};
};

}  // namespace portcullis
