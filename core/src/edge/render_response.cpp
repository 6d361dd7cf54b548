#include "edge/render_response.hpp"

namespace portcullis {
namespace {

struct status_row {
  std::uint16_t code;
  std::string_view text;         // CloudFront wants a string
  std::string_view description;  // RFC 9110 section 15
  std::string_view word;         // the body's word where RFC 6750 has none
};

constexpr status_row statuses[] = {
    {401, "401", "Unauthorized", "unauthorized"},
    {403, "403", "Forbidden", "forbidden"},
    {500, "500", "Internal Server Error", "internal_server_error"},
};

const status_row& find_status(std::uint16_t code) noexcept {
  for (const auto& row : statuses) {
    if (row.code == code) return row;
  }
  return statuses[2];
}

// A JSON string. Everything that comes here is ASCII without control characters: our own words and
// a realm that the policy has checked.
void append_string(response_text& out, std::string_view text) noexcept {
  out.append('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out.append('\\');
    out.append(c);
  }
  out.append('"');
}

[[gnu::noinline]] void append_member(response_text& out, std::string_view name,
                                     std::string_view value) noexcept {
  append_string(out, name);
  out.append(':');
  append_string(out, value);
}

}  // namespace

cloudfront_response make_response(reason why, std::string_view realm) noexcept {
  // There is no response that lets a request pass: to ask for one is our own fault.
  const reason_row& row = find_reason(why == reason::ok ? reason::internal_error : why);
  const status_row& status = find_status(row.http_status);

  cloudfront_response response;
  response.status = status.text;
  response.status_description = status.description;
  const auto add = [&response](std::string_view name, std::string_view key) -> auto& {
    response_header& header = response.headers[response.header_count++];
    header.name = name;
    header.key = key;
    return header.value;
  };

  // RFC 6750 section 3: 401 and 403 carry a challenge with at least one parameter; no error word
  // when the request had no credential at all.
  if (row.http_status != 500) {
    auto& challenge = add("www-authenticate", "WWW-Authenticate");
    challenge.append("Bearer realm=\"");
    challenge.append(realm);
    if (!row.rfc6750_error.empty()) {
      challenge.append("\", error=\"");
      challenge.append(row.rfc6750_error);
    }
    challenge.append('"');
  }
  add("content-type", "Content-Type").append("application/json");
  add("cache-control", "Cache-Control").append("no-store");

  response.body.append("{\"error\":\"");
  response.body.append(row.rfc6750_error.empty() ? status.word : row.rfc6750_error);
  response.body.append("\"}");
  return response;
}

void render_response(const cloudfront_response& response, response_text& out) noexcept {
  out.append('{');
  append_member(out, "status", response.status);
  out.append(',');
  append_member(out, "statusDescription", response.status_description);
  out.append(",\"headers\":{");
  for (std::size_t i = 0; i < response.header_count; ++i) {
    const response_header& header = response.headers[i];
    if (i != 0) out.append(',');
    append_string(out, header.name);
    out.append(":[{");
    append_member(out, "key", header.key);
    out.append(',');
    append_member(out, "value", header.value);
    out.append("}]");
  }
  out.append("},");
  append_member(out, "body", response.body);
  out.append('}');
}

}  // namespace portcullis
