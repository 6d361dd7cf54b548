// A JSON document as a tree, for configuration. Tokens are never turned into one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/result.hpp"

namespace portcullis {

struct json_value {
  enum class kind : std::uint8_t {
    null,
    boolean,
    integer,       // written without fraction or exponent, and in the range of std::int64_t
    other_number,  // any other number: no policy member wants one
    string,
    array,
    object
  };

  kind type = kind::null;
  bool boolean = false;
  std::int64_t integer = 0;
  std::string string;              // decoded, UTF-8
  std::vector<json_value> items;   // array: the elements; object: the values of `names`
  std::vector<std::string> names;  // object: the member names, decoded, unique

  // The value of an object's member, or null if there is none (or this is no object).
  [[nodiscard]] const json_value* find(std::string_view name) const noexcept;
};

// A place in a document, kept on the stack while it is walked and spelled out only for an error.
class json_path {
 public:
  json_path() noexcept = default;
  [[nodiscard]] json_path member(std::string_view name) const noexcept { return {this, name, 0}; }
  [[nodiscard]] json_path item(std::size_t index) const noexcept { return {this, {}, index}; }

  // "$.keys[0].k"; a name that is not a plain word is quoted: `$["a b"]`.
  [[nodiscard]] std::string spell() const;

 private:
  json_path(const json_path* parent, std::string_view name, std::size_t index) noexcept
      : parent_(parent), name_(name), index_(index) {}

  const json_path* parent_ = nullptr;
  std::string_view name_;  // no data() means an array element
  std::size_t index_ = 0;
};

struct json_error {
  std::string path;
  std::string expected;
};

// Reads a whole document within the policy bounds of limits.hpp. Both functions accept the same
// texts and give the same trees and errors; which one a build uses is its choice (the WASM module
// leaves nlohmann-json out for its size, tests run both).
[[nodiscard]] result<json_value, json_error> parse_document_by_scanner(std::string_view text);
[[nodiscard]] result<json_value, json_error> parse_document_by_nlohmann(std::string_view text);

}  // namespace portcullis
