#include "encoding/der.hpp"

#include "encoding/slice.hpp"

namespace portcullis {

// X.690 sections 8.1.3 and 10.1: definite and as short as possible. No key or certificate here
// needs tags or lengths of more octets.
bool der_reader::read_any(std::string_view& contents) noexcept {
  if (rest_.size() < 2 || (rest_[0] & 0x1f) == 0x1f) return false;
  std::size_t length = static_cast<unsigned char>(rest_[1]);
  std::size_t begin = 2;
  if (length >= 0x80) {
    const std::size_t octets = length - 0x80;
    if (octets < 1 || octets > 2 || rest_.size() < 2 + octets) return false;
    length = 0;
    for (; begin < 2 + octets; ++begin) {
      length = length << 8 | static_cast<unsigned char>(rest_[begin]);
    }
    if (length < (octets == 1 ? std::size_t{0x80} : std::size_t{0x100})) return false;
  }
  if (length > rest_.size() - begin) return false;
  contents = slice(rest_, begin, length);
  rest_.remove_prefix(begin + length);
  return true;
}

// X.690 section 8.3: two's complement in as few octets as possible.
bool der_reader::read_positive(std::string_view& number) noexcept {
  if (!read(der_tag::integer, number) || number.empty() || (number[0] & 0x80) != 0) return false;
  if (number[0] != 0) return true;
  if (number.size() < 2 || (number[1] & 0x80) == 0) return false;
  number.remove_prefix(1);
  return true;
}

}  // namespace portcullis
