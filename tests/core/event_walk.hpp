// The native door of the tests: a policy's bytes and an event as a JSON tree, walked as the doors
// walk theirs. What a shape means stays in the core.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <portcullis/request.hpp>
#include <portcullis/verifier.hpp>
#include <string>
#include <string_view>

namespace portcullis::test {

using json = nlohmann::ordered_json;

// A heap copy without a byte to spare: a sanitizer sees the first read beyond it.
class exact_copy {
 public:
  explicit exact_copy(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
    std::copy(text.begin(), text.end(), bytes_.get());
  }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

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
