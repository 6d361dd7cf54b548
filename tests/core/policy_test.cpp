#include "jwt/policy.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "support/exact_copy.hpp"
#include "support/samples.hpp"

namespace portcullis {
namespace {

using support::parsed_policy;
using support::raw_key;
using support::sample_policy;

std::string told(std::string_view json) {
  const support::exact_copy copy(json);
  return parsed_policy(copy.view()).told();
}

std::string joined(const string_list& list) {
  std::string out;
  for (const std::string_view name : list) out += (out.empty() ? "" : " ") + std::string(name);
  return out;
}

// "text token_use any_of(access)", a rule per word and its lists.
std::string described(const issuer_policy& issuer) {
  constexpr std::string_view names[] = {"present",     "value", "text",  "strings",
                                        "permissions", "scope", "roles", "groups"};
  std::string out;
  for (const auto* rule = issuer.first_rule.get(); rule != nullptr; rule = rule->next.get()) {
    out +=
        (out.empty() ? "" : "; ") + std::string(names[rule->asks]) + ' ' + std::string(rule->claim);
    const auto add = [&out](std::string_view name, const string_list& list) {
      if (!list.empty()) out += ' ' + std::string(name) + '(' + joined(list) + ')';
    };
    add("all_of", rule->lists.all_of());
    add("any_of", rule->lists.any_of());
    add("none_of", rule->lists.none_of());
    EXPECT_EQ(rule->wanted != nullptr, rule->asks == claim_rule::value);
  }
  return out;
}

TEST(policy, has_defaults_for_what_is_not_required) {
  const parsed_policy parsed(sample_policy());
  ASSERT_EQ(parsed.told(), "ok");
  const issuer_policy& rules = *parsed.rules.first_issuer;
  EXPECT_EQ(rules.next, nullptr);
  EXPECT_TRUE(rules.allowed_algorithms.contains(algorithm::hs256));
  EXPECT_EQ(rules.keys.size(), 1u);
  EXPECT_EQ(rules.issuer, "https://issuer.example/");
  EXPECT_EQ(joined(rules.audiences), "https://api.example/");
  EXPECT_EQ(rules.audiences.size(), 1u);
  EXPECT_TRUE(rules.types.empty());  // the usual ones
  EXPECT_FALSE(rules.any_type);
  EXPECT_EQ(parsed.rules.clock_tolerance, 0);
  EXPECT_TRUE(rules.expiration_required);
  EXPECT_EQ(rules.max_token_age, 0);
  EXPECT_TRUE(rules.tenants.empty());
  EXPECT_EQ(rules.first_rule, nullptr);
  EXPECT_EQ(parsed.rules.realm, "portcullis");
}

TEST(policy, reads_every_member) {
  std::string json = sample_policy()
                         .with("$schema", R"("policy.schema.json")")
                         .with("audience", R"(["a","\u0062"])")
                         .with("keys", '[' + raw_key(support::secret, "one") + ',' +
                                           raw_key(support::other_secret, "two") + ']')
                         .with("clock_tolerance", "300")
                         .with("expiration", R"("optional")")
                         .with("issuer", R"("https://{tenantid}/")")
                         .with("tenants", R"(["A-1","b.2"])")
                         .with("max_token_age", "315360000")
                         .with("typ", R"(["x+jwt"])")
                         .with("azp", R"(["\u0061z","by"])")
                         .with("token_use", R"("access")")
                         .with("client_id", R"("c")")
                         .with("require",
                               R"({"groups":{"none_of":["g"]},"roles":{"any_of":["r"]},
                    "scope":{"any_of":["s","t"],"all_of":["u"]},"permissions":{"all_of":["p"]},
                    "claims":{"x":{"none_of":["no"]},"y":1,"":true,"\u007a":""},
                    "present":["sub","a b"]})")
                         .with("realm", R"("a realm")")
                         .text();
  const parsed_policy parsed(json);
  json.assign(json.size(), '#');  // nothing points into the text
  ASSERT_EQ(parsed.told(), "ok");
  const issuer_policy& rules = *parsed.rules.first_issuer;
  EXPECT_EQ(rules.issuer, "https://{tenantid}/");
  EXPECT_EQ(rules.tenant_at, 8u);
  EXPECT_EQ(joined(rules.tenants), "A-1 b.2");
  EXPECT_EQ(joined(rules.audiences), "a b");
  EXPECT_EQ(rules.keys.size(), 2u);
  EXPECT_EQ(parsed.rules.clock_tolerance, 300);
  EXPECT_FALSE(rules.expiration_required);
  EXPECT_EQ(rules.max_token_age, 315360000);
  EXPECT_EQ(joined(rules.types), "x+jwt");
  EXPECT_EQ(described(rules),
            "text token_use any_of(access); text client_id any_of(c); text azp any_of(az by); "
            "present sub; present a b; strings x none_of(no); value y; value ; value z; "
            "permissions permissions all_of(p); scope scope all_of(u) any_of(s t); "
            "roles roles any_of(r); groups groups none_of(g)");
  EXPECT_EQ(parsed.rules.realm, "a realm");
}

// What an entry of `issuers` has when nothing is left to its defaults.
std::string issuers_text(std::initializer_list<support::object_text> entries) {
  std::string list;
  for (const auto& each : entries) list += (list.empty() ? "" : ",") + each.text();
  return '[' + list + ']';
}

support::object_text entry(std::string_view issuer) {
  return sample_policy().with("issuer", '"' + std::string(issuer) + '"');
}

TEST(policy, reads_several_issuers) {
  const support::object_text json{
      {"realm", R"("all")"},
      {"issuers", issuers_text({entry("a").with("audience", R"("one")").with("azp", R"("z")"),
                                entry("b").with("typ", "null").with("audience", "null"),
                                entry("c/{tenantid}").with("tenants", R"(["t"])")})},
      {"clock_tolerance", "7"},
      {"$schema", R"("x")"}};
  const parsed_policy parsed(json);
  ASSERT_EQ(parsed.told(), "ok");
  EXPECT_EQ(parsed.rules.realm, "all");
  EXPECT_EQ(parsed.rules.clock_tolerance, 7);
  const issuer_policy& a = *parsed.rules.first_issuer;
  const issuer_policy& b = *a.next;
  const issuer_policy& c = *b.next;
  EXPECT_EQ(c.next, nullptr);
  EXPECT_EQ(a.issuer, "a");
  EXPECT_EQ(joined(a.audiences), "one");
  EXPECT_EQ(described(a), "text azp any_of(z)");
  EXPECT_EQ(b.issuer, "b");
  EXPECT_TRUE(b.any_type);
  EXPECT_TRUE(b.audiences.empty());
  EXPECT_EQ(described(b), "");
  EXPECT_EQ(c.tenant_at, 2u);
  EXPECT_EQ(joined(c.tenants), "t");
  EXPECT_EQ(c.keys.size(), 1u);
}

TEST(policy, says_what_is_wrong_with_issuers) {
  const auto with = [](const support::object_text& each) {
    return support::object_text{{"issuers", issuers_text({entry("a"), each})}};
  };
  constexpr std::string_view list_told = "$.issuers: expected an array of 1 to 64 issuers";
  for (const std::string_view value : {"null", "{}", "[]", R"("a")", "1"}) {
    EXPECT_EQ(told(support::object_text{{"issuers", std::string(value)}}.text()), list_told);
  }
  for (const std::string_view value : {"null", "[]", R"("a")", "1"}) {
    EXPECT_EQ(told(R"({"issuers":[)" + std::string(value) + "]}"),
              "$.issuers[0]: expected an issuer object");
  }
  EXPECT_EQ(told(with(entry("b")).text()), "ok");
  EXPECT_EQ(told(with(entry("a")).text()),
            "$.issuers[1].issuer: expected an issuer that no other entry has");
  EXPECT_EQ(told(with(entry("\\u0061")).text()),
            "$.issuers[1].issuer: expected an issuer that no other entry has");
  for (const auto& each : {entry("b").with("issuer", "null"), entry("b").with("issuer", R"("")"),
                           entry("b").without("issuer")}) {
    EXPECT_EQ(told(with(each).text()), "$.issuers[1].issuer: expected a string of 1 to 1024 bytes");
  }
  EXPECT_EQ(told(with(entry("b").without("keys")).text()),
            "$.issuers[1].keys: expected an array of 1 to 1000 keys, or a JWK Set");
  for (const std::string_view name : {"realm", "clock_tolerance", "$schema", "issuers", "x"}) {
    EXPECT_EQ(told(with(entry("b").with(name, "null").without("algorithms")).text()),
              "$.issuers[1]." + std::string(name) + ": expected no such member");
  }

  // Beside the list: at their place in the order, but after what nobody knows.
  for (const std::string_view name :
       {"algorithms", "issuer", "tenants", "audience", "keys", "expiration", "max_token_age", "typ",
        "token_use", "client_id", "azp", "require"}) {
    const auto beside = with(entry("b")).with(name, "null");
    EXPECT_EQ(told(beside.text()),
              "$." + std::string(name) + ": expected no such member beside issuers");
    EXPECT_EQ(told(beside.with("leeway", "1").text()), "$.leeway: expected no such member");
    EXPECT_EQ(told(beside.with("$schema", "1").text()), "$.$schema: expected a string");
    EXPECT_EQ(told(beside.with("issuers", "[]").text()), list_told);
  }
  EXPECT_EQ(told(with(entry("b")).with("expiration", "1").with("clock_tolerance", "-1").text()),
            "$.clock_tolerance: expected a whole number of seconds from 0 to 300");
}

TEST(policy, takes_up_to_64_issuers) {
  const auto with = [](std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) {
      list += (i == 0 ? "" : ",") + entry("i" + std::to_string(i)).text();
    }
    return R"({"issuers":[)" + list + "]}";
  };
  EXPECT_EQ(told(with(64)), "ok");
  EXPECT_EQ(told(with(65)), "$.issuers: expected an array of 1 to 64 issuers");
}

TEST(policy, wants_tenants_where_the_issuer_has_a_place_for_them) {
  constexpr std::string_view because =
      "$.tenants: expected an array of 1 to 256 tenant ids, because issuer has {tenantid}";
  constexpr std::string_view idle = "$.tenants: expected {tenantid} in issuer";
  constexpr std::string_view id_told = ": expected 1 to 64 letters, digits, dots or hyphens";
  const auto open = entry("x/{tenantid}/y");
  EXPECT_EQ(told(open.text()), because);
  for (const std::string_view value : {"null", "[]", R"("t")", "{}", "true", "1"}) {
    EXPECT_EQ(told(open.with("tenants", value).text()), because) << value;
  }
  EXPECT_EQ(told(open.with("tenants", support::array_text(R"("t")", 256)).text()), "ok");
  EXPECT_EQ(told(open.with("tenants", support::array_text(R"("t")", 257)).text()), because);
  for (const std::string_view id : {"a", "Z", "0-9", ".", "-", "a.B-3", "\\u0061"}) {
    EXPECT_EQ(told(open.with("tenants", "[\"" + std::string(id) + "\"]").text()), "ok") << id;
  }
  EXPECT_EQ(told(open.with("tenants", "[\"" + std::string(64, 'a') + "\"]").text()), "ok");
  for (const std::string_view id :
       {R"("")", R"("a b")", R"("a/b")", R"("a_b")", R"("{tenantid}")", R"("\u00e9")", R"("@")",
        R"("`")", R"("[")", R"("{")", R"("a\u0000")", "1", "null", R"(["a"])"}) {
    EXPECT_EQ(told(open.with("tenants", R"(["a",)" + std::string(id) + ']').text()),
              "$.tenants[1]" + std::string(id_told))
        << id;
  }
  EXPECT_EQ(told(open.with("tenants", "[\"" + std::string(65, 'a') + "\"]").text()),
            "$.tenants[0]" + std::string(id_told));

  for (const std::string_view issuer :
       {R"("x")", "null", R"("{tenantId}")", R"("{tenant}")", R"("{tenantid")", R"("tenantid}")"}) {
    EXPECT_EQ(told(sample_policy().with("issuer", issuer).with("tenants", R"(["t"])").text()), idle)
        << issuer;
  }
  EXPECT_EQ(told(sample_policy().with("tenants", "1").text()), idle);
  EXPECT_EQ(told(entry("{tenantid}{tenantid}").with("tenants", R"(["t"])").text()),
            "$.issuer: expected {tenantid} only once");
  EXPECT_EQ(told(entry("{tenantid}/x/{tenantid}").text()),
            "$.issuer: expected {tenantid} only once");
  // Told before what comes later in the order, after what comes earlier.
  EXPECT_EQ(told(open.with("audience", "1").text()), because);
  EXPECT_EQ(told(open.with("algorithms", "[]").text()).substr(0, 13), "$.algorithms:");
  EXPECT_EQ(told(R"({"issuers":[)" + open.text() + "]}"),
            "$.issuers[0]" + std::string(because.substr(1)));
}

TEST(policy, takes_claims_up_to_its_limits) {
  const auto require = [](const std::string& json) {
    return told(sample_policy().with("require", json).text());
  };
  EXPECT_EQ(require(R"({"present":)" + support::array_text(R"("a")", 32) + '}'), "ok");
  EXPECT_EQ(require(R"({"present":)" + support::array_text(R"("a")", 33) + '}'),
            "$.require.present: expected an array of 1 to 32 claim names");
  EXPECT_EQ(require(R"({"claims":{)" + support::filler_members(32) + "}}"), "ok");
  EXPECT_EQ(require(R"({"claims":{)" + support::filler_members(33) + "}}"),
            "$.require.claims: expected an object of 1 to 32 claims");
  const std::string longest(1024, 'x');
  EXPECT_EQ(require(R"({"present":[")" + longest + R"("],"claims":{"a":")" + longest + "\"}}"),
            "ok");
  EXPECT_EQ(require(R"({"present":["x)" + longest + "\"]}"),
            "$.require.present[0]: expected a string of 1 to 1024 bytes");
  EXPECT_EQ(require(R"({"claims":{"a":"x)" + longest + "\"}}"),
            "$.require.claims.a: expected an object with all_of, any_of or none_of, or a string, "
            "integer or boolean");
  for (const std::string_view name : {"token_use", "client_id", "azp"}) {
    const auto with = [name](const std::string& value) {
      return told(sample_policy().with(name, value).text());
    };
    const std::string path = "$." + std::string(name);
    EXPECT_EQ(with('"' + longest + '"'), "ok");
    EXPECT_EQ(with("\"x" + longest + '"'),
              path + ": expected a string of 1 to 1024 bytes, or an array of 1 to 256 of them");
    EXPECT_EQ(with(support::array_text(R"("a")", 256)), "ok");
    EXPECT_EQ(with(support::array_text(R"("a")", 257)),
              path + ": expected an array of 1 to 256 strings");
  }
}

TEST(policy, opts_out_in_writing_only) {
  const parsed_policy parsed(
      sample_policy().with("issuer", "null").with("audience", "null").with("typ", "null"));
  ASSERT_EQ(parsed.told(), "ok");
  EXPECT_TRUE(parsed.rules.first_issuer->issuer.empty());
  EXPECT_TRUE(parsed.rules.first_issuer->audiences.empty());
  EXPECT_TRUE(parsed.rules.first_issuer->any_type);
}

struct member_row {
  std::string_view name;
  std::string_view value;
  std::string told;
};

TEST(policy, says_what_is_wrong_and_where) {
  const std::string names =
      " HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, "
      "Ed25519";
  const std::string algorithms_told = "$.algorithms: expected an array of" + names;
  const std::string first_told = "$.algorithms[0]: expected one of" + names;
  const std::string second_told = "$.algorithms[1]: expected one of" + names;
  const std::string issuer_told =
      "$.issuer: expected a string of 1 to 1024 bytes, or null for any issuer";
  const std::string audience_told =
      "$.audience: expected a string of 1 to 1024 bytes, an array of them, or null for any "
      "audience";
  const std::string keys_told = "$.keys: expected an array of 1 to 1000 keys, or a JWK Set";
  const std::string tolerance_told =
      "$.clock_tolerance: expected a whole number of seconds from 0 to 300";
  const std::string expiration_told = R"($.expiration: expected "required" or "optional")";
  const std::string realm_told =
      "$.realm: expected 1 to 64 printable ASCII characters without quote or backslash";
  const std::string require_told = "$.require: expected an object of requirements";
  const std::string scope_told =
      "$.require.scope: expected an object with all_of, any_of or none_of";
  constexpr std::string_view list_told = "expected an array of 1 to 256 strings";

  const std::string age_told =
      "$.max_token_age: expected a whole number of seconds from 1 to 315360000";
  const std::string present_told = "$.require.present: expected an array of 1 to 32 claim names";
  const std::string claims_told = "$.require.claims: expected an object of 1 to 32 claims";
  const std::string claim_told =
      ": expected an object with all_of, any_of or none_of, or a string, integer or boolean";
  const std::string text_told =
      ": expected a string of 1 to 1024 bytes, or an array of 1 to 256 of them";

  const std::string typ_list = "$.typ: " + std::string(list_told);
  const std::string all_of_list = "$.require.scope.all_of: " + std::string(list_told);
  const std::string any_of_list = "$.require.permissions.any_of: " + std::string(list_told);
  const std::string audience_list = "$.audience: " + std::string(list_told);
  const std::string type_twice = R"($.algorithms[1]: expected each algorithm once)";

  const member_row rows[] = {
      {"$schema", "1", "$.$schema: expected a string"},
      {"$schema", "null", "$.$schema: expected a string"},
      {"algorithms", "null", algorithms_told},
      {"algorithms", "[]", algorithms_told},
      {"algorithms", R"("HS256")", algorithms_told},
      {"algorithms", R"({"HS256":true})", algorithms_told},
      {"algorithms", R"(["HS128"])", first_told},
      {"algorithms", R"(["HS256","none"])", second_told},
      {"algorithms", R"(["hs256"])", first_told},
      {"algorithms", "[1]", first_told},
      {"algorithms", R"(["HS256","HS256"])", type_twice},
      {"issuer", "1", issuer_told},
      {"issuer", R"("")", issuer_told},
      {"issuer", R"(["x"])", issuer_told},
      {"issuer", "false", issuer_told},
      {"audience", "1", audience_told},
      {"audience", R"("")", audience_told},
      {"audience", "{}", audience_told},
      {"audience", "[]", audience_list},
      {"audience", R"(["a",""])", "$.audience[1]: expected a string of 1 to 1024 bytes"},
      {"audience", "[null]", "$.audience[0]: expected a string of 1 to 1024 bytes"},
      {"keys", "null", keys_told},
      {"keys", "[]", keys_told},
      {"keys", "1", keys_told},
      {"keys", "[null]", "$.keys[0]: expected a key object"},
      {"keys", R"([{"kty":"oct"}])", "$.keys[0].k: expected unpadded base64url"},
      {"clock_tolerance", "-1", tolerance_told},
      {"clock_tolerance", "301", tolerance_told},
      {"clock_tolerance", "1.0", tolerance_told},
      {"clock_tolerance", "1e1", tolerance_told},
      {"clock_tolerance", R"("1")", tolerance_told},
      {"clock_tolerance", "null", tolerance_told},
      {"clock_tolerance", "true", tolerance_told},
      {"clock_tolerance", "18446744073709551616", tolerance_told},
      {"clock_tolerance", "4294967297", tolerance_told},
      {"expiration", "null", expiration_told},
      {"expiration", "true", expiration_told},
      {"expiration", R"("Required")", expiration_told},
      {"expiration", R"("")", expiration_told},
      {"typ", "[]", typ_list},
      {"typ", R"("JWT")", typ_list},
      {"typ", R"([""])", "$.typ[0]: expected a string of 1 to 1024 bytes"},
      {"require", "null", require_told},
      {"require", "{}", require_told},
      {"require", "[]", require_told},
      {"max_token_age", "0", age_told},
      {"max_token_age", "315360001", age_told},
      {"max_token_age", "-1", age_told},
      {"max_token_age", "60.0", age_told},
      {"max_token_age", "6e1", age_told},
      {"max_token_age", "null", age_told},
      {"max_token_age", "true", age_told},
      {"max_token_age", R"("60")", age_told},
      {"max_token_age", "4294967297", age_told},
      {"max_token_age", "18446744073709551617", age_told},
      {"token_use", "null", "$.token_use" + text_told},
      {"token_use", R"("")", "$.token_use" + text_told},
      {"token_use", "{}", "$.token_use" + text_told},
      {"client_id", "1", "$.client_id" + text_told},
      {"client_id", "[]", "$.client_id: expected an array of 1 to 256 strings"},
      {"client_id", R"(["a",1])", "$.client_id[1]: expected a string of 1 to 1024 bytes"},
      {"azp", "false", "$.azp" + text_told},
      {"azp", R"([""])", "$.azp[0]: expected a string of 1 to 1024 bytes"},
      {"tenants", R"(["t"])", "$.tenants: expected {tenantid} in issuer"},
      {"require", R"({"role":{"all_of":["a"]}})", "$.require.role: expected no such member"},
      {"require", R"({"present":null})", present_told},
      {"require", R"({"present":[]})", present_told},
      {"require", R"({"present":"sub"})", present_told},
      {"require", R"({"present":{"sub":true}})", present_told},
      {"require", R"({"present":["sub",""]})",
       "$.require.present[1]: expected a string of 1 to 1024 bytes"},
      {"require", R"({"present":[null]})",
       "$.require.present[0]: expected a string of 1 to 1024 bytes"},
      {"require", R"({"claims":null})", claims_told},
      {"require", R"({"claims":{}})", claims_told},
      {"require", R"({"claims":["a"]})", claims_told},
      {"require", R"({"claims":{"a":null}})", "$.require.claims.a" + claim_told},
      {"require", R"({"claims":{"a b":["x"]}})", R"($.require.claims["a b"])" + claim_told},
      {"require", R"({"claims":{"a":1.0}})", "$.require.claims.a" + claim_told},
      {"require", R"({"claims":{"a":9223372036854775808}})", "$.require.claims.a" + claim_told},
      {"require", R"({"claims":{"a":{}}})",
       "$.require.claims.a: expected an object with all_of, any_of or none_of"},
      {"require", R"({"claims":{"a":{"is":["x"]}}})",
       "$.require.claims.a.is: expected no such member"},
      {"require", R"({"claims":{"a":{"none_of":[]}}})",
       "$.require.claims.a.none_of: expected an array of 1 to 256 strings"},
      {"require", R"({"claims":{"a":{"none_of":["x"],"all_of":[1]}}})",
       "$.require.claims.a.all_of[0]: expected a string of 1 to 1024 bytes"},
      {"require", R"({"roles":{"none_of":["a",2]}})",
       "$.require.roles.none_of[1]: expected a string of 1 to 1024 bytes"},
      {"require", R"({"groups":[]})",
       "$.require.groups: expected an object with all_of, any_of or none_of"},
      {"require", R"({"groups":1,"roles":1})",
       "$.require.roles: expected an object with all_of, any_of or none_of"},
      {"require", R"({"permissions":1,"claims":1,"present":1})", present_told},
      {"require", R"({"scope":null})", scope_told},
      {"require", R"({"scope":{}})", scope_told},
      {"require", R"({"scope":["a"]})", scope_told},
      {"require", R"({"scope":{"one_of":["a"]}})",
       "$.require.scope.one_of: expected no such member"},
      {"require", R"({"scope":{"all_of":[]}})", all_of_list},
      {"require", R"({"scope":{"all_of":"a"}})", all_of_list},
      {"require", R"({"permissions":{"any_of":[]}})", any_of_list},
      {"require", R"({"permissions":{"any_of":["a",1]}})",
       "$.require.permissions.any_of[1]: expected a string of 1 to 1024 bytes"},
      {"require", R"({"permissions":{"all_of":["a"],"any_of":[""]}})",
       "$.require.permissions.any_of[0]: expected a string of 1 to 1024 bytes"},
      {"realm", "null", realm_told},
      {"realm", R"("")", realm_told},
      {"realm", R"("a\"b")", realm_told},
      {"realm", R"("a\\b")", realm_told},
      {"realm", R"("a\u000d\u000ab")", realm_told},
      {"realm", R"("a\u007f")", realm_told},
      {"realm", "\"\xc3\xa9\"", realm_told},
      {"realm", "1", realm_told},
      {"Issuer", R"("x")", "$.Issuer: expected no such member"},
      {"", "1", R"($[""]: expected no such member)"},
  };
  for (const auto& [name, value, expected] : rows) {
    EXPECT_EQ(told(sample_policy().with(name, value).text()), expected) << name << ' ' << value;
  }

  EXPECT_EQ(told(sample_policy().without("algorithms").text()), algorithms_told);
  EXPECT_EQ(told(sample_policy().without("issuer").text()), issuer_told);
  EXPECT_EQ(told(sample_policy().without("audience").text()), audience_told);
  EXPECT_EQ(told(sample_policy().without("keys").text()), keys_told);
}

TEST(policy, is_a_json_object) {
  for (const std::string_view json : {"null", "[]", "1", R"("{}")", "true"}) {
    EXPECT_EQ(told(json), "$: expected a JSON object") << json;
  }
  for (const std::string_view json : {"", " ", "{", "{}x", "\xef\xbb\xbf{}"}) {
    EXPECT_EQ(told(json).substr(0, 18), "$: expected JSON; ") << json;
  }
  EXPECT_EQ(told(sample_policy().text() + '\0').substr(0, 18), "$: expected JSON; ");
  EXPECT_EQ(told(R"({"issuer":"a","issuer":"b"})"), "$.issuer: expected each member name once");
}

TEST(policy, refuses_an_id_given_twice) {
  const std::string one = raw_key(support::secret, "one");
  const std::string same = raw_key(support::other_secret, R"(\u006fne)");
  EXPECT_EQ(told(sample_policy().with("keys", '[' + one + ',' + same + ']').text()),
            "$.keys[1].kid: expected a kid that no other key has");
}

TEST(policy, takes_the_edges_of_the_realm) {
  EXPECT_EQ(told(sample_policy().with("realm", R"(" ~")").text()), "ok");
  EXPECT_EQ(told(sample_policy().with("clock_tolerance", "0").text()), "ok");
  EXPECT_EQ(told(sample_policy().with("clock_tolerance", "-0").text()), "ok");
}

TEST(policy_error, reads_as_one_line) {
  policy_error error;
  error.path.append("$.keys[0].k");
  error.expected.append("expected base64url");
  EXPECT_EQ(error.message(), "policy: $.keys[0].k: expected base64url");
}

}  // namespace
}  // namespace portcullis
