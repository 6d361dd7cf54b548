// A short name as numbers, so that names are compared and looked up without a loop.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "encoding/name_table.hpp"

namespace portcullis {

inline constexpr std::size_t name_word_bytes = 8;

// Names without a zero byte that have equal keys are equal, if they have sixteen bytes or fewer.
struct name_key {
  std::uint64_t first;  // eight bytes; of a shorter name all, behind zeros
  std::uint64_t last;   // eight bytes; 0 of a name that has no more than `first`
  std::uint64_t size;
  bool operator==(const name_key&) const = default;
};

// `text` is not empty and stands where eight bytes can be read.
[[nodiscard, gnu::always_inline]] inline name_key make_name_key(std::string_view text) noexcept {
  static_assert(std::endian::native == std::endian::little);
  name_key key{0, 0, text.size()};
  // Whether the size is less or more than a word's is not foretold: all bits of a number, or none.
  const auto more = static_cast<std::int64_t>(text.size()) - std::int64_t{name_word_bytes};
  // cppcheck-suppress shiftTooManyBitsSigned ; C++20 says what it gives
  const auto is_shorter = static_cast<std::uint64_t>(more >> 63);
  // cppcheck-suppress shiftTooManyBitsSigned ; the same
  const auto is_longer = static_cast<std::uint64_t>(-more >> 63);
  std::memcpy(&key.first, text.data(), name_word_bytes);
  key.first <<= static_cast<std::uint64_t>(-8 * more) & is_shorter;
  std::memcpy(&key.last, text.data() + (static_cast<std::uint64_t>(more) & is_longer),
              name_word_bytes);
  key.last &= is_longer;
  return key;
}

// A few names and what they mean: each is found at one place of a table, which the compiler lays
// out so that no two want the same.
template <class Meaning, std::size_t Count>
class name_slots {
 public:
  constexpr name_slots(const name_row<Meaning> (&rows)[Count], Meaning otherwise) noexcept
      : otherwise_(otherwise) {
    while (!lay_out(rows)) factor_ = factor_ * 0x9e3779b97f4a7c15 + 2;
  }

  [[nodiscard, gnu::always_inline]] Meaning find(const name_key& key) const noexcept {
    const std::size_t place = place_of(key.first);
    const std::uint64_t differs =
        (first_[place] ^ key.first) | (last_[place] ^ key.last) | (size_[place] ^ key.size);
    // Without a jump: which names come is not foretold.
    static_assert(sizeof(Meaning) == 1);
    const std::size_t known = differs == 0 ? 0xff : 0;
    return static_cast<Meaning>((meaning_[place] & known) | (otherwise_ & ~known));
  }

 private:
  static constexpr unsigned bits = std::bit_width(Count);

  [[nodiscard]] constexpr std::size_t place_of(std::uint64_t first) const noexcept {
    return static_cast<std::size_t>(first * factor_ >> (64 - bits));
  }

  // As make_name_key reads them.
  static constexpr std::uint64_t pack(std::string_view bytes) noexcept {
    std::uint64_t word = 0;
    for (const char c : bytes)
      word = word >> 8 | std::uint64_t{static_cast<unsigned char>(c)} << 56;
    return word;
  }

  constexpr bool lay_out(const name_row<Meaning> (&rows)[Count]) noexcept {
    first_ = {};  // of no name
    last_ = {};
    size_ = {};
    for (const auto& row : rows) {
      const std::string_view name = row.name;
      const std::size_t size = name.size();
      if (size > 2 * name_word_bytes) name_is_too_long();
      const std::uint64_t first = pack(name.substr(0, name_word_bytes));
      const std::size_t place = place_of(first);
      if (size_[place] != 0) return false;
      first_[place] = first;
      if (size > name_word_bytes) last_[place] = pack(name.substr(size - name_word_bytes));
      size_[place] = static_cast<std::uint8_t>(size);
      meaning_[place] = static_cast<Meaning>(row.meaning);
    }
    return true;
  }

  // A key does not tell it from others. Not constexpr, so that it does not compile.
  static void name_is_too_long() noexcept {}

  std::uint64_t factor_ = 1;
  Meaning otherwise_;
  static constexpr std::size_t slot_count = std::size_t{1} << bits;
  std::array<std::uint64_t, slot_count> first_{};
  std::array<std::uint8_t, slot_count> size_{};
  std::array<Meaning, slot_count> meaning_{};
  std::array<std::uint64_t, slot_count> last_{};
};

}  // namespace portcullis
