#include "portcullis/decision.hpp"

#include "encoding/base64url.hpp"
#include "jose/compact_jws.hpp"

namespace portcullis {

std::optional<std::string> decision::claims_json() const {
  if (!allowed() || token_.empty()) return std::nullopt;
  return decode_base64url(find_payload_segment(token_));
}

}  // namespace portcullis
