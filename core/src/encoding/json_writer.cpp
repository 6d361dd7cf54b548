#include "encoding/json_writer.hpp"

namespace portcullis {

void append_json_string(text_buffer& out, std::string_view text) noexcept {
  constexpr char digits[] = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      out.append("\\u00");
      out.append(digits[byte >> 4]);
      out.append(digits[byte & 15]);
      continue;
    }
    if (c == '"' || c == '\\') out.append('\\');
    out.append(c);
  }
}

}  // namespace portcullis
