#include "edge/credential.hpp"

#include "encoding/find_byte.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

// RFC 9110 section 11.1: the scheme is compared without case.
bool is_bearer(std::string_view scheme) noexcept {
  constexpr std::string_view bearer = "bearer";
  if (scheme.size() != bearer.size()) return false;
  for (std::size_t i = 0; i < bearer.size(); ++i) {
    if ((scheme[i] | 0x20) != bearer[i]) return false;
  }
  return true;
}

}  // namespace

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

  const std::size_t space = find_byte(value, ' ', 0);
  if (!is_bearer(value.substr(0, space))) return reason::credential_missing;
  const std::size_t token = value.find_first_not_of(' ', space);
  if (space == std::string_view::npos || token == std::string_view::npos) {
    return reason::credential_malformed;
  }
  return value.substr(token);
}

}  // namespace portcullis
