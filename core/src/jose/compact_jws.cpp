#include "jose/compact_jws.hpp"

#include "encoding/base64url.hpp"
#include "encoding/find_byte.hpp"
#include "encoding/slice.hpp"

namespace portcullis {
namespace {

// Decodes one segment to `write` and moves it on. An empty segment has no canonical meaning in a
// signed JWT: a detached payload (RFC 7515 appendix F) or an unsecured one.
bool decode_segment(std::string_view segment, char*& write, std::string_view& decoded) noexcept {
  if (segment.empty()) [[unlikely]]
    return false;
  const auto length = decode_base64url(segment, write);
  if (!length) [[unlikely]]
    return false;
  decoded = {write, *length};
  write += *length;
  return true;
}

bool find_dots(std::string_view token, const expected_dots* expected, std::size_t& first,
               std::size_t& second) noexcept {
  constexpr auto npos = std::string_view::npos;
  if (expected != nullptr) {
    first = expected->first;
    const std::size_t behind = expected->signature_size + 1;
    if (token.size() - first > behind && token[token.size() - behind] == '.') {
      second = token.size() - behind;
      return true;
    }
  } else {
    first = find_byte(token, '.', 0);
    if (first == npos) [[unlikely]]
      return false;
  }
  second = find_byte(token, '.', first + 1);
  return second != npos;
}

}  // namespace

result<jws_segments, reason> split_compact_jws(std::string_view token,
                                               const expected_dots* expected) noexcept {
  if (token.size() > limits::max_token_bytes) [[unlikely]]
    return reason::token_too_large;

  std::size_t first_dot = 0;
  std::size_t second_dot = 0;
  if (!find_dots(token, expected, first_dot, second_dot)) [[unlikely]]
    return reason::token_malformed;
  // A third dot is not in the alphabet and is refused with the segment that it is in.
  return jws_segments{slice(token, 0, second_dot), slice(token, 0, first_dot),
                      slice(token, first_dot + 1, second_dot - first_dot - 1),
                      slice(token, second_dot + 1)};
}

bool decode_segments(const jws_segments& segments, jws_buffer& buffer,
                     unverified_jws& jws) noexcept {
  jws.signing_input = segments.signing_input;
  jws.header_segment = segments.header;
  char* write = buffer.bytes.data();
  return !segments.header.empty() && decode_segment(segments.payload, write, jws.payload) &&
         decode_segment(segments.signature, write, jws.signature);
}

result<unverified_jws, reason> parse_compact_jws(std::string_view token,
                                                 jws_buffer& buffer) noexcept {
  const auto segments = split_compact_jws(token);
  if (!segments) return segments.error();
  unverified_jws jws;
  if (!decode_segments(*segments, buffer, jws)) [[unlikely]]
    return reason::token_malformed;
  return jws;
}

result<std::string_view, reason> decode_header(const unverified_jws& jws,
                                               jws_buffer& buffer) noexcept {
  std::string_view header;
  char* write = buffer.bytes.data() + jws.payload.size() + jws.signature.size();
  if (!decode_segment(jws.header_segment, write, header)) [[unlikely]]
    return reason::token_malformed;
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
