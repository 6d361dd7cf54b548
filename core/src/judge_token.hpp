// Token + policy + now -> reason.
#pragma once

#include <cstdint>
#include <string_view>

#include "encoding/keyed_hash.hpp"
#include "jose/header_cache.hpp"
#include "jwt/claims_rules.hpp"
#include "jwt/policy.hpp"
#include "portcullis/reason.hpp"

namespace portcullis {

// What a route asks of a token besides the policy's own rules, and what it gets to know of one that
// passes.
struct route_judging {
  string_list issuers;                     // empty: any of the policy's
  const claim_rule* first_rule = nullptr;  // null: none
  bool wants_subject = false;
  hash_key seed;

  const issuer_policy* issuer = nullptr;
  claim_times times;
  std::uint64_t subject = 0;  // a hash of issuer and subject; 0 when not wanted or not there
};

// `route` may be null.
[[nodiscard]] reason judge_token(std::string_view token, const policy& policy,
                                 header_cache& headers, std::int64_t now,
                                 route_judging* route) noexcept;

}  // namespace portcullis
