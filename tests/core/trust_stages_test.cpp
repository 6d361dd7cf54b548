// The stage of trust is a type, and the compiler refuses to skip one: an unverified payload gives
// no claims, and nothing but claims is checked against a policy.
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "jose/compact_jws.hpp"
#include "jose/signature.hpp"
#include "jwt/claims.hpp"
#include "jwt/claims_rules.hpp"
#include "jwt/policy.hpp"
#include "support/print.hpp"
#include "support/samples.hpp"
#include "support/verified_payload.hpp"

namespace portcullis {
namespace {

// Whether the call compiles at all, over every overload that there may be one day.
template <class Set>
concept checkable = requires(Set&& set, const issuer_policy& rules) {
  check_claims(static_cast<Set&&>(set), rules, judged_at{});
};
static_assert(checkable<const claims&>);
static_assert(!checkable<const unverified_jws&>);
static_assert(!checkable<const verified_jws&>);
static_assert(!checkable<std::string_view>);
static_assert(!checkable<const std::string&>);
static_assert(!checkable<const char*>);
static_assert(!checkable<const std::optional<claims>&>);
static_assert(!checkable<decltype(nullptr)>);

// Only verify_signature makes a verified_jws.
static_assert(!std::is_default_constructible_v<verified_jws>);
static_assert(!std::is_constructible_v<verified_jws, std::string_view>);
static_assert(!std::is_constructible_v<verified_jws, const char*>);
static_assert(!std::is_constructible_v<verified_jws, const std::string&>);
static_assert(!std::is_constructible_v<verified_jws, const unverified_jws&>);
static_assert(!std::is_aggregate_v<verified_jws>);

// Only a verified_jws makes claims, and not in passing.
static_assert(std::is_constructible_v<claims, const verified_jws&>);
static_assert(!std::is_default_constructible_v<claims>);
static_assert(!std::is_constructible_v<claims, std::string_view>);
static_assert(!std::is_constructible_v<claims, const char*>);
static_assert(!std::is_constructible_v<claims, const std::string&>);
static_assert(!std::is_constructible_v<claims, const unverified_jws&>);
static_assert(!std::is_constructible_v<claims, const result<verified_jws, reason>&>);
static_assert(!std::is_constructible_v<claims, const result<unverified_jws, reason>&>);
static_assert(!std::is_aggregate_v<claims>);
static_assert(!std::is_convertible_v<unverified_jws, verified_jws>);
static_assert(!std::is_convertible_v<verified_jws, claims>);

// A key is imported, and stays in one place.
static_assert(!std::is_copy_constructible_v<hmac_key>);
static_assert(!std::is_copy_assignable_v<hmac_key>);
static_assert(!std::is_constructible_v<hmac_key, std::string_view>);
static_assert(!std::is_copy_constructible_v<public_key>);
static_assert(!std::is_copy_assignable_v<public_key>);
static_assert(!std::is_constructible_v<public_key, const public_numbers&>);
static_assert(!std::is_copy_constructible_v<verification_key>);
// Neither kind of key is made from, or becomes, the other.
static_assert(!std::is_convertible_v<hmac_key&, public_key&>);
static_assert(!std::is_convertible_v<public_key&, hmac_key&>);
static_assert(!std::is_constructible_v<hmac_key, public_key>);
static_assert(!std::is_constructible_v<public_key, hmac_key>);

// The same road at run time: what the asserts above leave open does work.
TEST(trust_stages, lead_from_signature_to_claims_to_reason) {
  const support::parsed_policy parsed(support::sample_policy());
  ASSERT_TRUE(parsed.read);
  const support::verified_payload payload(support::sample_claims().text());
  const claims set(payload.jws());
  EXPECT_EQ(check_claims(set, *parsed.rules.first_issuer, {support::now, 0}), reason::ok);
  EXPECT_EQ(check_claims(set, *parsed.rules.first_issuer, {support::now + 3600, 0}),
            reason::expired);
}

}  // namespace
}  // namespace portcullis
