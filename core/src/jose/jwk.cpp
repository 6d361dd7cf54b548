#include "jose/jwk.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "encoding/base64url.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

using kind = json_value::kind;

policy_error fail(const json_path& path, std::string expected) {
  return {path.spell(), std::move(expected)};
}

std::optional<std::string> decode_hex(std::string_view text) {
  const auto nibble = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = nibble(text[i]);
    const int low = nibble(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return out;
}

std::optional<std::string> keep_utf8(std::string_view text) { return std::string(text); }

struct encoding_row {
  std::string_view name;
  std::optional<std::string> (*decode)(std::string_view);
};

std::optional<std::string> decode_secret_base64url(std::string_view text) {
  return decode_base64url(text);
}

constexpr encoding_row encodings[] = {
    {"utf8", keep_utf8},
    {"base64url", decode_secret_base64url},
    {"hex", decode_hex},
};

// A parsed key, minus the secret: what both forms have in common.
struct key_parts {
  std::string id;
  algorithm_set usable_for;
  std::size_t least_bytes = 0;
};

std::optional<policy_error> read_id(const json_value& value, const json_path& path,
                                    std::string& id) {
  const json_value* const kid = value.find("kid");
  if (kid == nullptr) return std::nullopt;
  if (kid->type != kind::string || kid->string.empty() ||
      kid->string.size() > limits::max_kid_bytes) {
    return fail(path.member("kid"), "expected a string of 1 to 256 bytes");
  }
  id = kid->string;
  return std::nullopt;
}

// Without `alg` a secret serves every HMAC algorithm; the policy's list narrows that.
std::optional<policy_error> read_algorithm(const json_value& value, const json_path& path,
                                           key_parts& parts) {
  const json_value* const alg = value.find("alg");
  bool known = false;
  for (const auto& row : algorithms) {
    if (alg != nullptr && (alg->type != kind::string || alg->string != row.name)) continue;
    parts.usable_for.add(row.id);
    if (parts.least_bytes < row.key_bytes) parts.least_bytes = row.key_bytes;
    known = true;
  }
  if (!known) return fail(path.member("alg"), "expected \"HS256\"");
  return std::nullopt;
}

// `use` and `key_ops`, RFC 7517 sections 4.2 and 4.3: a key that is meant for something else is
// not used.
std::optional<policy_error> check_purpose(const json_value& jwk, const json_path& path) {
  if (const json_value* const use = jwk.find("use")) {
    if (use->type != kind::string || use->string != "sig") {
      return fail(path.member("use"), "expected \"sig\"");
    }
  }
  if (const json_value* const operations = jwk.find("key_ops")) {
    bool verifies = false;
    bool strings = operations->type == kind::array;
    for (const auto& operation : operations->items) {
      strings = strings && operation.type == kind::string;
      verifies = verifies || operation.string == "verify";
    }
    if (!strings || !verifies) {
      return fail(path.member("key_ops"), "expected an array of strings with \"verify\" in it");
    }
  }
  return std::nullopt;
}

result<verification_key, policy_error> import_secret(key_parts parts, std::string_view secret,
                                                     const json_path& path,
                                                     std::string_view encoding) {
  if (secret.size() < parts.least_bytes || secret.size() > limits::max_secret_bytes) {
    return fail(path, "expected " + std::string(encoding) +
                          " of at least 32 bytes for HS256 and at most 1024");
  }
  auto imported = hmac_sha256_key::import(secret);
  if (!imported) return fail(path, "expected a key that the cryptographic library takes");
  return verification_key{std::move(parts.id), parts.usable_for, *imported};
}

result<verification_key, policy_error> parse_raw_secret(const json_value& value,
                                                        const json_path& path) {
  constexpr std::string_view members[] = {"secret", "encoding", "kid", "alg"};
  for (const auto& name : value.names) {
    bool known = false;
    for (const auto member : members) known = known || name == member;
    if (!known) {
      return fail(path.member(name), "expected only secret, encoding, kid and alg beside it");
    }
  }

  const json_value* const encoding = value.find("encoding");
  const encoding_row* form = nullptr;
  for (const auto& row : encodings) {
    if (encoding != nullptr && encoding->type == kind::string && encoding->string == row.name) {
      form = &row;
    }
  }
  if (form == nullptr) {
    return fail(path.member("encoding"), "expected \"utf8\", \"base64url\" or \"hex\"");
  }

  key_parts parts;
  if (auto error = read_id(value, path, parts.id)) return *error;
  if (auto error = read_algorithm(value, path, parts)) return *error;

  const json_path secret_path = path.member("secret");
  const json_value& secret = *value.find("secret");
  if (secret.type != kind::string) return fail(secret_path, "expected a string");
  const auto bytes = form->decode(secret.string);
  if (!bytes) return fail(secret_path, "expected " + std::string(form->name));
  return import_secret(std::move(parts), *bytes, secret_path, form->name);
}

result<verification_key, policy_error> parse_jwk(const json_value& value, const json_path& path) {
  const json_value* const type = value.find("kty");
  if (type == nullptr || type->type != kind::string || type->string != "oct") {
    return fail(path.member("kty"), "expected \"oct\" (or a raw key with \"secret\")");
  }

  key_parts parts;
  if (auto error = read_id(value, path, parts.id)) return *error;
  if (auto error = read_algorithm(value, path, parts)) return *error;
  if (auto error = check_purpose(value, path)) return *error;

  const json_path secret_path = path.member("k");
  const json_value* const secret = value.find("k");
  if (secret == nullptr || secret->type != kind::string) {
    return fail(secret_path, "expected a string (RFC 7518 section 6.4.1)");
  }
  const auto bytes = decode_base64url(secret->string);
  if (!bytes) return fail(secret_path, "expected base64url without padding");
  return import_secret(std::move(parts), *bytes, secret_path, "base64url");
}

}  // namespace

result<verification_key, policy_error> parse_key(const json_value& value, const json_path& path) {
  if (value.type != kind::object) return fail(path, "expected a key object");
  return value.find("secret") != nullptr ? parse_raw_secret(value, path) : parse_jwk(value, path);
}

}  // namespace portcullis
