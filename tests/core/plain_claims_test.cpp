// What plain_claims.cpp reads is what json_scanner reads. White space before a set leaves it to the
// scanner, and changes nothing else.
#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "jwt/claims.hpp"
#include "support/verified_payload.hpp"

namespace portcullis {
namespace {

std::string describe(const claim_value& claim) {
  using form = claim_value::form;
  std::string told;
  if (claim.type == form::string) told = claim.text.escaped ? "escaped " : "string ";
  if (claim.type == form::strings) told = "strings ";
  if (claim.type == form::other) told = "other ";
  return told + std::string(claim.text.raw);
}

std::string describe(const claims::date& date) {
  return date ? std::to_string(*date) : std::string("none");
}

// Everything that a claims set says.
std::string describe(std::string_view json) {
  const support::verified_payload payload(json);
  const claims set(payload.jws());
  if (!set.well_formed()) return "not well formed";
  std::string told = describe(set.expiration()) + '|' + describe(set.not_before()) + '|' +
                     describe(set.issued_at());
  for (const claim_value& claim : {set.issuer(), set.audience(), set.permissions(), set.scope()}) {
    told += '|' + describe(claim);
    for (const std::string_view wanted : {"view:data", "edit:data", "me", "", "a,b"}) {
      told += contains(claim, wanted, matching::whole) ? '1' : '0';
    }
  }
  return told;
}

const std::string filler =
    R"("filler":"0123456789012345678901234567890123456789012345678901234567")";

const std::vector<std::string> sets = {
    R"({"iss":"me","sub":"you","aud":"it","exp":1700086400,"nbf":1,"iat":0,"jti":"7","azp":"x",)" +
        filler + "}",
    R"({"permissions":["view:data","edit:data"],"scope":"a b","scp":["view:data"],"scopes":"x",)" +
        filler + "}",
    R"({)" + filler +
        R"(,"aud":["me","you"],"a":true,"b":false,"c":null,"d":1234567890123456,"e":["f"],"":"g"})",
    R"({)" + filler +
        R"(,"https://example.com/roles":["r"],"https://example.com/email":"m","exp":4102444799})",
    R"({)" + filler + R"(,"exp":12345678901234567890,"iat":-5,"nbf":1.5})",
    R"({)" + filler + R"(,"realm_access":{"roles":["a","b"]},"permissions":[],"scope":""})",
    R"({)" + filler + R"(,"org":{"id":"a","plan":null,"n":7},"o":{},"p":{"q":{"r":{"s":{}}}}})",
    R"({)" + filler + R"(,"o":{"iss":"x","exp":1,"aud":[],"deep":{"exp":2,"iss":"y"}},"iss":"z"})",
    R"({)" + filler + R"(,"o":{"twice":1,"twice":2}})",
    R"({)" + filler + R"(,"a":{"b":{"c":{"d":{"e":{"f":"g"}}}}},"iss":{"not":"a string"}})",
    R"({)" + filler +
        R"(,"o":{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":["k"]},"l":"m"})",
    R"({)" + filler + R"(,"name":"Jos\u00e9","iss":"a\/b","aud":[1,"it"]})",
};

TEST(plain_claims, are_read_as_the_scanner_reads_them) {
  for (const std::string& set : sets) EXPECT_EQ(describe(set), describe(' ' + set)) << set;
}

TEST(plain_claims, are_read_as_the_scanner_reads_them_when_they_are_changed) {
  std::mt19937 random(20261121);
  const std::string_view pieces[] = {"\"",         ",",
                                     ":",          "{",
                                     "}",          "[",
                                     "]",          "0",
                                     "1",          "9",
                                     " ",          "\\",
                                     "e",          "-",
                                     ".",          "true",
                                     "null",       "\"exp\":",
                                     "\"iss\":\"", "\"aud\":[",
                                     "\"sub\":1,", "\"jti\":\"x\",",
                                     "\x80",       "\n"};
  std::size_t well_formed = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string set = sets[random() % sets.size()];
    for (unsigned changes = 1 + random() % 2; changes != 0; --changes) {
      const std::size_t place = random() % set.size();
      const std::string_view piece = pieces[random() % std::size(pieces)];
      switch (random() % 4) {
        case 0:
          set.insert(place, piece);
          break;
        case 1:
          set.erase(place, 1 + random() % 8);
          break;
        case 2: {  // a part of it once more
          const std::string copied = set.substr(place, 1 + random() % 24);
          set.insert(random() % (set.size() + 1), copied);
          break;
        }
        default:
          set.replace(place, 1, piece);
      }
      if (set.empty()) set = "{";
    }
    const std::string told = describe(set);
    well_formed += told != "not well formed" ? 1 : 0;
    ASSERT_EQ(told, describe(' ' + set)) << set;
  }
  EXPECT_GT(well_formed, 1000u);
}

TEST(plain_claims, refuse_a_name_that_is_there_twice) {
  for (const std::string_view name :
       {"iss", "sub", "jti", "azp", "exp", "permissions", "https://example.com/r"}) {
    const bool date = name == "exp";
    const std::string member = '"' + std::string(name) + "\":" + (date ? "1" : "\"x\"");
    EXPECT_EQ(describe('{' + filler + ',' + member + ',' + member + '}'), "not well formed")
        << name;
    EXPECT_NE(describe('{' + filler + ',' + member + '}'), "not well formed") << name;
  }
}

// More names than a plain set may have, and so many that some of them want the same place.
TEST(plain_claims, refuse_one_name_of_many_that_is_there_twice) {
  for (const bool inside : {false, true}) {
    for (std::size_t count = 2; count != 40; ++count) {
      const auto set_of = [&](std::size_t repeated, std::size_t by) {
        std::string members;
        for (std::size_t i = 0; i != count; ++i) {
          const std::size_t number = i == by ? repeated : i;
          members += (i == 0 ? "\"" : ",\"") + std::string(1 + number % 17, 'n') +
                     std::to_string(number) + "\":true";
        }
        return inside ? '{' + filler + R"(,"own":{)" + members + "}}"
                      : '{' + filler + ',' + members + '}';
      };
      EXPECT_NE(describe(set_of(0, count)), "not well formed") << count;
      for (std::size_t by = 1; by != count; ++by) {
        for (const std::size_t repeated : {std::size_t{0}, by / 2, by - 1}) {
          EXPECT_EQ(describe(set_of(repeated, by)), "not well formed")
              << count << ' ' << repeated << ' ' << by;
        }
      }
    }
  }
}

}  // namespace
}  // namespace portcullis
