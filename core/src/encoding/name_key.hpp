// A short name as numbers, so that names are compared and looked up without a loop.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

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
  std::memcpy(&key.first, text.data(), name_word_bytes);
  if (text.size() < name_word_bytes) key.first <<= 8 * (name_word_bytes - text.size());
  if (text.size() > name_word_bytes) {
    std::memcpy(&key.last, text.data() + text.size() - name_word_bytes, name_word_bytes);
  }
  return key;
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

  [[nodiscard, gnu::always_inline]] Meaning find(const name_key& key) const noexcept {
    const slot& there = slots_[place_of(key.first)];
    const bool same = there.first == key.first && there.last == key.last && there.size == key.size;
    return same ? there.meaning : otherwise_;
  }

 private:
  struct slot {
    std::uint64_t first = 0;  // of no name
    std::uint64_t last = 0;
    std::uint8_t size = 0;
    Meaning meaning{};
  };

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

  constexpr bool lay_out(const name_meaning<Meaning> (&rows)[Count]) noexcept {
    for (slot& each : slots_) each = {0, 0, 0, otherwise_};
    for (const auto& row : rows) {
      const std::size_t size = row.name.size();
      const std::uint64_t first = pack(row.name.substr(0, name_word_bytes));
      slot& there = slots_[place_of(first)];
      if (there.size != 0) return false;
      const bool longer = size > name_word_bytes;
      if (size > 2 * name_word_bytes) name_is_too_long();
      there = {first, longer ? pack(row.name.substr(size - name_word_bytes)) : 0,
               static_cast<std::uint8_t>(size), row.meaning};
    }
    return true;
  }
  // A key does not tell it from others. Not constexpr, so that it does not compile.
  static void name_is_too_long() noexcept {}

  std::uint64_t factor_ = 1;
  Meaning otherwise_;
  std::array<slot, std::size_t{1} << bits> slots_{};
};

}  // namespace portcullis
