#include "jose/jose_header.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/exact_copy.hpp"
#include "support/object_text.hpp"
#include "support/print.hpp"

namespace portcullis {
namespace {

using support::exact_copy;

reason reason_of(std::string_view json) {
  const exact_copy copy(json);
  const auto parsed = parse_jose_header(copy.view());
  return parsed ? reason::ok : parsed.error();
}

TEST(jose_header, reads_alg_typ_and_kid) {
  const exact_copy json(R"({"kid":"k\u0031","alg":"HS256","x":[1,{"alg":2}],"typ":"JWT"})");
  const auto parsed = parse_jose_header(json.view());
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(equal(parsed->algorithm, "HS256"));
  ASSERT_TRUE(parsed->type);
  EXPECT_TRUE(equal(*parsed->type, "JWT"));
  ASSERT_TRUE(parsed->key_id);
  EXPECT_TRUE(equal(*parsed->key_id, "k1"));
}

TEST(jose_header, leaves_out_what_is_not_there) {
  const auto parsed = parse_jose_header(R"({"alg":"HS256"})");
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->type);
  EXPECT_FALSE(parsed->key_id);
}

struct row {
  std::string_view json;
  reason why;
};

TEST(jose_header, is_read_strictly) {
  constexpr row rows[] = {
      {R"({"alg":"HS256"})", reason::ok},
      {" {\r\n \"alg\" : \"HS256\" } \n", reason::ok},
      {R"({"alg":""})", reason::ok},      // no algorithm of this name: the policy says so
      {R"({"alg":"none"})", reason::ok},  // the same
      {R"({"alg":"HS256","typ":"","kid":""})", reason::ok},
      {R"({"alg":"HS256","jwk":{"kty":"oct","k":"AA"},"jku":"https://x","x5c":["AA"]})",
       reason::ok},
      {R"({"alg":"HS256","ALG":1,"Typ":2,"CRIT":[]})", reason::ok},  // names have case

      {"", reason::header_invalid},
      {"null", reason::header_invalid},
      {"[]", reason::header_invalid},
      {R"("alg")", reason::header_invalid},
      {"{}", reason::header_invalid},
      {R"({"alg":"HS256")", reason::header_invalid},
      {R"({"alg":"HS256"}x)", reason::header_invalid},
      {R"({"alg":"HS256"}{})", reason::header_invalid},
      {R"({"alg":"HS256",})", reason::header_invalid},
      {R"({"typ":"JWT"})", reason::header_invalid},
      {R"({"alg":null})", reason::header_invalid},
      {R"({"alg":256})", reason::header_invalid},
      {R"({"alg":["HS256"]})", reason::header_invalid},
      {R"({"alg":{"alg":"HS256"}})", reason::header_invalid},
      {R"({"x":{"alg":"HS256"}})", reason::header_invalid},
      {R"({"alg":"HS256","typ":null})", reason::header_invalid},
      {R"({"alg":"HS256","typ":1})", reason::header_invalid},
      {R"({"alg":"HS256","typ":["JWT"]})", reason::header_invalid},
      {R"({"alg":"HS256","kid":null})", reason::header_invalid},
      {R"({"alg":"HS256","kid":1})", reason::header_invalid},
      {R"({"alg":"HS256","kid":{}})", reason::header_invalid},
      {R"({"alg":"none","alg":"HS256"})", reason::header_invalid},
      {R"({"alg":"HS256","\u0061lg":"none"})", reason::header_invalid},
      {R"({"alg":"HS256","x":{"y":1,"y":2}})", reason::header_invalid},
      {R"({"alg":"HS256","x":"\ud800"})", reason::header_invalid},
      {"{\"alg\":\"HS256\",\"x\":\"\xff\"}", reason::header_invalid},
      {"\xef\xbb\xbf{\"alg\":\"HS256\"}", reason::header_invalid},
      {R"({"alg":"HS256","enc":"A256GCM"})", reason::header_invalid},
      {R"({"alg":"HS256","enc":null})", reason::header_invalid},
      {R"({"alg":"HS256","zip":"DEF"})", reason::header_invalid},
      {R"({"alg":"HS256","\u007aip":"DEF"})", reason::header_invalid},

      {R"({"alg":"HS256","crit":["exp"],"exp":1})", reason::critical_header_unsupported},
      {R"({"alg":"HS256","crit":[]})", reason::critical_header_unsupported},
      {R"({"alg":"HS256","crit":null})", reason::critical_header_unsupported},
      {R"({"alg":"HS256","crit":"b64"})", reason::critical_header_unsupported},
      {R"({"alg":"HS256","b64":true})", reason::critical_header_unsupported},
      {R"({"alg":"HS256","b64":false,"crit":["b64"]})", reason::critical_header_unsupported},
      {R"({"alg":"HS256","cri\u0074":[]})", reason::critical_header_unsupported},

      // What cannot be read at all comes before what is not supported.
      {R"({"crit":["x"]})", reason::header_invalid},
      {R"({"alg":"HS256","crit":["x"],"kid":1})", reason::header_invalid},
      {R"({"alg":"HS256","crit":["x"],"zip":"DEF"})", reason::header_invalid},
      {R"({"alg":"HS256","crit":["x"]}x)", reason::header_invalid},
      {R"({"alg":"HS256","crit":["x"],"crit":["x"]})", reason::header_invalid},
  };
  for (const auto& [json, why] : rows) EXPECT_EQ(reason_of(json), why) << json;
  EXPECT_EQ(reason_of(std::string("{\"alg\":\"HS256\"}\0", 16)), reason::header_invalid);
}

}  // namespace
}  // namespace portcullis
