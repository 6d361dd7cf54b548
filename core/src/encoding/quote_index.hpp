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
  // variable, so that it is in a register.
  class reader {
   public:
    explicit reader(const quote_index& index) noexcept : next_(index.places_) {}

    [[nodiscard, gnu::always_inline]] std::size_t next() noexcept { return *next_++; }

   private:
    const std::uint16_t* next_;
  };

 private:
  // Numbers, and not a bit for each byte, so that whoever reads them does not have to find out
  // where a word of bits ends, which no processor foretells. With room for a block of places more
  // than there are. Left uninitialised on purpose: only what build() wrote is read.
  std::uint16_t places_[max_bytes + block_bytes];
};

}  // namespace portcullis
