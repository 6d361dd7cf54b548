// The public key in a PEM text: a SubjectPublicKeyInfo, a PKCS#1 RSA key, or the first in a
// certificate, which is a container and nothing else here.
#pragma once

#include <optional>
#include <string_view>

#include "crypto/backend.hpp"
#include "encoding/pem.hpp"

namespace portcullis {

// Nothing if it is no such text. The numbers point into the buffer.
[[nodiscard]] std::optional<public_numbers> parse_pem_key(std::string_view text,
                                                          pem_buffer& buffer) noexcept;

}  // namespace portcullis
