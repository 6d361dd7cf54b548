// The JOSE Header of a JWS, RFC 7515 section 4. Read strictly, believed in nothing: it can only
// agree with the policy or be refused. Keys and addresses of keys in it (jwk, jku, x5u, x5c) are
// never used.
#pragma once

#include <optional>
#include <string_view>

#include "encoding/json_text.hpp"
#include "portcullis/reason.hpp"
#include "portcullis/result.hpp"

namespace portcullis {

struct jose_header {
  json_text algorithm;              // alg, section 4.1.1
  std::optional<json_text> type;    // typ, section 4.1.9
  std::optional<json_text> key_id;  // kid, section 4.1.4
};

// header_invalid, critical_header_unsupported. The result points into `json`.
[[nodiscard]] result<jose_header, reason> parse_jose_header(std::string_view json) noexcept;

}  // namespace portcullis
