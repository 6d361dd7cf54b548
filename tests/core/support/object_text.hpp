// JSON objects by hand: values are written as they are, so that a test can put any bytes anywhere.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis::support {

class object_text {
 public:
  using member = std::pair<std::string, std::string>;  // name, value as JSON

  object_text(std::initializer_list<member> members) : members_(members) {}

  // The same object with one member set to another value, or added at the end.
  [[nodiscard]] object_text with(std::string_view name, std::string_view json) const {
    object_text out = *this;
    for (auto& [known, value] : out.members_) {
      if (known == name) {
        value = json;
        return out;
      }
    }
    out.members_.emplace_back(name, json);
    return out;
  }

  [[nodiscard]] object_text without(std::string_view name) const {
    object_text out = *this;
    std::erase_if(out.members_, [name](const member& each) { return each.first == name; });
    return out;
  }

  [[nodiscard]] std::string text() const {
    std::string out = "{";
    for (const auto& [name, value] : members_) {
      if (out.size() > 1) out += ',';
      out += '"' + name + "\":" + value;
    }
    return out + '}';
  }

 private:
  std::vector<member> members_;
};

[[nodiscard]] inline std::string repeat(std::string_view part, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += part;
  return out;
}

// `["x","x",...]`, `count` times.
[[nodiscard]] inline std::string array_text(std::string_view item, std::size_t count) {
  std::string out = "[";
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0) out += ',';
    out += item;
  }
  return out + ']';
}

// `[[...]]`, `depth` levels.
[[nodiscard]] inline std::string nested_arrays(std::size_t depth) {
  return repeat("[", depth) + repeat("]", depth);
}

// `"m0":0,"m1":0,...`: the members of an object without its braces.
[[nodiscard]] inline std::string filler_members(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0) out += ',';
    out += "\"m" + std::to_string(i) + "\":0";
  }
  return out;
}

}  // namespace portcullis::support
