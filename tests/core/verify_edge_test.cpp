// The order of the steps, where a policy has an edge layer. What each step decides has tests of its
// own; tests/vectors/edge/ holds all of it together on every door.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "portcullis/verifier.hpp"
#include "support/edge_requests.hpp"
#include "support/print.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"

namespace portcullis {
namespace {

using support::edge_event;
using support::object_text;
using support::sample_claims;
using support::sample_policy;
using support::sign;

verifier make(const object_text& policy) {
  auto made = verifier::from_policy(policy.text());
  EXPECT_TRUE(made) << made.error().message();
  return std::move(*made);
}

std::string bearer(const std::string& token) { return "Bearer " + token; }

std::string answered(const verifier& gate, edge_event event, std::int64_t now = support::now) {
  const edge_request request = event.request(gate);
  const decision judged = gate.verify_at_edge(request, now);
  constexpr const char* kinds[] = {"allow", "deny", "challenge", "answer"};
  std::string text = kinds[static_cast<std::size_t>(judged.kind())];
  text += ' ';
  text += find_reason(judged.why()).name;
  if (judged.route() != decision::no_route) text += ' ' + std::to_string(judged.route());
  return text;
}

std::string response(const verifier& gate, edge_event event) {
  const edge_request request = event.request(gate);
  fixed_text<16384> out;
  gate.write_response(request, gate.verify_at_edge(request, support::now), support::now, out);
  return std::string(out.view());
}

std::string edits(const verifier& gate, edge_event event) {
  const edge_request request = event.request(gate);
  fixed_text<65536> out;
  gate.write_edits(request, gate.verify_at_edge(request, support::now), out);
  return std::string(out.view());
}

object_text routed(std::string_view routes) { return sample_policy().with("routes", routes); }

TEST(verify_edge, judges_by_the_route_of_the_path) {
  const verifier gate = make(routed(R"([
    {"path":"/public/**","access":"public"},
    {"path":"/closed","access":"deny"},
    {"path":"/admin/**","require":{"permissions":{"all_of":["admin"]}}},
    {"path":"/data","methods":["GET"]}])"));
  const std::string token = sign(sample_claims());
  const std::string admin = sign(sample_claims().with("permissions", R"(["admin"])"));
  EXPECT_EQ(answered(gate, edge_event("/public/x")), "allow ok 0");
  EXPECT_EQ(answered(gate, edge_event("/closed").with("authorization", bearer(admin))),
            "deny route_denied 1");
  EXPECT_EQ(answered(gate, edge_event("/admin")), "deny credential_missing 2");
  EXPECT_EQ(answered(gate, edge_event("/admin/x").with("authorization", bearer(token))),
            "deny scope_insufficient 2");
  EXPECT_EQ(answered(gate, edge_event("/admin/x").with("authorization", bearer(admin))),
            "allow ok 2");
  EXPECT_EQ(answered(gate, edge_event("/data", "HEAD").with("authorization", bearer(token))),
            "allow ok 3");
  EXPECT_EQ(answered(gate, edge_event("/data", "POST").with("authorization", bearer(token))),
            "deny route_not_found");
  EXPECT_EQ(answered(gate, edge_event("/elsewhere").with("authorization", bearer(token))),
            "deny route_not_found");
  EXPECT_EQ(answered(gate, edge_event("/public/../admin")), "deny path_ambiguous");
  EXPECT_EQ(answered(gate, edge_event("/PUBLIC/x")), "deny path_ambiguous");
}

TEST(verify_edge, keeps_what_it_was_made_for) {
  const verifier plain = make(sample_policy());
  EXPECT_FALSE(plain.at_edge());
  EXPECT_EQ(answered(plain, edge_event("/")), "deny internal_error");
  const verifier gate = make(routed(R"([{"path":"/**"}])"));
  EXPECT_TRUE(gate.at_edge());
  EXPECT_EQ(gate.verify(support::request_with(bearer(sign(sample_claims()))), support::now).why(),
            reason::internal_error);
}

TEST(verify_edge, takes_the_first_source_that_carries_anything) {
  const verifier gate = make(sample_policy().with(
      "sources",
      R"([{"header":"authorization"},{"cookie":"session","strip":true},{"query":"token"}])"));
  const std::string good = sign(sample_claims());
  EXPECT_EQ(answered(gate, edge_event("/").with("cookie", "a=1; session=" + good)), "allow ok");
  EXPECT_EQ(answered(gate, edge_event("/").with("cookie", "session=x; session=" + good)),
            "deny credential_malformed");
  EXPECT_EQ(
      answered(
          gate,
          edge_event("/").with("authorization", "Bearer bad").with("cookie", "session=" + good)),
      "deny token_malformed");
  EXPECT_EQ(
      answered(
          gate,
          edge_event("/").with("authorization", "Basic eHk=").with("cookie", "session=" + good)),
      "allow ok");
  EXPECT_EQ(answered(gate, edge_event("/").asking("a=b&token=" + good)), "allow ok");
  EXPECT_EQ(answered(gate, edge_event("/")), "deny credential_missing");
  EXPECT_EQ(edits(gate, edge_event("/").with("cookie", "a=1; session=" + good + ";b=2")),
            R"({"remove":[],"cookie":"a=1; b=2"})");
}

TEST(verify_edge, hands_claims_on_and_removes_what_a_client_sends_under_their_names) {
  const verifier gate =
      make(routed(R"([{"path":"/open","access":"public"},{"path":"/**"}])")
               .with("claim_headers", R"({"x-user":"sub","x-roles":"roles","x-none":"none"})"));
  const std::string token =
      sign(sample_claims().with("sub", R"("ann")").with("roles", R"(["a","b"])"));
  EXPECT_EQ(edits(gate, edge_event("/x").with("authorization", bearer(token))),
            R"({"remove":["x-user","x-roles","x-none"],"set":{"x-user":"ann","x-roles":"a,b"}})");
  EXPECT_EQ(edits(gate, edge_event("/open").with("authorization", bearer(token))),
            R"({"remove":["x-user","x-roles","x-none"]})");
}

TEST(verify_edge, answers_preflights_and_lets_scripts_see_denials) {
  const verifier gate = make(sample_policy().with(
      "cors", R"({"origins":["https://app.example"],"credentials":true,"max_age":600})"));
  const auto preflight = [](std::string origin) {
    return edge_event("/x", "OPTIONS")
        .with("origin", std::move(origin))
        .with("access-control-request-method", "GET")
        .with("access-control-request-headers", "Authorization");
  };
  EXPECT_EQ(answered(gate, preflight("https://app.example")), "answer preflight_answered");
  EXPECT_EQ(answered(gate, preflight("https://evil.example")), "deny preflight_refused");
  EXPECT_EQ(
      response(gate, preflight("https://app.example")),
      R"({"status":"204","statusDescription":"No Content","headers":{)"
      R"("access-control-allow-origin":[{"key":"Access-Control-Allow-Origin","value":"https://app.example"}],)"
      R"("access-control-allow-credentials":[{"key":"Access-Control-Allow-Credentials","value":"true"}],)"
      R"("access-control-allow-methods":[{"key":"Access-Control-Allow-Methods","value":"GET, HEAD, POST"}],)"
      R"("access-control-allow-headers":[{"key":"Access-Control-Allow-Headers","value":"authorization"}],)"
      R"("access-control-max-age":[{"key":"Access-Control-Max-Age","value":"600"}],)"
      R"("vary":[{"key":"Vary","value":"Origin"}],)"
      R"("cache-control":[{"key":"Cache-Control","value":"no-store"}]}})");
  const std::string denied = response(gate, edge_event("/x").with("origin", "https://app.example"));
  EXPECT_NE(denied.find("\"status\":\"401\""), std::string::npos);
  EXPECT_NE(denied.find("access-control-allow-origin"), std::string::npos);
  EXPECT_EQ(response(gate, edge_event("/x").with("origin", "https://evil.example"))
                .find("access-control-allow-origin"),
            std::string::npos);
}

TEST(verify_edge, sends_to_the_login_page_and_nowhere_else) {
  const verifier gate = make(
      sample_policy()
          .with("challenge",
                R"({"login":{"url":"https://login.example/?client=1","return_parameter":"to"}})")
          .with("sources", R"([{"query":"token"},{"header":"authorization"}])"));
  EXPECT_EQ(answered(gate, edge_event("/a")), "challenge credential_missing");
  EXPECT_EQ(answered(gate, edge_event("/a", "POST")), "deny credential_missing");
  const std::string sent = response(gate, edge_event("/a b").asking("x=1&token=old&y=2"));
  EXPECT_NE(sent.find(R"("value":"https://login.example/?client=1&to=%2Fa%20b%3Fx%3D1%26y%3D2")"),
            std::string::npos)
      << sent;
  for (const char* hostile :
       {"//evil.example", "/\\evil.example", "/\t/evil.example", "/a/..//b"}) {
    EXPECT_EQ(response(gate, edge_event(hostile)).find("&to="), std::string::npos) << hostile;
  }
}

constexpr std::string_view page =
    R"({"page":{"url":"/check","key":{"secret":"another secret of at least 32 bytes","encoding":"utf8"}}})";

TEST(verify_edge, asks_for_a_proof_and_knows_it_again) {
  const verifier gate = make(
      routed(R"([{"path":"/**","access":"public","challenge":"page"}])").with("challenge", page));
  EXPECT_EQ(answered(gate, edge_event("/a")), "challenge proof_missing 0");
  const std::string sent = response(gate, edge_event("/a"));
  const std::size_t at = sent.find("/check?challenge=");
  ASSERT_NE(at, std::string::npos) << sent;
  const std::size_t begin = at + std::string_view("/check?challenge=").size();
  const std::string challenge = sent.substr(begin, sent.find('"', begin) - begin);
  challenge_proof proof;
  ASSERT_TRUE(gate.answer_challenge(challenge, "203.0.113.178", support::now + 299, proof));
  const std::string cookie = "__Host-portcullis-proof=" + std::string(proof.view());
  const std::int64_t later = support::now + 299;
  EXPECT_EQ(answered(gate, edge_event("/a").with("cookie", cookie), later), "allow ok 0");
  // The clocks of edge and page may be a minute apart.
  EXPECT_EQ(answered(gate, edge_event("/a").with("cookie", cookie), later - 60), "allow ok 0");
  EXPECT_EQ(answered(gate, edge_event("/a").with("cookie", cookie), later - 61),
            "challenge proof_missing 0");
  EXPECT_EQ(answered(gate, edge_event("/a").with("cookie", cookie).from("203.0.113.179"), later),
            "challenge proof_missing 0");
  EXPECT_EQ(answered(gate, edge_event("/a").with("cookie", cookie), later + 3600),
            "challenge proof_missing 0");
  // A challenge is no proof.
  EXPECT_EQ(answered(gate, edge_event("/a").with("cookie", "__Host-portcullis-proof=" + challenge)),
            "challenge proof_missing 0");
  proof.clear();
  EXPECT_FALSE(gate.answer_challenge(challenge, "203.0.113.179", support::now, proof));
  EXPECT_FALSE(gate.answer_challenge(challenge, "203.0.113.178", support::now + 300, proof));
}

// As the doors that count in doubles have it: a broken clock opens nothing, a public path neither.
TEST(verify_edge, denies_when_there_is_no_telling_the_time) {
  const verifier gate = make(routed(R"([{"path":"/page","access":"public","challenge":"page"},)"
                                    R"({"path":"/**","access":"public"}])")
                                 .with("challenge", page));
  constexpr std::int64_t farthest = std::int64_t{1} << 53;
  EXPECT_EQ(answered(gate, edge_event("/a"), farthest), "allow ok 1");
  EXPECT_EQ(answered(gate, edge_event("/page"), farthest), "challenge proof_missing 0");
  challenge_proof proof;
  for (const std::int64_t now :
       {farthest + 1, -farthest - 1, std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min()}) {
    EXPECT_EQ(answered(gate, edge_event("/a"), now), "deny internal_error") << now;
    EXPECT_EQ(answered(gate, edge_event("/page"), now), "deny internal_error") << now;
    EXPECT_FALSE(gate.answer_challenge("c1.", "203.0.113.178", now, proof)) << now;
  }
}

TEST(verify_edge, limits_addresses_before_and_subjects_after_the_token) {
  const verifier gate = make(sample_policy().with(
      "rate_limit",
      R"({"address":{"requests":3,"seconds":60},"subject":{"requests":2,"seconds":60}})"));
  const auto ann = bearer(sign(sample_claims().with("sub", R"("ann")")));
  const auto bob = bearer(sign(sample_claims().with("sub", R"("bob")")));
  const auto ask = [&](const std::string& who, const char* from) {
    return answered(gate, edge_event("/").with("authorization", who).from(from));
  };
  EXPECT_EQ(ask(ann, "192.0.2.1"), "allow ok");
  EXPECT_EQ(ask(ann, "192.0.2.1"), "allow ok");
  EXPECT_EQ(ask(ann, "192.0.2.1"), "deny rate_limited");  // the subject
  EXPECT_EQ(ask(bob, "192.0.2.1"), "deny rate_limited");  // the address
  EXPECT_EQ(ask(bob, "192.0.2.2"), "allow ok");
  EXPECT_NE(response(gate, edge_event("/").with("authorization", bob).from("192.0.2.1"))
                .find("retry-after"),
            std::string::npos);
}

TEST(verify_edge, remembers_a_token_and_judges_its_times_again) {
  const verifier gate = make(routed(R"([{"path":"/a"},
    {"path":"/b","require":{"permissions":{"all_of":["x"]}}}])")
                                 .with("token_cache", R"({"entries":16})"));
  const auto value = bearer(sign(sample_claims()));
  for (int i = 0; i != 3; ++i) {
    EXPECT_EQ(answered(gate, edge_event("/a").with("authorization", value)), "allow ok 0");
    EXPECT_EQ(answered(gate, edge_event("/b").with("authorization", value)),
              "deny scope_insufficient 1");
  }
  EXPECT_EQ(answered(gate, edge_event("/a").with("authorization", value), support::now + 3599),
            "allow ok 0");
  EXPECT_EQ(answered(gate, edge_event("/a").with("authorization", value), support::now + 3600),
            "deny expired 0");
  std::string forged = value;
  forged.back() = forged.back() == 'A' ? 'E' : 'A';
  EXPECT_NE(answered(gate, edge_event("/a").with("authorization", forged)).substr(0, 5), "allow");
}

TEST(verify_edge, logs_what_the_policy_names_and_no_token) {
  const verifier gate = make(
      routed(R"([{"path":"/a/*"}])").with("log", R"({"decisions":"all","claims":["sub","sid"]})"));
  const std::string token = sign(sample_claims().with("sub", R"("ann")"));
  const auto line = [&](edge_event event) {
    const edge_request request = event.request(gate);
    fixed_text<8192> out;
    gate.write_log(request, gate.verify_at_edge(request, support::now), out);
    return std::string(out.view());
  };
  EXPECT_EQ(line(edge_event("/a/1").with("authorization", bearer(token))),
            R"("decision":"allow","reason":"ok","route":"/a/*","claims":{"sub":"ann"})");
  EXPECT_EQ(line(edge_event("/a/secret").with("authorization", bearer(token + "x"))).find(token),
            std::string::npos);
  EXPECT_EQ(line(edge_event("/a/1")),
            R"("decision":"deny","reason":"credential_missing","status":401,"route":"/a/*")");
}

TEST(verify_edge, can_be_asked_by_any_number_of_threads) {
  const verifier gate =
      make(sample_policy()
               .with("token_cache", R"({"entries":16})")
               .with("rate_limit", R"({"address":{"requests":1000000,"seconds":1}})"));
  std::vector<std::thread> threads;
  for (int t = 0; t != 4; ++t) {
    threads.emplace_back([&gate, t] {
      const auto value = bearer(sign(sample_claims().with("sub", '"' + std::to_string(t) + '"')));
      for (int i = 0; i != 500; ++i) {
        edge_event event("/x");
        event.with("authorization", value);
        if (!gate.verify_at_edge(event.request(gate), support::now).allowed()) ADD_FAILURE();
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace portcullis
