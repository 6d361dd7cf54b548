// Where the quotation marks of a plain JSON text stand.
//
// Plain: printable ASCII without a backslash, so that each mark begins or ends a string. Nothing
// else is known about the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "encoding/vectors.hpp"

namespace portcullis {

class quote_index {
 public:
  static constexpr std::size_t block_bytes = 64;
  static constexpr std::size_t max_bytes = 4096;

  // False when the text is not plain, longer than max_bytes, or shorter than a block, and without
  // vectors.
  [[nodiscard]] bool build(std::string_view text, vectors by = widest_vectors()) noexcept;

  // Gives the places of the marks, in order, and behind the last one the text's size. A local
  // variable, so that all of it is in registers.
  class reader {
   public:
    explicit reader(const quote_index& index) noexcept
        : word_(index.marks_), left_(index.marks_[0]) {}

    [[nodiscard, gnu::always_inline]] std::size_t next() noexcept {
      while (left_ == 0) {
        left_ = *++word_;
        base_ += block_bytes;
      }
      const std::size_t place = base_ + static_cast<std::size_t>(__builtin_ctzll(left_));
      left_ &= left_ - 1;
      return place;
    }

   private:
    const std::uint64_t* word_;
    std::uint64_t left_;
    std::size_t base_ = 0;
  };

 private:
  // A bit for each byte of the text, and one more for its end. Left uninitialised on purpose: only
  // what build() wrote is read.
  std::uint64_t marks_[max_bytes / block_bytes + 1];
};

}  // namespace portcullis
