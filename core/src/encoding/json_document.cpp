#include "encoding/json_document.hpp"

#include <cstring>

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
void append_quoted(policy_error::text& out, std::string_view name) {
  constexpr char hex[] = "0123456789abcdef";
  const bool cut = name.size() > spelled_name_limit;
  if (cut) {
    std::size_t kept = spelled_name_limit;
    while (kept > 0 && (static_cast<unsigned char>(name[kept]) & 0xc0) == 0x80) --kept;
    name = name.substr(0, kept);
  }
  char quoted[6 * spelled_name_limit];
  std::size_t length = 0;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      for (const char part : {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]}) {
        quoted[length++] = part;
      }
    } else {
      if (c == '"' || c == '\\') quoted[length++] = '\\';
      quoted[length++] = c;
    }
  }
  out.append("[\"");
  out.append(std::string_view(quoted, length));
  out.append(cut ? "...\"]" : "\"]");
}

void append_member(policy_error::text& path, std::string_view name) {
  if (is_plain_word(name)) {
    path.append('.');
    path.append(name);
  } else {
    append_quoted(path, name);
  }
}

// "$.keys[0].k"; a name that is not a plain word is quoted: `$["a b"]`.
void append_path(policy_error::text& path, const json_node& node) {
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

const json_node* json_node::find(std::string_view member) const noexcept {
  if (type != kind::object) return nullptr;
  for (const json_node* child = first; child != nullptr; child = child->next) {
    if (child->name == member) return child;
  }
  return nullptr;
}

bool refuse(policy_error& error, const json_node& at, std::string_view expected) {
  error.path.clear();
  append_path(error.path, at);
  error.expected.clear();
  error.expected.append(expected);
  return false;
}

bool refuse_member(policy_error& error, const json_node& object, std::string_view member,
                   std::string_view expected) {
  refuse(error, object, expected);
  append_member(error.path, member);
  return false;
}

void json_document::wipe(const json_node& string) noexcept {
  // The text lies in text_, which is ours to write.
  auto* const at = const_cast<volatile char*>(string.text.data());
  for (std::size_t i = 0; i < string.text.size(); ++i) at[i] = 0;
}

json_document_builder::json_document_builder(json_document& document, std::size_t text_bytes)
    : document_(document) {
  document.text_.reset(new char[text_bytes + 1]);
  text_end_ = document.text_.get();
}

json_node* json_document_builder::allocate() {
  const std::size_t place = values_ % 64;
  if (place == 0) {
    auto& link = last_block_ == nullptr ? document_.blocks_ : last_block_->next;
    link = std::make_unique<json_document::block>();
    last_block_ = link.get();
  }
  ++values_;
  return &last_block_->nodes[place];
}

json_node* json_document_builder::add(json_node::kind type) {
  if (values_ == limits::max_policy_values) return nullptr;
  json_node* const node = allocate();
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

}  // namespace portcullis
