#include "encoding/pem.hpp"

#include "encoding/base64url.hpp"
#include "encoding/find_byte.hpp"
#include "encoding/slice.hpp"

namespace portcullis {
namespace {

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool take_prefix(std::string_view& text, std::string_view prefix) noexcept {
  if (!has_at(text, 0, prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_suffix(std::string_view& text, std::string_view suffix) noexcept {
  // Of a shorter text the difference is beyond its end.
  if (!has_at(text, text.size() - suffix.size(), suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// Decodes in place: base64 (RFC 4648 section 4) becomes base64url when two characters change and
// the padding goes, and there is one strict decoder for that.
std::optional<std::string_view> decode_body(std::string_view body, pem_buffer& buffer) noexcept {
  std::size_t length = 0;
  std::size_t padding = 0;
  for (const char c : body) {
    if (is_space(c)) continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    if (padding != 0 || c == '-' || c == '_') return std::nullopt;
    buffer.bytes[length++] = c == '+' ? '-' : c == '/' ? '_' : c;
  }
  if ((length + padding) % 4 != 0 || padding > 2) return std::nullopt;
  // Decoded bytes are written behind the characters that they come from.
  const auto size = decode_base64url({buffer.bytes, length}, buffer.bytes);
  if (!size) return std::nullopt;
  return std::string_view(buffer.bytes, *size);
}

}  // namespace

std::optional<pem_block> parse_pem(std::string_view text, pem_buffer& buffer) noexcept {
  if (text.size() > sizeof buffer.bytes) return std::nullopt;
  text = trim(text);
  if (!take_prefix(text, "-----BEGIN ")) return std::nullopt;
  const std::size_t dash = find_byte(text, '-', 0);
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view label = slice(text, 0, dash);
  // What is left between the two marks must be base64, which has no dash.
  if (!take_prefix(text, label) || !take_prefix(text, "-----") || !take_suffix(text, "-----") ||
      !take_suffix(text, label) || !take_suffix(text, "-----END ")) {
    return std::nullopt;
  }
  const auto der = decode_body(text, buffer);
  if (!der) return std::nullopt;
  return pem_block{label, *der};
}

}  // namespace portcullis
