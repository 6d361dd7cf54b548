// Any text as a policy: refused with a place, or a verifier that judges, and whose responses
// CloudFront would take.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "edge/check_response.hpp"
#include "portcullis/edge_request.hpp"
#include "portcullis/verifier.hpp"
#include "support/check.hpp"
#include "support/exact_copy.hpp"
#include "support/json_mutator.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"

using namespace portcullis;

namespace {

void refuse_finding(void*, const response_finding& finding) {
  fuzz::check(false, find_response_rule(finding.rule).name);
}

void judge_at_edge(verifier& gate, std::string_view token) {
  gate.seed(1, 2);
  const std::string bearer = "Bearer " + std::string(token);
  std::vector<field_view> fields;
  for (const std::string_view name : gate.fields()) {
    fields.push_back(name == "authorization"
                         ? field_view{field_shape::single, bearer}
                         : field_view{field_shape::single, "https://a.example"});
  }
  for (const std::string_view uri : {"/", "/a", "/a/b;c", "//", "/%2e/x"}) {
    for (const std::string_view method : {"GET", "OPTIONS"}) {
      const edge_request request{{field_shape::single, method},
                                 {field_shape::single, uri},
                                 {field_shape::single, "a=b&token=c"},
                                 {field_shape::single, "203.0.113.178"},
                                 fields};
      const decision judged = gate.verify_at_edge(request, support::now);
      fuzz::check(judged.why() != reason::internal_error, "nothing fails");
      fixed_text<65536> out;
      gate.write_log(request, judged, out);
      out.clear();
      if (judged.allowed()) {
        gate.write_edits(request, judged, out);
        continue;
      }
      gate.write_response(request, judged, support::now, out);
      check_response(event_type::viewer_request, out.view(), {}, refuse_finding, nullptr);
    }
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  return fuzz::mutate_json(data, size, max_size, seed,
                           {"algorithms",
                            "issuer",
                            "audience",
                            "keys",
                            "issuers",
                            "tenants",
                            "clock_tolerance",
                            "types",
                            "expiration",
                            "max_token_age",
                            "require",
                            "present",
                            "claims",
                            "permissions",
                            "scope",
                            "roles",
                            "groups",
                            "all_of",
                            "any_of",
                            "none_of",
                            "realm",
                            "secret",
                            "encoding",
                            "utf8",
                            "kid",
                            "kty",
                            "alg",
                            "k",
                            "n",
                            "e",
                            "x",
                            "y",
                            "crv",
                            "pem",
                            "routes",
                            "path",
                            "methods",
                            "public",
                            "sources",
                            "cookie",
                            "header",
                            "query",
                            "cors",
                            "origins",
                            "challenge",
                            "login",
                            "rate_limit",
                            "requests",
                            "seconds",
                            "token_cache",
                            "mode",
                            "shadow",
                            "log",
                            "headers",
                            "HS256",
                            "RS256",
                            "ES256",
                            "EdDSA",
                            "/a",
                            "/**",
                            "/*/b",
                            "*",
                            "GET"});
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const support::exact_copy input({reinterpret_cast<const char*>(data), size});
  auto made = verifier::from_policy(input.view());
  if (!made) {
    fuzz::check(made.error().path.view().starts_with('$'), "an error has a place");
    fuzz::check(!made.error().expected.view().empty(), "an error says what was expected");
    return 0;
  }
  verifier gate = std::move(*made);
  const std::string token = support::sign(support::sample_claims());
  if (gate.at_edge()) {
    judge_at_edge(gate, token);
  } else {
    const decision judged = gate.verify_token(token, support::now);
    fuzz::check(judged.why() != reason::internal_error, "nothing fails");
  }
  return 0;
}
