// An input on the heap with nothing behind it: a sanitizer sees a read that goes one byte too far,
// which a literal or a std::string, being terminated, would hide.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>

namespace portcullis::support {

class exact_copy {
 public:
  explicit exact_copy(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
    std::copy(text.begin(), text.end(), bytes_.get());
  }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

}  // namespace portcullis::support
