// Every bound of the core in one place. A vector or unit test sits on the edge of each.
//
// CloudFront itself refuses requests whose headers, with the request line, exceed 20,480 bytes
// (Amazon CloudFront Developer Guide, "Quotas"), so nothing above that can arrive in a header.
#pragma once

#include <cstddef>
#include <cstdint>

namespace portcullis::limits {

// Tokens. Checked before any other work.
inline constexpr std::size_t max_token_bytes = 16384;
// Decoded JOSE header. Room for an x5c chain, which is carried by some issuers and never used.
inline constexpr std::size_t max_header_bytes = 8192;
// What base64url of a whole token can decode to at the most.
inline constexpr std::size_t max_payload_bytes = max_token_bytes / 4 * 3;
// "Bearer" and a few spaces before the token.
inline constexpr std::size_t max_authorization_bytes = max_token_bytes + 64;

// JSON nesting; the document's own object or array is depth 1.
inline constexpr std::uint32_t max_header_depth = 8;
inline constexpr std::uint32_t max_claims_depth = 32;
inline constexpr std::uint32_t max_policy_depth = 32;
// Member names of all objects that are open at one moment, counted together.
inline constexpr std::uint32_t max_header_members = 64;
inline constexpr std::uint32_t max_claims_members = 512;
inline constexpr std::uint32_t max_policy_members = 512;

// NumericDate: decimal order of magnitude above which a number is not a finite IEEE 754 double.
inline constexpr std::int32_t max_number_magnitude = 308;

// Seconds from the epoch to the farthest `now`, either way: what a double counts exactly. Within it
// no comparison of times can overflow.
inline constexpr std::int64_t farthest_now = std::int64_t{1} << 53;
constexpr bool is_now(std::int64_t now) noexcept {
  return now >= -farthest_now && now <= farthest_now;
}

// Policy.
inline constexpr std::size_t max_policy_bytes = 524288;
inline constexpr std::size_t max_policy_values = 16384;  // strings, numbers, objects and so on
inline constexpr std::size_t max_keys = 1000;
inline constexpr std::size_t max_kid_bytes = 256;
inline constexpr std::size_t max_secret_bytes = 1024;
inline constexpr std::size_t min_rsa_bits = 2048;  // RFC 7518 section 3.3
inline constexpr std::size_t max_rsa_bits = 8192;
inline constexpr std::size_t max_rsa_exponent_bytes = 8;  // what OpenSSL takes
inline constexpr std::size_t max_pem_bytes = 16384;       // one key or certificate, as text
inline constexpr std::size_t max_string_bytes = 1024;     // issuer, audience, typ, permission
inline constexpr std::size_t max_list_entries = 256;      // audiences, permissions, typ
inline constexpr std::size_t max_issuers = 64;
inline constexpr std::size_t max_tenant_bytes = 64;
inline constexpr std::size_t max_named_claims = 32;       // of require.present, of require.claims
inline constexpr std::int64_t max_token_age = 315360000;  // seconds: ten years
inline constexpr std::size_t max_realm_bytes = 64;
inline constexpr std::int64_t max_clock_tolerance = 300;  // seconds

// Requests. CloudFront takes URLs of up to 8,192 bytes (Amazon CloudFront Developer Guide,
// "Quotas").
inline constexpr std::size_t max_path_bytes = 8192;
inline constexpr std::size_t max_path_segments = 256;
inline constexpr std::size_t max_field_bytes = 20480;    // Cookie or query, to be rewritten
inline constexpr std::size_t max_request_bytes = 65536;  // all fields that a policy reads, together

// Routes.
inline constexpr std::size_t max_routes = 1000;
inline constexpr std::size_t max_route_segments = 8192;  // of all patterns together
inline constexpr std::size_t max_wildcard_routes = 64;   // with `*` for a segment
inline constexpr std::size_t max_pattern_bytes = 1024;
inline constexpr std::size_t max_methods = 16;
inline constexpr std::size_t max_sources = 8;
inline constexpr std::size_t max_claim_headers = 16;
inline constexpr std::size_t max_header_name_bytes = 64;
inline constexpr std::size_t max_claim_header_bytes = 1024;  // a claim's value as a header
inline constexpr std::size_t max_origins = 64;               // of CORS
inline constexpr std::size_t max_cors_headers = 64;          // allowed, or exposed

// Kept from one request to the next.
inline constexpr std::size_t max_limiter_entries = 65536;
inline constexpr std::size_t max_cache_entries = 4096;
inline constexpr std::size_t max_cached_token_bytes = 2048;
inline constexpr std::int64_t max_challenge_lifetime = 86400;  // seconds
inline constexpr std::int64_t max_clock_gap = 60;  // seconds, between the edge and the page

}  // namespace portcullis::limits
