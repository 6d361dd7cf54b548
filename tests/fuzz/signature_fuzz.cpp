// One signature with one key: every backend finds the same, and what is signed here is valid and a
// changed bit of it is not.
//
// An input is a question of tests/tools/verify_lines: {"alg": …, "jwk": …, "message_hex": …,
// "signature_hex": …}.
#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "support/check.hpp"
#include "support/exact_copy.hpp"
#include "support/json_mutator.hpp"
#include "support/other_core.hpp"
#include "support/signers.hpp"

using namespace portcullis;
using nlohmann::ordered_json;

namespace {

std::optional<std::string> read_hex(const ordered_json& text) {
  if (!text.is_string()) return std::nullopt;
  const auto digits = text.get<std::string>();
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    const auto digit = [&](std::size_t at) {
      constexpr std::string_view known = "0123456789abcdef";
      const auto found = known.find(static_cast<char>(digits[at] | 0x20));
      return found == std::string_view::npos ? 0 : found;
    };
    bytes.push_back(static_cast<char>(digit(i) << 4 | digit(i + 1)));
  }
  return bytes;
}

// What all backends say.
std::int32_t ask_all(std::string_view alg, std::string_view jwk, std::string_view message,
                     std::string_view signature) {
  std::optional<std::int32_t> told;
  std::string error;
  for (const auto* core : fuzz::all_cores()) {
    std::array<char, 1024> text;
    std::size_t length = 0;
    const std::int32_t answer = core->verify_signature(
        alg.data(), alg.size(), jwk.data(), jwk.size(), message.data(), message.size(),
        signature.data(), signature.size(), text.data(), text.size(), &length);
    core->forget_keys();
    const std::string why =
        answer == PORTCULLIS_SIGNATURE_UNUSABLE ? std::string(text.data(), length) : std::string();
    fuzz::check(answer != PORTCULLIS_SIGNATURE_FAILED, "no library fails");
    fuzz::check(!told || (*told == answer && error == why), "all backends find the same");
    told = answer;
    error = why;
  }
  return *told;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  return fuzz::mutate_json(
      data, size, max_size, seed,
      {"alg",   "jwk",   "message_hex", "signature_hex", "kty",   "crv",   "n",     "e",
       "x",     "y",     "k",           "RSA",           "EC",    "OKP",   "oct",   "P-256",
       "P-384", "P-521", "Ed25519",     "HS256",         "HS384", "HS512", "RS256", "RS384",
       "RS512", "PS256", "PS384",       "PS512",         "ES256", "ES384", "ES512", "EdDSA",
       "AQAB",  "Aw",    "use",         "key_ops",       "sig",   "verify"});
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto asked = ordered_json::parse(data, data + size, nullptr, false);
  if (!asked.is_object() || !asked.contains("alg") || !asked["alg"].is_string()) return -1;
  const auto message = read_hex(asked.value("message_hex", ordered_json("")));
  const auto signature = read_hex(asked.value("signature_hex", ordered_json("")));
  if (!message || !signature) return -1;
  const auto alg = asked["alg"].get<std::string>();
  constexpr auto replace = ordered_json::error_handler_t::replace;
  const std::string jwk = asked.value("jwk", ordered_json()).dump(-1, ' ', false, replace);
  const support::exact_copy said(*message);
  const support::exact_copy given(*signature);
  (void)ask_all(alg, support::exact_copy(jwk).view(), said.view(), given.view());

  const algorithm_row* const row = find_algorithm(alg);
  if (row == nullptr) return 0;
  const std::string own_key = row->key == key_type::secret ? support::jwk_for(*row).text()
                                                           : fuzz::pair_of(row->key).jwk().text();
  fuzz::check(ask_all(alg, own_key, said.view(), given.view()) == PORTCULLIS_SIGNATURE_INVALID ||
                  given.view().size() >= 32,
              "a short signature is none");
  std::string made = fuzz::sign_bytes(*row, *message);
  fuzz::check(ask_all(alg, own_key, said.view(), support::exact_copy(made).view()) ==
                  PORTCULLIS_SIGNATURE_VALID,
              "what is signed is valid");
  const std::size_t at = data[size / 2] % made.size();
  made[at] = static_cast<char>(made[at] ^ (1 << data[size / 3] % 8));
  fuzz::check(ask_all(alg, own_key, said.view(), support::exact_copy(made).view()) ==
                  PORTCULLIS_SIGNATURE_INVALID,
              "a changed bit is not");
  return 0;
}
