#include "encoding/json_document.hpp"

#include <cstring>
#include <new>

namespace portcullis {
namespace {

constexpr std::size_t spelled_name_limit = 64;  // bytes of a member name that an error shows

bool is_plain_word(std::string_view name) noexcept {
  if (name.empty() || name.size() > spelled_name_limit) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
    const bool digit = c >= '0' && c <= '9';
    if (!letter && !(digit && i != 0)) return false;
  }
  return true;
}

// Quoted, with anything that could disturb a log escaped and a long name cut.
void append_quoted(text_buffer& out, std::string_view name) {
  constexpr char hex[] = "0123456789abcdef";
  fixed_text<spelled_name_limit> kept;
  kept.append(name);
  fixed_text<6 * spelled_name_limit> quoted;
  for (const char c : kept.view()) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      quoted.append("\\u00");
      quoted.append(hex[byte >> 4]);
      quoted.append(hex[byte & 15]);
    } else {
      if (c == '"' || c == '\\') quoted.append('\\');
      quoted.append(c);
    }
  }
  out.append("[\"");
  out.append(quoted);
  out.append(kept.view().size() == name.size() ? "\"]" : "...\"]");
}

void append_member(text_buffer& path, std::string_view name) {
  if (is_plain_word(name)) {
    path.append('.');
    path.append(name);
  } else {
    append_quoted(path, name);
  }
}

// "$.keys[0].k"; a name that is not a plain word is quoted: `$["a b"]`.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the document, which is bounded
void append_path(text_buffer& path, const json_node& node) {
  if (node.parent == nullptr) {
    path.append('$');
    return;
  }
  append_path(path, *node.parent);
  if (node.parent->type == json_node::kind::object) {
    append_member(path, node.name);
  } else {
    path.append('[');
    path.append_number(node.index);
    path.append(']');
  }
}

}  // namespace

bool json_node::is_string(const char* wanted) const noexcept {
  return is_string() && text == wanted;
}

const json_node* json_node::find(const char* member) const noexcept {
  return find(std::string_view(member));
}

const json_node* json_node::find(std::string_view member) const noexcept {
  if (type != kind::object) return nullptr;
  for (const json_node* child = first; child != nullptr; child = child->next) {
    if (child->name == member) return child;
  }
  return nullptr;
}

bool refuse(policy_error& error, const json_node& at, policy_text expected) {
  error.path.clear();
  append_path(error.path, at);
  set_text(error.expected, expected);
  return false;
}

bool refuse_member(policy_error& error, const json_node& object, std::string_view member,
                   policy_text expected) {
  refuse(error, object, expected);
  append_member(error.path, member);
  return false;
}

bool refuse_member(policy_error& error, const json_node& object, const char* member,
                   policy_text expected) {
  return refuse_member(error, object, std::string_view(member), expected);
}

bool refuse_for_memory(policy_error& error) {
  error.path.clear();
  error.path.append('$');
  set_text(error.expected, policy_text::memory);
  return false;
}

void json_document::wipe(const json_node& string) noexcept {
  // The text lies in text_, which is ours to write.
  auto* const at = const_cast<volatile char*>(string.text.data());
  for (std::size_t i = 0; i < string.text.size(); ++i) at[i] = 0;
}

json_document_builder::json_document_builder(json_document& document, std::size_t text_bytes)
    : document_(document) {
  document.text_.reset(new (std::nothrow) char[text_bytes + 1]);
  text_end_ = document.text_.get();
  out_of_memory_ = text_end_ == nullptr;
}

json_node* json_document_builder::allocate() {
  const std::size_t place = values_ % 64;
  if (place == 0) {
    auto& link = last_block_ == nullptr ? document_.blocks_ : last_block_->next;
    link = make_owned<json_document::block>();
    if (link == nullptr) {
      out_of_memory_ = true;
      return nullptr;
    }
    last_block_ = link.get();
  }
  ++values_;
  return &last_block_->nodes[place];
}

json_node* json_document_builder::add(json_node::kind type) {
  if (values_ == limits::max_policy_values) return nullptr;
  json_node* const node = allocate();
  if (node == nullptr) return nullptr;
  node->type = type;
  node->name = name_;
  name_ = {};
  node->parent = innermost_;
  if (innermost_ != nullptr) {
    node->index = innermost_->count++;
    // Children come in front and are turned around when their parent is closed.
    node->next = innermost_->first;
    innermost_->first = node;
  }
  return node;
}

void json_document_builder::close() noexcept {
  const json_node* turned = nullptr;
  for (auto* child = const_cast<json_node*>(innermost_->first); child != nullptr;) {
    auto* const following = const_cast<json_node*>(child->next);
    child->next = turned;
    turned = child;
    child = following;
  }
  innermost_->first = turned;
  innermost_ = const_cast<json_node*>(innermost_->parent);
}

std::string_view json_document_builder::keep(std::string_view decoded) {
  char* const begin = text_end_;
  if (!decoded.empty()) std::memcpy(begin, decoded.data(), decoded.size());
  text_end_ += decoded.size();
  return {begin, decoded.size()};
}

std::string_view json_document_builder::keep(const json_text& text) {
  char* const begin = text_end_;
  json_text_reader reader(text);
  for (int byte = reader.next(); byte != -1; byte = reader.next()) {
    *text_end_++ = static_cast<char>(byte);
  }
  return {begin, static_cast<std::size_t>(text_end_ - begin)};
}

bool parse_document(std::string_view text, json_document& document, policy_error& error) {
  if (text.size() > limits::max_policy_bytes) {
    error.path.append("$");
    set_text(error.expected, policy_text::document_size);
    return false;
  }
#if PORTCULLIS_JSON_NLOHMANN
  return parse_document_by_nlohmann(text, document, error);
#else
  return parse_document_by_scanner(text, document, error);
#endif
}

}  // namespace portcullis
