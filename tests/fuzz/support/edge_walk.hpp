// A CloudFront event walked as the doors walk theirs (bindings-node/native.js, module.cpp): the
// fields that an edge policy reads, for the C++ door and, in one text, for the C door.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event_walk.hpp"
#include "portcullis/edge_request.hpp"
#include "support/exact_copy.hpp"

namespace portcullis::fuzz {

using test::find_member;
using test::json;

class edge_walk {
 public:
  edge_walk(const json& event, std::span<const std::string_view> names) {
    const json* const records = find_member(&event, "Records");
    const json* request = nullptr;
    if (records != nullptr && records->is_array() && !records->empty()) {
      request = find_member(find_member(&(*records)[0], "cf"), "request");
    }
    if (request == nullptr || !request->is_object()) {
      for (std::size_t i = 0; i != names.size() + 4; ++i) add({field_shape::no_request, {}});
    } else {
      request_json_ = request;
      add(read_text(find_member(request, "method"), field_shape::malformed));
      add(read_text(find_member(request, "uri"), field_shape::malformed));
      add(read_text(find_member(request, "querystring"), field_shape::absent));
      add(read_text(find_member(request, "clientIp"), field_shape::absent));
      const json* const headers = find_member(request, "headers");
      for (const std::string_view name : names) {
        if (headers != nullptr && !headers->is_null() && !headers->is_object()) {
          add({field_shape::malformed, {}});
        } else {
          add(read_list(find_member(headers, std::string(name).c_str()), name == "cookie"));
        }
      }
    }
    fields_ = {views_[0], views_[1], views_[2], views_[3],
               std::span<const field_view>(views_).subspan(4)};
  }
  edge_walk(const edge_walk&) = delete;
  edge_walk& operator=(const edge_walk&) = delete;

  [[nodiscard]] const json* request() const { return request_json_; }  // null: none
  [[nodiscard]] const edge_request& fields() const { return fields_; }
  [[nodiscard]] std::span<const field_view> all() const { return views_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  // In the C++ door a field is a field; in one text a NUL parts two.
  [[nodiscard]] bool has_nul() const { return has_nul_; }

 private:
  struct walked_field {
    field_shape shape;
    std::string value;
  };

  static walked_field read_text(const json* value, field_shape missing) {
    if (value == nullptr || value->is_null()) return {missing, {}};
    if (!value->is_string()) return {field_shape::malformed, {}};
    return {field_shape::single, value->get<std::string>()};
  }
  static walked_field read_list(const json* list, bool joins) {
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
  void add(const walked_field& field) {
    if (!views_.empty()) text_.push_back('\0');
    text_.push_back(static_cast<char>('0' + static_cast<int>(field.shape)));
    text_ += field.value;
    has_nul_ = has_nul_ || field.value.find('\0') != std::string::npos;
    views_.push_back({field.shape, copies_.emplace_back(field.value).view()});
  }

  const json* request_json_ = nullptr;
  std::deque<support::exact_copy> copies_;
  std::vector<field_view> views_;
  edge_request fields_;
  std::string text_;
  bool has_nul_ = false;
};

}  // namespace portcullis::fuzz
