// Runs tests/vectors through the core: decisions, responses, policies.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event_walk.hpp"

namespace portcullis::test {
namespace {

constexpr std::size_t fewest_decisions = 120;
constexpr std::size_t fewest_policies = 60;

std::vector<std::string> find_files(const char* folder) {
  std::vector<std::string> names;
  const std::filesystem::path root(PORTCULLIS_VECTORS_DIR);
  for (const auto& entry : std::filesystem::directory_iterator(root / folder)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// gtest takes no '-' in a name.
std::string test_name(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

json load(const std::string& folder, const std::string& name) {
  std::ifstream file(std::filesystem::path(PORTCULLIS_VECTORS_DIR) / folder / (name + ".json"));
  return json::parse(file);
}

std::size_t count_cases(const char* folder) {
  std::size_t count = 0;
  for (const auto& name : find_files(folder)) count += load(folder, name).at("cases").size();
  return count;
}

std::string decode_base64(std::string_view text) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<std::uint32_t>(alphabet.find(c));
    held += 6;
    if (held >= 8) {
      held -= 8;
      out.push_back(static_cast<char>(bits >> held & 0xff));
    }
  }
  return out;
}

// The token of an Authorization value that is "Bearer", spaces and anything.
std::optional<std::string> find_token(const walked_event& event) {
  if (event.shape != field_shape::single || event.value.size() < 7) return std::nullopt;
  std::string scheme = event.value.substr(0, 6);
  for (char& c : scheme) c = static_cast<char>(c | 0x20);
  const std::size_t start = event.value.find_first_not_of(' ', 6);
  if (scheme != "bearer" || event.value[6] != ' ' || start == std::string::npos) {
    return std::nullopt;
  }
  return event.value.substr(start);
}

class decision_vectors : public testing::TestWithParam<std::string> {};

TEST_P(decision_vectors, agree) {
  const json file = load("decisions", GetParam());
  std::map<std::pair<std::string, std::string>, json> responses;
  const json answers = load("responses", "responses");
  for (const auto& row : answers.at("rows")) {
    responses[{row.at("realm"), row.at("reason")}] = row.at("response");
  }
  std::map<std::string, verifier> verifiers;
  for (const auto& [name, policy] : file.at("policies").items()) {
    auto made = verifier::from_policy(exact_copy(policy.dump()).view());
    ASSERT_TRUE(made.has_value()) << name << ": " << made.error().message();
    verifiers.emplace(name, std::move(*made));
  }

  ASSERT_FALSE(file.at("cases").empty());
  for (const auto& row : file.at("cases")) {
    SCOPED_TRACE(row.at("id").get<std::string>() + ": " + row.at("comment").get<std::string>());
    const std::string policy = row.at("policy");
    const verifier& judge = verifiers.at(policy);
    const std::int64_t now = row.at("now");
    const json& expect = row.at("expect");
    const std::string expected = expect.at("reason");

    const walked_event event = read_event(row.at("event"));
    const exact_copy value(event.value);
    const decision answer = judge.verify({{event.shape, value.view()}}, now);
    const reason_row& told = find_reason(answer.why());
    EXPECT_EQ(told.name, expected);
    EXPECT_EQ(std::string(answer.allowed() ? "allow" : "deny"), expect.at("decision"));
    EXPECT_EQ(answer.kind() == decision_kind::allow, expect.at("decision") == "allow");

    if (answer.allowed()) {
      const auto claims = answer.claims_json();
      ASSERT_TRUE(claims.has_value());
      // Numbers beyond a double occur; the parser that refuses them is not the one under test.
      EXPECT_EQ(claims->find_first_not_of(" \t\r\n"), claims->find('{'));
    } else {
      EXPECT_EQ(told.http_status, expect.value("status", 0));
      EXPECT_FALSE(answer.claims_json().has_value());
      const std::string realm = file.at("policies").at(policy).value("realm", "portcullis");
      EXPECT_EQ(to_json(judge.respond(answer.why())), responses.at({realm, expected}));
    }

    // The bare token of an acceptable value is judged alike; the value's own limit is the edge's.
    if (const auto token = find_token(event); token && event.value.size() <= 16448) {
      const exact_copy bytes(*token);
      EXPECT_EQ(find_reason(judge.verify_token(bytes.view(), now).why()).name, expected);
    }
  }

  // Again from the end: an answer does not depend on what was asked before.
  for (auto row = file.at("cases").rbegin(); row != file.at("cases").rend(); ++row) {
    const walked_event event = read_event(row->at("event"));
    const exact_copy value(event.value);
    const verifier& judge = verifiers.at(row->at("policy").get<std::string>());
    const decision answer = judge.verify({{event.shape, value.view()}}, row->at("now"));
    EXPECT_EQ(find_reason(answer.why()).name, row->at("expect").at("reason")) << row->at("id");
  }
}

INSTANTIATE_TEST_SUITE_P(vectors, decision_vectors, testing::ValuesIn(find_files("decisions")),
                         [](const auto& file) { return test_name(file.param); });

class policy_vectors : public testing::TestWithParam<std::string> {};

TEST_P(policy_vectors, agree) {
  const json file = load("policies", GetParam());
  ASSERT_FALSE(file.at("cases").empty());
  for (const auto& row : file.at("cases")) {
    SCOPED_TRACE(row.at("id").get<std::string>() + ": " + row.at("comment").get<std::string>());
    std::string text;
    if (row.contains("policy")) {
      text = row.at("policy").dump();
    } else if (row.contains("policy_text")) {
      text = row.at("policy_text");
    } else {
      text = decode_base64(row.at("policy_base64").get<std::string>());
    }
    const auto made = verifier::from_policy(exact_copy(text).view());
    const json& expect = row.at("expect");
    if (expect.at("valid")) {
      EXPECT_TRUE(made.has_value()) << made.error().message();
    } else if (made.has_value()) {
      ADD_FAILURE() << "taken, though wrong at " << expect.at("path");
    } else {
      EXPECT_EQ(made.error().path.view(), expect.at("path"));
      EXPECT_TRUE(made.error().expected.view().starts_with("expected "))
          << made.error().expected.view();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(vectors, policy_vectors, testing::ValuesIn(find_files("policies")),
                         [](const auto& file) { return test_name(file.param); });

TEST(vectors, are_there) {
  EXPECT_GE(count_cases("decisions"), fewest_decisions);
  EXPECT_GE(count_cases("policies"), fewest_policies);
}

}  // namespace
}  // namespace portcullis::test
