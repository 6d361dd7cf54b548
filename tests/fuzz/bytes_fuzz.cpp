// Any bytes as a token and as an Authorization value: never allowed without the right MAC, which
// OpenSSL's own HMAC is asked for, and the same to every backend, through the C door as well.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/verifier.hpp"
#include "support/check.hpp"
#include "support/exact_copy.hpp"
#include "support/other_core.hpp"
#include "support/signers.hpp"

using namespace portcullis;

namespace {

const verifier& gate() {
  static const verifier& made = *new verifier([] {
    auto read = verifier::from_policy(fuzz::every_algorithm_policy());
    fuzz::check(read.has_value(), "the policy is right");
    return std::move(*read);
  }());
  return made;
}

const std::vector<fuzz::other_verifier>& others() {
  static const auto& made = fuzz::make_verifiers(fuzz::every_algorithm_policy());
  return made;
}

// By a secret: a fuzzer makes no other signature.
bool has_right_mac(std::string_view token) {
  const auto dot = token.rfind('.');
  if (dot == std::string_view::npos) return false;
  for (const hash digest : {hash::sha256, hash::sha384, hash::sha512}) {
    const auto mac = support::hmac(digest, support::long_secret, token.substr(0, dot));
    if (support::encode_base64url(mac) == token.substr(dot + 1)) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const support::exact_copy input({reinterpret_cast<const char*>(data), size});
  const decision judged = gate().verify_token(input.view(), support::now);
  fuzz::check(judged.why() != reason::internal_error, "nothing fails");
  if (judged.allowed()) fuzz::check(has_right_mac(input.view()), "what is allowed is signed");

  const decision request = gate().verify({{field_shape::single, input.view()}}, support::now);
  fuzz::check(request.why() != reason::internal_error, "nothing fails");
  if (request.allowed()) {
    const auto space = input.view().rfind(' ');
    fuzz::check(space != std::string_view::npos && has_right_mac(input.view().substr(space + 1)),
                "what is allowed is signed");
  }
  const auto response = gate().respond(request.why());
  fuzz::check(response.status[0] >= '4', "a denial is one");

  const auto now = static_cast<double>(support::now);
  for (const auto& other : others()) {
    const auto& core = other.core();
    const char* const bytes = input.view().data();
    fuzz::check(
        core.verify_token(other.get(), bytes, size, now) == static_cast<std::int32_t>(judged.why()),
        "all backends decide alike");
    fuzz::check(core.verify_request(other.get(), PORTCULLIS_FIELD_SINGLE, bytes, size, now) ==
                    static_cast<std::int32_t>(request.why()),
                "all backends decide alike of a request");
    // Asked of a token that nobody has allowed: nothing promised but that it ends.
    std::vector<char> claims(size);
    fuzz::check(core.write_token_claims(bytes, size, claims.data(), claims.size()) <= size,
                "claims are no longer than their token");
  }
  return 0;
}
