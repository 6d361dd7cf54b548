#include "jose/jwk.hpp"

#include <cstring>
#include <optional>
#include <string_view>

#include "encoding/base64url.hpp"
#include "encoding/hexadecimal.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

constexpr std::size_t secret_text_limit = 2 * limits::max_secret_bytes;  // as hexadecimal

std::optional<std::size_t> decode_hex(std::string_view text, char* out) noexcept {
  if (text.size() % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = parse_hex_digit(text[i]);
    const int low = parse_hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out[i / 2] = static_cast<char>(high << 4 | low);
  }
  return text.size() / 2;
}

std::optional<std::size_t> copy_utf8(std::string_view text, char* out) noexcept {
  std::memcpy(out, text.data(), text.size());
  return text.size();
}

// How a secret is written. `expected` says all that can be wrong with it at once.
struct encoding_row {
  std::string_view name;
  std::string_view expected;
  std::optional<std::size_t> (*decode)(std::string_view, char*) noexcept;
};

constexpr encoding_row encodings[] = {
    {"base64url", "expected unpadded base64url of 32 to 1024 bytes for HS256", decode_base64url},
    {"utf8", "expected a string of 32 to 1024 UTF-8 bytes for HS256", copy_utf8},
    {"hex", "expected hex of 32 to 1024 bytes for HS256", decode_hex},
};
constexpr const encoding_row& jwk_encoding = encodings[0];  // RFC 7518 section 6.4.1

bool is_one_of(const json_node* value, std::string_view wanted) noexcept {
  return value != nullptr && value->is_string() && value->text == wanted;
}

bool read_id(const json_node& value, verification_key& key, policy_error& error) {
  const json_node* const kid = value.find("kid");
  if (kid == nullptr) return true;
  if (!kid->is_string() || kid->text.empty() || kid->text.size() > limits::max_kid_bytes) {
    return refuse(error, *kid, "expected a string of 1 to 256 bytes");
  }
  key.id = kid->text;
  return true;
}

// Without `alg` a secret serves every HMAC algorithm; the policy's list narrows that.
bool read_algorithm(const json_node& value, verification_key& key, policy_error& error) {
  const json_node* const alg = value.find("alg");
  bool known = false;
  for (const auto& row : algorithms) {
    if (alg != nullptr && !is_one_of(alg, row.name)) continue;
    key.usable_for.add(row.id);
    known = true;
  }
  return known || refuse(error, *alg, "expected \"HS256\"");
}

// `use` and `key_ops`, RFC 7517 sections 4.2 and 4.3: a key that is meant for something else is
// not used.
bool check_purpose(const json_node& jwk, policy_error& error) {
  const json_node* const use = jwk.find("use");
  if (use != nullptr && !is_one_of(use, "sig")) return refuse(error, *use, "expected \"sig\"");

  const json_node* const operations = jwk.find("key_ops");
  if (operations == nullptr) return true;
  bool verifies = false;
  bool strings = operations->type == json_node::kind::array;
  for (const json_node* item = operations->first; item != nullptr; item = item->next) {
    strings = strings && item->is_string();
    verifies = verifies || item->text == "verify";
  }
  return (strings && verifies) ||
         refuse(error, *operations, "expected an array of strings with \"verify\" in it");
}

std::size_t least_secret_bytes(const verification_key& key) noexcept {
  std::size_t least = 0;
  for (const auto& row : algorithms) {
    if (key.usable_for.contains(row.id) && least < row.key_bytes) least = row.key_bytes;
  }
  return least;
}

bool import_secret(json_document& document, const json_node& object, std::string_view member,
                   const encoding_row& encoding, verification_key& key, policy_error& error) {
  const json_node* const secret = object.find(member);
  if (secret == nullptr || !secret->is_string() || secret->text.size() > secret_text_limit) {
    return refuse_member(error, object, member, encoding.expected);
  }

  char bytes[secret_text_limit];
  const std::size_t length = encoding.decode(secret->text, bytes).value_or(0);
  document.wipe(*secret);
  const bool sized = length >= least_secret_bytes(key) && length <= limits::max_secret_bytes;
  const bool imported = sized && key.secret.import_secret(std::string_view(bytes, length));
  wipe_bytes(bytes, sizeof bytes);
  return imported ||
         refuse(error, *secret, sized ? "expected a secret that can be used" : encoding.expected);
}

bool read_raw_secret(json_document& document, const json_node& value, verification_key& key,
                     policy_error& error) {
  constexpr std::string_view members[] = {"secret", "encoding", "kid", "alg"};
  for (const json_node* child = value.first; child != nullptr; child = child->next) {
    bool known = false;
    for (const auto member : members) known = known || child->name == member;
    if (!known) {
      return refuse(error, *child, "expected no such member");
    }
  }

  const json_node* const named = value.find("encoding");
  const encoding_row* encoding = nullptr;
  for (const auto& row : encodings) {
    if (is_one_of(named, row.name)) encoding = &row;
  }
  if (encoding == nullptr) {
    return refuse_member(error, value, "encoding", "expected \"utf8\", \"base64url\" or \"hex\"");
  }
  return read_id(value, key, error) && read_algorithm(value, key, error) &&
         import_secret(document, value, "secret", *encoding, key, error);
}

bool read_jwk(json_document& document, const json_node& value, verification_key& key,
              policy_error& error) {
  if (!is_one_of(value.find("kty"), "oct")) {
    return refuse_member(error, value, "kty", "expected \"oct\" (or a raw key with \"secret\")");
  }
  return read_id(value, key, error) && read_algorithm(value, key, error) &&
         check_purpose(value, error) &&
         import_secret(document, value, "k", jwk_encoding, key, error);
}

}  // namespace

bool parse_key(json_document& document, const json_node& value, verification_key& key,
               policy_error& error) {
  if (value.type != json_node::kind::object) return refuse(error, value, "expected a key object");
  return value.find("secret") != nullptr ? read_raw_secret(document, value, key, error)
                                         : read_jwk(document, value, key, error);
}

}  // namespace portcullis
