#include "jose/compact_jws.hpp"

#include "encoding/base64url.hpp"
#include "encoding/find_byte.hpp"
#include "encoding/slice.hpp"

namespace portcullis {
namespace {

// Decodes one segment to `write` and moves it on. An empty segment has no canonical meaning in a
// signed JWT: a detached payload (RFC 7515 appendix F) or an unsecured one.
bool decode_segment(std::string_view segment, char*& write, std::string_view& decoded) noexcept {
  if (segment.empty()) return false;
  const auto length = decode_base64url(segment, write);
  if (!length) return false;
  decoded = {write, *length};
  write += *length;
  return true;
}

}  // namespace

result<unverified_jws, reason> parse_compact_jws(std::string_view token,
                                                 jws_buffer& buffer) noexcept {
  if (token.size() > limits::max_token_bytes) return reason::token_too_large;

  constexpr auto npos = std::string_view::npos;
  const std::size_t first_dot = find_byte(token, '.', 0);
  if (first_dot == npos) return reason::token_malformed;
  const std::size_t second_dot = find_byte(token, '.', first_dot + 1);
  if (second_dot == npos) return reason::token_malformed;
  // A third dot is not in the alphabet and is refused with the signature segment.

  unverified_jws jws;
  jws.signing_input = slice(token, 0, second_dot);
  jws.header_segment = slice(token, 0, first_dot);
  char* write = buffer.bytes.data();
  if (jws.header_segment.empty() ||
      !decode_segment(slice(token, first_dot + 1, second_dot - first_dot - 1), write,
                      jws.payload) ||
      !decode_segment(slice(token, second_dot + 1), write, jws.signature)) {
    return reason::token_malformed;
  }
  return jws;
}

result<std::string_view, reason> decode_header(const unverified_jws& jws,
                                               jws_buffer& buffer) noexcept {
  std::string_view header;
  char* write = buffer.bytes.data() + jws.payload.size() + jws.signature.size();
  if (!decode_segment(jws.header_segment, write, header)) return reason::token_malformed;
  return header;
}

std::string_view find_payload_segment(std::string_view token) noexcept {
  const std::size_t first_dot = find_byte(token, '.', 0);
  if (first_dot == std::string_view::npos) return {};
  const std::size_t second_dot = find_byte(token, '.', first_dot + 1);
  if (second_dot == std::string_view::npos) return {};
  return slice(token, first_dot + 1, second_dot - first_dot - 1);
}

}  // namespace portcullis
