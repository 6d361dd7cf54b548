// Signed, short-lived texts that make a challenge stateless: the challenge that a client is sent
// away with, and the proof that it comes back with.
//
//   <kind><expiration>.<mac>      kind: "c" challenge, "p" proof; expiration: NumericDate in
//   decimal;
//                                 mac: HMAC-SHA256 in base64url, 43 characters
//
// over  "portcullis challenge 1\0" kind "\0" <expiration> "\0" <client key>. Bound to the client's
// address (see client_address.hpp) and to nothing that a server would have to remember: within its
// lifetime a text can be used any number of times from that address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crypto/backend.hpp"
#include "portcullis/fixed_text.hpp"

namespace portcullis {

enum class challenge_kind : char { challenge = 'c', proof = 'p' };

// 1 + 19 digits + '.' + 43.
using challenge_text = fixed_text<64>;

// A client key is an address of 4 or 16 bytes, or text that is none: a longer one has no challenge.
inline constexpr std::size_t max_challenged_client_bytes = 128;

// False, and `out` empty, if the library fails, `expiration` is negative or `client` too long.
[[nodiscard]] bool make_challenge(challenge_kind kind, const hmac_key& key, std::string_view client,
                                  std::int64_t expiration, challenge_text& out) noexcept;

// Whether `text` is a valid one of this kind, for this client, at this time, made with this key and
// with a lifetime of at most `longest` seconds left. The only spelling is the one that
// make_challenge writes (no leading zeros, canonical base64url). Constant time in the MAC.
[[nodiscard]] verdict check_challenge(challenge_kind kind, const hmac_key& key,
                                      std::string_view client, std::string_view text,
                                      std::int64_t now, std::int64_t longest) noexcept;

}  // namespace portcullis
