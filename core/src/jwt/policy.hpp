// What the operator demands of a token. One JSON format for every door: docs/policy.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crypto/algorithm.hpp"
#include "encoding/json_document.hpp"
#include "jose/key_set.hpp"
#include "portcullis/policy_error.hpp"

namespace portcullis {

// Strings of the policy's document that stand one after the other: an array's, or a single one.
class string_list {
 public:
  string_list() noexcept = default;
  string_list(const json_node* first, std::size_t count) noexcept : first_(first), count_(count) {}

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  // Whether `test` says yes to any string.
  template <class Test>
  [[nodiscard]] bool any(Test test) const noexcept {
    const json_node* node = first_;
    for (std::size_t i = 0; i < count_; ++i, node = node->next) {
      if (test(node->text)) return true;
    }
    return false;
  }

 private:
  const json_node* first_ = nullptr;
  std::size_t count_ = 0;
};

// What a token must grant. Both lists must be satisfied; an empty list asks for nothing.
struct requirement {
  string_list all_of;
  string_list any_of;
};

struct policy {
  json_document document;  // owns every text that the members below point to
  algorithm_set allowed_algorithms;
  key_set keys;
  std::string_view issuer;           // empty: not checked, which the operator wrote as null
  string_list audiences;             // any of these; empty: not checked, written as null
  string_list types;                 // any of these `typ`; empty: the usual ones
  bool any_type = false;             // written as null
  std::int64_t clock_tolerance = 0;  // seconds
  bool expiration_required = true;
  requirement permissions;
  requirement scope;
  std::string_view realm = "portcullis";  // RFC 9110 section 11.5
};

// The values of `typ` that a policy takes when it names none: RFC 7519 section 5.1, RFC 9068
// section 2.1.
inline constexpr std::string_view usual_types[] = {"JWT", "at+jwt"};

// Reads a policy; unknown members, wrong types and weak keys are errors that name their place.
[[nodiscard]] bool parse_policy(std::string_view json, policy& policy, policy_error& error);

}  // namespace portcullis
