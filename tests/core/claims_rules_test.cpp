#include "jwt/claims_rules.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "support/print.hpp"
#include "support/samples.hpp"
#include "support/verified_payload.hpp"

namespace portcullis {
namespace {

using support::object_text;
using support::sample_claims;
using support::verified_payload;

constexpr std::int64_t farthest_now = std::int64_t{1} << 53;

using support::parsed_policy;

// Nothing is checked that the test does not ask for.
object_text lenient_policy() {
  return support::sample_policy()
      .with("issuer", "null")
      .with("audience", "null")
      .with("expiration", R"("optional")");
}

reason check(std::string_view json, const object_text& policy, std::int64_t now = support::now) {
  const parsed_policy parsed(policy);
  EXPECT_EQ(parsed.told(), "ok");
  const verified_payload payload(json);
  return check_claims(claims(payload.jws()), parsed.rules, now);
}

struct date_row {
  std::string_view value;
  std::int64_t tolerance;
  std::int64_t now;
  bool pass;
};

void check_dates(std::string_view claim, const date_row& row, reason why) {
  const auto rules = lenient_policy().with("clock_tolerance", std::to_string(row.tolerance));
  const std::string json = "{\"" + std::string(claim) + "\":" + std::string(row.value) + '}';
  EXPECT_EQ(check(json, rules, row.now), row.pass ? reason::ok : why)
      << json << " tolerance " << row.tolerance << " now " << row.now;
}

// RFC 7519 section 4.1.4: exp is the first second that is too late.
TEST(claims_rules, expiration) {
  constexpr date_row rows[] = {
      {"1000", 0, 999, true},
      {"1000", 0, 1000, false},
      {"1000", 0, 1001, false},
      {"1000", 60, 1059, true},
      {"1000", 60, 1060, false},
      {"1000", 300, 1299, true},
      {"1000", 300, 1300, false},
      {"1000.0", 0, 1000, false},
      {"1000.1", 0, 1000, true},
      {"1000.000000000000000001", 0, 1000, true},
      {"1000.1", 0, 1001, false},
      {"1000.1", 60, 1060, true},
      {"1000.1", 60, 1061, false},
      {"999.9", 0, 999, true},
      {"999.9", 0, 1000, false},
      {"1e3", 0, 999, true},
      {"1e3", 0, 1000, false},
      {"0", 0, 0, false},
      {"0", 0, -1, true},
      {"-5", 0, -5, false},
      {"-5", 0, -6, true},
      {"-5.5", 0, -6, true},
      {"-5.5", 0, -5, false},
      {"1e-300", 0, 0, true},
      {"1e-300", 0, 1, false},
      // 32 bits are not enough, and neither are 53 or 64.
      {"2147483648", 0, 2147483647, true},
      {"4294967296", 0, 1000, true},
      {"4294968296", 0, 1000, true},
      {"9007199254740992", 0, farthest_now - 1, true},
      {"9007199254740992", 0, farthest_now, false},
      {"9007199254740993", 0, farthest_now, true},
      {"4611686018427387904", 300, farthest_now, true},
      {"4611686018427387904", 300, -farthest_now, true},
      {"-4611686018427387904", 300, farthest_now, false},
      {"-4611686018427387904", 300, -farthest_now, false},
      {"9223372036854775807", 300, farthest_now, true},
      {"18446744073709551616", 300, farthest_now, true},
      {"-18446744073709551616", 300, -farthest_now, false},
      {"1e308", 300, farthest_now, true},
      {"-1e308", 300, -farthest_now, false},
  };
  for (const auto& row : rows) check_dates("exp", row, reason::expired);
}

// RFC 7519 section 4.1.5: nbf is the first second that is not too early.
constexpr date_row not_before_rows[] = {
    {"1000", 0, 1000, true},
    {"1000", 0, 999, false},
    {"1000", 60, 940, true},
    {"1000", 60, 939, false},
    {"1000", 300, 700, true},
    {"1000", 300, 699, false},
    {"1000.0", 0, 1000, true},
    {"1000.1", 0, 1000, false},
    {"1000.1", 0, 1001, true},
    {"1000.1", 60, 941, true},
    {"1000.1", 60, 940, false},
    {"-5", 0, -5, true},
    {"-5", 0, -6, false},
    {"-5.5", 0, -5, true},
    {"-5.5", 0, -6, false},
    {"4294967296", 0, 1000, false},
    {"9007199254740992", 0, farthest_now, true},
    {"9007199254740993", 0, farthest_now, false},
    {"9007199254741292", 300, farthest_now, true},
    {"9007199254741293", 300, farthest_now, false},
    {"4611686018427387904", 300, farthest_now, false},
    {"-4611686018427387904", 300, -farthest_now, true},
    {"18446744073709551616", 300, farthest_now, false},
    {"1e308", 300, farthest_now, false},
    {"-1e308", 0, -farthest_now, true},
};

TEST(claims_rules, not_before) {
  for (const auto& row : not_before_rows) check_dates("nbf", row, reason::not_yet_valid);
}

TEST(claims_rules, issued_at) {
  for (const auto& row : not_before_rows) check_dates("iat", row, reason::issued_in_future);
}

TEST(claims_rules, ask_nothing_of_claims_that_are_not_well_formed) {
  for (const std::string_view json : {" ", "null", R"({"exp":1,"exp":2})", R"({"iss":1})"}) {
    EXPECT_EQ(check(json, lenient_policy()), reason::claims_invalid) << json;
  }
}

TEST(claims_rules, expiration_is_required_unless_the_policy_says_otherwise) {
  auto rules = lenient_policy();
  EXPECT_EQ(check("{}", rules), reason::ok);
  EXPECT_EQ(check(R"({"exp":1})", rules), reason::expired);
  rules = rules.with("expiration", R"("required")");
  EXPECT_EQ(check("{}", rules), reason::claim_missing);
  rules = rules.without("expiration");
  EXPECT_EQ(check("{}", rules), reason::claim_missing);
  EXPECT_EQ(check(R"({"exp":4000000000})", rules), reason::ok);
}

TEST(claims_rules, not_before_and_issued_at_are_optional) {
  EXPECT_EQ(check("{}", lenient_policy()), reason::ok);
}

TEST(claims_rules, issuer_is_compared_byte_for_byte) {
  EXPECT_EQ(check(R"({"iss":"anybody"})", lenient_policy()), reason::ok);
  const auto rules = lenient_policy().with("issuer", R"("https://a/")");
  struct row {
    std::string_view json;
    reason why;
  };
  constexpr row rows[] = {
      {R"({"iss":"https://a/"})", reason::ok},
      {R"({"iss":"https:\/\/a\/"})", reason::ok},
      {R"({"iss":"\u0068ttps://a/"})", reason::ok},
      {R"({})", reason::claim_missing},
      {R"({"iss":""})", reason::issuer_mismatch},
      {R"({"iss":"https://a"})", reason::issuer_mismatch},
      {R"({"iss":"https://a//"})", reason::issuer_mismatch},
      {R"({"iss":"https://A/"})", reason::issuer_mismatch},
      {R"({"iss":" https://a/"})", reason::issuer_mismatch},
      {R"({"iss":"https://a/\u0000"})", reason::issuer_mismatch},
      {R"({"iss":"xhttps://a/"})", reason::issuer_mismatch},
  };
  for (const auto& [json, why] : rows) EXPECT_EQ(check(json, rules), why) << json;
}

TEST(claims_rules, audience_is_any_of_the_policys) {
  EXPECT_EQ(check("{}", lenient_policy()), reason::ok);
  EXPECT_EQ(check(R"({"aud":[]})", lenient_policy()), reason::ok);
  const auto rules = lenient_policy().with("audience", R"(["api","web"])");
  struct row {
    std::string_view json;
    reason why;
  };
  constexpr row rows[] = {
      {R"({"aud":"api"})", reason::ok},
      {R"({"aud":"web"})", reason::ok},
      {R"({"aud":["x","web"]})", reason::ok},
      {R"({"aud":["api","web"]})", reason::ok},
      {R"({"aud":["\u0061pi"]})", reason::ok},
      {"{}", reason::claim_missing},
      {R"({"aud":[]})", reason::audience_mismatch},
      {R"({"aud":""})", reason::audience_mismatch},
      {R"({"aud":[""]})", reason::audience_mismatch},
      {R"({"aud":"API"})", reason::audience_mismatch},
      {R"({"aud":"api web"})", reason::audience_mismatch},  // a string is not a list of words here
      {R"({"aud":["ap","apis","api "]})", reason::audience_mismatch},
  };
  for (const auto& [json, why] : rows) EXPECT_EQ(check(json, rules), why) << json;
}

struct grant_row {
  std::string_view value;  // of the claim
  std::string_view all_of;
  std::string_view any_of;  // letters: a name each
  reason why;
};

// `{"all_of":["a","b"]}` and so on; an empty list is left out.
std::string requirement_text(std::string_view all_of, std::string_view any_of) {
  object_text required{};
  for (const auto& [member, letters] : {std::pair("all_of", all_of), std::pair("any_of", any_of)}) {
    std::string list;
    for (const char letter : letters)
      list += (list.empty() ? "\"" : ",\"") + std::string{letter, '"'};
    if (!list.empty()) required = required.with(member, '[' + list + ']');
  }
  return required.text();
}

constexpr grant_row grant_rows[] = {
    {R"(["a"])", "a", "", reason::ok},
    {R"("a")", "a", "", reason::ok},
    {R"(["b","a"])", "ab", "", reason::ok},
    {R"("b a")", "ab", "", reason::ok},
    {R"(["a"])", "", "ab", reason::ok},
    {R"("b")", "", "ab", reason::ok},
    {R"(["a","c"])", "a", "bc", reason::ok},
    {R"(["a"])", "ab", "", reason::scope_insufficient},
    {R"("b")", "ab", "", reason::scope_insufficient},
    {R"(["c"])", "", "ab", reason::scope_insufficient},
    {R"(["a"])", "a", "bc", reason::scope_insufficient},
    {R"(["b"])", "a", "bc", reason::scope_insufficient},
    {"[]", "a", "", reason::scope_insufficient},
    {"[]", "", "a", reason::scope_insufficient},
    {R"("")", "a", "", reason::scope_insufficient},
    {R"("")", "", "a", reason::scope_insufficient},
    {R"([""])", "a", "", reason::scope_insufficient},
    {R"(["a b"])", "a", "", reason::scope_insufficient},
    {R"("ab")", "ab", "", reason::scope_insufficient},
    {R"("A")", "a", "", reason::scope_insufficient},
    {"null", "a", "", reason::claims_invalid},
    {"1", "", "a", reason::claims_invalid},
    {"{}", "a", "", reason::claims_invalid},
    {R"(["a",1])", "a", "", reason::claims_invalid},
    {R"([["a"]])", "a", "", reason::claims_invalid},
    // Nothing is demanded: not looked at.
    {"null", "", "", reason::ok},
    {"[]", "", "", reason::ok},
};

void check_grants(std::string_view claim, std::string_view required) {
  const auto demand = [required](std::string_view all_of, std::string_view any_of) {
    if (all_of.empty() && any_of.empty()) return lenient_policy();
    return lenient_policy().with(
        "require", "{\"" + std::string(required) + "\":" + requirement_text(all_of, any_of) + '}');
  };
  for (const auto& [value, all_of, any_of, why] : grant_rows) {
    const std::string json = "{\"" + std::string(claim) + "\":" + std::string(value) + '}';
    EXPECT_EQ(check(json, demand(all_of, any_of)), why)
        << json << " all_of " << all_of << " any_of " << any_of;
  }
  EXPECT_EQ(check("{}", demand("a", "")), reason::scope_insufficient) << claim;
  EXPECT_EQ(check("{}", demand("", "a")), reason::scope_insufficient) << claim;
}

TEST(claims_rules, permissions_must_be_granted) { check_grants("permissions", "permissions"); }

TEST(claims_rules, scope_must_be_granted) {
  for (const std::string_view claim : {"scope", "scp", "scopes"}) {
    check_grants(claim, "scope");
  }
}

TEST(claims_rules, permissions_and_scope_do_not_stand_for_each_other) {
  auto rules = lenient_policy().with("require", R"({"permissions":{"all_of":["a"]}})");
  EXPECT_EQ(check(R"({"scope":"a"})", rules), reason::scope_insufficient);
  rules = lenient_policy().with("require",
                                R"({"permissions":{"all_of":["a"]},"scope":{"all_of":["b"]}})");
  EXPECT_EQ(check(R"({"permissions":["a"]})", rules), reason::scope_insufficient);
  EXPECT_EQ(check(R"({"permissions":["a"],"scope":"b"})", rules), reason::ok);
  EXPECT_EQ(check(R"({"permissions":["b"],"scope":"a"})", rules), reason::scope_insufficient);
}

// Each row breaks its own rule and all later ones: the earliest is told.
TEST(claims_rules, come_in_a_fixed_order) {
  const auto rules =
      support::sample_policy()
          .with("issuer", R"("me")")
          .with("audience", R"("api")")
          .with("require", R"({"permissions":{"all_of":["p"]},"scope":{"all_of":["s"]}})");
  object_text json{{"exp", "1"},      {"nbf", "4000000000"}, {"iat", "4000000000"},
                   {"iss", R"("x")"}, {"aud", R"("x")"},     {"permissions", "[]"},
                   {"scope", "1"}};
  EXPECT_EQ(check(json.without("exp").text(), rules), reason::claim_missing);
  EXPECT_EQ(check(json.text(), rules), reason::expired);
  json = json.with("exp", "4000000000");
  EXPECT_EQ(check(json.text(), rules), reason::not_yet_valid);
  json = json.without("nbf");
  EXPECT_EQ(check(json.text(), rules), reason::issued_in_future);
  json = json.without("iat");
  EXPECT_EQ(check(json.text(), rules), reason::issuer_mismatch);
  json = json.with("iss", R"("me")");
  EXPECT_EQ(check(json.text(), rules), reason::audience_mismatch);
  json = json.with("aud", R"("api")");
  EXPECT_EQ(check(json.text(), rules), reason::scope_insufficient);
  json = json.with("permissions", R"(["p"])");
  EXPECT_EQ(check(json.text(), rules), reason::claims_invalid);
  json = json.with("scope", R"("s")");
  EXPECT_EQ(check(json.text(), rules), reason::ok);
}

TEST(claims_rules, type_is_one_that_the_policy_takes) {
  struct row {
    std::string_view raw;
    bool accepted;
  };
  constexpr row rows[] = {
      {"JWT", true},
      {"jwt", true},
      {"application/jwt", true},
      {"at+jwt", true},
      {"AT+JWT", true},
      {"application/at+jwt", true},
      {R"(at\u002bjwt)", true},
      {R"(application\/jwt)", true},
      {"", false},
      {"JWS", false},
      {"JOSE", false},
      {"dpop+jwt", false},
      {"JWT ", false},
      {"application/", false},
      {"text/jwt", false},
      {R"(JWT\u0000)", false},
  };
  const auto accepts = [](const object_text& policy, std::optional<json_text> type) {
    const parsed_policy parsed(policy);
    EXPECT_EQ(parsed.told(), "ok");
    return check_type(type, parsed.rules);
  };
  const auto usual = support::sample_policy();
  const auto the_same = usual.with("typ", R"(["JWT","at+jwt"])");
  for (const auto& [raw, accepted] : rows) {
    const json_text type{raw, raw.find('\\') != std::string_view::npos};
    EXPECT_EQ(accepts(usual, type), accepted) << raw;
    EXPECT_EQ(accepts(the_same, type), accepted) << raw;
  }
  const auto access_token = usual.with("typ", R"(["application/AT+jwt"])");
  EXPECT_TRUE(accepts(access_token, json_text{"at+jwt", false}));
  EXPECT_FALSE(accepts(access_token, json_text{"JWT", false}));

  const auto any = usual.with("typ", "null");
  EXPECT_TRUE(accepts(any, json_text{"anything", false}));
  EXPECT_TRUE(accepts(any, json_text{"", false}));
  for (const auto& policy : {usual, access_token, any}) EXPECT_TRUE(accepts(policy, std::nullopt));
}

TEST(claims_rules, type_may_be_as_long_as_the_policys) {
  const std::string longest(1024, 't');
  const parsed_policy parsed(support::sample_policy().with("typ", "[\"" + longest + "\"]"));
  ASSERT_EQ(parsed.told(), "ok");
  EXPECT_TRUE(check_type(json_text{longest, false}, parsed.rules));
  const std::string escaped = R"(\u0074)" + longest.substr(1);
  EXPECT_TRUE(check_type(json_text{escaped, true}, parsed.rules));
  const std::string prefixed = R"(\u0061pplication/)" + longest;
  EXPECT_TRUE(check_type(json_text{prefixed, true}, parsed.rules));
  for (const auto& longer : {R"(\u0074)" + longest, prefixed + 't'}) {
    EXPECT_FALSE(check_type(json_text{longer, true}, parsed.rules));
  }
}

}  // namespace
}  // namespace portcullis
