// What the operator demands of a token. One JSON format for every door: docs/policy.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crypto/algorithm.hpp"
#include "encoding/json_document.hpp"
#include "jose/key_set.hpp"
#include "owned.hpp"
#include "portcullis/policy_error.hpp"

namespace portcullis {

// Strings of the policy's document that stand one after the other: an array's, or a single one.
class string_list {
 public:
  string_list() noexcept = default;
  string_list(const json_node* first, std::size_t count) noexcept : first_(first), count_(count) {}

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] const json_node* first() const noexcept { return first_; }

  class iterator {
   public:
    iterator(const json_node* node, std::size_t left) noexcept : node_(node), left_(left) {}
    [[nodiscard]] std::string_view operator*() const noexcept { return node_->text; }
    iterator& operator++() noexcept {
      node_ = node_->next;
      --left_;
      return *this;
    }
    [[nodiscard]] bool operator!=(const iterator& other) const noexcept {
      return left_ != other.left_;
    }

   private:
    const json_node* node_;
    std::size_t left_;
  };
  [[nodiscard]] iterator begin() const noexcept { return {first_, count_}; }
  [[nodiscard]] iterator end() const noexcept { return {nullptr, 0}; }

 private:
  const json_node* first_ = nullptr;
  std::size_t count_ = 0;
};

// What the strings of a claim must be. All lists must be satisfied; an empty one asks for nothing.
struct requirement {
  string_list lists[3];

  [[nodiscard]] const string_list& all_of() const noexcept { return lists[0]; }
  [[nodiscard]] const string_list& any_of() const noexcept { return lists[1]; }
  [[nodiscard]] const string_list& none_of() const noexcept { return lists[2]; }
};

// What is asked of one claim besides the registered ones.
struct claim_rule {
  enum kind : std::uint8_t {
    present,  // that it is there, and not null
    value,    // that it is the wanted string, integer or boolean
    text,     // that it is a string, one of any_of
    strings,  // that its strings are as the lists say
    // What follows are grants: a claim that is absent grants nothing.
    permissions,
    scope,
    roles,
    groups
  };

  kind asks = present;
  std::string_view claim;
  const json_node* wanted = nullptr;  // value
  requirement lists;                  // text, strings and grants
  owned<claim_rule> next;
};

// What the tokens of one issuer must be.
struct issuer_policy {
  algorithm_set allowed_algorithms;
  bool any_type = false;  // written as null
  bool expiration_required = true;
  key_set keys;
  std::string_view issuer;         // empty: not checked, which the operator wrote as null
  std::size_t tenant_at = 0;       // where {tenantid} begins in it, if there are tenants
  string_list tenants;             // any of these instead of {tenantid}
  string_list audiences;           // any of these; empty: not checked, written as null
  string_list types;               // any of these `typ`; empty: the usual ones
  std::int64_t max_token_age = 0;  // seconds; 0: any
  owned<claim_rule> first_rule;    // in the order in which they are checked
  owned<issuer_policy> next;
};

struct policy {
  json_document document;  // owns every text that the members below point to
  owned<issuer_policy> first_issuer;
  std::int64_t clock_tolerance = 0;       // seconds
  std::string_view realm = "portcullis";  // RFC 9110 section 11.5
};

// Stands for any of the tenants in an issuer.
inline constexpr std::string_view tenant_mark = "{tenantid}";

// The values of `typ` that a policy takes when it names none: RFC 7519 section 5.1, RFC 9068
// section 2.1.
inline constexpr std::string_view usual_types[] = {"JWT", "at+jwt"};

// Reads a policy; unknown members, wrong types and weak keys are errors that name their place.
[[nodiscard]] bool parse_policy(std::string_view json, policy& policy, policy_error& error);

}  // namespace portcullis
