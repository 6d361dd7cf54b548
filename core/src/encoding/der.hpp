// A reader of the Distinguished Encoding Rules, X.690: as much as public keys and certificates
// need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace portcullis {

enum class der_tag : std::uint8_t {
  integer = 0x02,
  bit_string = 0x03,
  null = 0x05,
  object_identifier = 0x06,
  sequence = 0x30,
  explicit_0 = 0xa0
};

class der_reader {
 public:
  explicit der_reader(std::string_view der) noexcept : rest_(der) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  [[nodiscard]] bool next_is(der_tag tag) const noexcept {
    return !rest_.empty() &&
           static_cast<std::uint8_t>(rest_.front()) == static_cast<std::uint8_t>(tag);
  }

  // Reads an element of this tag, its length written in the one way of DER. False if something else
  // comes; nothing may be read then.
  [[nodiscard]] bool read(der_tag tag, std::string_view& contents) noexcept {
    return next_is(tag) && read_any(contents);
  }
  [[nodiscard]] bool skip() noexcept {
    std::string_view ignored;
    return read_any(ignored);
  }

  // A positive INTEGER as big-endian octets without the sign's zero octet.
  [[nodiscard]] bool read_positive(std::string_view& number) noexcept;

 private:
  [[nodiscard]] bool read_any(std::string_view& contents) noexcept;

  std::string_view rest_;
};

}  // namespace portcullis
