// Requests as an edge policy reads them, put together by name.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/edge_request.hpp"
#include "portcullis/verifier.hpp"

namespace portcullis::support {

class edge_event {
 public:
  explicit edge_event(std::string uri, std::string method = "GET")
      : uri_(std::move(uri)), method_(std::move(method)) {}

  edge_event& with(std::string name, std::string value) {
    headers_[std::move(name)] = std::move(value);
    return *this;
  }
  edge_event& from(std::string client) {
    client_ = std::move(client);
    return *this;
  }
  edge_event& asking(std::string query) {
    query_ = std::move(query);
    return *this;
  }

  // Points into this object, which has to stay.
  [[nodiscard]] edge_request request(const verifier& gate) {
    fields_.clear();
    for (const std::string_view name : gate.fields()) {
      const auto found = headers_.find(std::string(name));
      fields_.push_back(found == headers_.end() ? field_view{}
                                                : field_view{field_shape::single, found->second});
    }
    return {single(method_), single(uri_), single(query_), single(client_), fields_};
  }

 private:
  static field_view single(const std::string& text) { return {field_shape::single, text}; }

  std::string uri_;
  std::string method_;
  std::string query_;
  std::string client_ = "203.0.113.178";
  std::map<std::string, std::string> headers_;
  std::vector<field_view> fields_;
};

}  // namespace portcullis::support
