#include "jose/key_material.hpp"

#include <cstring>

#include "encoding/base64url.hpp"
#include "encoding/hexadecimal.hpp"
#include "jose/public_key_rules.hpp"
#include "limits.hpp"

namespace portcullis {

namespace {

constexpr std::size_t secret_text_limit = 2 * limits::max_secret_bytes;  // as hexadecimal

// Gives how many bytes a secret has, or 0 if it is not written that way.
std::size_t decode_hex(std::string_view text, char* out) noexcept {
  if (text.size() % 2 != 0) return 0;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = parse_hex_digit(text[i]);
    const int low = parse_hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return 0;
    out[i / 2] = static_cast<char>(high << 4 | low);
  }
  return text.size() / 2;
}

std::size_t decode_secret(std::string_view text, secret_encoding encoding, char* out) noexcept {
  switch (encoding) {
    case secret_encoding::base64url:
      return decode_base64url(text, out).value_or(0);
    case secret_encoding::utf8:
      std::memcpy(out, text.data(), text.size());
      return text.size();
    case secret_encoding::hex:
      break;
  }
  return decode_hex(text, out);
}

// The largest hash among those that a secret serves: RFC 7518 section 3.2 asks for its size.
const algorithm_row* find_strongest(const verification_key& key) noexcept {
  const algorithm_row* strongest = nullptr;
  for (const auto& row : algorithms) {  // in the order of their hashes
    if (row.key == key_type::secret && key.usable_for.contains(row.id)) strongest = &row;
  }
  return strongest;
}

// False without memory, or when the library fails.
bool import_for_each_hash(std::string_view secret, verification_key& key) noexcept {
  for (const auto& row : algorithms) {
    if (row.key != key_type::secret || !key.usable_for.contains(row.id)) continue;
    auto& slot = key.secrets[static_cast<std::size_t>(row.digest)];
    slot = make_owned<hmac_key>();
    if (slot == nullptr || !slot->import_secret(row.digest, secret)) return false;
  }
  return true;
}

bool refuse_secret(const json_node& secret, secret_encoding encoding,
                   const algorithm_row& strongest, policy_error& error) {
  const std::size_t row =
      static_cast<std::size_t>(encoding) * hash_count + static_cast<std::size_t>(strongest.digest);
  return refuse(error, secret, advance(policy_text::secret_base64url_hs256, row));
}

// What a number of a public key must be.
policy_text text_of(key_type type, bool first) noexcept {
  if (type == key_type::rsa) return first ? policy_text::rsa_modulus : policy_text::rsa_exponent;
  constexpr auto first_row = static_cast<std::size_t>(key_type::p256);
  return advance(policy_text::p256_coordinate, static_cast<std::size_t>(type) - first_row);
}

bool refuse_without_library(const json_node& key, policy_error& error) {
  return refuse(error, key, policy_text::library);
}

}  // namespace

bool import_secret(json_document& document, const json_node& secret, secret_encoding encoding,
                   verification_key& key, policy_error& error) {
  const algorithm_row& strongest = *find_strongest(key);
  if (!secret.is_string() || secret.text.size() > secret_text_limit) {
    return refuse_secret(secret, encoding, strongest, error);
  }

  char bytes[secret_text_limit];
  const std::size_t length = decode_secret(secret.text, encoding, bytes);
  document.wipe(secret);
  const bool sized = length >= hash_bytes(strongest.digest) && length <= limits::max_secret_bytes;
  const bool imported = sized && import_for_each_hash(std::string_view(bytes, length), key);
  wipe_bytes(bytes, sizeof bytes);
  if (!sized) return refuse_secret(secret, encoding, strongest, error);
  return imported || refuse_without_library(secret, error);
}

bool import_public_key(const json_node& object, const public_numbers& numbers, const char* first,
                       const char* second, verification_key& key, policy_error& error) {
  if (const number_fault fault = find_fault(numbers); fault != number_fault::none) {
    const bool in_first = fault == number_fault::first;
    return refuse_member(error, object, in_first ? first : second, text_of(numbers.type, in_first));
  }
  key.modulus_bytes = static_cast<std::uint16_t>(numbers.first.size());
  switch (key.public_part.import_numbers(numbers, key.usable_for)) {
    case verdict::valid:
      return true;
    case verdict::invalid:
      return refuse_member(error, object, first, policy_text::point);
    case verdict::fault:
      break;
  }
  return refuse_without_library(object, error);
}

bool read_key_id(const json_node& object, verification_key& key, policy_error& error) {
  const json_node* const kid = object.find("kid");
  if (kid == nullptr) return true;
  if (!kid->is_string() || kid->text.empty() || kid->text.size() > limits::max_kid_bytes) {
    return refuse(error, *kid, policy_text::kid);
  }
  key.id = kid->text;
  return true;
}

key_fit read_key_algorithms(const json_node& object, key_type type, algorithm_set allowed,
                            verification_key& key, policy_error& error) {
  const json_node* const alg = object.find("alg");
  const algorithm_row* named = nullptr;
  if (alg != nullptr && alg->is_string()) named = find_algorithm(alg->text);

  algorithm_set serves;
  for (const auto& row : algorithms) {
    if (row.key != type || !allowed.contains(row.id)) continue;
    // Ed25519 has two names, and a key that goes by one of them serves both.
    const bool fits = named != nullptr &&
                      (named->id == row.id || (type == key_type::ed25519 && named->key == row.key));
    if (alg == nullptr || fits) serves.add(row.id);
  }
  key.usable_for = serves;
  if (!serves.empty()) return key_fit::usable;
  refuse(error, alg == nullptr ? object : *alg, policy_text::fitting_algorithm);
  // In a JWK Set, an `alg` that is allowed but does not fit the key is a contradiction.
  const bool contradicts =
      alg != nullptr && (!alg->is_string() || (named != nullptr && allowed.contains(named->id)));
  return contradicts ? key_fit::broken : key_fit::unfit;
}

}  // namespace portcullis
