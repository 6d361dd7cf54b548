#include "edge/credential.hpp"

#include "limits.hpp"

namespace portcullis {
result<std::string_view, reason> parse_credential(const field_view& authorization) noexcept {
  switch (authorization.shape) {
    case field_shape::single:
      break;
    case field_shape::absent:
      return reason::credential_missing;
    case field_shape::repeated:
      return reason::credential_malformed;
    case field_shape::malformed:
      return reason::credential_malformed;
    case field_shape::no_request:
      return reason::request_malformed;
    default:
      return reason::internal_error;
  }

  const std::string_view value = authorization.value;
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
  return value.substr(at);
}

}  // namespace portcullis
