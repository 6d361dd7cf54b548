// The two forms of a key that are our own: a raw secret, and a PEM text.
#include <cstdint>
#include <optional>
#include <string_view>

#include "encoding/pem.hpp"
#include "jose/jwk.hpp"
#include "jose/key_material.hpp"
#include "jose/pem_key.hpp"

namespace portcullis {
namespace {

// Unlike a JWK, these have no members but ours.
bool check_members(const json_node& object, const char* form, const char* extra,
                   policy_error& error) {
  for (const json_node* child = object.first; child != nullptr; child = child->next) {
    bool known = false;
    for (const char* const member : {form, extra, "kid", "alg"}) {
      known = known || child->name == member;
    }
    if (!known) return refuse(error, *child, policy_text::no_such_member);
  }
  return true;
}

bool read_encoding(const json_node& object, secret_encoding& out, policy_error& error) {
  // In the order of the enumeration.
  constexpr char names[][10] = {"base64url", "utf8", "hex"};
  const json_node* const given = object.find("encoding");
  for (std::uint8_t i = 0; given != nullptr && i < 3; ++i) {
    out = static_cast<secret_encoding>(i);
    if (given->is_string(names[i])) return true;
  }
  return refuse_member(error, object, "encoding", policy_text::encoding);
}

bool read_pem(const json_node& value, pem_buffer& buffer, public_numbers& out,
              policy_error& error) {
  std::optional<public_numbers> numbers;
  if (value.is_string()) numbers = parse_pem_key(value.text, buffer);
  if (!numbers) return refuse(error, value, policy_text::pem);
  out = *numbers;
  return true;
}

bool parse_own_form(json_document& document, const json_node& value, const json_node* secret,
                    const json_node* pem, algorithm_set allowed, verification_key& key,
                    policy_error& error) {
  secret_encoding encoding{};
  pem_buffer buffer;
  public_numbers numbers{};  // whose first type is that of a secret
  return (secret != nullptr ? check_members(value, "secret", "encoding", error) &&
                                  read_encoding(value, encoding, error)
                            : check_members(value, "pem", "pem", error) &&
                                  read_pem(*pem, buffer, numbers, error)) &&
         read_key_id(value, key, error) &&
         read_key_algorithms(value, numbers.type, allowed, key, error) == key_fit::usable &&
         (secret != nullptr ? import_secret(document, *secret, encoding, key, error)
                            : import_public_key(value, numbers, "pem", "pem", key, error));
}

}  // namespace

key_fit parse_key(json_document& document, const json_node& value, algorithm_set allowed,
                  verification_key& key, policy_error& error) {
  const json_node* const secret = value.find("secret");
  const json_node* const pem = value.find("pem");
  if (secret == nullptr && pem == nullptr) return parse_jwk(document, value, allowed, key, error);
  return parse_own_form(document, value, secret, pem, allowed, key, error) ? key_fit::usable
                                                                           : key_fit::broken;
}

}  // namespace portcullis
