#include "portcullis/decision.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <type_traits>

#include "portcullis/verifier.hpp"
#include "support/print.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"

namespace portcullis {
namespace {

// Only a verifier can allow.
static_assert(!std::is_default_constructible_v<decision>);
static_assert(!std::is_constructible_v<decision, reason>);
static_assert(!std::is_constructible_v<decision, reason, std::string_view>);

TEST(decision, denies_for_a_reason) {
  for (std::size_t code = 1; code < reason_count; ++code) {
    const decision denied = decision::deny(static_cast<reason>(code));
    EXPECT_EQ(denied.kind(), decision_kind::deny);
    EXPECT_FALSE(denied.allowed());
    EXPECT_EQ(denied.why(), static_cast<reason>(code));
    EXPECT_EQ(denied.claims_json(), std::nullopt);
  }
}

TEST(decision, has_no_claims_when_made_by_hand) {
  const auto claims = decision::deny(reason::ok).claims_json();
  EXPECT_TRUE(!claims || claims->empty());
}

TEST(decision, cannot_be_denied_for_ok) { EXPECT_FALSE(decision::deny(reason::ok).allowed()); }

TEST(decision, gives_the_claims_as_they_were_signed) {
  const auto made = verifier::from_policy(support::sample_policy().text());
  ASSERT_TRUE(made);
  const std::string payload =
      " \n" + support::sample_claims().with("name", R"("\u00e9 \/ x")").text() + "\t";
  const std::string token = support::sign(support::sample_header().text(), payload);
  const decision allowed = made->verify_token(token, support::now);
  EXPECT_EQ(allowed.kind(), decision_kind::allow);
  EXPECT_EQ(allowed.why(), reason::ok);
  EXPECT_EQ(allowed.claims_json(), payload);

  const std::string value = "Bearer   " + token;
  EXPECT_EQ(made->verify(support::request_with(value), support::now).claims_json(), payload);
}

}  // namespace
}  // namespace portcullis
