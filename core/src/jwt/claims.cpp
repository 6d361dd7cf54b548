#include "jwt/claims.hpp"

#include "encoding/json_scanner.hpp"
#include "encoding/name_table.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

constexpr json_bounds bounds{limits::max_claims_depth, limits::max_claims_members};

enum class claim_name : std::uint8_t {
  issuer,
  subject,
  audience,
  expiration,
  not_before,
  issued_at,
  jwt_id,
  permissions,
  scope,
  scp,
  scopes,
  other
};

constexpr name_row<claim_name> rows[] = {
    {"iss", claim_name::issuer},     {"sub", claim_name::subject},
    {"aud", claim_name::audience},   {"exp", claim_name::expiration},
    {"nbf", claim_name::not_before}, {"iat", claim_name::issued_at},
    {"jti", claim_name::jwt_id},     {"permissions", claim_name::permissions},
    {"scope", claim_name::scope},    {"scp", claim_name::scp},
    {"scopes", claim_name::scopes},
};

// Reads one claim's value. False when the JSON is not valid; a wrong type is told by the results.
class value_reader {
 public:
  explicit value_reader(json_scanner& scanner) noexcept : scanner_(scanner) {}

  bool skip() noexcept { return scanner_.skip(scanner_.next()); }

  bool read_string(std::optional<json_text>& out) noexcept {
    const json_token token = scanner_.next();
    if (token.kind == json_kind::string) out = token.text;
    return scanner_.skip(token);
  }

  bool read_date(std::optional<std::int64_t>& out) noexcept {
    const json_token token = scanner_.next();
    std::int64_t seconds = 0;
    if (token.kind == json_kind::number && parse_numeric_date(token.text.raw, seconds)) {
      out = seconds;
    }
    return scanner_.skip(token);
  }

  bool read_strings(string_claim& out) noexcept {
    out.type = string_claim::form::malformed;
    const json_token first = scanner_.next();
    if (first.kind == json_kind::string) {
      out.type = string_claim::form::string;
      out.text = first.text;
      return true;
    }
    if (first.kind != json_kind::array_begin) return scanner_.skip(first);

    const char* const begin = scanner_.position();
    bool strings = true;
    for (;;) {
      const json_token item = scanner_.next();
      if (item.kind == json_kind::array_end) break;
      strings = strings && item.kind == json_kind::string;
      if (!scanner_.skip(item)) return false;
    }
    if (!strings) return true;
    out.type = string_claim::form::array;
    out.array = {begin, static_cast<std::size_t>(scanner_.position() - 1 - begin)};
    return true;
  }

 private:
  json_scanner& scanner_;
};

// The strings of an array that has been scanned before: no check is made twice.
class string_array_reader {
 public:
  explicit string_array_reader(std::string_view array) noexcept
      : at_(array.data()), end_(array.data() + array.size()) {}

  bool next(json_text& text) noexcept {
    while (at_ != end_ && *at_ != '"') ++at_;
    if (at_ == end_) return false;
    const char* const first = ++at_;
    text.escaped = false;
    for (; *at_ != '"'; ++at_) {
      if (*at_ == '\\') {
        text.escaped = true;
        ++at_;
      }
    }
    text.raw = {first, static_cast<std::size_t>(at_ - first)};
    ++at_;
    return true;
  }

 private:
  const char* at_;
  const char* end_;
};

bool array_contains(std::string_view array, std::string_view wanted) noexcept {
  string_array_reader reader(array);
  for (json_text text; reader.next(text);) {
    if (equal(text, wanted)) return true;
  }
  return false;
}

}  // namespace

bool contains(const string_claim& claim, std::string_view wanted) noexcept {
  if (claim.type == string_claim::form::string) return equal(claim.text, wanted);
  return claim.type == string_claim::form::array && array_contains(claim.array, wanted);
}

bool grants(const string_claim& claim, std::string_view wanted) noexcept {
  if (claim.type == string_claim::form::string) return contains_word(claim.text, wanted);
  return claim.type == string_claim::form::array && array_contains(claim.array, wanted);
}

const string_claim& claims::scope() const noexcept {
  if (scope_.type != string_claim::form::absent) return scope_;
  return scp_.type != string_claim::form::absent ? scp_ : scopes_;
}

bool claims::parse(std::string_view json) noexcept {
  json_scanner scanner(json, bounds);
  if (scanner.next().kind != json_kind::object_begin) return false;

  value_reader reader(scanner);
  bool types_right = true;
  const auto read_string = [&](std::optional<json_text>& out) noexcept {
    if (!reader.read_string(out)) return false;
    types_right = types_right && out.has_value();
    return true;
  };
  const auto read_date = [&](std::optional<std::int64_t>& out) noexcept {
    if (!reader.read_date(out)) return false;
    types_right = types_right && out.has_value();
    return true;
  };
  std::optional<json_text> unused;

  for (json_token name = scanner.next(); name.kind != json_kind::object_end;
       name = scanner.next()) {
    if (name.kind != json_kind::member) return false;
    bool read = false;
    unused.reset();
    switch (find_meaning(rows, name.text, claim_name::other)) {
      case claim_name::issuer:
        read = read_string(issuer_);
        break;
      case claim_name::subject:
        read = read_string(unused);
        break;
      case claim_name::jwt_id:
        read = read_string(unused);
        break;
      case claim_name::expiration:
        read = read_date(expiration_);
        break;
      case claim_name::not_before:
        read = read_date(not_before_);
        break;
      case claim_name::issued_at:
        read = read_date(issued_at_);
        break;
      case claim_name::audience:
        read = reader.read_strings(audience_);
        types_right = types_right && audience_.type != string_claim::form::malformed;
        break;
      case claim_name::permissions:
        read = reader.read_strings(permissions_);
        break;
      case claim_name::scope:
        read = reader.read_strings(scope_);
        break;
      case claim_name::scp:
        read = reader.read_strings(scp_);
        break;
      case claim_name::scopes:
        read = reader.read_strings(scopes_);
        break;
      case claim_name::other:
        read = reader.skip();
        break;
    }
    if (!read) return false;
  }
  return scanner.next().kind == json_kind::end && types_right;
}

}  // namespace portcullis
