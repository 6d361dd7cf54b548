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
  return check_claims(claims(payload.jws()), *parsed.rules.first_issuer,
                      {now, parsed.rules.clock_tolerance});
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
  std::string_view none_of = {};
};

// `{"all_of":["a","b"]}` and so on; an empty list is left out.
std::string requirement_text(std::string_view all_of, std::string_view any_of,
                             std::string_view none_of = {}) {
  object_text required{};
  for (const auto& [member, letters] :
       {std::pair("all_of", all_of), std::pair("any_of", any_of), std::pair("none_of", none_of)}) {
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
    {R"(["b"])", "", "", reason::ok, "a"},
    {R"("b c")", "", "", reason::ok, "a"},
    {"[]", "", "", reason::ok, "a"},
    {R"("")", "", "", reason::ok, "a"},
    {R"(["a"])", "", "", reason::scope_insufficient, "a"},
    {R"(["b","c","a"])", "", "", reason::scope_insufficient, "xa"},
    {R"("a")", "", "", reason::scope_insufficient, "a"},
    {R"("\u0061")", "", "", reason::scope_insufficient, "a"},
    {R"(["b","\u0061"])", "", "", reason::scope_insufficient, "a"},
    {R"(["a","b"])", "a", "b", reason::ok, "c"},
    {R"(["a","b","c"])", "a", "b", reason::scope_insufficient, "c"},
    {R"(["a","c"])", "a", "b", reason::scope_insufficient, "d"},
    {"null", "", "", reason::claims_invalid, "a"},
    {"{}", "", "", reason::claims_invalid, "a"},
    {R"(["b",{"a":"a"}])", "", "", reason::claims_invalid, "a"},
    // Nothing is demanded: not looked at.
    {"null", "", "", reason::ok},
    {"[]", "", "", reason::ok},
};

void check_grants(std::string_view claim, std::string_view required) {
  const auto demand = [required](std::string_view all_of, std::string_view any_of,
                                 std::string_view none_of) {
    if (all_of.empty() && any_of.empty() && none_of.empty()) return lenient_policy();
    return lenient_policy().with("require", "{\"" + std::string(required) + "\":" +
                                                requirement_text(all_of, any_of, none_of) + '}');
  };
  const bool words = required == "permissions" || required == "scope";
  for (const auto& [value, all_of, any_of, why, none_of] : grant_rows) {
    // What grants two words as a string is one name to roles and groups.
    if (!words && value.find(' ') < value.find('[')) continue;
    const std::string json = "{\"" + std::string(claim) + "\":" + std::string(value) + '}';
    EXPECT_EQ(check(json, demand(all_of, any_of, none_of)), why)
        << json << " all_of " << all_of << " any_of " << any_of << " none_of " << none_of;
  }
  EXPECT_EQ(check("{}", demand("a", "", "")), reason::scope_insufficient) << claim;
  EXPECT_EQ(check("{}", demand("", "a", "")), reason::scope_insufficient) << claim;
  EXPECT_EQ(check("{}", demand("", "", "a")), reason::ok) << claim;
  EXPECT_EQ(check("{}", demand("a", "", "b")), reason::scope_insufficient) << claim;
}

TEST(claims_rules, permissions_must_be_granted) { check_grants("permissions", "permissions"); }

TEST(claims_rules, scope_must_be_granted) {
  for (const std::string_view claim : {"scope", "scp", "scopes"}) {
    check_grants(claim, "scope");
  }
}

TEST(claims_rules, roles_must_be_granted) { check_grants("roles", "roles"); }

TEST(claims_rules, groups_must_be_granted) {
  for (const std::string_view claim : {"groups", "cognito:groups"}) check_grants(claim, "groups");
}

TEST(claims_rules, roles_and_groups_are_never_split) {
  for (const std::string_view name : {"roles", "groups"}) {
    const auto rules = [name](std::string_view required) {
      return lenient_policy().with("require",
                                   "{\"" + std::string(name) + "\":" + std::string(required) + '}');
    };
    const auto with = [name](std::string_view value) {
      return "{\"" + std::string(name) + "\":" + std::string(value) + '}';
    };
    const auto admin = rules(R"({"all_of":["admin"]})");
    EXPECT_EQ(check(with(R"("admin")"), admin), reason::ok);
    EXPECT_EQ(check(with(R"("admin user")"), admin), reason::scope_insufficient);
    const auto spaced = rules(R"({"any_of":["site admin"]})");
    EXPECT_EQ(check(with(R"("site admin")"), spaced), reason::ok);
    EXPECT_EQ(check(with(R"(["site admin"])"), spaced), reason::ok);
    EXPECT_EQ(check(with(R"("admin site")"), spaced), reason::scope_insufficient);
    // Forbidden words inside another name are not that name.
    const auto no_admin = rules(R"({"none_of":["admin"]})");
    EXPECT_EQ(check(with(R"("not admin")"), no_admin), reason::ok);
    EXPECT_EQ(check(with(R"("admin")"), no_admin), reason::scope_insufficient);
  }
}

TEST(claims_rules, groups_are_the_first_of_their_two_names) {
  const auto rules = lenient_policy().with("require", R"({"groups":{"all_of":["a"]}})");
  EXPECT_EQ(check(R"({"groups":["a"],"cognito:groups":["b"]})", rules), reason::ok);
  EXPECT_EQ(check(R"({"cognito:groups":["a"],"groups":["b"]})", rules), reason::scope_insufficient);
  EXPECT_EQ(check(R"({"groups":[],"cognito:groups":["a"]})", rules), reason::scope_insufficient);
  EXPECT_EQ(check(R"({"groups":null,"cognito:groups":["a"]})", rules), reason::claims_invalid);
  EXPECT_EQ(check(R"({"cognito\u003agroups":["a"]})", rules), reason::ok);
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

TEST(claims_rules, age_counts_from_the_issue) {
  constexpr std::int64_t ten_years = 315360000;
  struct row {
    std::string_view issued_at;
    std::int64_t age;
    std::int64_t tolerance;
    std::int64_t now;
    reason why;
  };
  constexpr row rows[] = {
      {"1000", 10, 0, 1009, reason::ok},
      {"1000", 10, 0, 1010, reason::token_too_old},
      {"1000", 10, 0, 1000, reason::ok},
      {"1000", 10, 0, 999, reason::issued_in_future},
      {"1000", 10, 5, 995, reason::ok},
      {"1000", 10, 5, 1014, reason::ok},
      {"1000", 10, 5, 1015, reason::token_too_old},
      {"1000", 1, 0, 1000, reason::ok},
      {"1000", 1, 0, 1001, reason::token_too_old},
      {"1000", 10, 300, 1309, reason::ok},
      {"1000", 10, 300, 1310, reason::token_too_old},
      {"1000.5", 10, 0, 1010, reason::ok},
      {"1000.5", 10, 0, 1011, reason::token_too_old},
      {"1000.0", 10, 0, 1010, reason::token_too_old},
      {"999.5", 10, 0, 1009, reason::ok},
      {"999.5", 10, 0, 1010, reason::token_too_old},
      {"1e3", 10, 0, 1010, reason::token_too_old},
      {"0", ten_years, 0, ten_years - 1, reason::ok},
      {"0", ten_years, 0, ten_years, reason::token_too_old},
      {"-5", 10, 0, 4, reason::ok},
      {"-5", 10, 0, 5, reason::token_too_old},
      {"-4611686018427387904", ten_years, 0, farthest_now, reason::token_too_old},
      {"-1e308", ten_years, 300, -farthest_now, reason::token_too_old},
      {"1e308", ten_years, 300, farthest_now, reason::issued_in_future},
  };
  for (const auto& [issued_at, age, tolerance, now, why] : rows) {
    const auto rules = lenient_policy()
                           .with("clock_tolerance", std::to_string(tolerance))
                           .with("max_token_age", std::to_string(age));
    EXPECT_EQ(check("{\"iat\":" + std::string(issued_at) + '}', rules, now), why)
        << issued_at << " age " << age << " tolerance " << tolerance << " now " << now;
  }
  const auto aged = lenient_policy().with("max_token_age", "10");
  EXPECT_EQ(check("{}", aged), reason::claim_missing);
  EXPECT_EQ(check(R"({"iat":"1000"})", aged), reason::claims_invalid);
  EXPECT_EQ(check(R"({"iat":null})", aged), reason::claims_invalid);
  EXPECT_EQ(check(R"({"x":{"iat":1700000000}})", aged), reason::claim_missing);
}

TEST(claims_rules, tenant_is_in_the_issuer_and_says_so_itself) {
  const auto rules = lenient_policy()
                         .with("issuer", R"("https://login/{tenantid}/v2.0")")
                         .with("tenants", R"(["t-1","t-2","t-10"])");
  struct row {
    std::string_view json;
    reason why;
  };
  constexpr row rows[] = {
      {R"({"iss":"https://login/t-1/v2.0","tid":"t-1"})", reason::ok},
      {R"({"iss":"https://login/t-10/v2.0","tid":"t-10"})", reason::ok},
      {R"({"iss":"https:\/\/login\/\u0074-2\/v2.0","tid":"t\u002d2"})", reason::ok},
      {R"({"tid":"t-1"})", reason::claim_missing},
      {R"({"iss":"https://login/t-1/v2.0"})", reason::claim_missing},
      {R"({"iss":"https://login/t-1/v2.0","x":{"tid":"t-1"}})", reason::claim_missing},
      {R"({"iss":"https://login/t-1/v2.0","tid":null})", reason::claims_invalid},
      {R"({"iss":"https://login/t-1/v2.0","tid":1})", reason::claims_invalid},
      {R"({"iss":"https://login/t-1/v2.0","tid":["t-1"]})", reason::claims_invalid},
      {R"({"iss":"https://login/t-1/v2.0","tid":"t-2"})", reason::issuer_mismatch},
      {R"({"iss":"https://login/t-1/v2.0","tid":"T-1"})", reason::issuer_mismatch},
      {R"({"iss":"https://login/t-1/v2.0","tid":""})", reason::issuer_mismatch},
      {R"({"iss":"https://login/t-3/v2.0","tid":"t-3"})", reason::issuer_mismatch},
      {R"({"iss":"https://login/T-1/v2.0","tid":"T-1"})", reason::issuer_mismatch},
      {R"({"iss":"https://login//v2.0","tid":""})", reason::issuer_mismatch},
      {R"({"iss":"https://login/t-1t-1/v2.0","tid":"t-1"})", reason::issuer_mismatch},
      {R"({"iss":"https://login/t-1/v2.0/","tid":"t-1"})", reason::issuer_mismatch},
      {R"({"iss":"https://login/t-1/v2.","tid":"t-1"})", reason::issuer_mismatch},
      {R"({"iss":"xhttps://login/t-1/v2.0","tid":"t-1"})", reason::issuer_mismatch},
      {R"({"iss":"https://login/t-1","tid":"t-1"})", reason::issuer_mismatch},
      {R"({"iss":"https://login/","tid":"t-1"})", reason::issuer_mismatch},
      {R"({"iss":"","tid":"t-1"})", reason::issuer_mismatch},
      {R"({"iss":"https://login/{tenantid}/v2.0","tid":"{tenantid}"})", reason::issuer_mismatch},
      {R"({"iss":"https://login/t-1\u0000/v2.0","tid":"t-1"})", reason::issuer_mismatch},
  };
  for (const auto& [json, why] : rows) EXPECT_EQ(check(json, rules), why) << json;

  // At the end, at the beginning, and alone.
  for (const std::string_view issuer : {"{tenantid}", "x/{tenantid}", "{tenantid}/x"}) {
    std::string named(issuer);
    named.replace(named.find('{'), 10, "a.b");
    const auto other = lenient_policy()
                           .with("issuer", '"' + std::string(issuer) + '"')
                           .with("tenants", R"(["a.b"])");
    EXPECT_EQ(check(R"({"tid":"a.b","iss":")" + named + "\"}", other), reason::ok) << named;
    EXPECT_EQ(check(R"({"tid":"a.b","iss":")" + named + "x\"}", other), reason::issuer_mismatch);
    EXPECT_EQ(check(R"({"tid":"a.b","iss":"y)" + named + "\"}", other), reason::issuer_mismatch);
  }
}

TEST(claims_rules, text_claims_are_one_of_the_policys) {
  struct row {
    std::string_view value;
    reason why;
  };
  constexpr row rows[] = {
      {R"("a b")", reason::ok},
      {R"("c")", reason::ok},
      {R"("\u0063")", reason::ok},
      {R"("a")", reason::claim_mismatch},  // whole, never words
      {R"("b")", reason::claim_mismatch},
      {R"("C")", reason::claim_mismatch},
      {R"("c ")", reason::claim_mismatch},
      {R"("c\u0000")", reason::claim_mismatch},
      {R"("")", reason::claim_mismatch},
      {R"(["c"])", reason::claims_invalid},
      {"[]", reason::claims_invalid},
      {"null", reason::claims_invalid},
      {"1", reason::claims_invalid},
      {R"({"c":"c"})", reason::claims_invalid},
  };
  for (const std::string_view name : {"token_use", "client_id", "azp"}) {
    const auto rules = lenient_policy().with(name, R"(["a b","c"])");
    for (const auto& [value, why] : rows) {
      const std::string json = "{\"" + std::string(name) + "\":" + std::string(value) + '}';
      EXPECT_EQ(check(json, rules), why) << json;
    }
    EXPECT_EQ(check("{}", rules), reason::claim_missing);
    EXPECT_EQ(check("{\"x\":{\"" + std::string(name) + "\":\"c\"}}", rules), reason::claim_missing);
    const auto single = lenient_policy().with(name, R"("access")");
    EXPECT_EQ(check("{\"" + std::string(name) + "\":\"access\"}", single), reason::ok);
    EXPECT_EQ(check("{\"" + std::string(name) + "\":\"id\"}", single), reason::claim_mismatch);
  }
}

TEST(claims_rules, present_claims_are_there_and_not_null) {
  const auto rules = lenient_policy().with("require", R"({"present":["sub","a\u0062"]})");
  for (const std::string_view value : {R"("")", "0", "false", "[]", "{}", "[null]", R"("null")"}) {
    EXPECT_EQ(check(R"({"sub":"x","ab":)" + std::string(value) + '}', rules), reason::ok) << value;
    EXPECT_EQ(check(R"({"sub":"x","\u0061b":)" + std::string(value) + '}', rules), reason::ok);
  }
  EXPECT_EQ(check(R"({"sub":"x","ab":null})", rules), reason::claim_missing);
  EXPECT_EQ(check(R"({"sub":"x"})", rules), reason::claim_missing);
  EXPECT_EQ(check(R"({"ab":1})", rules), reason::claim_missing);
  EXPECT_EQ(check(R"({"sub":"x","y":{"ab":1}})", rules), reason::claim_missing);
  EXPECT_EQ(check(R"({"sub":"x","AB":1})", rules), reason::claim_missing);
}

TEST(claims_rules, claims_have_the_value_that_is_asked) {
  struct row {
    std::string_view wanted;
    std::string_view value;
    reason why;
  };
  constexpr row rows[] = {
      {R"("a b")", R"("a b")", reason::ok},
      {R"("a")", R"("\u0061")", reason::ok},
      {R"("a")", R"("a b")", reason::claim_mismatch},
      {R"("a")", R"(["a"])", reason::claim_mismatch},
      {R"("")", R"("")", reason::ok},
      {R"("")", "[]", reason::claim_mismatch},
      {R"("")", "null", reason::claim_mismatch},
      {R"("1")", "1", reason::claim_mismatch},
      {R"("true")", "true", reason::claim_mismatch},
      {R"("null")", "null", reason::claim_mismatch},
      {"1", "1", reason::ok},
      {"1", R"("1")", reason::claim_mismatch},
      {"1", "1.0", reason::claim_mismatch},
      {"1", "1e0", reason::claim_mismatch},
      {"10", "1e1", reason::claim_mismatch},
      {"1", "true", reason::claim_mismatch},
      {"1", "[1]", reason::claim_mismatch},
      {"1", "null", reason::claim_mismatch},
      {"1", "11", reason::claim_mismatch},
      {"-1", "-1", reason::ok},
      {"-1", "1", reason::claim_mismatch},
      {"0", "-0", reason::ok},
      {"0", "false", reason::claim_mismatch},
      {"0", "null", reason::claim_mismatch},
      {"9223372036854775807", "9223372036854775807", reason::ok},
      {"9223372036854775807", "9223372036854775808", reason::claim_mismatch},
      {"-9223372036854775808", "-9223372036854775808", reason::ok},
      {"0", "18446744073709551616", reason::claim_mismatch},
      {"true", "true", reason::ok},
      {"true", "false", reason::claim_mismatch},
      {"true", R"("true")", reason::claim_mismatch},
      {"true", "1", reason::claim_mismatch},
      {"true", "[true]", reason::claim_mismatch},
      {"false", "false", reason::ok},
      {"false", "true", reason::claim_mismatch},
      {"false", "null", reason::claim_mismatch},
      {"false", "0", reason::claim_mismatch},
      {R"({"all_of":["a","b"]})", R"(["b","a","c"])", reason::ok},
      {R"({"all_of":["a","b"]})", R"(["a"])", reason::claim_mismatch},
      {R"({"all_of":["a","b"]})", R"("a b")", reason::claim_mismatch},
      {R"({"all_of":["a b"]})", R"("a b")", reason::ok},
      {R"({"any_of":["a","b"]})", R"("b")", reason::ok},
      {R"({"any_of":["a","b"]})", R"("a b")", reason::claim_mismatch},
      {R"({"any_of":["a","b"]})", "[]", reason::claim_mismatch},
      {R"({"any_of":["a"]})", R"("")", reason::claim_mismatch},
      {R"({"none_of":["a"]})", R"("b")", reason::ok},
      {R"({"none_of":["a"]})", R"("a b")", reason::ok},
      {R"({"none_of":["a"]})", "[]", reason::ok},
      {R"({"none_of":["a"]})", R"(["b","\u0061"])", reason::claim_mismatch},
      {R"({"none_of":["a"],"any_of":["b"]})", R"(["b"])", reason::ok},
      {R"({"none_of":["a"],"any_of":["b"]})", R"(["b","a"])", reason::claim_mismatch},
      {R"({"none_of":["a"]})", "null", reason::claims_invalid},
      {R"({"any_of":["1"]})", "1", reason::claims_invalid},
      {R"({"any_of":["a"]})", R"(["a",1])", reason::claims_invalid},
      {R"({"any_of":["a"]})", R"({"a":"a"})", reason::claims_invalid},
      {R"({"all_of":["a"]})", R"([["a"]])", reason::claims_invalid},
  };
  for (const auto& [wanted, value, why] : rows) {
    const auto rules =
        lenient_policy().with("require", R"({"claims":{"x y":)" + std::string(wanted) + "}}");
    EXPECT_EQ(check(R"({"a":[],"x y":)" + std::string(value) + '}', rules), why)
        << wanted << ' ' << value;
    EXPECT_EQ(check(R"({"x\u0020y":)" + std::string(value) + '}', rules), why)
        << wanted << ' ' << value;
    const bool only_none = wanted.starts_with(R"({"none_of")") && wanted.find("any") == wanted.npos;
    EXPECT_EQ(check(R"({"x":1})", rules), only_none ? reason::ok : reason::claim_missing) << wanted;
  }
}

TEST(claims_rules, claims_may_be_registered_ones) {
  const auto rules = lenient_policy().with(
      "require", R"({"present":["jti"],"claims":{"sub":"me","aud":{"all_of":["a","b"]},"exp":7}})");
  EXPECT_EQ(check(R"({"jti":"1","sub":"me","aud":["b","a"],"exp":7})", rules, 6), reason::ok);
  EXPECT_EQ(check(R"({"jti":"1","sub":"me","aud":["b"],"exp":7})", rules, 6),
            reason::claim_mismatch);
  EXPECT_EQ(check(R"({"jti":"1","sub":"me","aud":["b","a"],"exp":7.0})", rules, 6),
            reason::claim_mismatch);
}

TEST(claims_rules, claims_are_checked_in_the_policys_order) {
  const auto rules = [](std::string_view wanted) {
    return lenient_policy().with("require", R"({"claims":)" + std::string(wanted) + '}');
  };
  constexpr std::string_view json = R"({"a":1,"b":[2]})";
  EXPECT_EQ(check(json, rules(R"({"a":2,"b":{"any_of":["x"]},"c":1})")), reason::claim_mismatch);
  EXPECT_EQ(check(json, rules(R"({"b":{"any_of":["x"]},"a":2,"c":1})")), reason::claims_invalid);
  EXPECT_EQ(check(json, rules(R"({"c":1,"a":2,"b":{"any_of":["x"]}})")), reason::claim_missing);
}

// Each row breaks its own rule and all later ones: the earliest is told.
TEST(claims_rules, come_in_a_fixed_order) {
  const auto rules = support::sample_policy()
                         .with("issuer", R"("me/{tenantid}")")
                         .with("tenants", R"(["t"])")
                         .with("audience", R"("api")")
                         .with("max_token_age", "100")
                         .with("token_use", R"("access")")
                         .with("client_id", R"("c")")
                         .with("azp", R"("z")")
                         .with("require", R"({"groups":{"all_of":["g"]},"roles":{"all_of":["r"]},
                                              "scope":{"all_of":["s"]},
                                              "permissions":{"all_of":["p"]},
                                              "claims":{"x":1,"y":true},"present":["n"]})");
  object_text json{
      {"exp", "1"},          {"nbf", "4000000000"}, {"iat", "4000000000"}, {"iss", R"("x")"},
      {"aud", R"("x")"},     {"client_id", "1"},    {"azp", R"("x")"},     {"x", "2"},
      {"permissions", "[]"}, {"scope", "1"},        {"roles", "[]"},       {"groups", "1"}};
  EXPECT_EQ(check(json.without("exp").text(), rules), reason::claim_missing);
  EXPECT_EQ(check(json.text(), rules), reason::expired);
  json = json.with("exp", "4000000000");
  EXPECT_EQ(check(json.text(), rules), reason::not_yet_valid);
  json = json.without("nbf");
  EXPECT_EQ(check(json.text(), rules), reason::issued_in_future);
  EXPECT_EQ(check(json.without("iat").text(), rules), reason::claim_missing);
  json = json.with("iat", "1");
  EXPECT_EQ(check(json.text(), rules), reason::token_too_old);
  json = json.with("iat", std::to_string(support::now));
  EXPECT_EQ(check(json.text(), rules), reason::issuer_mismatch);
  json = json.with("iss", R"("me/t")");
  EXPECT_EQ(check(json.text(), rules), reason::claim_missing);
  EXPECT_EQ(check(json.with("tid", R"("u")").text(), rules), reason::issuer_mismatch);
  json = json.with("tid", R"("t")");
  EXPECT_EQ(check(json.text(), rules), reason::audience_mismatch);
  json = json.with("aud", R"("api")");
  EXPECT_EQ(check(json.text(), rules), reason::claim_missing);
  EXPECT_EQ(check(json.with("token_use", R"("id")").text(), rules), reason::claim_mismatch);
  json = json.with("token_use", R"("access")");
  EXPECT_EQ(check(json.text(), rules), reason::claims_invalid);
  json = json.with("client_id", R"("c")");
  EXPECT_EQ(check(json.text(), rules), reason::claim_mismatch);
  json = json.with("azp", R"("z")");
  EXPECT_EQ(check(json.text(), rules), reason::claim_missing);
  json = json.with("n", "0");
  EXPECT_EQ(check(json.text(), rules), reason::claim_mismatch);
  json = json.with("x", "1");
  EXPECT_EQ(check(json.text(), rules), reason::claim_missing);
  json = json.with("y", "true");
  EXPECT_EQ(check(json.text(), rules), reason::scope_insufficient);
  json = json.with("permissions", R"(["p"])");
  EXPECT_EQ(check(json.text(), rules), reason::claims_invalid);
  json = json.with("scope", R"("s")");
  EXPECT_EQ(check(json.text(), rules), reason::scope_insufficient);
  json = json.with("roles", R"("r")");
  EXPECT_EQ(check(json.text(), rules), reason::claims_invalid);
  json = json.with("groups", R"(["h","g"])");
  EXPECT_EQ(check(json.text(), rules), reason::ok);
}

// A token with everything passes; without any one of its claims it never does.
TEST(claims_rules, nothing_unproven_passes) {
  const auto rules =
      support::sample_policy()
          .with("issuer", R"("me/{tenantid}")")
          .with("tenants", R"(["t"])")
          .with("max_token_age", "100")
          .with("token_use", R"("access")")
          .with("client_id", R"("c")")
          .with("azp", R"("z")")
          .with("require",
                R"({"present":["n"],"claims":{"x":1,"l":{"any_of":["m"],"none_of":["o"]}},
                    "permissions":{"all_of":["p"]},"scope":{"any_of":["s"]},
                    "roles":{"all_of":["r"],"none_of":["q"]},"groups":{"any_of":["g"]}})");
  const std::pair<std::string, std::string> members[] = {
      {"exp", "4000000000"},
      {"iat", std::to_string(support::now)},
      {"iss", R"("me/t")"},
      {"tid", R"("t")"},
      {"aud", R"("https://api.example/")"},
      {"token_use", R"("access")"},
      {"client_id", R"("c")"},
      {"azp", R"("z")"},
      {"n", "0"},
      {"x", "1"},
      {"l", R"(["m"])"},
      {"permissions", R"(["p"])"},
      {"scope", R"("s")"},
      {"roles", R"(["r"])"},
      {"groups", R"(["g"])"},
  };
  object_text whole{};
  for (const auto& [name, value] : members) whole = whole.with(name, value);
  ASSERT_EQ(check(whole.text(), rules), reason::ok);
  for (const auto& [name, value] : members) {
    EXPECT_NE(check(whole.without(name).text(), rules), reason::ok) << name;
    for (const std::string_view other :
         {"null", "true", "2", "-1", R"("")", "[]", "[null]", "{}", R"(["x"])", R"("x")",
          R"([["p"]])", R"({"0":"p","length":1})"}) {
      if (name == "n" && other != "null") continue;  // only asked to be there
      EXPECT_NE(check(whole.with(name, other).text(), rules), reason::ok) << name << ' ' << other;
    }
    // Under another spelling it is not there; twice it is nothing at all.
    const auto capital = whole.without(name).with('X' + name, value);
    EXPECT_NE(check(capital.text(), rules), reason::ok) << name;
    std::string doubled = whole.text();
    doubled.insert(doubled.size() - 1, ",\"" + name + "\":" + value);
    EXPECT_EQ(check(doubled, rules), reason::claims_invalid) << name;
  }
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
    return check_type(type, *parsed.rules.first_issuer);
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
  EXPECT_TRUE(check_type(json_text{longest, false}, *parsed.rules.first_issuer));
  const std::string escaped = R"(\u0074)" + longest.substr(1);
  EXPECT_TRUE(check_type(json_text{escaped, true}, *parsed.rules.first_issuer));
  const std::string prefixed = R"(\u0061pplication/)" + longest;
  EXPECT_TRUE(check_type(json_text{prefixed, true}, *parsed.rules.first_issuer));
  for (const auto& longer : {R"(\u0074)" + longest, prefixed + 't'}) {
    EXPECT_FALSE(check_type(json_text{longer, true}, *parsed.rules.first_issuer));
  }
}

}  // namespace
}  // namespace portcullis
