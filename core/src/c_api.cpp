#include "portcullis/c_api.h"

#include <cmath>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "edge/credential.hpp"
#include "edge/render_response.hpp"
#include "encoding/base64url.hpp"
#include "jose/compact_jws.hpp"
#include "portcullis/verifier.hpp"

struct portcullis_verifier {
  portcullis::verifier core;
};

namespace {

using portcullis::decision;
using portcullis::field_shape;
using portcullis::reason;

std::string_view view(const char* text, size_t length) noexcept {
  return length == 0 ? std::string_view() : std::string_view(text, length);
}

// Doubles hold every whole number up to here.
std::optional<std::int64_t> parse_now(double now) noexcept {
  constexpr double farthest = 9007199254740992.0;
  if (!(now >= -farthest && now <= farthest)) return std::nullopt;
  return static_cast<std::int64_t>(std::floor(now));
}

std::int32_t code_of(reason why) noexcept { return static_cast<std::int32_t>(why); }

size_t write_text(std::string_view text, char* out, size_t capacity) noexcept {
  // An empty buffer may be a null pointer, which memcpy must not see.
  if (!text.empty() && text.size() <= capacity) std::memcpy(out, text.data(), text.size());
  return text.size();
}

// Reasons of C callers are numbers: anything out of range is our own fault.
reason reason_of(std::int32_t code) noexcept {
  const bool known = code >= 0 && static_cast<std::size_t>(code) < portcullis::reason_count;
  return known ? static_cast<reason>(code) : reason::internal_error;
}

}  // namespace

int32_t portcullis_abi_version(void) { return PORTCULLIS_ABI_VERSION; }

portcullis_verifier* portcullis_create_verifier(const char* policy, size_t policy_length,
                                                char* error, size_t error_capacity,
                                                size_t* error_length) {
  *error_length = 0;
  auto made = portcullis::verifier::from_policy(view(policy, policy_length));
  if (made) return new (std::nothrow) portcullis_verifier{std::move(*made)};
  size_t written = 0;
  for (const std::string_view part :
       {made.error().path.view(), std::string_view("\n"), made.error().expected.view()}) {
    const std::string_view cut = part.substr(0, error_capacity - written);
    written += write_text(cut, error + written, error_capacity - written);
  }
  *error_length = written;
  return nullptr;
}

void portcullis_destroy_verifier(portcullis_verifier* verifier) { delete verifier; }

int32_t portcullis_verify_request(const portcullis_verifier* verifier, int32_t shape,
                                  const char* authorization, size_t authorization_length,
                                  double now) {
  const auto seconds = parse_now(now);
  if (!seconds || shape < PORTCULLIS_FIELD_ABSENT || shape > PORTCULLIS_FIELD_NO_REQUEST) {
    return code_of(reason::internal_error);
  }
  const portcullis::request_view request{
      {static_cast<field_shape>(shape), view(authorization, authorization_length)}};
  return code_of(verifier->core.verify(request, *seconds).why());
}

int32_t portcullis_verify_token(const portcullis_verifier* verifier, const char* token,
                                size_t token_length, double now) {
  const auto seconds = parse_now(now);
  if (!seconds) return code_of(reason::internal_error);
  return code_of(verifier->core.verify_token(view(token, token_length), *seconds).why());
}

size_t portcullis_write_request_claims(const char* authorization, size_t authorization_length,
                                       char* out, size_t out_capacity) {
  const auto token = portcullis::parse_credential(
      {field_shape::single, view(authorization, authorization_length)});
  return token ? portcullis_write_token_claims(token->data(), token->size(), out, out_capacity) : 0;
}

size_t portcullis_write_token_claims(const char* token, size_t token_length, char* out,
                                     size_t out_capacity) {
  const auto payload = portcullis::find_payload_segment(view(token, token_length));
  const std::size_t size = portcullis::base64url_decoded_size(payload.size());
  if (size > out_capacity) return size;
  return portcullis::decode_base64url(payload, out).value_or(0);
}

size_t portcullis_write_response(const portcullis_verifier* verifier, int32_t why, char* out,
                                 size_t out_capacity) {
  portcullis::response_text text;
  portcullis::render_response(verifier->core.respond(reason_of(why)), text);
  return write_text(text, out, out_capacity);
}

int32_t portcullis_count_reasons(void) {
  return static_cast<std::int32_t>(portcullis::reason_count);
}

size_t portcullis_write_reason(int32_t why, char* out, size_t out_capacity) {
  const auto& row = portcullis::find_reason(reason_of(why));
  portcullis::policy_error::text text;
  text.append(row.name);
  text.append('\n');
  text.append_number(row.http_status);
  text.append('\n');
  text.append(row.rfc6750_error);
  return write_text(text, out, out_capacity);
}
