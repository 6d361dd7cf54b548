// What the operator demands of a request besides its token: the members of a policy that only a
// build with the edge layer reads. One JSON format for every door: docs/edge.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "edge/rate_limiter.hpp"
#include "edge/routes.hpp"
#include "encoding/json_document.hpp"
#include "jose/key_set.hpp"
#include "jwt/policy.hpp"
#include "owned.hpp"
#include "portcullis/policy_error.hpp"

namespace portcullis {

// Where a token may stand in a request. Sources are looked at in order, and the first that carries
// anything decides: what it carries is the credential, and no later one is tried.
struct credential_source {
  enum kind : std::uint8_t { header, cookie, query };

  kind from = header;
  bool first_of_many =
      false;                // a cookie that occurs several times: the first, instead of a refusal
  bool strip = false;       // taken out of the request before it goes on
  std::string_view name;    // a header's in lower case
  std::string_view scheme;  // of a header (RFC 9110 section 11.1); empty: the value is the token
  std::size_t field = 0;    // the header's place among those that are read
};

// A claim that goes on to the origin as a header.
struct claim_header {
  std::string_view header;  // lower case
  std::string_view claim;
};

// What a request has to bring along.
enum class access : std::uint8_t {
  token,  // a token that passes
  all,    // nothing
  none    // nobody may pass
};

struct route_rule {
  access lets = access::token;
  bool proof = false;                // an answered challenge is asked for first
  bool login = false;                // who has no token that passes is sent to the login page
  std::uint32_t number = 0;          // in the policy's order
  std::uint32_t place = 0;           // of its pattern in the table
  const route_rule* next = nullptr;  // of the same pattern, in the policy's order
  std::string_view pattern;
  string_list methods;  // empty: any
  string_list issuers;  // empty: any of the policy's
  owned<claim_rule> first_rule;
};

struct cors_policy {
  bool configured = false;
  bool any_origin = false;  // written as "*"
  bool credentials = false;
  std::int64_t max_age = -1;  // seconds; -1: not told
  string_list origins;
  string_list methods;
  string_list headers;
  string_list exposed;
};

// Where to send whoever has no token that passes.
struct login_policy {
  std::string_view url;               // empty: not configured
  std::string_view return_parameter;  // empty: the target is not told
  std::string_view return_base;       // before the path; empty: the path alone
};

// A page that hands out proofs: a captcha, an interstitial.
struct page_policy {
  std::string_view url;  // empty: not configured
  std::string_view parameter;
  std::string_view return_parameter;
  std::string_view cookie;
  verification_key key;                // for HS256
  std::int64_t lifetime = 300;         // seconds, of a challenge
  std::int64_t proof_lifetime = 3600;  // seconds

  [[nodiscard]] const hmac_key& mac_key() const noexcept {
    return *key.secrets[static_cast<std::size_t>(hash::sha256)];
  }
};

enum class logged : std::uint8_t { none, denied, all };

struct edge_policy {
  bool present = false;  // whether the policy has any of this
  bool case_decides = false;
  bool shadow = false;  // decide and log, and let everything through
  bool limit_by_page = false;

  owned<credential_source[]> sources;
  std::size_t source_count = 0;
  owned<claim_header[]> claim_headers;
  std::size_t claim_header_count = 0;

  route_table patterns;
  owned<route_rule[]> routes;  // none: every path is judged by the token alone
  std::size_t route_count = 0;
  owned<const route_rule*[]> first_of_place;

  cors_policy cors;
  login_policy login;
  page_policy page;

  rate by_address;
  rate by_subject;
  unsigned ipv6_prefix = 64;
  std::size_t limiter_entries = 0;
  std::size_t cache_entries = 0;

  logged log = logged::none;
  string_list logged_claims;

  // The headers that are read, lower case, each once.
  static constexpr std::size_t most_fields = limits::max_sources + 4;
  std::string_view fields[most_fields];
  std::size_t field_count = 0;
  static constexpr std::size_t no_field = most_fields;
  std::size_t cookie_field = no_field;
  std::size_t origin_field = no_field;
  std::size_t asked_method_field = no_field;
  std::size_t asked_headers_field = no_field;

  // Whether a request that may pass is changed on its way.
  [[nodiscard]] bool edits() const noexcept;
};

// Whether a function may set the header in a request: those that CloudFront keeps to itself are
// left out, and so are those that say where the request goes.
[[nodiscard]] bool may_set_header(std::string_view lower_case_name) noexcept;

// Reads the members that parse_policy leaves to this layer, out of a policy whose others have been
// read.
[[nodiscard]] bool parse_edge_policy(policy& rules, edge_policy& out, policy_error& error);

}  // namespace portcullis
