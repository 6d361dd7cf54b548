#include "jwt/policy.hpp"

#include <gtest/gtest.h>

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
  (void)list.any([&out](std::string_view name) {
    out += (out.empty() ? "" : " ") + std::string(name);
    return false;
  });
  return out;
}

TEST(policy, has_defaults_for_what_is_not_required) {
  const parsed_policy parsed(sample_policy());
  ASSERT_EQ(parsed.told(), "ok");
  const policy& rules = parsed.rules;
  EXPECT_TRUE(rules.allowed_algorithms.contains(algorithm::hs256));
  EXPECT_EQ(rules.keys.size(), 1u);
  EXPECT_EQ(rules.issuer, "https://issuer.example/");
  EXPECT_EQ(joined(rules.audiences), "https://api.example/");
  EXPECT_EQ(rules.audiences.size(), 1u);
  EXPECT_TRUE(rules.types.empty());  // the usual ones
  EXPECT_FALSE(rules.any_type);
  EXPECT_EQ(rules.clock_tolerance, 0);
  EXPECT_TRUE(rules.expiration_required);
  EXPECT_TRUE(rules.permissions.all_of.empty() && rules.permissions.any_of.empty());
  EXPECT_TRUE(rules.scope.all_of.empty() && rules.scope.any_of.empty());
  EXPECT_EQ(rules.realm, "portcullis");
}

TEST(policy, reads_every_member) {
  std::string json =
      sample_policy()
          .with("$schema", R"("policy.schema.json")")
          .with("audience", R"(["a","\u0062"])")
          .with("keys", '[' + raw_key(support::secret, "one") + ',' +
                            raw_key(support::other_secret, "two") + ']')
          .with("clock_tolerance", "300")
          .with("expiration", R"("optional")")
          .with("typ", R"(["x+jwt"])")
          .with("require",
                R"({"permissions":{"all_of":["p"]},"scope":{"any_of":["s","t"],"all_of":["u"]}})")
          .with("realm", R"("a realm")")
          .text();
  const parsed_policy parsed(json);
  json.assign(json.size(), '#');  // nothing points into the text
  ASSERT_EQ(parsed.told(), "ok");
  const policy& rules = parsed.rules;
  EXPECT_EQ(rules.issuer, "https://issuer.example/");
  EXPECT_EQ(joined(rules.audiences), "a b");
  EXPECT_EQ(rules.keys.size(), 2u);
  EXPECT_EQ(rules.clock_tolerance, 300);
  EXPECT_FALSE(rules.expiration_required);
  EXPECT_EQ(joined(rules.types), "x+jwt");
  EXPECT_EQ(joined(rules.permissions.all_of), "p");
  EXPECT_TRUE(rules.permissions.any_of.empty());
  EXPECT_EQ(joined(rules.scope.all_of), "u");
  EXPECT_EQ(joined(rules.scope.any_of), "s t");
  EXPECT_EQ(rules.realm, "a realm");
}

TEST(policy, opts_out_in_writing_only) {
  const parsed_policy parsed(
      sample_policy().with("issuer", "null").with("audience", "null").with("typ", "null"));
  ASSERT_EQ(parsed.told(), "ok");
  EXPECT_TRUE(parsed.rules.issuer.empty());
  EXPECT_TRUE(parsed.rules.audiences.empty());
  EXPECT_TRUE(parsed.rules.any_type);
}

struct member_row {
  std::string_view name;
  std::string_view value;
  std::string_view told;
};

TEST(policy, says_what_is_wrong_and_where) {
  constexpr std::string_view algorithms_told =
      R"($.algorithms: expected an array of algorithms: "HS256")";
  constexpr std::string_view issuer_told =
      "$.issuer: expected a string of 1 to 1024 bytes, or null for any issuer";
  constexpr std::string_view audience_told =
      "$.audience: expected a string of 1 to 1024 bytes, an array of them, or null for any "
      "audience";
  constexpr std::string_view keys_told = "$.keys: expected an array of 1 to 1000 keys";
  constexpr std::string_view tolerance_told =
      "$.clock_tolerance: expected a whole number of seconds from 0 to 300";
  constexpr std::string_view expiration_told = R"($.expiration: expected "required" or "optional")";
  constexpr std::string_view realm_told =
      "$.realm: expected 1 to 64 printable ASCII characters without quote or backslash";
  constexpr std::string_view require_told =
      "$.require: expected an object with permissions or scope";
  constexpr std::string_view scope_told =
      "$.require.scope: expected an object with all_of or any_of";
  constexpr std::string_view list_told = "expected an array of 1 to 256 strings";

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
      {"algorithms", R"(["HS512"])", R"($.algorithms[0]: expected "HS256")"},
      {"algorithms", R"(["HS256","none"])", R"($.algorithms[1]: expected "HS256")"},
      {"algorithms", R"(["hs256"])", R"($.algorithms[0]: expected "HS256")"},
      {"algorithms", "[1]", R"($.algorithms[0]: expected "HS256")"},
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
      {"keys", "{}", keys_told},
      {"keys", "[null]", "$.keys[0]: expected a key object"},
      {"keys", R"([{"kty":"oct"}])",
       "$.keys[0].k: expected unpadded base64url of 32 to 1024 bytes for HS256"},
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
      {"require", R"({"roles":{"all_of":["a"]}})", "$.require.roles: expected no such member"},
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
      {"issuers", R"("x")", "$.issuers: expected no such member"},
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
