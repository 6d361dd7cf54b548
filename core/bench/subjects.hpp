// What is measured: tokens, and the verifiers that allow them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/algorithm.hpp"
#include "portcullis/verifier.hpp"
#include "support/key_pairs.hpp"
#include "support/signing.hpp"
#include "support/tokens.hpp"

namespace portcullis::bench {

inline constexpr std::string_view secret = "portcullis-benchmark-secret-32-bytes!";
inline constexpr std::string_view issuer = "https://tenant.example/";
inline constexpr std::string_view audience = "https://api.example";
inline constexpr std::int64_t now = 1700000000;

// The claims of an access token as Auth0 shapes it, without their end: a string that nobody reads.
inline std::string open_claims(unsigned variation) {
  std::string claims =
      R"({"iss":"https://tenant.example/","sub":"auth0|5f7c8ec7c33c6c004bbafe82","aud":)"
      R"("https://api.example","iat":1699990000,"exp":1700086400,"permissions":["view:data",)"
      R"("edit:data"],"azp":")";
  claims += std::to_string(100000 + variation);
  return claims + R"(","note":")";
}

// A token of at least the wanted size.
inline std::string make_token(std::size_t wanted_bytes, unsigned variation = 0,
                              std::string_view header = R"({"alg":"HS256","typ":"JWT"})",
                              std::string_view key = secret) {
  std::string claims = open_claims(variation);
  for (;;) {
    const std::string token = support::sign(header, claims + "\"}", key);
    if (token.size() >= wanted_bytes) return token;
    claims += std::string(1 + (wanted_bytes - token.size()) * 3 / 4 / 2, 'x');
  }
}

// Claims of another shape for each seed: their order, their types, what else is there.
inline std::string shaped_claims(unsigned seed) {
  std::minstd_rand source(seed + 1);
  const auto below = [&source](unsigned limit) { return static_cast<unsigned>(source() % limit); };
  const auto letters = [&below](unsigned least, unsigned more) {
    std::string out(least + below(more), ' ');
    for (char& c : out) c = static_cast<char>('a' + below(26));
    return out;
  };
  std::string permissions = R"("view:data")";
  for (unsigned i = below(6); i > 0; --i) permissions += ",\"" + letters(4, 10) + ":data\"";
  const std::string one = '"' + std::string(audience) + '"';
  std::vector<std::string> members = {
      R"("iss":")" + std::string(issuer) + '"',
      R"("sub":"auth0|)" + letters(8, 20) + '"',
      R"("aud":)" + (below(2) == 0 ? one : "[\"https://other.example\"," + one + ']'),
      R"("iat":)" + std::to_string(1699990000 - below(9999)),
      R"("exp":)" + std::to_string(1700086400 + below(9999)),
      R"("permissions":[)" + permissions + ']',
  };
  const std::array<std::string, 6> extra = {
      R"("azp":")" + letters(8, 24) + '"',
      R"("nbf":1699990000)",
      R"("email_verified":true)",
      R"("level":)" + std::to_string(below(100)),
      R"("org":{"id":")" + letters(4, 12) + R"(","plan":null})",
      R"("amr":["pwd","otp"])",
  };
  for (const std::string& member : extra) {
    if (below(2) == 0) members.push_back(member);
  }
  std::string out;
  while (!members.empty()) {
    const auto chosen = members.begin() + below(static_cast<unsigned>(members.size()));
    out += (out.empty() ? '{' : ',') + *chosen;
    members.erase(chosen);
  }
  return out + '}';
}

// 512 different tokens: the branch predictor cannot learn one of them by heart.
inline const std::vector<std::string>& shaped_tokens() {
  static const std::vector<std::string> tokens = [] {
    std::vector<std::string> made;
    for (unsigned seed = 0; seed < 512; ++seed) {
      made.push_back(support::sign(R"({"alg":"HS256","typ":"JWT"})", shaped_claims(seed), secret));
    }
    return made;
  }();
  return tokens;
}

// Of a policy that the benchmark wrote itself: it is right, or nothing is measured.
inline verifier make_verifier(std::string_view policy) {
  auto made = verifier::from_policy(policy);
  if (!made) {
    std::fprintf(stderr, "%s\n", made.error().message().c_str());
    std::exit(1);
  }
  return std::move(*made);
}

// `keys`: JWKs, commas between; `more`: further members of the policy, each behind a comma.
inline verifier make_verifier(std::string_view algorithm, std::string_view keys,
                              std::string_view more = {}) {
  return make_verifier(
      R"({"algorithms":[")" + std::string(algorithm) + R"("],"issuer":")" + std::string(issuer) +
      R"(","audience":")" + std::string(audience) + R"(","keys":[)" + std::string(keys) +
      R"(],"require":{"permissions":{"all_of":["view:data"]}})" + std::string(more) + "}");
}

inline std::string shared_key() {
  return R"({"secret":")" + std::string(secret) + R"(","encoding":"utf8"})";
}

inline verifier make_verifier() { return make_verifier("HS256", shared_key()); }

// The token's parts as a signature algorithm sees them.
inline std::string_view signing_input_of(std::string_view token) {
  return token.substr(0, token.rfind('.'));
}
inline std::string_view signature_of(std::string_view token) {
  return token.substr(token.rfind('.') + 1);
}

inline std::string sign_by_key(const algorithm_row& row) {
  const std::string header = R"({"alg":")" + std::string(row.name) + R"(","typ":"JWT"})";
  const std::string input = support::signing_input(header, open_claims(0) + "\"}");
  return input + '.' + support::encode_base64url(support::pair_of(row.key).sign(row, input));
}

}  // namespace portcullis::bench
