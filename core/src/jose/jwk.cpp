#include "jose/jwk.hpp"

#include <string_view>

#include "encoding/base64url.hpp"
#include "jose/key_material.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

// RFC 7518 sections 6.1 to 6.4, RFC 8037 section 2: what makes a key's type, and where its material
// is.
struct type_row {
  char kty[4];
  char crv[8];
  char first[2];
  char second[2];
  key_type type;
};

constexpr type_row types[] = {
    {"oct", "", "k", "", key_type::secret},    {"RSA", "", "n", "e", key_type::rsa},
    {"EC", "P-256", "x", "y", key_type::p256}, {"EC", "P-384", "x", "y", key_type::p384},
    {"EC", "P-521", "x", "y", key_type::p521}, {"OKP", "Ed25519", "x", "", key_type::ed25519},
};

// RFC 7518 sections 6.2.2 and 6.3.2.
constexpr char private_members[][4] = {"d", "p", "q", "dp", "dq", "qi", "oth"};

bool is_string(const json_node* value, const char* wanted) noexcept {
  return value != nullptr && value->is_string(wanted);
}

key_fit unfit(policy_error& error, const json_node& object, const char* member,
              policy_text wanted) {
  refuse_member(error, object, member, wanted);
  return key_fit::unfit;
}

key_fit fit_if(bool usable) noexcept { return usable ? key_fit::usable : key_fit::broken; }

key_fit find_type(const json_node& jwk, const type_row*& found, policy_error& error) {
  const json_node* const kty = jwk.find("kty");
  const json_node* const crv = jwk.find("crv");
  bool known_kty = false;
  for (const auto& row : types) {
    if (!is_string(kty, row.kty)) continue;
    known_kty = true;
    if (row.crv[0] != 0 && !is_string(crv, row.crv)) continue;
    found = &row;
    return key_fit::usable;
  }
  if (!known_kty) {
    return unfit(error, jwk, "kty", policy_text::kty);
  }
  return unfit(error, jwk, "crv",
               is_string(kty, "EC") ? policy_text::ec_curve : policy_text::okp_curve);
}

bool check_public(const json_node& jwk, policy_error& error) {
  for (const auto& member : private_members) {
    if (const json_node* const found = jwk.find(member); found != nullptr) {
      return refuse(error, *found, policy_text::public_only);
    }
  }
  return true;
}

// `use` and `key_ops`, RFC 7517 sections 4.2 and 4.3: a key that is meant for something else is
// not used.
key_fit check_purpose(const json_node& jwk, policy_error& error) {
  const json_node* const use = jwk.find("use");
  if (use != nullptr && !use->is_string("sig")) {
    refuse(error, *use, policy_text::use);
    return use->is_string() ? key_fit::unfit : key_fit::broken;
  }
  const json_node* const operations = jwk.find("key_ops");
  if (operations == nullptr) return key_fit::usable;
  bool verifies = false;
  bool strings = operations->type == json_node::kind::array;
  for (const json_node* item = operations->first; item != nullptr; item = item->next) {
    strings = strings && item->is_string();
    verifies = verifies || item->is_string("verify");
  }
  if (strings && verifies) return key_fit::usable;
  refuse(error, *operations, policy_text::key_ops);
  return strings ? key_fit::unfit : key_fit::broken;
}

// Decodes a number into the buffer; empty if it cannot be one.
std::string_view decode_number(const json_node& jwk, const char* member, char* buffer,
                               std::size_t size) noexcept {
  const json_node* const value = jwk.find(member);
  if (value == nullptr || !value->is_string() ||
      base64url_decoded_size(value->text.size()) > size) {
    return {};
  }
  return {buffer, decode_base64url(value->text, buffer).value_or(0)};
}

bool import_numbers(const json_node& jwk, const type_row& row, verification_key& key,
                    policy_error& error) {
  char first[limits::max_rsa_bits / 8 + 1];
  char second[limits::max_rsa_exponent_bytes + 66];  // an exponent, or a coordinate
  return import_public_key(jwk,
                           {row.type, decode_number(jwk, row.first, first, sizeof first),
                            decode_number(jwk, row.second, second, sizeof second)},
                           row.first, row.second, key, error);
}

bool has_member(const json_node& jwk, const char* member, policy_error& error) {
  return *member == 0 || jwk.find(member) != nullptr ||
         refuse_member(error, jwk, member, policy_text::base64url);
}

}  // namespace

key_fit parse_jwk(json_document& document, const json_node& value, algorithm_set allowed,
                  verification_key& key, policy_error& error) {
  if (value.type != json_node::kind::object) {
    refuse(error, value, policy_text::key_object);
    return key_fit::broken;
  }
  const type_row* row = nullptr;
  key_fit fit = find_type(value, row, error);
  if (!is_string(value.find("kty"), "oct") && !check_public(value, error)) return key_fit::broken;
  if (fit == key_fit::usable) fit = read_key_algorithms(value, row->type, allowed, key, error);
  if (fit == key_fit::usable) fit = check_purpose(value, error);
  if (fit != key_fit::usable) return fit;
  if (!has_member(value, row->first, error) || !has_member(value, row->second, error)) {
    return key_fit::unfit;
  }
  if (!read_key_id(value, key, error)) return key_fit::broken;
  return fit_if(
      row->type == key_type::secret
          ? import_secret(document, *value.find("k"), secret_encoding::base64url, key, error)
          : import_numbers(value, *row, key, error));
}

}  // namespace portcullis
