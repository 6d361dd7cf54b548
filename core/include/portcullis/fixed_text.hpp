/// @file
/// Text of bounded length that lives where it is declared: errors and responses take no memory.
#pragma once

#include <cstddef>
#include <string_view>

namespace portcullis {

/// What every fixed_text can do, whatever its capacity: compiled once.
class text_buffer {
 public:
  /// Appends what there is room for; the rest is cut off, but not inside a UTF-8 character.
  void append(std::string_view more) noexcept;
  /// A literal: a pointer alone, where the module counts the bytes of each call.
  void append(const char* more) noexcept;
  /// One byte of ASCII.
  void append(char c) noexcept;

  /// In decimal.
  void append_number(std::size_t value) noexcept;

  /// Forgets the text.
  void clear() noexcept { size_ = 0; }
  /// The text, as long as this lives and is not changed.
  [[nodiscard]] std::string_view view() const noexcept {
    // The bytes of a fixed_text follow its base.
    return {reinterpret_cast<const char*>(this + 1), size_};
  }
  /// The same.
  operator std::string_view() const noexcept { return view(); }

 protected:
  /// @cond
  explicit text_buffer(std::size_t capacity) noexcept : capacity_(capacity) {}
  text_buffer(const text_buffer&) noexcept = default;
  text_buffer& operator=(const text_buffer&) noexcept = default;
  ~text_buffer() = default;
  /// @endcond

 private:
  std::size_t size_ = 0;
  std::size_t capacity_;
};

/// Text of at most Capacity bytes, empty at first.
template <std::size_t Capacity>
class fixed_text : public text_buffer {
 public:
  /// An empty text.
  // cppcheck-suppress uninitMemberVar ; see bytes_
  fixed_text() noexcept : text_buffer(Capacity) {
    static_assert(sizeof(fixed_text) - sizeof(text_buffer) >= Capacity);
  }

 private:
  char bytes_[Capacity];  // left uninitialised beyond the size
};

}  // namespace portcullis
