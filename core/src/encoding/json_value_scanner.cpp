#include "encoding/json_scanner.hpp"
#include "encoding/json_value.hpp"

namespace portcullis {
namespace {

constexpr json_bounds bounds{limits::max_policy_depth, limits::max_policy_members};

class tree_reader {
 public:
  explicit tree_reader(std::string_view text) noexcept : scanner_(text, bounds) {}

  bool read_document(json_value& value) {
    return read(value, scanner_.next(), json_path()) && scanner_.next().kind == json_kind::end;
  }

  // Only after read_document() was false.
  [[nodiscard]] json_error error() const {
    switch (scanner_.failure()) {
      case json_failure::duplicate_member:
        return {duplicate_path_, "expected each member name once"};
      case json_failure::too_deep:
        return {"$", "expected at most 32 levels of nesting"};
      case json_failure::too_many_members:
        return {"$", "expected at most 512 members in the objects open at one place"};
      case json_failure::none:
      case json_failure::syntax:
        break;
    }
    return {"$", "expected JSON (RFC 8259); reading stopped at byte " +
                     std::to_string(scanner_.offset())};
  }

 private:
  bool read(json_value& value, const json_token& token, const json_path& path) {
    switch (token.kind) {
      case json_kind::object_begin: return read_object(value, path);
      case json_kind::array_begin: return read_array(value, path);
      case json_kind::string:
        value.type = json_value::kind::string;
        value.string = decode(token.text);
        return true;
      case json_kind::number:
        value.type = parse_integer(token.text.raw, value.integer) ? json_value::kind::integer
                                                                  : json_value::kind::other_number;
        return is_finite(token.text.raw);
      case json_kind::true_value:
      case json_kind::false_value:
        value.type = json_value::kind::boolean;
        value.boolean = token.kind == json_kind::true_value;
        return true;
      case json_kind::null_value:
        value.type = json_value::kind::null;
        return true;
      default: return false;
    }
  }

  bool read_object(json_value& value, const json_path& path) {
    value.type = json_value::kind::object;
    for (;;) {
      const json_token member = scanner_.next();
      if (member.kind == json_kind::object_end) return true;
      if (member.kind != json_kind::member) {
        if (scanner_.failure() == json_failure::duplicate_member) {
          duplicate_path_ = path.member(decode(member.text)).spell();
        }
        return false;
      }
      value.names.push_back(decode(member.text));
      json_value item;
      if (!read(item, scanner_.next(), path.member(value.names.back()))) return false;
      value.items.push_back(std::move(item));
    }
  }

  bool read_array(json_value& value, const json_path& path) {
    value.type = json_value::kind::array;
    for (;;) {
      const json_token token = scanner_.next();
      if (token.kind == json_kind::array_end) return true;
      json_value item;
      if (!read(item, token, path.item(value.items.size()))) return false;
      value.items.push_back(std::move(item));
    }
  }

  static bool is_finite(std::string_view number) noexcept {
    std::int64_t ignored = 0;
    return parse_numeric_date(number, ignored);
  }

  json_scanner scanner_;
  std::string duplicate_path_;
};

}  // namespace

result<json_value, json_error> parse_document_by_scanner(std::string_view text) {
  tree_reader reader(text);
  json_value document;
  if (!reader.read_document(document)) return reader.error();
  return document;
}

}  // namespace portcullis
