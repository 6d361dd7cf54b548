// The core itself as a door of the parity test: one JSON question per line in, one answer per line
// out. README.md beside this file tells the members.
#include <cstdint>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "edge_walk.hpp"

namespace portcullis::test {
namespace {

constexpr std::size_t most_verifiers = 64;

using made_verifier = result<verifier, policy_error>;

// Verifiers by policy text: most questions share one.
made_verifier& find_verifier(const std::string& policy) {
  static std::map<std::string, made_verifier> made;
  const auto known = made.find(policy);
  if (known != made.end()) return known->second;
  if (made.size() >= most_verifiers) made.clear();
  auto& fresh =
      made.emplace(policy, verifier::from_policy(exact_copy(policy).view())).first->second;
  if (fresh && fresh->at_edge()) fresh->seed(0x0123456789abcdef, 0xfedcba9876543210);
  return fresh;
}

// What is decided of an event under a policy with an edge layer.
json answer_at_edge(const verifier& gate, const json& event, std::int64_t now) {
  static constexpr const char* kinds[] = {"allow", "deny", "challenge", "answer"};
  const walked_request walked(event, gate);
  const edge_request& request = walked.fields();
  const decision told = gate.verify_at_edge(request, now);
  const auto text = std::make_unique<fixed_text<65536>>();
  json out = {{"kind", kinds[static_cast<std::size_t>(told.kind())]},
              {"allowed", told.allowed()},
              {"reason", find_reason(told.why()).name},
              {"status", nullptr},
              {"response", nullptr},
              {"claims_text", nullptr},
              {"route", nullptr},
              {"edits", json::object()},
              {"log", nullptr}};
  if (told.route() != decision::no_route) out["route"] = told.route();
  if (!told.allowed()) {
    out["status"] = told.status();
    gate.write_response(request, told, now, *text);
    out["response"] = json::parse(text->view());
  } else if (!gate.passed_token(request, told).empty()) {
    out["claims_text"] = *told.claims_json();
  }
  const bool goes_on = told.allowed() || (gate.shadow() && find_request(event) != nullptr);
  if (gate.edits() && goes_on) {
    text->clear();
    gate.write_edits(request, told, *text);
    out["edits"] = json::parse(text->view());
  }
  text->clear();
  gate.write_log(request, told, *text);
  if (!text->view().empty()) out["log"] = "{" + std::string(text->view()) + "}";
  return out;
}

std::string decode_hex(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return out;
}

json answer(const json& question) {
  auto& made = find_verifier(decode_hex(question.at("policy_hex")));
  if (question.at("kind") == "policy") {
    if (made) return {{"valid", true}};
    return {{"valid", false},
            {"path", made.error().path},
            {"expected", made.error().expected},
            {"message", made.error().message()}};
  }
  const bool bare = question.at("kind") == "token";
  if (!bare && made->at_edge()) {
    return answer_at_edge(*made, question.at("event"), question.at("now"));
  }
  const walked_event event = bare ? walked_event{} : read_event(question.at("event"));
  const exact_copy text(bare ? question.at("token").get<std::string>() : event.value);
  const std::int64_t now = question.at("now");
  const decision told =
      bare ? made->verify_token(text.view(), now) : made->verify({{event.shape, text.view()}}, now);
  json out = {{"kind", told.kind() == decision_kind::allow ? "allow" : "deny"},
              {"allowed", told.allowed()},
              {"reason", find_reason(told.why()).name},
              {"status", nullptr},
              {"response", nullptr},
              {"claims_text", nullptr}};
  if (told.allowed()) {
    out["claims_text"] = *told.claims_json();
  } else {
    out["status"] = find_reason(told.why()).http_status;
    out["response"] = to_json(made->respond(told.why()));
  }
  return out;
}

}  // namespace
}  // namespace portcullis::test

int main() {
  using portcullis::test::json;
  for (std::string line; std::getline(std::cin, line);) {
    json told;
    try {
      told = portcullis::test::answer(json::parse(line));
    } catch (const std::exception& error) {
      told = {{"failure", error.what()}};
    }
    std::cout << told.dump() << std::endl;  // whoever asks one at a time waits for it
  }
  return 0;
}
