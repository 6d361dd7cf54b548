// A whole JSON document as linked nodes, for configuration. Tokens are never turned into one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "encoding/json_text.hpp"
#include "limits.hpp"
#include "owned.hpp"
#include "policy_text.hpp"
#include "portcullis/policy_error.hpp"

namespace portcullis {

struct json_node {
  enum class kind : std::uint8_t {
    null,
    boolean,
    integer,       // written without fraction or exponent, and in the range of std::int64_t
    other_number,  // any other number: no policy member wants one
    string,
    array,
    object
  };

  const json_node* parent = nullptr;
  const json_node* first = nullptr;  // child of an array or object
  const json_node* next = nullptr;   // sibling
  std::string_view name;             // of an object's member, decoded
  std::string_view text;             // of a string, decoded
  std::int64_t integer = 0;          // of an integer; 0 or 1 of a boolean
  std::uint32_t index = 0;           // among the siblings
  std::uint32_t count = 0;           // of children
  kind type = kind::null;

  [[nodiscard]] bool is_string() const noexcept { return type == kind::string; }
  [[nodiscard]] bool is_string(const char* wanted) const noexcept;

  // The value of an object's member, or null if there is none (or this is no object).
  [[nodiscard]] const json_node* find(const char* member) const noexcept;
  [[nodiscard]] const json_node* find(std::string_view member) const noexcept;
};

// Write what was expected at a node, or at a member of an object that is or should be there. They
// give false, so that a reader can end with `return refuse(...)`.
bool refuse(policy_error& error, const json_node& at, policy_text expected);
bool refuse_member(policy_error& error, const json_node& object, std::string_view member,
                   policy_text expected);
bool refuse_member(policy_error& error, const json_node& object, const char* member,
                   policy_text expected);
// Of the whole document, when memory has run out.
bool refuse_for_memory(policy_error& error);

// Owns the nodes and their texts. Addresses stay good when a document is moved.
class json_document {
 public:
  [[nodiscard]] const json_node& root() const noexcept { return blocks_->nodes[0]; }

  // Overwrites a string's text: secrets do not outlive their import.
  void wipe(const json_node& string) noexcept;

 private:
  friend class json_document_builder;

  struct block {
    json_node nodes[64];
    owned<block> next;
  };
  owned<block> blocks_;  // the first holds the root
  owned<char[]> text_;
};

// Puts a document together, value by value in the order of the text.
class json_document_builder {
 public:
  // `text_bytes`: an upper bound for all names and strings together.
  json_document_builder(json_document& document, std::size_t text_bytes);

  // Whether there was no memory for what has been added. Nothing may be kept before this was asked.
  [[nodiscard]] bool out_of_memory() const noexcept { return out_of_memory_; }

  // Takes the next value into the innermost open object or array. Null when the document has too
  // many values (limits::max_policy_values) or there is no memory for it.
  json_node* add(json_node::kind type);
  bool open(json_node::kind type) { return (innermost_ = add(type)) != nullptr; }
  void close() noexcept;

  // The name of the member that is added next.
  void set_name(std::string_view decoded) { name_ = keep(decoded); }
  void set_name(const json_text& text) { name_ = keep(text); }

  // Copies that live as long as the document.
  [[nodiscard]] std::string_view keep(std::string_view decoded);
  [[nodiscard]] std::string_view keep(const json_text& text);

  [[nodiscard]] const json_node* innermost() const noexcept { return innermost_; }

 private:
  json_node* allocate();

  json_document& document_;
  json_document::block* last_block_ = nullptr;
  std::size_t values_ = 0;
  char* text_end_ = nullptr;
  std::string_view name_;
  json_node* innermost_ = nullptr;
  bool out_of_memory_ = false;
};

// Read a whole document within the policy bounds of limits.hpp; false with the error set if it is
// not one. Both ways accept the same texts and give the same documents and errors; which one a
// build uses is its choice (the WASM module leaves nlohmann-json out for its size, tests run both).
[[nodiscard]] bool parse_document(std::string_view text, json_document& document,
                                  policy_error& error);
[[nodiscard]] bool parse_document_by_scanner(std::string_view text, json_document& document,
                                             policy_error& error);
[[nodiscard]] bool parse_document_by_nlohmann(std::string_view text, json_document& document,
                                              policy_error& error);

}  // namespace portcullis
