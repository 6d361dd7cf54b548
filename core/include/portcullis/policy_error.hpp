// What is wrong with a policy, and where. Never holds a secret's value.
#pragma once

#include <string>

namespace portcullis {

struct policy_error {
  std::string path;      // "$.keys[0].k"; "$" for the document itself
  std::string expected;  // "expected base64url of at least 32 bytes for HS256"

  // "policy: $.keys[0].k: expected base64url of at least 32 bytes for HS256"
  [[nodiscard]] std::string message() const { return "policy: " + path + ": " + expected; }
};

}  // namespace portcullis
