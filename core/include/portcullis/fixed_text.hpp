// Text of bounded length that lives where it is declared: errors and responses take no memory.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace portcullis {

template <std::size_t Capacity>
class fixed_text {
 public:
  // Appends what there is room for; the rest is cut off, but not inside a UTF-8 character.
  void append(std::string_view more) noexcept {
    const std::size_t room = Capacity - size_;
    std::size_t taken = more.size() < room ? more.size() : room;
    if (taken != more.size()) {
      while (taken != 0 && (static_cast<unsigned char>(more[taken]) & 0xc0) == 0x80) --taken;
    }
    if (taken != 0) std::memcpy(bytes_ + size_, more.data(), taken);
    size_ += taken;
  }
  void append(char c) noexcept {
    if (size_ != Capacity) bytes_[size_++] = c;
  }

  // In decimal.
  void append_number(std::size_t value) noexcept {
    char digits[20];
    std::size_t at = sizeof digits;
    do {
      digits[--at] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    append(std::string_view(digits + at, sizeof digits - at));
  }

  void clear() noexcept { size_ = 0; }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_, size_}; }
  operator std::string_view() const noexcept { return view(); }

 private:
  std::size_t size_ = 0;
  char bytes_[Capacity];  // left uninitialised beyond size_
};

}  // namespace portcullis
