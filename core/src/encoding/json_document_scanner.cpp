#include "encoding/json_document.hpp"
#include "encoding/json_scanner.hpp"

namespace portcullis {
namespace {

constexpr json_bounds bounds{limits::max_policy_depth, limits::max_policy_members};

// Reads a scalar, or goes into an object or array.
bool read_value(json_scanner& scanner, json_document_builder& builder) {
  const json_kind kind = scanner.peek();
  if (kind == json_kind::object) {
    return scanner.enter_object() && builder.open(json_node::kind::object);
  }
  if (kind == json_kind::array) {
    return scanner.enter_array() && builder.open(json_node::kind::array);
  }

  json_node::kind type = json_node::kind::null;
  std::int64_t integer = 0;
  std::string_view text;
  if (kind == json_kind::string) {
    json_text string;
    if (!scanner.read_string(string)) return false;
    type = json_node::kind::string;
    text = builder.keep(string);
  } else if (kind == json_kind::number) {
    if (!scanner.read_number(text)) return false;
    const bool whole = parse_integer(text, integer);
    type = whole ? json_node::kind::integer : json_node::kind::other_number;
    text = {};
  } else {
    if (!scanner.read_literal(text)) return false;
    if (text != "null") type = json_node::kind::boolean;
    integer = text == "true" ? 1 : 0;
    text = {};
  }
  json_node* const node = builder.add(type);
  if (node == nullptr) return false;
  node->integer = integer;
  node->text = text;
  return true;
}

bool read_document(json_scanner& scanner, json_document_builder& builder, json_text& name) {
  if (!read_value(scanner, builder)) return false;
  while (const json_node* const innermost = builder.innermost()) {
    const bool object = innermost->type == json_node::kind::object;
    if (object ? scanner.next_member(name) : scanner.next_item()) {
      if (object) builder.set_name(name);
      if (!read_value(scanner, builder)) return false;
    } else {
      if (scanner.failed()) return false;
      builder.close();
    }
  }
  return scanner.finish();
}

policy_text expectation(json_failure failure) noexcept {
  switch (failure) {
    case json_failure::duplicate_member:
      return policy_text::member_once;
    case json_failure::too_deep:
      return policy_text::document_depth;
    case json_failure::too_many_members:
      return policy_text::document_members;
    case json_failure::syntax:
      return policy_text::json;
    case json_failure::none:
      break;
  }
  return policy_text::document_values;
}

}  // namespace

bool parse_document_by_scanner(std::string_view text, json_document& document,
                               policy_error& error) {
  json_scanner scanner(text, bounds);
  json_document_builder builder(document, text.size());
  json_text name;
  if (!builder.out_of_memory() && read_document(scanner, builder, name)) return true;
  if (builder.out_of_memory()) return refuse_for_memory(error);

  const policy_text expected = expectation(scanner.failure());
  if (scanner.failure() == json_failure::duplicate_member) {
    char buffer[limits::max_string_bytes];
    const auto decoded = decode(name, buffer);
    return refuse_member(error, *builder.innermost(), decoded ? *decoded : name.raw, expected);
  }
  error.path.append('$');
  set_text(error.expected, expected);
  if (scanner.failure() == json_failure::syntax) error.expected.append_number(scanner.offset());
  return false;
}

}  // namespace portcullis
