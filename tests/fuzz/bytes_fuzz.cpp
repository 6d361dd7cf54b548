// Any bytes as a token and as an Authorization value: never allowed without the right MAC, which
// OpenSSL's own HMAC is asked for.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "portcullis/verifier.hpp"
#include "support/check.hpp"
#include "support/exact_copy.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"

using namespace portcullis;

namespace {

const verifier& gate() {
  static const verifier made = [] {
    auto read = verifier::from_policy(support::sample_policy().text());
    fuzz::check(read.has_value(), "the policy is right");
    return std::move(*read);
  }();
  return made;
}

bool has_right_mac(std::string_view token) {
  const auto dot = token.rfind('.');
  if (dot == std::string_view::npos) return false;
  const auto input = token.substr(0, dot);
  return support::encode_base64url(support::hmac_sha256(support::secret, input)) ==
         token.substr(dot + 1);
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
  return 0;
}
