#include "portcullis/fixed_text.hpp"

#include <cstring>

namespace portcullis {

void text_buffer::append(std::string_view more) noexcept {
  const std::size_t room = capacity_ - size_;
  std::size_t taken = more.size() < room ? more.size() : room;
  if (taken != more.size()) {
    while (taken != 0 && (static_cast<unsigned char>(more[taken]) & 0xc0) == 0x80) --taken;
  }
  if (taken != 0) std::memcpy(reinterpret_cast<char*>(this + 1) + size_, more.data(), taken);
  size_ += taken;
}

void text_buffer::append(const char* more) noexcept { append(std::string_view(more)); }

void text_buffer::append(char c) noexcept { append(std::string_view(&c, 1)); }

void text_buffer::append_number(std::size_t value) noexcept {
  char digits[20];
  std::size_t at = sizeof digits;
  do {
    digits[--at] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  append(std::string_view(digits + at, sizeof digits - at));
}

}  // namespace portcullis
