#include "edge/cloudfront_event.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/exact_copy.hpp"
#include "support/object_text.hpp"

namespace portcullis {
namespace {

using json = nlohmann::ordered_json;
using support::exact_copy;

constexpr std::string_view event_names[] = {"viewer-request", "origin-request", "origin-response",
                                            "viewer-response"};

// What was written, or "fault path".
struct written {
  std::string text;
  std::string error;
};

std::string name_of(event_fault fault) {
  constexpr const char* names[] = {"none", "not_json", "not_an_event", "wrong_type",
                                   "buffer_too_small"};
  return names[static_cast<std::size_t>(fault)];
}

written write_into(std::string_view event, std::string_view part, std::size_t capacity) {
  const exact_copy copy(event);
  const std::unique_ptr<char[]> out(new char[capacity]);
  event_error error;
  error.fault = event_fault::not_json;  // is set anew
  error.path.append("?");
  const std::size_t size = write_event(copy.view(), part, out.get(), capacity, error);
  if (size == 0) {
    return {"", name_of(error.fault) + ' ' + std::string(error.path.view())};
  }
  EXPECT_EQ(error.fault, event_fault::none);
  EXPECT_EQ(error.path.view(), "");
  EXPECT_LE(size, capacity);
  return {std::string(out.get(), std::min(size, capacity)), ""};
}

written write(std::string_view event, std::string_view part = {}) {
  return write_into(event, part, event.size());
}

std::string fault_of(std::string_view event, std::string_view part = {}) {
  return write(event, part).error;
}

json without_nulls(const json& value) {
  if (!value.is_structured()) return value;
  json out = value.is_object() ? json::object() : json::array();
  for (const auto& [name, each] : value.items()) {
    if (each.is_null()) continue;
    if (value.is_object()) {
      out[name] = without_nulls(each);
    } else {
      out.push_back(without_nulls(each));
    }
  }
  return out;
}

std::map<std::string, std::string> load_fixtures() {
  std::map<std::string, std::string> out;
  const auto folder = std::filesystem::path(PORTCULLIS_VECTORS_DIR) / "edge" / "events";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path());
    out[entry.path().stem().string()] = {std::istreambuf_iterator<char>(file), {}};
  }
  return out;
}

std::span<const cloudfront_field> rows() {
  std::size_t count = 0;
  const cloudfront_field* const first = cloudfront_fields(count);
  return {first, count};
}

json::json_pointer pointer_to(std::string_view path) {
  std::string pointer = "/Records/0/cf";
  pointer += '/';
  for (const char c : path) pointer += c == '.' ? '/' : c;
  return json::json_pointer(pointer);
}

std::string at_field(std::string_view path) { return "$.Records[0].cf." + std::string(path); }

// An event of a type with one field.
json event_with(std::string_view type, std::string_view path, const json& value) {
  json event = json::parse(R"({"Records":[{"cf":{}}]})");
  if (!type.empty()) event[pointer_to("config.eventType")] = type;
  event[pointer_to(path)] = value;
  return event;
}

TEST(cloudfront_event, writes_every_fixture_again) {
  const auto fixtures = load_fixtures();
  EXPECT_GE(fixtures.size(), 20u);
  for (const auto& [name, text] : fixtures) {
    SCOPED_TRACE(name);
    const json event = json::parse(text);
    const auto whole = write(text);
    ASSERT_EQ(whole.error, "");
    EXPECT_EQ(json::parse(whole.text), without_nulls(event));
    EXPECT_EQ(write(whole.text).text, whole.text);
    // As JSON.stringify has it there is no byte to be changed, but for nulls and numbers' spelling.
    const std::string compact = without_nulls(json::parse(whole.text)).dump();
    EXPECT_EQ(write(compact).text, compact);

    for (const std::string part : {"request", "response"}) {
      const json& cf = event.at("Records").at(0).at("cf");
      const auto alone = write(text, part);
      if (cf.contains(part) && !cf.at(part).is_null()) {
        EXPECT_EQ(alone.error, "");
        EXPECT_EQ(json::parse(alone.text), without_nulls(cf.at(part)));
      } else {
        EXPECT_EQ(alone.error, "not_an_event " + at_field(part));
      }
    }
  }
}

TEST(cloudfront_event, has_a_fixture_for_every_field) {
  std::set<std::string> missing;
  for (const auto& row : rows()) missing.insert(std::string(row.path));
  std::set<std::string> types;
  for (const auto& [name, text] : load_fixtures()) {
    const json event = json::parse(text);
    for (const auto& row : rows()) {
      if (event.contains(pointer_to(row.path))) missing.erase(std::string(row.path));
    }
    types.insert(event.value(pointer_to("config.eventType"), json("")).dump());
  }
  EXPECT_EQ(missing, std::set<std::string>{});
  for (const auto type : event_names) EXPECT_TRUE(types.contains(json(type).dump())) << type;
}

TEST(cloudfront_event, copies_strings_and_numbers_as_they_are_written) {
  constexpr std::string_view text =
      R"({"Records":[{"cf":{"request":{"uri":"\/\u0061\u00e9\ud83d\ude00\"\\\b","x\u0079":1.50E+02,)"
      R"("n":[-0,0.0,1e400,123456789012345678901234567890]}}}]})";
  EXPECT_EQ(write(text).text, text);
  EXPECT_EQ(write("\xef\xbb\xbf" + std::string(text)).error, "not_json $ at byte 0");
  std::string spaced;
  for (const char c : text) {
    spaced += c;
    if (c == '{' || c == '[' || c == ',') spaced += "\r\n\t ";
  }
  EXPECT_EQ(write(spaced).text, text);
  EXPECT_EQ(write(text, "request").text,
            text.substr(text.find("{\"uri"), text.size() - text.find("{\"uri") - 4));
}

TEST(cloudfront_event, leaves_nulls_out) {
  EXPECT_EQ(write(R"({"a":null,"Records":[{"b":null,"cf":{"request":{"uri":null,"body":null,)"
                  R"("headers":{"a":null,"b":[null,{"key":null,"value":"c"},null]}},)"
                  R"("x":[null,[null],{"y":null},1]},"z":null},null]})")
                .text,
            R"({"Records":[{"cf":{"request":{"headers":{"b":[{"value":"c"}]}},"x":[[],{},1]}}]})");
  EXPECT_EQ(write(R"({"Records":[{"cf":{"request":null}}]})").text, R"({"Records":[{"cf":{}}]})");
  EXPECT_EQ(fault_of(R"({"Records":[{"cf":{"request":null}}]})", "request"),
            "not_an_event $.Records[0].cf.request");
}

// Each row with a value of each kind, in each event.
TEST(cloudfront_event, checks_the_type_of_every_field_in_its_events) {
  const json values =
      json::parse(R"(["text",7,-7,7.5,true,false,[],{},["a","b"],[1],{"a":[]},{"a":"b"}])");
  std::size_t refused = 0;
  for (const auto& row : rows()) {
    if (row.path == "config" || row.path == "config.eventType") continue;
    for (std::size_t type = 0; type <= std::size(event_names); ++type) {
      const bool known = type < std::size(event_names);
      const bool applies = !known || (row.events >> type & 1) != 0;
      for (const json& value : values) {
        const std::string event =
            event_with(known ? event_names[type] : "", row.path, value).dump();
        std::string path = at_field(row.path);
        bool fits = false;
        switch (row.type) {
          case field_type::text:
            fits = value.is_string();
            break;
          case field_type::integer:
            fits = value.is_number_integer();
            break;
          case field_type::boolean:
            fits = value.is_boolean();
            break;
          case field_type::object:
            fits = value.is_object();
            break;
          case field_type::headers:
            fits = value.is_object() && value.value("a", json::array()).is_array();
            if (value.is_object()) path += ".a";
            break;
          case field_type::text_list:
            fits = value.is_array() && (value.empty() || value[0].is_string());
            if (value.is_array()) path += "[0]";
            break;
        }
        if (fits || !applies) {
          EXPECT_EQ(write(event).text, event);
        } else {
          ++refused;
          EXPECT_EQ(fault_of(event), "wrong_type " + path) << event;
        }
      }
    }
  }
  EXPECT_GT(refused, 1000u);
}

TEST(cloudfront_event, checks_config_whatever_the_type) {
  EXPECT_EQ(fault_of(R"({"Records":[{"cf":{"config":5}}]})"), "wrong_type $.Records[0].cf.config");
  EXPECT_EQ(fault_of(R"({"Records":[{"cf":{"config":{"eventType":5}}}]})"),
            "wrong_type $.Records[0].cf.config.eventType");
  // A type that nobody knows is none: every row holds.
  EXPECT_EQ(fault_of(R"({"Records":[{"cf":{"config":{"eventType":"x"},"response":[]}}]})"),
            "wrong_type $.Records[0].cf.response");
  // It is found wherever it stands, and behind escapes.
  for (const auto type : {R"("viewer-request")", R"("viewer\u002drequest")"}) {
    const std::string event =
        R"({"Records":[{"cf":{"response":[],"config":{"eventType":)" + std::string(type) + "}}}]}";
    EXPECT_EQ(write(event).text, event);
    EXPECT_EQ(fault_of(event, "response"), "not_an_event $.Records[0].cf.response");
  }
}

TEST(cloudfront_event, checks_the_entries_of_headers) {
  struct row {
    const char* headers;
    const char* path;  // nullptr: taken
  };
  constexpr row cases[] = {
      {"{}", nullptr},
      {R"({"a":[]})", nullptr},
      {R"({"a":[{}]})", nullptr},
      {R"({"a":[{"key":"A","value":"","more":[1]}]})", nullptr},
      {R"({"a":[{"value":"b"}],"B c":[{"value":"b"},{"key":"B C"}]})", nullptr},
      {"[]", ""},
      {R"({"a":"b"})", ".a"},
      {R"({"a":{"value":"b"}})", ".a"},
      {R"({"a":["b"]})", ".a[0]"},
      {R"({"a":[{"value":"b"},[]]})", ".a[1]"},
      {R"({"a":[{"value":5}]})", ".a[0].value"},
      {R"({"a":[{"key":true,"value":"b"}]})", ".a[0].key"},
      {R"({"x-a":[{"v\u0061lue":{}}]})", R"(["x-a"][0]["v\u0061lue"])"},
  };
  for (const auto& [headers, path] : cases) {
    for (const std::string_view at : {"request.headers", "request.origin.custom.customHeaders",
                                      "request.origin.s3.customHeaders", "response.headers"}) {
      std::string event = event_with("", at, "@").dump();
      event.replace(event.find("\"@\""), 3, headers);
      if (path == nullptr) {
        EXPECT_EQ(write(event).text, event);
      } else {
        EXPECT_EQ(fault_of(event), "wrong_type " + at_field(at) + path);
      }
    }
  }
}

TEST(cloudfront_event, keeps_what_it_does_not_know) {
  for (
      const std::string_view event : {
          R"({"x":1,"Records":[{"cf":{}}]})",
          R"({"Records":[{"y":[{"cf":5}],"cf":{"z":{"headers":5}}},5,{"cf":5}]})",
          // Not the fields that they are called like.
          R"({"Records":[{"cf":{"uri":5,"request.uri":5,"request":{"origin":{"custom.port":"x"}}}}]})",
          R"({"Records":[{"cf":{"request":{"origin.custom":5,"Uri":5,"":5,"body":{"headers":5}}}}]})",
      }) {
    EXPECT_EQ(write(event).text, event);
  }
}

TEST(cloudfront_event, refuses_what_is_no_json) {
  struct row {
    std::string text;
    std::size_t at;
  };
  const row cases[] = {
      {"", 0},
      {"x", 0},
      {R"({"Records":[{"cf":{}}]} x)", 24},
      {R"({"Records":[{"cf":{}}])", 22},
      {R"({"Records":[{"cf":{},"cf":{}}]})", 25},
      {R"({"Records":[{"cf":{"request":{"uri":"/","u\u0072i":"/"}}}]})", 50},
      {"{\"Records\":[{\"cf\":{\"a\":\"\xff\"}}]}", 24},
      {R"({"Records":[{"cf":{"a":"\ud800"}}]})", 24},
      {R"({"Records":[{"cf":{"a":01}}]})", 24},
  };
  for (const auto& [text, at] : cases) {
    EXPECT_EQ(fault_of(text), "not_json $ at byte " + std::to_string(at)) << text;
  }
  // Four levels lead to cf, whose members are values of the fifth.
  const auto deep = [](std::size_t levels) {
    return R"({"Records":[{"cf":{"x":)" + support::nested_arrays(levels) + "}}]}";
  };
  EXPECT_EQ(write(deep(28)).text, deep(28));
  EXPECT_EQ(fault_of(deep(29)), "not_json $ at byte 51");
  const auto crowded = [](std::size_t members) {
    return R"({"Records":[{"cf":{)" + support::filler_members(members) + "}}]}";
  };
  EXPECT_EQ(write(crowded(510)).text, crowded(510));
  EXPECT_TRUE(fault_of(crowded(511)).starts_with("not_json $ at byte "));
}

TEST(cloudfront_event, refuses_what_is_no_event) {
  for (const std::string_view text : {"null",
                                      "5",
                                      "\"Records\"",
                                      "[]",
                                      "{}",
                                      R"([{"Records":[{"cf":{}}]}])",
                                      R"({"Records":{}})",
                                      R"({"Records":[]})",
                                      R"({"Records":null})",
                                      R"({"Records":[null]})",
                                      R"({"Records":["cf"]})",
                                      R"({"Records":[{}]})",
                                      R"({"Records":[{"cf":null}]})",
                                      R"({"Records":[{"cf":[]}]})",
                                      R"({"Records":[{"Cf":{}}]})",
                                      R"({"Records":[{},{"cf":{}}]})",
                                      R"({"Records":[null,{"cf":{}}]})",
                                      R"({"Records":{"0":{"cf":{}}}})",
                                      R"({"records":[{"cf":{}}]})",
                                      R"({"cf":{}})"}) {
    EXPECT_EQ(fault_of(text), "not_an_event $.Records[0].cf") << text;
    EXPECT_EQ(fault_of(text, "request"), "not_an_event $.Records[0].cf") << text;
  }
}

TEST(cloudfront_event, gives_a_part_alone) {
  constexpr std::string_view event =
      R"({"Records":[{"cf":{"request":{"uri":"/","origin":{"s3":{"path":""}},"request":{}},)"
      R"("response":{"status":"200"},"more":{"request":{"uri":5}}}},{"cf":{"request":{}}}]})";
  EXPECT_EQ(write(event, "request").text,
            R"({"uri":"/","origin":{"s3":{"path":""}},"request":{}})");
  EXPECT_EQ(write(event, "response").text, R"({"status":"200"})");
  EXPECT_EQ(write(event, "request.origin").text, R"({"s3":{"path":""}})");
  for (const std::string_view part : {"config", "more", "cf", "uri", "request.uri", "req"}) {
    EXPECT_EQ(write(event, part).text, "") << part;
    EXPECT_TRUE(fault_of(event, part).starts_with("not_an_event $.Records[0].cf")) << part;
  }
  // What is wrong elsewhere is told all the same.
  EXPECT_EQ(fault_of(R"({"Records":[{"cf":{"request":{"uri":5},"response":{}}}]})", "response"),
            "wrong_type $.Records[0].cf.request.uri");
}

TEST(cloudfront_event, writes_no_further_than_it_may) {
  const std::string event = R"({"Records":[{"cf":{"request":{"uri":"/","method":"GET"}}}]})";
  for (const std::string_view part : {"", "request"}) {
    const std::string whole = write(event, part).text;
    for (std::size_t capacity = 0; capacity < whole.size(); ++capacity) {
      EXPECT_EQ(write_into(event, part, capacity).error, "buffer_too_small $");
    }
    EXPECT_EQ(write_into(event, part, whole.size()).text, whole);
  }
  event_error error;
  EXPECT_EQ(write_event(event, "", nullptr, 0, error), 0u);
  EXPECT_EQ(error.fault, event_fault::buffer_too_small);
}

TEST(cloudfront_event, cuts_a_long_path) {
  const std::string event =
      R"({"Records":[{"cf":{"request":{"origin":{"custom":{"customHeaders":{")" +
      std::string(100, '-') + R"(":[{"value":5}]}}}}}}]})";
  const std::string told = fault_of(event);
  EXPECT_EQ(told.size(), std::string_view("wrong_type ").size() + 128);
  EXPECT_TRUE(told.starts_with("wrong_type $.Records[0].cf.request.origin.custom.customHeaders["));
}

TEST(cloudfront_event, has_a_table_in_order) {
  std::map<std::string_view, const cloudfront_field*> seen;
  for (const auto& row : rows()) {
    EXPECT_TRUE(seen.emplace(row.path, &row).second) << row.path;
    EXPECT_NE(row.events, 0) << row.path;
    EXPECT_LT(row.events, 16) << row.path;
    const auto dot = row.path.rfind('.');
    if (dot == std::string_view::npos) continue;
    const auto outer = seen.find(row.path.substr(0, dot));
    ASSERT_NE(outer, seen.end()) << row.path;
    EXPECT_EQ(outer->second->type, field_type::object) << row.path;
    EXPECT_EQ(row.events & ~outer->second->events, 0) << row.path;
  }
  EXPECT_EQ(seen.at("request.origin.custom.port")->type, field_type::integer);
  EXPECT_EQ(seen.at("request.origin.custom.port")->events, 2 | 4);
  EXPECT_EQ(seen.at("request.clientIp")->access, field_access::read_only);
  EXPECT_EQ(seen.at("response.body")->access, field_access::write_only);
  EXPECT_EQ(seen.at("response.body")->events, 4);
}

// A place in a document: a container and which of its values.
void add_places(json& value, std::vector<std::pair<json*, std::size_t>>& out) {
  for (std::size_t i = 0; i < value.size() && value.is_structured(); ++i) {
    out.emplace_back(&value, i);
    add_places(*std::next(value.begin(), static_cast<std::ptrdiff_t>(i)), out);
  }
}

// Fixtures with values exchanged, members taken out and added: what is taken is the same value
// again.
TEST(cloudfront_event, writes_mutated_events_again) {
  std::mt19937 random(20261121);
  const auto below = [&random](std::size_t end) { return random() % end; };
  const json values =
      json::parse(R"([null,true,0,-1.5,"","viewer-request","origin-response",[],{},[null,"x"],)"
                  R"({"a":null,"b":[{"value":"c"}]}])");
  std::vector<json> fixtures;
  for (const auto& [name, text] : load_fixtures()) fixtures.push_back(json::parse(text));
  std::map<std::string, std::size_t> told;
  for (int round = 0; round < 5000; ++round) {
    json event = fixtures[below(fixtures.size())];
    for (std::size_t changes = 1 + below(3); changes != 0; --changes) {
      std::vector<std::pair<json*, std::size_t>> places;
      add_places(event, places);
      if (places.empty()) break;
      const auto [outer, index] = places[below(places.size())];
      const auto place = std::next(outer->begin(), static_cast<std::ptrdiff_t>(index));
      const json& value = values[below(values.size())];
      switch (below(4)) {
        case 0:
          outer->erase(place);
          break;
        case 1:
          if (outer->is_object()) {
            constexpr const char* names[] = {"request", "response", "cf", "headers", "a b", ""};
            (*outer)[names[below(std::size(names))]] = value;
            break;
          }
          [[fallthrough]];
        default:
          *place = value;
      }
    }
    const std::string text = event.dump(below(2) == 0 ? -1 : 2, ' ', below(2) == 0);
    const auto whole = write(text);
    ++told[whole.error.substr(0, whole.error.find(' '))];
    if (whole.error.empty()) {
      ASSERT_EQ(json::parse(whole.text), without_nulls(event)) << text;
      ASSERT_EQ(write(whole.text).text, whole.text) << text;
      const auto alone = write(text, "request");
      if (alone.error.empty()) {
        EXPECT_EQ(json::parse(alone.text), without_nulls(event.at(pointer_to("request")))) << text;
      }
    } else {
      EXPECT_EQ(write(text, "request").error, whole.error) << text;
      EXPECT_TRUE(whole.error.starts_with("wrong_type $.Records[0].cf.") ||
                  whole.error == "not_an_event $.Records[0].cf")
          << whole.error << ' ' << text;
    }
  }
  EXPECT_GT(told[""], 500u);
  EXPECT_GT(told["wrong_type"], 500u);
  EXPECT_GT(told["not_an_event"], 100u);
}

// Bytes exchanged: what no JSON parser takes is refused, and nothing is read beyond the text.
TEST(cloudfront_event, refuses_broken_texts) {
  std::mt19937 random(7);
  const auto below = [&random](std::size_t end) { return random() % end; };
  std::vector<std::string> fixtures;
  for (const auto& [name, text] : load_fixtures()) {
    fixtures.push_back(json::parse(text).dump());
  }
  constexpr std::string_view bytes = "{}[]\",:\\nut \x01\xc3";
  for (int round = 0; round < 10000; ++round) {
    std::string text = fixtures[below(fixtures.size())];
    for (std::size_t changes = 1 + below(2); changes != 0; --changes) {
      text[below(text.size())] = bytes[below(bytes.size())];
    }
    if (below(4) == 0) text.resize(below(text.size()));
    const auto whole = write(text);
    const json parsed = json::parse(text, nullptr, false);
    if (parsed.is_discarded()) {
      EXPECT_TRUE(whole.error.starts_with("not_json ")) << text;
    } else if (whole.error.empty()) {
      EXPECT_EQ(json::parse(whole.text), without_nulls(parsed)) << text;
    }
  }
}

}  // namespace
}  // namespace portcullis
