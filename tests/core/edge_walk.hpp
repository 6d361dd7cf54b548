// The walk of an event for a policy with an edge layer, as the doors do it.
#pragma once

#include <portcullis/edge_request.hpp>

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event_walk.hpp"

namespace portcullis::test {

inline const json* find_request(const json& event) {
  const json* const records = find_member(&event, "Records");
  if (records == nullptr || !records->is_array() || records->empty()) return nullptr;
  const json* const request = find_member(find_member(&(*records)[0], "cf"), "request");
  return request != nullptr && request->is_object() ? request : nullptr;
}

struct walked_field {
  field_shape shape = field_shape::absent;
  std::string value;
};

inline walked_field read_text(const json* value, field_shape missing) {
  if (value == nullptr || value->is_null()) return {missing, {}};
  if (!value->is_string()) return {field_shape::malformed, {}};
  return {field_shape::single, value->get<std::string>()};
}

inline walked_field read_list(const json* list, bool joins) {
  if (list == nullptr || list->is_null()) return {field_shape::absent, {}};
  if (!list->is_array()) return {field_shape::malformed, {}};
  if (list->empty()) return {field_shape::absent, {}};
  if (list->size() > 1 && !joins) return {field_shape::repeated, {}};
  walked_field joined{field_shape::single, {}};
  for (const json& entry : *list) {
    const walked_field one = read_text(find_member(&entry, "value"), field_shape::malformed);
    if (one.shape != field_shape::single) return {field_shape::malformed, {}};
    if (&entry != &list->front()) joined.value += "; ";
    joined.value += one.value;
  }
  return joined;
}

inline std::vector<walked_field> read_fields(const json* request, const verifier& gate) {
  std::vector<walked_field> fields;
  const std::size_t count = 4 + gate.fields().size();
  if (request == nullptr) return {count, {field_shape::no_request, {}}};
  fields.push_back(read_text(find_member(request, "method"), field_shape::malformed));
  fields.push_back(read_text(find_member(request, "uri"), field_shape::malformed));
  fields.push_back(read_text(find_member(request, "querystring"), field_shape::absent));
  fields.push_back(read_text(find_member(request, "clientIp"), field_shape::absent));
  const json* const headers = find_member(request, "headers");
  for (const std::string_view name : gate.fields()) {
    if (headers != nullptr && !headers->is_null() && !headers->is_object()) {
      fields.push_back({field_shape::malformed, {}});
    } else {
      fields.push_back(
          read_list(find_member(headers, std::string(name).c_str()), name == "cookie"));
    }
  }
  return fields;
}

// A request by both doors. What it has points into it.
class walked_request {
 public:
  walked_request(const json& event, const verifier& gate) {
    std::vector<walked_field> fields = read_fields(find_request(event), gate);
    // In C the fields cross in one text.
    for (const walked_field& field : fields) {
      if (&field != &fields.front()) text_.push_back('\0');
      text_.push_back(static_cast<char>('0' + static_cast<int>(field.shape)));
      text_ += field.value;
    }
    // Where fields are handed over by themselves, a NUL is refused by the door.
    for (const walked_field& field : fields) {
      if (field.value.find('\0') == std::string::npos) continue;
      fields.assign(fields.size(), {field_shape::no_request, {}});
      break;
    }
    for (const walked_field& field : fields) {
      const std::string_view copied = copies_.emplace_back(field.value).view();
      views_.push_back({field.shape, copied});
    }
    request_ = {views_[0], views_[1], views_[2], views_[3],
                std::span<const field_view>(views_).subspan(4)};
  }
  walked_request(const walked_request&) = delete;
  walked_request& operator=(const walked_request&) = delete;

  [[nodiscard]] const edge_request& fields() const noexcept { return request_; }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
  std::deque<exact_copy> copies_;
  std::vector<field_view> views_;
  edge_request request_;
};

}  // namespace portcullis::test
