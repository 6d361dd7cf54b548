#include "portcullis/decision.hpp"

#include "encoding/base64url.hpp"
#include "jose/compact_jws.hpp"

namespace portcullis {

std::optional<std::string> decision::claims_json() const {
  if (!allowed() || token_.empty()) return std::nullopt;
  return decode_base64url(find_payload_segment(token_));
}

std::size_t decision::write_claims(char* out, std::size_t capacity) const noexcept {
  if (!allowed() || token_.empty()) return 0;
  const std::string_view payload = find_payload_segment(token_);
  if (base64url_decoded_size(payload.size()) > capacity) return 0;
  return decode_base64url(payload, out).value_or(0);
}

}  // namespace portcullis
