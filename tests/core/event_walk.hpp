// The native door of the tests: a policy's bytes and an event as a JSON tree, walked as the doors
// walk theirs. What a shape means stays in the core.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <portcullis/request.hpp>
#include <portcullis/verifier.hpp>
#include <string>
#include <string_view>

#include "support/exact_copy.hpp"

namespace portcullis::test {

using json = nlohmann::ordered_json;

using support::exact_copy;

inline json to_json(const cloudfront_response& response) {
  json headers = json::object();
  for (std::size_t i = 0; i < response.header_count; ++i) {
    const auto& header = response.headers[i];
    headers[std::string(header.name)] =
        json::array({{{"key", header.key}, {"value", header.value.view()}}});
  }
  return {{"status", response.status},
          {"statusDescription", response.status_description},
          {"headers", headers},
          {"body", response.body.view()}};
}

struct walked_event {
  field_shape shape = field_shape::no_request;
  std::string value;  // only when the shape is single
};

inline const json* find_member(const json* object, const char* name) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(name);
  return found == object->end() ? nullptr : &*found;
}

inline walked_event read_event(const json& event) {
  const json* const records = find_member(&event, "Records");
  if (records == nullptr || !records->is_array() || records->empty()) return {};
  const json* const request = find_member(find_member(&(*records)[0], "cf"), "request");
  if (request == nullptr || !request->is_object()) return {};

  const json* const headers = find_member(request, "headers");
  if (headers == nullptr || headers->is_null()) return {field_shape::absent, {}};
  if (!headers->is_object()) return {field_shape::malformed, {}};
  const json* const list = find_member(headers, "authorization");
  if (list == nullptr || list->is_null()) return {field_shape::absent, {}};
  if (!list->is_array()) return {field_shape::malformed, {}};
  if (list->empty()) return {field_shape::absent, {}};
  if (list->size() > 1) return {field_shape::repeated, {}};

  const json* const value = find_member(&(*list)[0], "value");
  if (value == nullptr || !value->is_string()) return {field_shape::malformed, {}};
  return {field_shape::single, value->get<std::string>()};
}

}  // namespace portcullis::test
