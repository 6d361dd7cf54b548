#include "encoding/json_value.hpp"

#include <cstddef>

namespace portcullis {
namespace {

constexpr std::size_t spelled_name_limit = 64;  // bytes of a member name that an error shows

bool is_plain_word(std::string_view name) noexcept {
  if (name.empty() || name.size() > spelled_name_limit) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
    const bool digit = c >= '0' && c <= '9';
    if (!letter && !(digit && i != 0)) return false;
  }
  return true;
}

// Quoted, with anything that could disturb a log escaped and a long name cut.
void append_quoted(std::string& out, std::string_view name) {
  constexpr std::string_view hex = "0123456789abcdef";
  const bool cut = name.size() > spelled_name_limit;
  if (cut) {
    std::size_t length = spelled_name_limit;
    while (length > 0 && (static_cast<unsigned char>(name[length]) & 0xc0) == 0x80) --length;
    name = name.substr(0, length);
  }
  out += "[\"";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += hex[byte >> 4];
      out += hex[byte & 15];
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  out += cut ? "...\"]" : "\"]";
}

void append_number(std::string& out, std::size_t value) {
  if (value >= 10) append_number(out, value / 10);
  out += static_cast<char>('0' + value % 10);
}

}  // namespace

const json_value* json_value::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return &items[i];
  }
  return nullptr;
}

std::string json_path::spell() const {
  if (parent_ == nullptr) return "$";
  std::string out = parent_->spell();
  if (name_.data() == nullptr) {
    out += '[';
    append_number(out, index_);
    out += ']';
  } else if (is_plain_word(name_)) {
    out += '.';
    out += name_;
  } else {
    append_quoted(out, name_);
  }
  return out;
}

}  // namespace portcullis
