// The token and the policy that most tests start from: together they are allowed at `now`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jwt/policy.hpp"
#include "portcullis/request.hpp"
#include "support/object_text.hpp"

namespace portcullis::support {

inline constexpr std::int64_t now = 1'700'000'000;
inline constexpr std::string_view secret = "a secret of at least 32 bytes, which this is";
inline constexpr std::string_view other_secret = "another secret of at least 32 bytes, as it is";

[[nodiscard]] inline std::string raw_key(std::string_view key_secret) {
  return object_text{{"secret", '"' + std::string(key_secret) + '"'}, {"encoding", "\"utf8\""}}
      .text();
}

[[nodiscard]] inline std::string raw_key(std::string_view key_secret, std::string_view id) {
  return object_text{{"secret", '"' + std::string(key_secret) + '"'},
                     {"encoding", "\"utf8\""},
                     {"kid", '"' + std::string(id) + '"'}}
      .text();
}

[[nodiscard]] inline object_text sample_policy() {
  return {{"algorithms", R"(["HS256"])"},
          {"issuer", R"("https://issuer.example/")"},
          {"audience", R"("https://api.example/")"},
          {"keys", '[' + raw_key(secret) + ']'}};
}

[[nodiscard]] inline object_text sample_header() {
  return {{"alg", R"("HS256")"}, {"typ", R"("JWT")"}};
}

[[nodiscard]] inline object_text sample_claims() {
  return {{"iss", R"("https://issuer.example/")"},
          {"aud", R"("https://api.example/")"},
          {"exp", std::to_string(now + 3600)}};
}

// "$.keys[0].k: expected ..."
[[nodiscard]] inline std::string told(const policy_error& error) {
  return std::string(error.path.view()) + ": " + std::string(error.expected.view());
}

// A policy as the core reads it, or what is wrong with it.
struct parsed_policy {
  explicit parsed_policy(std::string_view json) : read(parse_policy(json, rules, error)) {}
  explicit parsed_policy(const object_text& json) : parsed_policy(json.text()) {}

  // "$.keys[0].k: expected ...", or "ok".
  [[nodiscard]] std::string told() const { return read ? "ok" : support::told(error); }

  policy rules;
  policy_error error;
  bool read;
};

// A request whose Authorization header has this one value.
[[nodiscard]] inline request_view request_with(std::string_view authorization) {
  return {{field_shape::single, authorization}};
}

}  // namespace portcullis::support
