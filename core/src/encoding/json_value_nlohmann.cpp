// nlohmann-json's SAX interface builds the tree: no exceptions, no second tree.
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "encoding/json_value.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

class tree_builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit tree_builder(json_value& document) : document_(document) {}

  bool null() override { return place({}); }
  bool boolean(bool value) override {
    json_value node;
    node.type = json_value::kind::boolean;
    node.boolean = value;
    return place(std::move(node));
  }
  bool number_integer(number_integer_t value) override { return place(make_integer(value)); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(INT64_MAX)) return number_float(0, {});
    return place(make_integer(static_cast<std::int64_t>(value)));
  }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
    json_value node;
    node.type = json_value::kind::other_number;
    return place(std::move(node));
  }
  bool string(string_t& value) override {
    json_value node;
    node.type = json_value::kind::string;
    node.string = std::move(value);
    return place(std::move(node));
  }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*count*/) override { return open(json_value::kind::object); }
  bool start_array(std::size_t /*count*/) override { return open(json_value::kind::array); }
  bool end_object() override {
    members_ -= open_.back()->names.size();
    return close();
  }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    json_value& object = *open_.back();
    if (object.find(name) != nullptr || members_ == limits::max_policy_members) return false;
    ++members_;
    object.names.push_back(std::move(name));
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  static json_value make_integer(std::int64_t value) {
    json_value node;
    node.type = json_value::kind::integer;
    node.integer = value;
    return node;
  }

  bool place(json_value node) {
    slot() = std::move(node);
    return true;
  }

  // Where the next value goes. An element that is still open is its parent's last, so the parent's
  // vector does not grow, and pointers to open containers stay good, until it is closed.
  json_value& slot() {
    if (open_.empty()) return document_;
    return open_.back()->items.emplace_back();
  }

  bool open(json_value::kind type) {
    if (open_.size() == limits::max_policy_depth) return false;
    json_value& node = slot();
    node.type = type;
    open_.push_back(&node);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  json_value& document_;
  std::vector<json_value*> open_;
  std::size_t members_ = 0;
};

}  // namespace

result<json_value, json_error> parse_document_by_nlohmann(std::string_view text) {
  json_value document;
  tree_builder builder(document);
  // nlohmann-json skips a byte order mark; RFC 8259 section 8.1 lets a parser refuse it.
  const bool marked = text.substr(0, 3) == "\xef\xbb\xbf";
  if (!marked && nlohmann::json::sax_parse(text, &builder)) return document;

  // The words of its errors change between versions, and its idea of the largest number is a
  // rounded one: what it refuses, the scanner judges, in the same words on every door.
  return parse_document_by_scanner(text);
}

}  // namespace portcullis
