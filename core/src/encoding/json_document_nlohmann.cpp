// nlohmann-json's SAX interface puts the document together: no exceptions, no second tree.
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "encoding/json_document.hpp"

namespace portcullis {
namespace {

class document_sink final : public nlohmann::json_sax<nlohmann::json> {
 public:
  document_sink(json_document& document, std::size_t text_bytes) : builder_(document, text_bytes) {}

  [[nodiscard]] bool out_of_memory() const noexcept { return builder_.out_of_memory(); }

  bool null() override { return builder_.add(json_node::kind::null) != nullptr; }
  bool boolean(bool value) override { return add_integer(json_node::kind::boolean, value ? 1 : 0); }
  bool number_integer(number_integer_t value) override {
    return add_integer(json_node::kind::integer, value);
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(INT64_MAX)) return number_float(0, {});
    return add_integer(json_node::kind::integer, static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
    return add_integer(json_node::kind::other_number, 0);
  }
  bool string(string_t& value) override {
    const std::string_view kept = builder_.keep(std::string_view(value));
    json_node* const node = builder_.add(json_node::kind::string);
    if (node == nullptr) return false;
    node->text = kept;
    return true;
  }
  bool binary(binary_t& /*value*/) override { return false; }

  bool start_object(std::size_t /*count*/) override { return open(json_node::kind::object); }
  bool start_array(std::size_t /*count*/) override { return open(json_node::kind::array); }
  bool end_object() override {
    members_ -= builder_.innermost()->count;
    return end_array();
  }
  bool end_array() override {
    --depth_;
    builder_.close();
    return true;
  }

  bool key(string_t& name) override {
    if (builder_.innermost()->find(name) != nullptr) return false;
    if (members_ == limits::max_policy_members) return false;
    ++members_;
    builder_.set_name(std::string_view(name));
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool add_integer(json_node::kind type, std::int64_t value) {
    json_node* const node = builder_.add(type);
    if (node == nullptr) return false;
    node->integer = value;
    return true;
  }

  bool open(json_node::kind type) {
    return depth_++ < limits::max_policy_depth && builder_.open(type);
  }

  json_document_builder builder_;
  std::size_t depth_ = 0;
  std::size_t members_ = 0;
};

}  // namespace

bool parse_document_by_nlohmann(std::string_view text, json_document& document,
                                policy_error& error) {
  // nlohmann-json skips a byte order mark, which RFC 8259 section 8.1 lets a parser refuse, and
  // takes a null byte for the end of the text, whatever follows.
  const bool marked = text.substr(0, 3) == "\xef\xbb\xbf";
  if (!marked && text.find('\0') == std::string_view::npos) {
    json_document read;
    document_sink sink(read, text.size());
    if (!sink.out_of_memory() && nlohmann::json::sax_parse(text, &sink)) {
      document = std::move(read);
      return true;
    }
  }
  // The words of its errors change between versions, and its idea of the largest number is a
  // rounded one: what it refuses, the scanner judges, in the same words on every door.
  return parse_document_by_scanner(text, document, error);
}

}  // namespace portcullis
