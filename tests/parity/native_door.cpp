// The core itself as a door of the parity test: one JSON question per line in, one answer per line
// out. README.md beside this file tells the members.
#include <cstdint>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "event_walk.hpp"

namespace portcullis::test {
namespace {

using made_verifier = result<verifier, policy_error>;

// Verifiers by policy text: most questions share one.
made_verifier& find_verifier(const std::string& policy) {
  static std::map<std::string, made_verifier> made;
  const auto known = made.find(policy);
  if (known != made.end()) return known->second;
  return made.emplace(policy, verifier::from_policy(exact_copy(policy).view())).first->second;
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
    std::cout << told.dump() << '\n';
  }
  return 0;
}
