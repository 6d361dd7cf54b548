#include "edge/credential.hpp"

#include "limits.hpp"

namespace portcullis {
namespace {

// What each shape of the field means, in the order of its values; `ok`: look into the value.
constexpr reason meanings[] = {reason::credential_missing, reason::ok, reason::credential_malformed,
                               reason::credential_malformed, reason::request_malformed};

// Takes the scheme and the spaces behind it off.
reason find_token(std::string_view& value) noexcept {
  if (value.size() > limits::max_authorization_bytes) return reason::token_too_large;
  if (value.empty()) return reason::credential_malformed;

  // RFC 9110 section 11.1: the scheme is compared without case, and ends at the first space.
  constexpr std::string_view scheme = "bearer";
  std::size_t at = 0;
  while (at < scheme.size() && at < value.size() && (value[at] | 0x20) == scheme[at]) ++at;
  if (at != scheme.size()) return reason::credential_missing;
  if (at < value.size() && value[at] != ' ') return reason::credential_missing;

  while (at < value.size() && value[at] == ' ') ++at;
  if (at == value.size()) return reason::credential_malformed;
  value.remove_prefix(at);
  return reason::ok;
}

}  // namespace

result<std::string_view, reason> parse_credential(const field_view& authorization) noexcept {
  const auto shape = static_cast<std::size_t>(authorization.shape);
  reason why = shape < sizeof meanings ? meanings[shape] : reason::internal_error;
  std::string_view value = authorization.value;
  if (why == reason::ok) why = find_token(value);
  if (why != reason::ok) return why;
  return value;
}

}  // namespace portcullis
