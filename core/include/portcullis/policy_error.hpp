/// @file
/// What is wrong with a policy, and where. Never holds a secret's value.
#pragma once

#include <string>

#include "portcullis/fixed_text.hpp"

namespace portcullis {

/// Where a policy is wrong, and what should have been there.
struct policy_error {
  /// Bytes of each of the two; longer ones are cut off.
  static constexpr std::size_t capacity = 512;
  /// How the two are kept.
  using text = fixed_text<capacity>;

  text path;      ///< "$.keys[0].k"; "$" for the document itself
  text expected;  ///< "expected hex of 32 to 1024 bytes for HS256"

  /// "policy: $.keys[0].k: expected ..."
  [[nodiscard]] std::string message() const {
    std::string out = "policy: ";
    out += path.view();
    out += ": ";
    out += expected.view();
    return out;
  }
};

}  // namespace portcullis
