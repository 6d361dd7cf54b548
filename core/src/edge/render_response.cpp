#include "edge/render_response.hpp"

namespace portcullis {
namespace {

struct status_row {
  std::uint16_t code;
  const char* text;         // CloudFront wants a string
  const char* description;  // RFC 9110 section 15
  const char* word;         // the body's word where RFC 6750 has none
};

constexpr status_row statuses[] = {
    {401, "401", "Unauthorized", "unauthorized"},
    {403, "403", "Forbidden", "forbidden"},
    {500, "500", "Internal Server Error", "internal_server_error"},
};

// What both forms of a response say.
struct answer {
  explicit answer(reason why) noexcept
      // There is no response that lets a request pass: to ask for one is our own fault.
      : row(find_reason(why == reason::ok ? reason::internal_error : why)), status(statuses) {
    while (status->code != row.http_status) ++status;
    word = row.rfc6750_error.empty() ? std::string_view(status->word) : row.rfc6750_error;
  }

  reason_row row;
  const status_row* status;
  std::string_view word;  // the body's
};

// RFC 6750 section 3: 401 and 403 carry a challenge with at least one parameter; no error word
// when the request had no credential at all. `quote` is how the text around it writes one.
void append_challenge(text_buffer& out, const answer& told, std::string_view realm,
                      const char* quote) noexcept {
  out.append("Bearer realm=");
  out.append(quote);
  out.append(realm);
  if (!told.row.rfc6750_error.empty()) {
    out.append(quote);
    out.append(", error=");
    out.append(quote);
    out.append(told.word);
  }
  out.append(quote);
}

}  // namespace

cloudfront_response make_response(reason why, std::string_view realm) noexcept {
  const answer told(why);
  cloudfront_response response;
  response.status = told.status->text;
  response.status_description = told.status->description;
  const auto add = [&response](std::string_view name, std::string_view key) -> auto& {
    response_header& header = response.headers[response.header_count++];
    header.name = name;
    header.key = key;
    return header.value;
  };
  if (told.row.http_status != 500) {
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
  const answer told(why);
  out.append("{\"status\":\"");
  out.append(told.status->text);
  out.append("\",\"statusDescription\":\"");
  out.append(told.status->description);
  out.append("\",\"headers\":{");
  if (told.row.http_status != 500) {
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
