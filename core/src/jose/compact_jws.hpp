// JWS Compact Serialization, RFC 7515 section 7.1: three segments, nothing verified yet.
#pragma once

#include <array>
#include <string_view>

#include "limits.hpp"
#include "portcullis/reason.hpp"
#include "portcullis/result.hpp"

namespace portcullis {

// Room for the three decoded segments of any token within the limit. Left uninitialised.
struct jws_buffer {
  std::array<char, limits::max_payload_bytes> bytes;
};

// A token's three segments as received, not looked into.
struct jws_segments {
  std::string_view signing_input;  // header '.' payload
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
};

// What a token says of itself. Nothing here may be believed.
struct unverified_jws {
  std::string_view signing_input;   // the octets as received: header '.' payload
  std::string_view header_segment;  // the header as received, not looked into
  std::string_view payload;         // decoded JWS Payload
  std::string_view signature;       // decoded JWS Signature
};

// Where a token's dots are, when something is known of it already.
struct expected_dots {
  std::size_t first;           // it is there
  std::size_t signature_size;  // characters behind the second, nearly always
};

// The result points into `token`. token_too_large, token_malformed.
[[nodiscard]] result<jws_segments, reason> split_compact_jws(
    std::string_view token, const expected_dots* expected = nullptr) noexcept;

// Decodes payload and signature. The result points into the token and `buffer`. token_malformed.
[[nodiscard]] bool decode_segments(const jws_segments& segments, jws_buffer& buffer,
                                   unverified_jws& jws) noexcept;

// Both.
[[nodiscard]] result<unverified_jws, reason> parse_compact_jws(std::string_view token,
                                                               jws_buffer& buffer) noexcept;

// Decodes the header, beside what is in the buffer already. Apart, because an issuer sends the same
// header with every token: what is known by its bytes need not be decoded. token_malformed.
[[nodiscard]] result<std::string_view, reason> decode_header(const unverified_jws& jws,
                                                             jws_buffer& buffer) noexcept;

// The payload segment of a token that has been verified before, still encoded.
[[nodiscard]] std::string_view find_payload_segment(std::string_view token) noexcept;

}  // namespace portcullis
