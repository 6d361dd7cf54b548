#include "jwt/claims.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "support/verified_payload.hpp"

namespace portcullis {
namespace {

using support::verified_payload;

bool well_formed(std::string_view json) {
  const verified_payload payload(json);
  return claims(payload.jws()).well_formed();
}

TEST(claims, reads_the_registered_claims) {
  const verified_payload payload(
      R"({"iss":"me","sub":"you","aud":"it","exp":3,"nbf":1.5,"iat":-1,"jti":"7","x":{"exp":9}})");
  const claims set(payload.jws());
  ASSERT_TRUE(set.well_formed());
  EXPECT_TRUE(contains(set.issuer(), "me", matching::whole));
  EXPECT_TRUE(contains(set.audience(), "it", matching::whole));
  EXPECT_EQ(set.expiration(), 3);
  EXPECT_EQ(set.not_before(), 2);
  EXPECT_EQ(set.issued_at(), -1);
  EXPECT_TRUE(set.permissions().absent());
  EXPECT_TRUE(set.scope().absent());
}

TEST(claims, leaves_out_what_is_not_there) {
  const verified_payload payload("{}");
  const claims set(payload.jws());
  ASSERT_TRUE(set.well_formed());
  EXPECT_TRUE(set.issuer().absent());
  EXPECT_FALSE(set.expiration());
  EXPECT_FALSE(set.not_before());
  EXPECT_FALSE(set.issued_at());
  EXPECT_TRUE(set.audience().absent());
  EXPECT_FALSE(contains(set.audience(), "", matching::whole));
  EXPECT_FALSE(contains(set.permissions(), "", matching::words));
}

TEST(claims, is_one_strict_json_object) {
  for (const std::string_view json : {"null",
                                      "[]",
                                      "1",
                                      R"("x")",
                                      "[{}]",
                                      "{",
                                      "{}{}",
                                      "{} x",
                                      R"({"a":1,})",
                                      R"({"a"})",
                                      R"({"exp":1,"exp":2})",
                                      R"({"exp":1,"\u0065xp":2})",
                                      R"({"x":{"y":1,"y":1}})",
                                      R"({"x":"\udc00"})",
                                      "{\"x\":\"\xff\"}",
                                      "\xef\xbb\xbf{}",
                                      R"({"x":01})",
                                      R"({"x":NaN})",
                                      R"({"x":'y'})",
                                      "{\"x\":\"\t\"}",
                                      "{}//"}) {
    EXPECT_FALSE(well_formed(json)) << json;
  }
  for (const std::string_view json : {"{}", " { } ", "\r\n{\t}", R"({"x":[{},[[]],null]})"}) {
    EXPECT_TRUE(well_formed(json)) << json;
  }
  EXPECT_FALSE(well_formed(std::string_view("{}\0", 3)));
}

TEST(claims, has_registered_claims_of_their_types_only) {
  const auto with = [](std::string_view name, std::string_view value) {
    return well_formed("{\"" + std::string(name) + "\":" + std::string(value) + '}');
  };
  for (const std::string_view name : {"iss", "sub", "jti"}) {
    for (const std::string_view value : {R"("x")", R"("")"}) {
      EXPECT_TRUE(with(name, value)) << name << value;
    }
    for (const std::string_view value : {"null", "1", "true", "[]", R"(["x"])", "{}"}) {
      EXPECT_FALSE(with(name, value)) << name << value;
    }
  }
  for (const std::string_view name : {"exp", "nbf", "iat"}) {
    for (const std::string_view value : {"0", "-1", "1.5", "1e3", "1e308", "-1e308", "1e-999"}) {
      EXPECT_TRUE(with(name, value)) << name << value;
    }
    for (const std::string_view value :
         {"null", "\"1\"", "\"\"", "true", "[1]", "{}", "1e309", "-1e309"}) {
      EXPECT_FALSE(with(name, value)) << name << value;
    }
  }
  for (const std::string_view value : {R"("x")", R"("")", "[]", R"(["x"])", R"(["x","y"])"}) {
    EXPECT_TRUE(with("aud", value)) << value;
  }
  for (const std::string_view value : {"null", "1", "true", "{}", "[1]", R"(["x",1])", R"([1,"x"])",
                                       "[null]", R"([["x"]])", R"([{"x":"x"}])", R"({"x":"x"})"}) {
    EXPECT_FALSE(with("aud", value)) << value;
  }
}

// A wrong type never hides behind a later claim, and unregistered names are nobody's business.
TEST(claims, remembers_a_wrong_type) {
  EXPECT_FALSE(well_formed(R"({"iss":1,"exp":1,"aud":"x","sub":"x"})"));
  EXPECT_FALSE(well_formed(R"({"exp":"1","iss":"x","nbf":1,"iat":1})"));
  EXPECT_FALSE(well_formed(R"({"aud":[1],"iss":"x","jti":"x"})"));
  EXPECT_FALSE(well_formed(R"({"sub":1,"jti":"x"})"));
  EXPECT_TRUE(well_formed(R"({"EXP":"x","Iss":1,"azp":2,"x":{"iss":1,"exp":"y"}})"));
}

TEST(claims, keeps_permissions_and_scope_of_a_wrong_type_for_the_rules) {
  for (const std::string_view value : {"null", "1", "{}", "[1]", R"(["x",null])", R"([["x"]])"}) {
    const verified_payload payload("{\"permissions\":" + std::string(value) + '}');
    const claims set(payload.jws());
    ASSERT_TRUE(set.well_formed()) << value;
    EXPECT_EQ(set.permissions().type, claim_value::form::other) << value;
    EXPECT_FALSE(contains(set.permissions(), "x", matching::words)) << value;
  }
}

TEST(claims, knows_escaped_names) {
  const verified_payload payload(R"({"\u0065xp":7,"i\u0073s":"me"})");
  const claims set(payload.jws());
  ASSERT_TRUE(set.well_formed());
  EXPECT_EQ(set.expiration(), 7);
  EXPECT_FALSE(set.issuer().absent());
}

TEST(claims, takes_the_first_of_scope_scp_and_scopes) {
  struct row {
    std::string_view json;
    std::string_view granted;
  };
  constexpr row rows[] = {
      {R"({"scope":"a","scp":"b","scopes":"c"})", "a"},
      {R"({"scopes":"c","scp":"b","scope":"a"})", "a"},
      {R"({"scopes":"c","scp":"b"})", "b"},
      {R"({"scopes":"c"})", "c"},
      {R"({"scope":null,"scp":"b"})", ""},  // there, and of a wrong type: no second guess
      {R"({"scope":"","scp":"b"})", ""},
      {R"({"scope":[],"scp":"b"})", ""},
      {R"({"scp":1,"scopes":"c"})", ""},
  };
  for (const auto& [json, granted] : rows) {
    const verified_payload payload(json);
    const claims set(payload.jws());
    ASSERT_TRUE(set.well_formed()) << json;
    for (const std::string_view word : {"a", "b", "c"}) {
      EXPECT_EQ(contains(set.scope(), word, matching::words), word == granted)
          << json << ' ' << word;
    }
  }
}

claim_value find(std::string_view json, std::string_view name) {
  const verified_payload payload(json);
  const claims set(payload.jws());
  EXPECT_TRUE(set.well_formed()) << json;
  claim_value found;
  set.find(name, found);
  // The payload is gone after this: only the form is looked at.
  found.text = {};
  return found;
}

TEST(claims, finds_any_claim_by_its_name) {
  using form = claim_value::form;
  constexpr std::string_view json =
      R"({"iss":"me","exp":9,"tid":"t","n":null,"r":["a"],"x":{"tid2":1},"":1,"a\u0062":true})";
  EXPECT_EQ(find(json, "iss").type, form::string);
  EXPECT_EQ(find(json, "exp").type, form::other);
  EXPECT_EQ(find(json, "tid").type, form::string);
  EXPECT_EQ(find(json, "n").type, form::other);
  EXPECT_EQ(find(json, "r").type, form::strings);
  EXPECT_EQ(find(json, "").type, form::other);
  EXPECT_EQ(find(json, "ab").type, form::other);  // the name is compared decoded
  for (const std::string_view name : {"tid2", "TID", "ti", "tidx", "a\\u0062", "a", "\"iss\""}) {
    EXPECT_TRUE(find(json, name).absent()) << name;
  }
  EXPECT_TRUE(find(json, std::string_view("tid\0", 4)).absent());
}

}  // namespace
}  // namespace portcullis
