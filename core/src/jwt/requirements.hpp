// `require`: what the claims of a token must hold and grant, as rules that are checked one after
// the other.
#pragma once

#include <cstdint>
#include <string_view>

#include "encoding/json_document.hpp"
#include "jwt/policy.hpp"
#include "portcullis/policy_error.hpp"

namespace portcullis {

// Adds rules behind the last one of a list.
class rule_writer {
 public:
  explicit rule_writer(owned<claim_rule>& first) noexcept : next_(&first) {}
  // Null when there is no memory.
  [[nodiscard]] claim_rule* add(std::uint8_t asks, std::string_view claim) noexcept;

 private:
  owned<claim_rule>* next_;
};

[[nodiscard]] bool read_requirements(const json_node& value, rule_writer& rules,
                                     policy_error& error);

}  // namespace portcullis
