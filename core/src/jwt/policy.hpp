// What the operator demands of a token. One JSON format for every door: docs/policy.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/algorithm.hpp"
#include "jose/key_set.hpp"
#include "portcullis/policy_error.hpp"
#include "portcullis/result.hpp"

namespace portcullis {

// What a token must grant. Both lists must be satisfied; an empty list asks for nothing.
struct requirement {
  std::vector<std::string> all_of;
  std::vector<std::string> any_of;

  [[nodiscard]] bool demands_anything() const noexcept {
    return !all_of.empty() || !any_of.empty();
  }
};

struct policy {
  algorithm_set allowed_algorithms;
  key_set keys;
  std::optional<std::string> issuer;    // none: not checked, which the operator wrote as null
  std::vector<std::string> audiences;   // any of these; empty: not checked, written as null
  std::vector<std::string> types;       // typ, any of these; empty: any, written as null
  std::int64_t clock_tolerance = 0;     // seconds
  bool expiration_required = true;
  requirement permissions;
  requirement scope;
  std::string realm = "portcullis";  // RFC 9110 section 11.5
};

// Reads a policy; unknown members, wrong types and weak keys are errors that name their place.
[[nodiscard]] result<policy, policy_error> parse_policy(std::string_view json);

}  // namespace portcullis
