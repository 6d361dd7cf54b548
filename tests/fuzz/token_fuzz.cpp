// Tokens that are validly signed, by any algorithm, whatever they say: only what a second reading
// of the rules, by nlohmann-json and in the order of docs/rules.md, finds good is allowed. Each is
// tried twice, with an unknown header and a known one, by every backend, and then with a bit of it
// changed.
//
// An input is {"by": algorithm, "header": …, "claims": …}; header and claims are signed as they are
// written, by the algorithm of the header without a "by".
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "limits.hpp"
#include "portcullis/verifier.hpp"
#include "support/check.hpp"
#include "support/exact_copy.hpp"
#include "support/json_mutator.hpp"
#include "support/other_core.hpp"
#include "support/samples.hpp"
#include "support/signers.hpp"

using namespace portcullis;
using nlohmann::json;

namespace {

verifier make_verifier() {
  auto made = verifier::from_policy(fuzz::every_algorithm_policy());
  fuzz::check(made.has_value(), "the policy is right");
  return std::move(*made);
}

// Their keys are the same in every run, and a host's library keeps what it is given.
const std::vector<fuzz::other_verifier>& others() {
  static const auto& made = fuzz::make_verifiers(fuzz::every_algorithm_policy());
  return made;
}

bool is_date(const json& claims, const char* name) {
  return !claims.contains(name) || claims[name].is_number();
}

double date(const json& claims, const char* name) { return claims[name].get<double>(); }

bool has(const json& value, std::string_view wanted) {
  if (value.is_string()) return value.get<std::string>() == wanted;
  if (!value.is_array()) return false;
  for (const auto& each : value) {
    if (each.is_string() && each.get<std::string>() == wanted) return true;
  }
  return false;
}

// The rules of the policy (any algorithm by its key, issuer, audience, tolerance 0, a permission),
// loosely: what they refuse must be denied. Whether all that they take is allowed is for the
// vectors.
bool may_pass(const algorithm_row& by, const json& header, const json& claims) {
  constexpr auto now = static_cast<double>(support::now);
  if (!header.is_object() || !claims.is_object()) return false;
  const json named = header.value("alg", json());
  // Ed25519 has two names.
  const bool fits =
      named == by.name || (by.key == key_type::ed25519 && (named == "EdDSA" || named == "Ed25519"));
  if (!fits || header.contains("crit")) return false;
  for (const char* name : {"exp", "nbf", "iat"}) {
    if (!is_date(claims, name)) return false;
  }
  if (!claims.contains("exp") || now >= date(claims, "exp")) return false;
  if (claims.contains("nbf") && now < date(claims, "nbf")) return false;
  if (claims.contains("iat") && now < date(claims, "iat")) return false;
  if (claims.value("iss", json()) != "https://issuer.example/") return false;
  if (!has(claims.value("aud", json()), "https://api.example/")) return false;
  const json permissions = claims.value("permissions", json());
  if (permissions.is_string()) {
    const std::string words = ' ' + permissions.get<std::string>() + ' ';
    return words.find(" view:data ") != std::string::npos;
  }
  return has(permissions, "view:data");
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  return fuzz::mutate_json(data, size, max_size, seed,
                           {"by",
                            "alg",
                            "typ",
                            "kid",
                            "crit",
                            "b64",
                            "iss",
                            "aud",
                            "exp",
                            "nbf",
                            "iat",
                            "sub",
                            "jti",
                            "scope",
                            "permissions",
                            "HS256",
                            "none",
                            "RS256",
                            "HS384",
                            "PS512",
                            "ES256",
                            "ES384",
                            "ES512",
                            "EdDSA",
                            "Ed25519",
                            "JWT",
                            "at+jwt",
                            "https://issuer.example/",
                            "https://api.example/",
                            "view:data",
                            "view:data edit:data"});
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Duplicates included: what is signed is the text of each part.
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto parts = nlohmann::ordered_json::parse(input, nullptr, false);
  if (!parts.is_object() || !parts.contains("header") || !parts.contains("claims")) return -1;
  constexpr auto replace = nlohmann::ordered_json::error_handler_t::replace;
  const auto& by = parts.value("by", parts["header"].is_object()
                                         ? parts["header"].value("alg", nlohmann::ordered_json())
                                         : nlohmann::ordered_json());
  const algorithm_row* row = by.is_string() ? find_algorithm(by.get<std::string>()) : nullptr;
  if (row == nullptr) row = &row_of(algorithm::hs256);
  const std::string header = parts["header"].dump(-1, ' ', false, replace);
  const std::string claims = parts["claims"].dump(-1, ' ', false, replace);
  const std::string token = fuzz::sign_token(*row, header, claims);

  const verifier gate = make_verifier();
  const support::exact_copy copy(token);
  const decision first = gate.verify_token(copy.view(), support::now);
  const decision again = gate.verify_token(copy.view(), support::now);
  fuzz::check(first.why() == again.why(), "a known header changes nothing");
  fuzz::check(first.why() != reason::internal_error, "nothing fails");
  fuzz::check(first.allowed() == (first.why() == reason::ok), "reason and kind agree");
  if (first.allowed()) {
    fuzz::check(may_pass(*row, json::parse(header), json::parse(claims)),
                "what is allowed obeys the rules");
    fuzz::check(first.claims_json() == claims, "the claims are those that were signed");
  }
  if (first.why() == reason::signature_invalid) {
    const json said = json::parse(header, nullptr, false);
    fuzz::check(!said.is_object() || said.value("alg", json()) != row->name,
                "a good signature is one");
  }
  const auto seconds = static_cast<double>(support::now);
  for (const auto& other : others()) {
    fuzz::check(other.core().verify_token(other.get(), copy.view().data(), copy.view().size(),
                                          seconds) == static_cast<std::int32_t>(first.why()),
                "all backends decide alike");
  }

  // A bit of the signed part or the signature, chosen by the input.
  std::string changed = token;
  const std::size_t at = (std::size_t{data[size / 2]} << 8 | data[size / 3]) % changed.size();
  changed[at] = static_cast<char>(changed[at] ^ (1 << data[size - 1] % 8));
  const decision denied = gate.verify_token(changed, support::now);
  fuzz::check(!denied.allowed(), "a changed bit denies");
  for (const auto& other : others()) {
    fuzz::check(other.core().verify_token(other.get(), changed.data(), changed.size(), seconds) ==
                    static_cast<std::int32_t>(denied.why()),
                "all backends deny alike");
  }
  return 0;
}
