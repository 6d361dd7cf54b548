#include "jose/signature.hpp"

namespace portcullis {

result<verified_jws, reason> verify_signature(const unverified_jws& jws, algorithm chosen,
                                              const verification_key& key) noexcept {
  if (jws.signature.size() != row_of(chosen).signature_bytes) return reason::signature_invalid;
  switch (key.secret.verify(jws.signing_input, jws.signature)) {
    case verdict::valid:
      return verified_jws(jws.payload);
    case verdict::invalid:
      return reason::signature_invalid;
    case verdict::fault:
      break;
  }
  return reason::internal_error;
}

}  // namespace portcullis
