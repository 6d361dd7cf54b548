#include "edge/render_response.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace portcullis {
namespace {

std::string respond(reason why, std::string_view realm = "portcullis") {
  response_text text;
  render_response(why, realm, text);
  return std::string(text.view());
}

TEST(render_response, answers_an_invalid_token) {
  EXPECT_EQ(respond(reason::expired),
            R"({"status":"401","statusDescription":"Unauthorized","headers":{)"
            R"("www-authenticate":[{"key":"WWW-Authenticate",)"
            R"("value":"Bearer realm=\"portcullis\", error=\"invalid_token\""}],)"
            R"("content-type":[{"key":"Content-Type","value":"application/json"}],)"
            R"("cache-control":[{"key":"Cache-Control","value":"no-store"}]},)"
            R"("body":"{\"error\":\"invalid_token\"}"})");
}

// RFC 6750 section 3.1: no error word when the request had no credential.
TEST(render_response, answers_a_missing_credential) {
  EXPECT_EQ(respond(reason::credential_missing, "a realm"),
            R"({"status":"401","statusDescription":"Unauthorized","headers":{)"
            R"("www-authenticate":[{"key":"WWW-Authenticate","value":"Bearer realm=\"a realm\""}],)"
            R"("content-type":[{"key":"Content-Type","value":"application/json"}],)"
            R"("cache-control":[{"key":"Cache-Control","value":"no-store"}]},)"
            R"("body":"{\"error\":\"unauthorized\"}"})");
}

TEST(render_response, answers_an_insufficient_scope) {
  EXPECT_EQ(respond(reason::scope_insufficient),
            R"({"status":"403","statusDescription":"Forbidden","headers":{)"
            R"("www-authenticate":[{"key":"WWW-Authenticate",)"
            R"("value":"Bearer realm=\"portcullis\", error=\"insufficient_scope\""}],)"
            R"("content-type":[{"key":"Content-Type","value":"application/json"}],)"
            R"("cache-control":[{"key":"Cache-Control","value":"no-store"}]},)"
            R"("body":"{\"error\":\"insufficient_scope\"}"})");
}

constexpr const char* failure =
    R"({"status":"500","statusDescription":"Internal Server Error","headers":{)"
    R"("content-type":[{"key":"Content-Type","value":"application/json"}],)"
    R"("cache-control":[{"key":"Cache-Control","value":"no-store"}]},)"
    R"("body":"{\"error\":\"internal_server_error\"}"})";

TEST(render_response, answers_a_failure_without_a_challenge) {
  EXPECT_EQ(respond(reason::internal_error), failure);
  EXPECT_EQ(respond(reason::request_malformed), failure);
}

TEST(render_response, lets_no_request_pass) {
  EXPECT_EQ(respond(reason::ok), failure);
  EXPECT_EQ(respond(static_cast<reason>(255)), failure);
  // Whether a preflight is answered depends on the request.
  EXPECT_EQ(respond(reason::preflight_answered), failure);
}

TEST(render_response, has_room_for_the_longest_realm) {
  const std::string realm(64, 'r');
  for (std::size_t code = 0; code < reason_count; ++code) {
    const auto rendered = nlohmann::json::parse(respond(static_cast<reason>(code), realm));
    const auto& headers = rendered.at("headers");
    if (!headers.contains("www-authenticate")) continue;
    const std::string challenge = headers.at("www-authenticate").at(0).at("value");
    EXPECT_EQ(challenge.substr(0, 14 + 64 + 1), "Bearer realm=\"" + realm + '"');
    EXPECT_EQ(challenge.back(), '"');
  }
}

TEST(render_response, is_json_that_says_the_same_for_every_reason) {
  for (std::size_t code = 1; code < reason_count; ++code) {
    const auto why = static_cast<reason>(code);
    if (why == reason::preflight_answered) continue;
    const auto& row = find_reason(why);
    const cloudfront_response response = make_response(why, "portcullis");
    EXPECT_EQ(response.status, std::to_string(row.http_status)) << row.name;
    EXPECT_EQ(response.header_count, row.http_status == 401 || row.rfc6750_error != "" ? 3u : 2u)
        << row.name;

    const auto rendered = nlohmann::json::parse(respond(why));
    EXPECT_EQ(rendered.size(), 4u) << row.name;
    EXPECT_EQ(rendered.at("status"), response.status) << row.name;
    EXPECT_EQ(rendered.at("statusDescription"), response.status_description) << row.name;
    EXPECT_EQ(rendered.at("body"), response.body.view()) << row.name;
    EXPECT_TRUE(nlohmann::json::accept(response.body.view())) << row.name;
    const auto& headers = rendered.at("headers");
    ASSERT_EQ(headers.size(), response.header_count) << row.name;
    for (std::size_t i = 0; i < response.header_count; ++i) {
      const auto& [name, key, value] = response.headers[i];
      const nlohmann::json entry = {{"key", key}, {"value", value.view()}};
      EXPECT_EQ(headers.at(std::string(name)), nlohmann::json::array({entry})) << name;
    }
    // The reason is for logs.
    if (row.name != row.rfc6750_error) {
      EXPECT_EQ(respond(why).find(row.name), std::string::npos) << row.name;
    }
  }
}

}  // namespace
}  // namespace portcullis
