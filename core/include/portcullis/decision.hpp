// The answer to a request: allow, or deny for a reason.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "portcullis/reason.hpp"

namespace portcullis {

enum class decision_kind : std::uint8_t { allow, deny };

class decision {
 public:
  // To deny for reason::ok is our own fault: internal_error.
  [[nodiscard]] static decision deny(reason why) noexcept {
    return decision(why == reason::ok ? reason::internal_error : why, {});
  }

  [[nodiscard]] decision_kind kind() const noexcept {
    return why_ == reason::ok ? decision_kind::allow : decision_kind::deny;
  }
  [[nodiscard]] bool allowed() const noexcept { return why_ == reason::ok; }

  // reason::ok when allowed.
  [[nodiscard]] portcullis::reason why() const noexcept { return why_; }

  // The JWT Claims Set of an allowed token as the UTF-8 JSON text that the issuer signed, decoded
  // when asked for; nothing for a denied one. The token passed to verify must still be alive.
  [[nodiscard]] std::optional<std::string> claims_json() const;

 private:
  friend class verifier;
  decision(reason why, std::string_view token) noexcept : why_(why), token_(token) {}

  reason why_;
  std::string_view token_;  // borrowed; empty unless allowed
};

}  // namespace portcullis
