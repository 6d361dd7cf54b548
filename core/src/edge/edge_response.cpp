#include "edge/edge_response.hpp"

#include "edge/challenge.hpp"
#include "edge/cors.hpp"
#include "edge/find_credential.hpp"
#include "edge/rate_limiter.hpp"
#include "edge/response_parts.hpp"
#include "encoding/json_writer.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

// The members of `headers`, one after the other.
class header_writer {
 public:
  explicit header_writer(text_buffer& out) noexcept : out_(out) {}

  // The place of the value, which is to be written as the text of a JSON string.
  text_buffer& begin(std::string_view name, std::string_view key) noexcept {
    if (any_) out_.append("\"}],");
    any_ = true;
    out_.append('"');
    out_.append(name);
    out_.append("\":[{\"key\":\"");
    out_.append(key);
    out_.append("\",\"value\":\"");
    return out_;
  }
  void end() noexcept {
    if (any_) out_.append("\"}]");
  }

 private:
  text_buffer& out_;
  bool any_ = false;
};

void append_list(text_buffer& out, const string_list& list) noexcept {
  bool first = true;
  for (const std::string_view each : list) {
    if (!first) out.append(", ");
    first = false;
    out.append(each);
  }
}

constexpr bool is_unreserved(char c) noexcept {  // RFC 3986 section 2.3
  const char lower = static_cast<char>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void append_encoded(text_buffer& out, std::string_view text) noexcept {
  constexpr char digits[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c)) {
      out.append(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.append('%');
    out.append(digits[byte >> 4]);
    out.append(digits[byte & 15]);
  }
}

// Adds "?name=" or "&name=" to a URL.
void append_parameter(text_buffer& out, std::string_view url, bool first,
                      std::string_view name) noexcept {
  out.append(first && url.find('?') == std::string_view::npos ? '?' : '&');
  out.append(name);
  out.append('=');
}

// Where the client wanted to go: path and query of its request, without the parameters that carry a
// token. The path has one slash at its beginning and no backslash (parse_path), so that with or
// without an origin of the policy before it, it never leads to another site.
void append_target(text_buffer& out, const edge_policy& policy, const edge_request& request,
                   std::string_view base) noexcept {
  append_encoded(out, base);
  append_encoded(out, request.uri.value);
  if (request.querystring.shape != field_shape::single) return;
  char query[max_target_bytes];
  std::string_view left = request.querystring.value;
  for (std::size_t i = 0; i != policy.source_count; ++i) {
    const credential_source& source = policy.sources[i];
    if (source.from != credential_source::query) continue;
    const std::size_t size = without_named(left, source.name, '&', query);
    left = {query, size};
  }
  if (left.empty()) return;
  append_encoded(out, "?");
  append_encoded(out, left);
}

// Only a path of one structure: a browser reads "/\\host" and "/<tab>/host" as another site.
bool has_target(const edge_request& request) noexcept {
  if (request.uri.shape != field_shape::single) return false;
  const std::string_view uri = request.uri.value;
  path_buffer buffer;
  parsed_path path;
  return uri.size() + request.querystring.value.size() < max_target_bytes &&
         parse_path(uri, buffer, path);
}

void append_login(text_buffer& out, const edge_policy& policy,
                  const edge_request& request) noexcept {
  const login_policy& login = policy.login;
  out.append(login.url);
  if (login.return_parameter.empty() || !has_target(request)) return;
  append_parameter(out, login.url, true, login.return_parameter);
  append_target(out, policy, request, login.return_base);
}

// False if the challenge cannot be made.
bool append_page(text_buffer& out, const edge_policy& policy, const edge_request& request,
                 std::string_view client, std::int64_t now) noexcept {
  const page_policy& page = policy.page;
  challenge_text text;
  if (!limits::is_now(now) || !make_challenge(challenge_kind::challenge, page.mac_key(), client,
                                              now + page.lifetime, text)) {
    return false;
  }
  out.append(page.url);
  append_parameter(out, page.url, true, page.parameter);
  out.append(text.view());
  if (page.return_parameter.empty() || !has_target(request)) return true;
  append_parameter(out, page.url, false, page.return_parameter);
  append_target(out, policy, request, {});
  return true;
}

void write_cors(header_writer& headers, const edge_policy& policy, const edge_request& request,
                bool preflight) noexcept {
  const cors_policy& cors = policy.cors;
  if (!cors.configured) return;
  const std::string_view origin = find_allowed_origin(policy, request);
  if (!origin.empty()) {
    headers.begin("access-control-allow-origin", "Access-Control-Allow-Origin").append(origin);
    if (cors.credentials) {
      headers.begin("access-control-allow-credentials", "Access-Control-Allow-Credentials")
          .append("true");
    }
    if (preflight) {
      text_buffer& methods =
          headers.begin("access-control-allow-methods", "Access-Control-Allow-Methods");
      if (cors.methods.empty()) {
        methods.append("GET, HEAD, POST");
      } else {
        append_list(methods, cors.methods);
      }
      text_buffer& names =
          headers.begin("access-control-allow-headers", "Access-Control-Allow-Headers");
      if (cors.headers.empty()) {
        names.append("authorization");
      } else {
        append_list(names, cors.headers);
      }
      if (cors.max_age >= 0) {
        headers.begin("access-control-max-age", "Access-Control-Max-Age")
            .append_number(static_cast<std::size_t>(cors.max_age));
      }
    } else {
      // The script has to see why.
      text_buffer& exposed =
          headers.begin("access-control-expose-headers", "Access-Control-Expose-Headers");
      exposed.append("www-authenticate, retry-after");
      if (!cors.exposed.empty()) exposed.append(", ");
      append_list(exposed, cors.exposed);
    }
  }
  if (!cors.any_origin) headers.begin("vary", "Vary").append("Origin");
}

void begin(text_buffer& out, const status_row& status) noexcept {
  out.append("{\"status\":\"");
  out.append(status.text);
  out.append("\",\"statusDescription\":\"");
  out.append(status.description);
  out.append("\",\"headers\":{");
}

void write_denial(const edge_policy& policy, std::string_view realm, const edge_request& request,
                  reason why, text_buffer& out) noexcept {
  const told_reason told(why);
  const bool preflight = why == reason::preflight_answered;
  begin(out, *told.status);
  header_writer headers(out);
  if (has_challenge(told)) {
    append_challenge(headers.begin("www-authenticate", "WWW-Authenticate"), told, realm, "\\\"");
  }
  if (why == reason::rate_limited) {
    // Whichever limit it was: after the longer time both have a token again.
    std::int64_t seconds = 1;
    for (const rate* each : {&policy.by_address, &policy.by_subject}) {
      if (each->requests == 0) continue;
      const std::int64_t until = rate_limiter::retry_after(*each);
      if (until > seconds) seconds = until;
    }
    headers.begin("retry-after", "Retry-After").append_number(static_cast<std::size_t>(seconds));
  }
  write_cors(headers, policy, request, preflight);
  if (!preflight) headers.begin("content-type", "Content-Type").append("application/json");
  headers.begin("cache-control", "Cache-Control").append("no-store");
  headers.end();
  if (preflight) {
    out.append("}}");
    return;
  }
  out.append("},\"body\":\"{\\\"error\\\":\\\"");
  out.append(told.word);
  out.append("\\\"}\"}");
}

}  // namespace

void render_edge_response(const edge_policy& policy, std::string_view realm,
                          const edge_request& request, const decision& judged,
                          std::string_view client, std::int64_t now, text_buffer& out) noexcept {
  if (judged.kind() != decision_kind::challenge) {
    write_denial(policy, realm, request, judged.why(), out);
    return;
  }
  fixed_text<edge_response_bytes - 2048> location;
  const bool to_page =
      judged.why() == reason::proof_missing || judged.why() == reason::rate_limited;
  if (!to_page) {
    append_login(location, policy, request);
  } else if (!append_page(location, policy, request, client, now)) {
    write_denial(policy, realm, request, reason::internal_error, out);
    return;
  }
  begin(out, find_status(302));
  header_writer headers(out);
  append_json_string(headers.begin("location", "Location"), location.view());
  write_cors(headers, policy, request, false);
  headers.begin("cache-control", "Cache-Control").append("no-store");
  headers.end();
  out.append("}}");
}

}  // namespace portcullis
