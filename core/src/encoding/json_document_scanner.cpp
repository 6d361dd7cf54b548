#include "encoding/json_document.hpp"
#include "encoding/json_scanner.hpp"

namespace portcullis {
namespace {

constexpr json_bounds bounds{limits::max_policy_depth, limits::max_policy_members};

bool add_number(json_document_builder& builder, std::string_view number) {
  std::int64_t value = 0;
  const bool integer = parse_integer(number, value);
  json_node* const node =
      builder.add(integer ? json_node::kind::integer : json_node::kind::other_number);
  if (node == nullptr) return false;
  node->integer = integer ? value : 0;
  return true;
}

bool add_string(json_document_builder& builder, const json_text& text) {
  const std::string_view kept = builder.keep(text);
  json_node* const node = builder.add(json_node::kind::string);
  if (node == nullptr) return false;
  node->text = kept;
  return true;
}

bool add_boolean(json_document_builder& builder, bool value) {
  json_node* const node = builder.add(json_node::kind::boolean);
  if (node == nullptr) return false;
  node->integer = value ? 1 : 0;
  return true;
}

bool add_token(json_document_builder& builder, const json_token& token) {
  switch (token.kind) {
    case json_kind::object_begin:
      return builder.open(json_node::kind::object);
    case json_kind::array_begin:
      return builder.open(json_node::kind::array);
    case json_kind::object_end:
    case json_kind::array_end:
      builder.close();
      return true;
    case json_kind::member:
      builder.set_name(token.text);
      return true;
    case json_kind::string:
      return add_string(builder, token.text);
    case json_kind::number:
      return add_number(builder, token.text.raw);
    case json_kind::true_value:
      return add_boolean(builder, true);
    case json_kind::false_value:
      return add_boolean(builder, false);
    case json_kind::null_value:
      return builder.add(json_node::kind::null) != nullptr;
    default:
      return false;
  }
}

std::string_view expectation(json_failure failure) noexcept {
  switch (failure) {
    case json_failure::duplicate_member:
      return "expected each member name once";
    case json_failure::too_deep:
      return "expected at most 32 levels of nesting";
    case json_failure::too_many_members:
      return "expected at most 512 members in the objects open at one place";
    case json_failure::syntax:
      return "expected JSON (RFC 8259); reading stopped at byte ";
    case json_failure::none:
      break;
  }
  return "expected at most 8192 values";
}

void explain(const json_scanner& scanner, const json_node* innermost, const json_token& last,
             policy_error& error) {
  const std::string_view expected = expectation(scanner.failure());
  if (scanner.failure() == json_failure::duplicate_member) {
    char name[limits::max_string_bytes];
    const auto decoded = decode(last.text, name);
    refuse_member(error, *innermost, decoded ? *decoded : last.text.raw, expected);
    return;
  }
  error.path.append('$');
  error.expected.append(expected);
  if (scanner.failure() == json_failure::syntax) error.expected.append_number(scanner.offset());
}

}  // namespace

bool parse_document_by_scanner(std::string_view text, json_document& document,
                               policy_error& error) {
  json_scanner scanner(text, bounds);
  json_document_builder builder(document, text.size());
  for (;;) {
    const json_token token = scanner.next();
    if (token.kind == json_kind::end) return true;
    const json_node* const innermost = builder.innermost();
    if (token.kind == json_kind::error || !add_token(builder, token)) {
      explain(scanner, innermost, token, error);
      return false;
    }
  }
}

}  // namespace portcullis
