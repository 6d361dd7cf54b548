#include "jwt/unverified_issuer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/exact_copy.hpp"
#include "support/print.hpp"
#include "support/samples.hpp"

namespace portcullis {
namespace {

using support::parsed_policy;
using support::sample_policy;

std::string entry(std::string_view issuer) {
  return sample_policy().with("issuer", '"' + std::string(issuer) + '"').text();
}

// The issuer of the chosen entry, or why there is none.
std::string choose(const policy& rules, std::string_view payload) {
  const support::exact_copy copy(payload);
  unverified_jws jws;
  jws.payload = copy.view();
  const issuer_policy* chosen = rules.first_issuer.get();
  const reason why = choose_by_unverified_issuer(jws, chosen);
  return std::string(why == reason::ok ? chosen->issuer : find_reason(why).name);
}

TEST(unverified_issuer, chooses_the_first_entry_that_fits) {
  const auto tenants = sample_policy()
                           .with("issuer", R"("https://x/{tenantid}")")
                           .with("tenants", R"(["one","two"])")
                           .text();
  const parsed_policy parsed(R"({"issuers":[)" + entry("a") + ',' + tenants + ',' + entry("b") +
                             ',' + entry("https://x/two") + ',' + entry("https://x/three") + "]}");
  ASSERT_EQ(parsed.told(), "ok");
  struct row {
    std::string_view payload;
    std::string_view chosen;
  };
  constexpr row rows[] = {
      {R"({"iss":"a"})", "a"},
      {R"({"iss":"b"})", "b"},
      {R"({"exp":1,"x":[{"iss":"a"}],"iss":"\u0062"})", "b"},
      {R"({"i\u0073s":"a"})", "a"},
      {R"({"iss":"https://x/one"})", "https://x/{tenantid}"},
      {R"({"iss":"https://x/two"})", "https://x/{tenantid}"},  // the first, not the closest
      {R"({"iss":"https:\/\/x\/three"})", "https://x/three"},
      {R"({"iss":"https://x/{tenantid}"})", "issuer_mismatch"},
      {R"({"iss":"A"})", "issuer_mismatch"},
      {R"({"iss":""})", "issuer_mismatch"},
      {R"({"iss":"a\u0000"})", "issuer_mismatch"},
      {"{}", "claim_missing"},
      {R"({"x":{"iss":"a"},"Iss":"a"})", "claim_missing"},
      {R"({"iss":["a"]})", "claims_invalid"},
      {R"({"iss":null})", "claims_invalid"},
      {R"({"iss":1})", "claims_invalid"},
      {R"({"iss":{"iss":"a"}})", "claims_invalid"},
      // The whole text has to be good before a part of it counts for anything.
      {R"({"iss":"a"} )", "a"},
      {R"({"iss":"a"}x)", "claims_invalid"},
      {R"({"iss":"a","iss":"a"})", "claims_invalid"},
      {R"({"iss":"a","\u0069ss":"b"})", "claims_invalid"},
      {R"({"iss":"a","x":{"y":1,"y":1}})", "claims_invalid"},
      {R"({"iss":"a","x":"\ud800"})", "claims_invalid"},
      {R"({"iss":"a",)", "claims_invalid"},
      {R"(["iss","a"])", "claims_invalid"},
      {R"("a")", "claims_invalid"},
      {"", "claims_invalid"},
      {"\xff", "claims_invalid"},
      // Other claims are nobody's business here.
      {R"({"iss":"a","exp":"never","aud":1})", "a"},
  };
  for (const auto& [payload, chosen] : rows) {
    EXPECT_EQ(choose(parsed.rules, payload), chosen) << payload;
  }
  EXPECT_EQ(choose(parsed.rules, R"({"iss":"a","x":)" + support::nested_arrays(31) + '}'), "a");
  EXPECT_EQ(choose(parsed.rules, R"({"iss":"a","x":)" + support::nested_arrays(32) + '}'),
            "claims_invalid");
}

}  // namespace
}  // namespace portcullis
