// Runs tests/vectors/edge/cases through the core by both of its doors, C++ and C.
#include <gtest/gtest.h>
#include <portcullis/edge_api.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edge_walk.hpp"

namespace portcullis::test {
namespace {

constexpr std::size_t fewest_cases = 1000;
constexpr std::size_t text_bytes = 65536;

std::filesystem::path folder() {
  return std::filesystem::path(PORTCULLIS_VECTORS_DIR) / "edge" / "cases";
}

std::vector<std::string> find_themes() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

json load(const std::string& theme) {
  std::ifstream file(folder() / (theme + ".json"));
  return json::parse(file);
}

// ---- what is expected
// ----------------------------------------------------------------------------

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

std::string alike(std::string_view name) {
  std::string folded;
  for (const char c : name) folded.push_back(c == '_' ? '-' : to_lower(c));
  return folded;
}

json apply_edits(const json& request, const json& edits) {
  json made = request;
  json* headers = made.contains("headers") ? &made["headers"] : nullptr;
  if (headers != nullptr && headers->is_object()) {
    std::vector<std::string> there;
    for (const auto& [name, list] : headers->items()) there.push_back(name);
    for (const json& removed : edits.at("remove")) {
      for (const std::string& name : there) {
        if (alike(name) == alike(removed.get<std::string>())) headers->erase(name);
      }
    }
  }
  if (edits.contains("set")) {
    for (const auto& [name, value] : edits["set"].items()) {
      (*headers)[name] = json::array({{{"key", name}, {"value", value}}});
    }
  }
  if (edits.contains("cookie")) {
    headers->erase("cookie");
    if (edits["cookie"] != "") {
      (*headers)["cookie"] = json::array({{{"key", "Cookie"}, {"value", edits["cookie"]}}});
    }
  }
  if (edits.contains("querystring")) made["querystring"] = edits["querystring"];
  return made;
}

// ordered_json compares members in their order, which no case is about.
nlohmann::json unordered(const json& value) { return nlohmann::json::parse(value.dump()); }

std::string decode_percent(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)));
    i += 2;
  }
  return out;
}

// Takes the Location out of a response and splits it as a case does.
json split_location(json& response, const json& expected) {
  const json row = response.at("headers").at("location");
  response["headers"].erase("location");
  EXPECT_EQ(row.size(), 1u);
  EXPECT_EQ(row[0].at("key"), "Location");
  const std::string value = row[0].at("value");
  const std::size_t mark = value.find('?');
  json made = {{"url", value.substr(0, mark)}, {"parameters", json::object()}};
  for (std::size_t at = mark; at != std::string::npos;) {
    const std::size_t end = value.find('&', at + 1);
    const std::string part = value.substr(at + 1, end == std::string::npos ? end : end - at - 1);
    const std::size_t equals = part.find('=');
    EXPECT_NE(equals, std::string::npos) << value;
    const std::string name = part.substr(0, equals);
    EXPECT_FALSE(made["parameters"].contains(name)) << value;
    made["parameters"][name] = decode_percent(part.substr(equals + 1));
    at = end;
  }
  if (expected.contains("signed")) {
    const std::string name = expected["signed"];
    const std::string text = made["parameters"].value(name, "");
    made["parameters"].erase(name);
    const std::size_t point = text.find('.');
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    EXPECT_TRUE(point != std::string::npos && text[0] == 'c' && text.size() - point - 1 == 43 &&
                text.find_first_not_of("0123456789", 1) == point &&
                text.find_first_not_of(alphabet, point + 1) == std::string::npos)
        << text;
    made["signed"] = name;
    made["expires"] = std::stoll(text.substr(1, point - 1));
  }
  return made;
}

// ---- the two doors
// -------------------------------------------------------------------------------

struct told {
  decision_kind kind = decision_kind::deny;
  reason why = reason::internal_error;
  std::uint32_t route = decision::no_route;
  std::string response;
  std::string edits;
  std::string log;
};

class cpp_door {
 public:
  explicit cpp_door(std::string_view policy) {
    auto made = verifier::from_policy(exact_copy(policy).view());
    EXPECT_TRUE(made.has_value()) << made.error().message();
    if (made) gate_.emplace(std::move(*made));
    if (gate_) gate_->seed(0x0123456789abcdef, 0xfedcba9876543210);
  }
  [[nodiscard]] const verifier& gate() const { return *gate_; }

  told ask(const walked_request& walked, std::int64_t now) const {
    const edge_request& request = walked.fields();
    const decision judged = gate_->verify_at_edge(request, now);
    const auto text = std::make_unique<fixed_text<text_bytes>>();
    told answer{judged.kind(), judged.why(), judged.route(), {}, {}, {}};
    gate_->write_response(request, judged, now, *text);
    answer.response = text->view();
    text->clear();
    if (gate_->edits()) gate_->write_edits(request, judged, *text);
    answer.edits = text->view();
    text->clear();
    gate_->write_log(request, judged, *text);
    answer.log = text->view();
    return answer;
  }

 private:
  std::optional<verifier> gate_;
};

class c_door {
 public:
  explicit c_door(const std::string& policy)
      : made_(portcullis_create_verifier(policy.data(), policy.size(), nullptr, 0, &ignored_),
              portcullis_destroy_verifier) {
    EXPECT_NE(made_, nullptr);
    portcullis_seed_edge(made_.get(), "sixteen bytes of");
  }

  told ask(const walked_request& walked, std::int64_t seconds) {
    const exact_copy copy(walked.text());
    const char* const request = copy.view().data();
    const std::size_t size = copy.view().size();
    const auto now = static_cast<double>(seconds);
    const std::int32_t judged = portcullis_judge_request(made_.get(), request, size, now);
    const std::int32_t route = judged >> 10;
    told answer{static_cast<decision_kind>(judged >> 8 & 3),
                static_cast<reason>(judged & 0xff),
                route == 0 ? decision::no_route : static_cast<std::uint32_t>(route - 1),
                {},
                {},
                {}};
    answer.response = read([&](char* out, std::size_t room) {
      return portcullis_write_edge_response(made_.get(), request, size, judged, now, out, room);
    });
    if (describe()[0] == '1') {
      answer.edits = read([&](char* out, std::size_t room) {
        return portcullis_write_edge_edits(made_.get(), request, size, judged, out, room);
      });
    }
    answer.log = read([&](char* out, std::size_t room) {
      return portcullis_write_edge_log(made_.get(), request, size, judged, out, room);
    });
    return answer;
  }

  std::string describe() {
    return read([&](char* out, std::size_t room) {
      return portcullis_describe_edge(made_.get(), out, room);
    });
  }

 private:
  template <class Write>
  std::string read(Write write) {
    room_.resize(text_bytes);
    const std::size_t size = write(room_.data(), room_.size());
    EXPECT_LE(size, room_.size());
    return room_.substr(0, std::min(size, room_.size()));
  }

  std::size_t ignored_ = 0;
  std::unique_ptr<portcullis_verifier, void (*)(portcullis_verifier*)> made_;
  std::string room_;
};

constexpr const char* kinds[] = {"allow", "deny", "challenge", "answer"};

void check(const told& answer, const json& event, const json& expect, bool shadow) {
  const reason_row row = find_reason(answer.why);
  EXPECT_EQ(kinds[static_cast<std::size_t>(answer.kind)], expect.at("decision"));
  EXPECT_EQ(row.name, expect.at("reason"));
  const bool challenge = answer.kind == decision_kind::challenge;
  EXPECT_EQ(challenge ? 302 : row.http_status, expect.value("status", 0));
  EXPECT_EQ(answer.route, expect.value("route", decision::no_route));

  const bool allowed = answer.kind == decision_kind::allow;
  if (!allowed) {
    ASSERT_TRUE(json::accept(answer.response)) << answer.response;
    json response = json::parse(answer.response);
    if (challenge && expect.contains("location")) {
      const json location = split_location(response, expect["location"]);
      EXPECT_EQ(unordered(location), unordered(expect["location"]));
    }
    EXPECT_EQ(unordered(response), unordered(expect.value("response", json())));
  }
  if (const json* const request = find_request(event); request != nullptr && (allowed || shadow)) {
    json edited = *request;
    if (!answer.edits.empty()) {
      ASSERT_TRUE(json::accept(answer.edits)) << answer.edits;
      edited = apply_edits(*request, json::parse(answer.edits));
    }
    EXPECT_EQ(unordered(edited), unordered(expect.value("request", *request)));
  }
  ASSERT_TRUE(json::accept("{" + answer.log + "}")) << answer.log;
  EXPECT_EQ(unordered(json::parse("{" + answer.log + "}")),
            unordered(expect.value("log", json::object())));
}

class edge_vectors : public testing::TestWithParam<std::string> {};

TEST_P(edge_vectors, agree) {
  const json file = load(GetParam());
  ASSERT_FALSE(file.at("cases").empty());
  for (const json& row : file.at("cases")) {
    SCOPED_TRACE(row.at("id").get<std::string>() + ": " + row.at("comment").get<std::string>());
    const json& policy = file.at("policies").at(row.at("policy").get<std::string>());
    const bool shadow = policy.value("mode", "") == "shadow";
    const cpp_door door(policy.dump());
    c_door other(policy.dump());
    ASSERT_TRUE(door.gate().at_edge());
    EXPECT_EQ(door.gate().shadow(), shadow);
    const json steps = row.contains("steps") ? row["steps"] : json::array({row});
    for (std::size_t at = 0; at < steps.size(); ++at) {
      SCOPED_TRACE("step " + std::to_string(at));
      const json& step = steps[at];
      const walked_request walked(step.at("event"), door.gate());
      const told answer = door.ask(walked, step.at("now"));
      check(answer, step.at("event"), step.at("expect"), shadow);

      const told again = other.ask(walked, step.at("now"));
      EXPECT_EQ(again.kind, answer.kind);
      EXPECT_EQ(find_reason(again.why).name, find_reason(answer.why).name);
      EXPECT_EQ(again.route, answer.route);
      EXPECT_EQ(again.response, answer.response);
      if (walked.fields().method.shape == field_shape::no_request) continue;
      EXPECT_EQ(again.edits, answer.edits);
      EXPECT_EQ(again.log, answer.log);
    }
  }
}

// Cases without steps may be asked in any order, by one verifier for each policy.
TEST_P(edge_vectors, do_not_depend_on_their_order) {
  const json file = load(GetParam());
  for (const auto& [name, policy] : file.at("policies").items()) {
    if (policy.contains("rate_limit")) continue;
    const cpp_door door(policy.dump());
    const json& cases = file.at("cases");
    for (auto row = cases.rbegin(); row != cases.rend(); ++row) {
      if (row->at("policy") != name || row->contains("steps")) continue;
      SCOPED_TRACE(row->at("id").get<std::string>());
      const walked_request walked(row->at("event"), door.gate());
      const json& expect = row->at("expect");
      EXPECT_EQ(find_reason(door.ask(walked, row->at("now")).why).name, expect.at("reason"));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(vectors, edge_vectors, testing::ValuesIn(find_themes()),
                         [](const auto& file) {
                           std::string name = file.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(edge_vectors_files, are_there) {
  std::size_t count = 0;
  for (const std::string& theme : find_themes()) count += load(theme).at("cases").size();
  EXPECT_GE(count, fewest_cases);
}

}  // namespace
}  // namespace portcullis::test
