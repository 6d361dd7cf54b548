#include "edge/check_response.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "edge/render_response.hpp"
#include "support/exact_copy.hpp"

namespace portcullis {
namespace {

using json = nlohmann::ordered_json;
using support::exact_copy;

constexpr std::size_t fewest_cases = 400;

constexpr std::string_view every_event[] = {"viewer-request", "origin-request", "origin-response",
                                            "viewer-response"};

std::filesystem::path vectors() {
  return std::filesystem::path(PORTCULLIS_VECTORS_DIR) / "edge" / "responses";
}

std::vector<std::string> find_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(vectors())) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

json load(const std::string& name) {
  std::ifstream file(vectors() / (name + ".json"));
  return json::parse(file);
}

std::string decode_base64(std::string_view text) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text.substr(0, text.find('='))) {
    bits = bits << 6 | static_cast<std::uint32_t>(alphabet.find(c));
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>(bits >> held & 0xff));
  }
  return out;
}

// Puts what `fill` says in the place of each string that is its mark: large texts are not in the
// files.
void apply_fill(json& value, const json& fill) {
  if (value.is_structured()) {
    for (auto& each : value) apply_fill(each, fill);
  } else if (value == fill.at("mark")) {
    std::string text;
    for (std::size_t i = fill.at("count"); i != 0; --i) text += fill.at("text").get<std::string>();
    value = text;
  }
}

std::string response_of(const json& row) {
  if (row.contains("response_text")) return row.at("response_text");
  if (row.contains("response_base64")) {
    return decode_base64(row.at("response_base64").get<std::string>());
  }
  json response = row.at("response");
  if (row.contains("fill")) apply_fill(response, row.at("fill"));
  return response.dump();
}

std::string original_of(const json& row) {
  if (row.contains("original_text")) return row.at("original_text");
  return row.contains("original") ? row.at("original").dump() : "";
}

using findings = std::vector<std::string>;  // "rule path"

void add_finding(void* context, const response_finding& finding) {
  static_cast<findings*>(context)->push_back(std::string(find_response_rule(finding.rule).name) +
                                             ' ' + std::string(finding.path.view()));
}

findings check(std::string_view event, std::string_view response, std::string_view original = {}) {
  findings out;
  event_type type{};
  EXPECT_TRUE(parse_event_type(event, type)) << event;
  const exact_copy response_copy(response);
  const exact_copy original_copy(original);
  const std::size_t count =
      check_response(type, response_copy.view(), original_copy.view(), add_finding, &out);
  EXPECT_EQ(count, out.size());
  return out;
}

class response_vectors : public testing::TestWithParam<std::string> {};

TEST_P(response_vectors, agree) {
  const json file = load(GetParam());
  ASSERT_FALSE(file.at("cases").empty());
  for (const auto& row : file.at("cases")) {
    SCOPED_TRACE(row.at("id").get<std::string>() + ": " + row.at("comment").get<std::string>());
    EXPECT_TRUE(row.at("id").get<std::string>().starts_with(GetParam() + '-'));
    findings expected;
    for (const auto& finding : row.at("findings")) {
      expected.push_back(finding.at("rule").get<std::string>() + ' ' +
                         finding.at("path").get<std::string>());
    }
    const std::string response = response_of(row);
    const std::string original = original_of(row);
    ASSERT_FALSE(row.at("events").empty());
    for (const auto& event : row.at("events")) {
      EXPECT_EQ(check(event.get<std::string>(), response, original), expected) << event;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(vectors, response_vectors, testing::ValuesIn(find_files()),
                         [](const auto& file) {
                           std::string name = file.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(check_response, has_vectors_for_every_rule_and_event) {
  std::size_t cases = 0;
  std::map<std::string, std::size_t> told;
  std::set<std::string> events;
  std::size_t clean = 0;
  std::set<std::string> ids;
  for (const auto& name : find_files()) {
    const json file = load(name);
    for (const auto& row : file.at("cases")) {
      ++cases;
      EXPECT_TRUE(ids.insert(row.at("id")).second) << row.at("id");
      for (const auto& event : row.at("events")) events.insert(event);
      if (row.at("findings").empty()) ++clean;
      for (const auto& finding : row.at("findings")) ++told[finding.at("rule")];
    }
  }
  EXPECT_GE(cases, fewest_cases);
  EXPECT_GE(clean, 100u);
  EXPECT_EQ(events.size(), std::size(every_event));
  for (std::size_t i = 0; i < response_rule_count; ++i) {
    const std::string rule(find_response_rule(static_cast<response_rule>(i)).name);
    EXPECT_GE(told[rule], 1u) << rule;
  }
  EXPECT_EQ(told.size(), response_rule_count);
}

TEST(check_response, knows_its_rules) {
  std::ifstream file(std::filesystem::path(PORTCULLIS_VECTORS_DIR) / ".." / ".." / "docs" /
                     "response-rules.md");
  const std::string manual{std::istreambuf_iterator<char>(file), {}};
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < response_rule_count; ++i) {
    const auto row = find_response_rule(static_cast<response_rule>(i));
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.sentence.empty()) << row.name;
    EXPECT_FALSE(row.source.empty()) << row.name;
    EXPECT_NE(manual.find("| `" + std::string(row.name) + "` | "), std::string::npos) << row.name;
    std::string sentence(row.sentence);  // a table's cell
    for (std::size_t at = 0; (at = sentence.find('|', at)) != std::string::npos; at += 2) {
      sentence.insert(at, 1, '\\');
    }
    EXPECT_NE(manual.find("| " + sentence + " |"), std::string::npos) << row.name;
  }
  EXPECT_EQ(find_response_rule(response_rule::not_json).name, "not_json");
  EXPECT_EQ(find_response_rule(static_cast<response_rule>(response_rule_count)).name, "");
  EXPECT_EQ(find_response_rule(static_cast<response_rule>(255)).name, "");
}

TEST(check_response, knows_the_events) {
  for (std::size_t i = 0; i < std::size(every_event); ++i) {
    event_type type{};
    EXPECT_TRUE(parse_event_type(exact_copy(every_event[i]).view(), type));
    EXPECT_EQ(static_cast<std::size_t>(type), i);
  }
  for (const std::string_view name : {"", "viewer", "viewer-", "viewer-requests", "Viewer-Request",
                                      "viewer_request", "request"}) {
    event_type type = event_type::viewer_response;
    EXPECT_FALSE(parse_event_type(name, type)) << name;
    EXPECT_EQ(type, event_type::viewer_response);
  }
}

TEST(check_response, finds_nothing_in_our_own_responses) {
  for (std::size_t code = 0; code < reason_count; ++code) {
    response_text text;
    render_response(static_cast<reason>(code), std::string(64, 'r'), text);
    for (const auto event : {"viewer-request", "origin-request"}) {
      EXPECT_EQ(check(event, text.view()), findings{}) << text.view();
    }
  }
}

TEST(check_response, cuts_a_long_path_and_not_inside_a_character) {
  std::string name;
  for (int i = 0; i < 100; ++i) name += "\xc3\xa9";
  const std::string response = R"({"status":"200","headers":{"x":[{")" + name + R"(":1}]}})";
  std::string kept;
  for (int i = 0; i < 32; ++i) kept += "\xc3\xa9";
  EXPECT_EQ(check("viewer-request", response),
            (findings{"member_unknown $.headers.x[0][\"" + kept + "...\"]",
                      "header_value_missing $.headers.x[0]"}));

  const std::string wide(100, '-');
  const findings cut = check("viewer-request", R"({"status":"200","headers":{")" + wide +
                                                   R"(":[{")" + wide + R"(":1,"value":""}]}})");
  ASSERT_EQ(cut.size(), 1u);
  EXPECT_EQ(cut[0].size(), std::string_view("member_unknown ").size() + 128);
}

TEST(check_response, tells_the_index_of_an_entry) {
  std::string response = R"({"status":"200","headers":{"x":[)";
  for (int i = 0; i < 999; ++i) response += R"({"value":"a"},)";
  response += R"({"value":"a\r"}]}})";
  EXPECT_EQ(check("viewer-request", response),
            findings{"header_value_invalid $.headers.x[999].value"});
}

// Every header that an event keeps or has taken away, at once.
TEST(check_response, compares_many_headers_with_the_original) {
  json original = json::parse(R"({"status":"200","headers":{}})");
  for (const auto name : {"transfer-encoding", "via", "warning", "content-length",
                          "content-encoding", "server", "date"}) {
    original["headers"][name] = json::array({{{"key", name}, {"value", name}}});
  }
  const std::string event = original.dump();
  for (const auto type : {"origin-response", "viewer-response"}) {
    EXPECT_EQ(check(type, event, event), findings{});
  }
  const std::string without = R"({"status":"200"})";
  EXPECT_EQ(check("origin-response", without, event),
            (findings{R"(header_read_only $.headers["transfer-encoding"])",
                      "header_read_only $.headers.via"}));
  EXPECT_EQ(check("viewer-response", without, event),
            (findings{R"(header_read_only $.headers["content-encoding"])",
                      R"(header_read_only $.headers["content-length"])",
                      R"(header_read_only $.headers["transfer-encoding"])",
                      "header_read_only $.headers.via", "header_read_only $.headers.warning"}));
}

// What no JSON parser takes is not_json and nothing else; nothing is read beyond the text.
TEST(check_response, survives_mutations) {
  std::mt19937 random(20261121);
  const auto below = [&random](std::size_t end) { return random() % end; };
  std::vector<std::string> texts;
  for (const auto& name : find_files()) {
    const json file = load(name);
    for (const auto& row : file.at("cases")) {
      std::string text = row.contains("fill") ? row.at("response").dump() : response_of(row);
      if (!text.empty() && text.size() < 2000) texts.push_back(text);
    }
  }
  constexpr std::string_view bytes = "{}[]\",:\\ux0n\x7f\x01 =A\xc3";
  std::size_t json_texts = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text = texts[below(texts.size())];
    for (std::size_t changes = 1 + below(3); changes != 0 && !text.empty(); --changes) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text[at] = bytes[below(bytes.size())];
          break;
        case 1:
          text.insert(at, 1, bytes[below(bytes.size())]);
          break;
        case 2:
          text.erase(at, 1 + below(4));
          break;
        default:
          text.resize(at);
      }
    }
    const std::string& original = texts[below(texts.size())];
    const auto event = every_event[below(std::size(every_event))];
    const findings told = check(event, text, original);
    if (json::accept(text)) {
      ++json_texts;
    } else {
      ASSERT_FALSE(told.empty()) << text;
      EXPECT_TRUE(told.back().starts_with("not_json $ at byte ")) << text;
      EXPECT_LE(told.size(), 2u) << text;  // the original's own
    }
  }
  EXPECT_GT(json_texts, 500u);
}

}  // namespace
}  // namespace portcullis
