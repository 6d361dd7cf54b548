#include "portcullis/c_api.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "c_api_values.hpp"
#include "edge/credential.hpp"
#include "edge/render_response.hpp"
#include "encoding/base64url.hpp"
#include "jose/compact_jws.hpp"
#include "portcullis/verifier.hpp"
#include "portcullis/verify_signature.hpp"

namespace {

using namespace portcullis;

// "<path>\n<what was expected>", cut to the capacity.
size_t write_error(const portcullis::policy_error& error, char* out, size_t capacity) noexcept {
  portcullis::fixed_text<2 * portcullis::policy_error::capacity + 1> text;
  text.append(error.path);
  text.append('\n');
  text.append(error.expected);
  const std::size_t written = std::min(text.view().size(), capacity);
  if (written != 0) std::memcpy(out, text.view().data(), written);
  return written;
}

}  // namespace

int32_t portcullis_abi_version(void) { return PORTCULLIS_ABI_VERSION; }

portcullis_verifier* portcullis_create_verifier(const char* policy, size_t policy_length,
                                                char* error, size_t error_capacity,
                                                size_t* error_length) {
  *error_length = 0;
  auto made = portcullis::verifier::from_policy(view(policy, policy_length));
  // cppcheck-suppress ignoredReturnValue ; it does not see an aggregate after new
  if (made) return new (std::nothrow) portcullis_verifier{std::move(*made)};
  *error_length = write_error(made.error(), error, error_capacity);
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

int32_t portcullis_verify_signature(const char* algorithm, size_t algorithm_length, const char* jwk,
                                    size_t jwk_length, const char* message, size_t message_length,
                                    const char* signature, size_t signature_length, char* error,
                                    size_t error_capacity, size_t* error_length) {
  *error_length = 0;
  const auto told = portcullis::verify_signature(
      view(algorithm, algorithm_length), view(jwk, jwk_length), view(message, message_length),
      view(signature, signature_length));
  if (!told) {
    *error_length = write_error(told.error(), error, error_capacity);
    return PORTCULLIS_SIGNATURE_UNUSABLE;
  }
  switch (*told) {
    case portcullis::signature_verdict::valid:
      return PORTCULLIS_SIGNATURE_VALID;
    case portcullis::signature_verdict::invalid:
      return PORTCULLIS_SIGNATURE_INVALID;
    case portcullis::signature_verdict::failed:
      break;
  }
  return PORTCULLIS_SIGNATURE_FAILED;
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
  portcullis::render_response(reason_of(why), verifier->core.realm(), text);
  return write_text(text, out, out_capacity);
}

int32_t portcullis_count_reasons(void) {
  return static_cast<std::int32_t>(portcullis::reason_count);
}

size_t portcullis_write_reason(int32_t why, char* out, size_t out_capacity) {
  const auto row = portcullis::find_reason(reason_of(why));
  portcullis::policy_error::text text;
  text.append(row.name);
  text.append('\n');
  text.append_number(row.http_status);
  text.append('\n');
  text.append(row.rfc6750_error);
  return write_text(text, out, out_capacity);
}
