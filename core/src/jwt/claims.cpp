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

// What follows reads one claim's value each: false when the JSON is not valid or, for the
// registered claims, the type is wrong. Either way the claims set is not well formed.

bool read_text(json_scanner& scanner, std::optional<json_text>& out) noexcept {
  json_text text;
  if (!scanner.read_string(text)) return false;
  out = text;
  return true;
}

bool read_date(json_scanner& scanner, std::optional<std::int64_t>& out) noexcept {
  std::string_view number;
  std::int64_t seconds = 0;
  if (!scanner.read_number(number) || !parse_numeric_date(number, seconds)) return false;
  out = seconds;
  return true;
}

// False only when the JSON is not valid; another type makes the claim malformed.
bool read_strings(json_scanner& scanner, string_claim& out) noexcept {
  out.type = string_claim::form::malformed;
  const json_kind kind = scanner.peek();
  if (kind == json_kind::string) {
    out.type = string_claim::form::string;
    return scanner.read_string(out.text);
  }
  if (kind != json_kind::array) return scanner.skip_value();

  if (!scanner.enter_array()) return false;
  const char* const begin = scanner.position();
  bool strings = true;
  while (scanner.next_item()) {
    strings = strings && scanner.peek() == json_kind::string;
    if (!scanner.skip_value()) return false;
  }
  if (strings) {
    out.type = string_claim::form::array;
    out.array = {begin, static_cast<std::size_t>(scanner.position() - 1 - begin)};
  }
  return !scanner.failed();
}

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
  if (!scanner.enter_object()) return false;

  std::optional<json_text> unused;
  for (json_text name; scanner.next_member(name);) {
    bool read = false;
    switch (find_meaning(rows, name, claim_name::other)) {
      case claim_name::issuer:
        read = read_text(scanner, issuer_);
        break;
      case claim_name::subject:
      case claim_name::jwt_id:
        read = read_text(scanner, unused);
        break;
      case claim_name::expiration:
        read = read_date(scanner, expiration_);
        break;
      case claim_name::not_before:
        read = read_date(scanner, not_before_);
        break;
      case claim_name::issued_at:
        read = read_date(scanner, issued_at_);
        break;
      case claim_name::audience:
        read = read_strings(scanner, audience_) && audience_.type != string_claim::form::malformed;
        break;
      case claim_name::permissions:
        read = read_strings(scanner, permissions_);
        break;
      case claim_name::scope:
        read = read_strings(scanner, scope_);
        break;
      case claim_name::scp:
        read = read_strings(scanner, scp_);
        break;
      case claim_name::scopes:
        read = read_strings(scanner, scopes_);
        break;
      case claim_name::other:
        read = scanner.skip_value();
        break;
    }
    if (!read) return false;
  }
  return scanner.finish();
}

}  // namespace portcullis
