#include "edge/render_response.hpp"

#include "edge/response_parts.hpp"

namespace portcullis {
namespace {

constexpr status_row statuses[] = {
    {401, "401", "Unauthorized", "unauthorized"},
    {403, "403", "Forbidden", "forbidden"},
#if PORTCULLIS_EDGE
    {204, "204", "No Content", ""},
    {302, "302", "Found", ""},
    {400, "400", "Bad Request", "bad_request"},
    {429, "429", "Too Many Requests", "too_many_requests"},
#endif
    {500, "500", "Internal Server Error", "internal_server_error"},
};

// A preflight's answer depends on the request: without one, to ask for it is our own fault.
constexpr reason denial_of(reason why) noexcept {
#if PORTCULLIS_EDGE
  if (why == reason::preflight_answered) return reason::internal_error;
#endif
  return why;
}

}  // namespace

const status_row& find_status(std::uint16_t code) noexcept {
  const status_row* status = statuses;
  while (status->code != code) ++status;
  return *status;
}

told_reason::told_reason(reason why) noexcept {
  const reason_row row = find_reason(why == reason::ok ? reason::internal_error : why);
  rfc6750_error = row.rfc6750_error;
  status = &find_status(row.http_status);
  word = rfc6750_error.empty() ? std::string_view(status->word) : rfc6750_error;
}

bool has_challenge(const told_reason& told) noexcept {
  return told.status->code == 401 || !told.rfc6750_error.empty();
}

void append_challenge(text_buffer& out, const told_reason& told, std::string_view realm,
                      const char* quote) noexcept {
  out.append("Bearer realm=");
  out.append(quote);
  out.append(realm);
  if (!told.rfc6750_error.empty()) {
    out.append(quote);
    out.append(", error=");
    out.append(quote);
    out.append(told.word);
  }
  out.append(quote);
}

cloudfront_response make_response(reason why, std::string_view realm) noexcept {
  const told_reason told(denial_of(why));
  cloudfront_response response;
  response.status = told.status->text;
  response.status_description = told.status->description;
  const auto add = [&response](std::string_view name, std::string_view key) -> auto& {
    response_header& header = response.headers[response.header_count++];
    header.name = name;
    header.key = key;
    return header.value;
  };
  if (has_challenge(told)) {
    append_challenge(add("www-authenticate", "WWW-Authenticate"), told, realm, "\"");
  }
  add("content-type", "Content-Type").append("application/json");
  add("cache-control", "Cache-Control").append("no-store");

  response.body.append("{\"error\":\"");
  response.body.append(told.word);
  response.body.append("\"}");
  return response;
}

// Written in one go, not from a cloudfront_response, which would cost the WASM module a kilobyte.
// Nothing here needs an escape but the quotation marks of the challenge and the body: our own words
// have none, and neither has a realm.
void render_response(reason why, std::string_view realm, response_text& out) noexcept {
  const told_reason told(denial_of(why));
  out.append("{\"status\":\"");
  out.append(told.status->text);
  out.append("\",\"statusDescription\":\"");
  out.append(told.status->description);
  out.append("\",\"headers\":{");
  if (has_challenge(told)) {
    out.append("\"www-authenticate\":[{\"key\":\"WWW-Authenticate\",\"value\":\"");
    append_challenge(out, told, realm, "\\\"");
    out.append("\"}],");
  }
  out.append(
      "\"content-type\":[{\"key\":\"Content-Type\",\"value\":\"application/json\"}],"
      "\"cache-control\":[{\"key\":\"Cache-Control\",\"value\":\"no-store\"}]},"
      "\"body\":\"{\\\"error\\\":\\\"");
  out.append(told.word);
  out.append("\\\"}\"}");
}

}  // namespace portcullis
