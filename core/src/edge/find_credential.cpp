#include "edge/find_credential.hpp"

#include <cstring>

#include "encoding/find_byte.hpp"
#include "encoding/slice.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

// The next part of a text up to a separator; `at` moves behind it.
std::string_view next_part(std::string_view text, char separator, std::size_t& at) noexcept {
  std::size_t end = find_byte(text, separator, at);
  if (end == std::string_view::npos) end = text.size();
  const std::string_view part = slice(text, at, end - at);
  at = end + 1;
  return part;
}

constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\t'; }

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// What stands before the first '=', without the spaces around it; a part without '=' is a name
// alone.
std::string_view name_of(std::string_view part) noexcept {
  const std::size_t equals = find_byte(part, '=', 0);
  return trim(equals == std::string_view::npos ? part : slice(part, 0, equals));
}

std::string_view value_of(std::string_view part) noexcept {
  const std::size_t equals = find_byte(part, '=', 0);
  return equals == std::string_view::npos ? std::string_view() : trim(slice(part, equals + 1));
}

named_part find_named(std::string_view text, std::string_view name, char separator) noexcept {
  named_part found;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view part = next_part(text, separator, at);
    if (name_of(part) == name && ++found.count == 1) found.value = value_of(part);
  }
  return found;
}

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

// Takes the scheme and the spaces behind it off. False if it is another one (RFC 9110 section 11.1:
// it is compared without case, and ends at the first space).
bool skip_scheme(std::string_view& value, std::string_view scheme) noexcept {
  if (value.size() < scheme.size()) return false;
  for (std::size_t i = 0; i != scheme.size(); ++i) {
    if (lower(value[i]) != lower(scheme[i])) return false;
  }
  if (value.size() > scheme.size() && value[scheme.size()] != ' ') return false;
  value.remove_prefix(scheme.size());
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  return true;
}

// What a field of which there is to be one means, in the order of its shapes; `ok`: look into it.
constexpr reason meanings[] = {reason::credential_missing, reason::ok, reason::credential_malformed,
                               reason::credential_malformed, reason::request_malformed};

reason meaning_of(const field_view& field) noexcept {
  const auto shape = static_cast<std::size_t>(field.shape);
  return shape < sizeof meanings ? meanings[shape] : reason::internal_error;
}

reason take_from_header(const credential_source& source, std::string_view& value) noexcept {
  if (value.size() > limits::max_authorization_bytes) return reason::token_too_large;
  if (value.empty()) return reason::credential_malformed;
  if (!source.scheme.empty() && !skip_scheme(value, source.scheme)) {
    return reason::credential_missing;
  }
  return value.empty() ? reason::credential_malformed : reason::ok;
}

reason take_named(const credential_source& source, std::string_view& value) noexcept {
  const char separator = source.from == credential_source::cookie ? ';' : '&';
  const named_part found = find_named(value, source.name, separator);
  value = found.value;
  if (found.count == 0) return reason::credential_missing;
  if (found.count > 1 && !source.first_of_many) return reason::credential_malformed;
  return value.empty() ? reason::credential_malformed : reason::ok;
}

reason take(const edge_policy& policy, const edge_request& request, const credential_source& source,
            std::string_view& value) noexcept {
  const field_view& field = source.from == credential_source::header ? request.headers[source.field]
                            : source.from == credential_source::cookie
                                ? request.headers[policy.cookie_field]
                                : request.querystring;
  const reason why = meaning_of(field);
  if (why != reason::ok) return why;
  value = field.value;
  return source.from == credential_source::header ? take_from_header(source, value)
                                                  : take_named(source, value);
}

}  // namespace

named_part find_cookie(std::string_view cookies, std::string_view name) noexcept {
  return find_named(cookies, name, ';');
}

named_part find_parameter(std::string_view query, std::string_view name) noexcept {
  return find_named(query, name, '&');
}

found_credential find_credential(const edge_policy& policy, const edge_request& request) noexcept {
  found_credential found;
  for (std::size_t i = 0; i != policy.source_count; ++i) {
    found.why = take(policy, request, policy.sources[i], found.token);
    found.source = i;
    if (found.why != reason::credential_missing) break;
  }
  return found;
}

std::size_t without_named(std::string_view text, std::string_view name, char separator,
                          char* out) noexcept {
  std::size_t size = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::string_view part = next_part(text, separator, at);
    if (name_of(part) == name) continue;
    if (separator == ';') part = trim(part);
    if (part.empty()) continue;
    if (size != 0) {
      out[size++] = separator;
      if (separator == ';') out[size++] = ' ';
    }
    std::memmove(out + size, part.data(), part.size());  // `text` may be `out`
    size += part.size();
  }
  return size;
}

}  // namespace portcullis
