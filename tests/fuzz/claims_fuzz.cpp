// The reader of plain claims, the scanner and nlohmann-json read the same out of a claims set, and
// out of a JOSE Header.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "jose/jose_header.hpp"
#include "jwt/claims.hpp"
#include "support/check.hpp"
#include "support/exact_copy.hpp"
#include "support/json_mutator.hpp"
#include "support/verified_payload.hpp"

using namespace portcullis;

namespace {

void describe(const claim_value& claim, std::string& told) {
  told += static_cast<char>('0' + static_cast<int>(claim.type));
  told += claim.text.raw;
  for (const std::string_view wanted : {"view:data", "me", "", "a,b"}) {
    told += contains(claim, wanted, matching::whole) ? '1' : '0';
    told += contains(claim, wanted, matching::words) ? '1' : '0';
  }
  told += '|';
}

// Everything that a claims set says.
std::optional<std::string> describe(std::string_view json) {
  const support::verified_payload payload(json);
  const claims set(payload.jws());
  if (!set.well_formed()) return std::nullopt;
  std::string told;
  for (const auto& date : {set.expiration(), set.not_before(), set.issued_at()}) {
    told += date ? std::to_string(*date) : "none";
    told += '|';
  }
  for (const auto* claim : {&set.issuer(), &set.audience(), &set.permissions(), &set.scope()}) {
    describe(*claim, told);
  }
  for (const std::string_view name : {"sub", "roles", "tid", "a"}) {
    claim_value claim;
    set.find(name, claim);
    describe(claim, told);
  }
  return told;
}

// What nlohmann-json reads; nothing when it stops at a number that no double holds, which RFC 8259
// leaves open.
std::optional<nlohmann::json> parse(std::string_view json) {
  constexpr int out_of_range = 406;
  try {
    return nlohmann::json::parse(json);
  } catch (const nlohmann::json::exception& refused) {
    if (refused.id == out_of_range) return std::nullopt;
    return nlohmann::json();
  }
}

// What nlohmann-json reads of it, where that can be compared.
void compare_with_nlohmann(std::string_view json) {
  const support::verified_payload payload(json);
  const claims set(payload.jws());
  if (!set.well_formed()) return;
  const auto parsed = parse(json);
  if (!parsed) return;
  fuzz::check(parsed->is_object(), "a claims set is an object to nlohmann-json as well");
  const auto issuer = parsed->find("iss");
  fuzz::check(set.issuer().absent() == (issuer == parsed->end()), "both find the same issuer");
  if (issuer != parsed->end()) {
    fuzz::check(
        issuer->is_string() && contains(set.issuer(), issuer->get<std::string>(), matching::whole),
        "both read the same issuer");
  }
  const auto audience = parsed->find("aud");
  if (audience != parsed->end() && audience->is_array()) {
    for (const auto& each : *audience) {
      fuzz::check(
          each.is_string() && contains(set.audience(), each.get<std::string>(), matching::whole),
          "both read the same audiences");
    }
  }
  const auto expiration = parsed->find("exp");
  fuzz::check(set.expiration().has_value() == (expiration != parsed->end()),
              "both find the same expiration");
  if (expiration != parsed->end() && expiration->is_number_integer()) {
    const auto seconds = expiration->get<std::int64_t>();
    constexpr std::int64_t farthest = std::int64_t{1} << 62;
    if (!expiration->is_number_unsigned() || expiration->get<std::uint64_t>() < farthest) {
      if (seconds > -farthest && seconds < farthest) {
        fuzz::check(*set.expiration() == seconds, "both read the same expiration");
      }
    }
  }
}

void compare_header(std::string_view json) {
  const support::exact_copy copy(json);
  const auto header = parse_jose_header(copy.view());
  if (!header) {
    fuzz::check(header.error() == reason::header_invalid ||
                    header.error() == reason::critical_header_unsupported,
                "a header is refused as one");
    return;
  }
  const auto parsed = parse(json);
  if (!parsed) return;
  fuzz::check(parsed->is_object() && !parsed->contains("crit") && !parsed->contains("b64") &&
                  !parsed->contains("enc") && !parsed->contains("zip"),
              "a header asks for nothing that is not understood");
  const auto same = [&](const char* name, const std::optional<json_text>& read) {
    const auto found = parsed->find(name);
    fuzz::check((found != parsed->end()) == read.has_value(), "both find the same parameter");
    if (!read) return;
    fuzz::check(found->is_string() && equal(*read, found->get<std::string>()) &&
                    decode(*read) == found->get<std::string>(),
                "both read the same parameter");
    std::string word;
    bool has_word = false;
    for (const char c : found->get<std::string>() + ' ') {
      if (c != ' ') {
        word += c;
        continue;
      }
      has_word = has_word || word == "JWT";
      word.clear();
    }
    fuzz::check(contains_word(*read, "JWT") == has_word, "both find the same words");
  };
  same("alg", header->algorithm);
  same("typ", header->type);
  same("kid", header->key_id);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  return fuzz::mutate_json(
      data, size, max_size, seed,
      {"iss",         "sub",    "aud",    "exp",  "nbf", "iat", "jti",       "scope",
       "permissions", "roles",  "tid",    "a",    "me",  "a,b", "view:data", "view:data edit:data",
       "alg",         "typ",    "kid",    "crit", "b64", "enc", "zip",       "HS256",
       "JWT",         "at+jwt", "\u00e9", "\n"});
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 8192) return -1;  // a token has a payload, and its bounds
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  // White space in front leaves a set to the scanner, and changes nothing else.
  fuzz::check(describe(json) == describe(' ' + std::string(json)), "both readers read alike");
  compare_with_nlohmann(json);
  compare_header(json);
  return 0;
}
