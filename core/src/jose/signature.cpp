#include "jose/signature.hpp"

namespace portcullis {

verdict check_signature(const algorithm_row& row, const verification_key& key,
                        std::string_view message, std::string_view signature) noexcept {
  if (signature.size() != signature_size(row, key) || !key.usable_for.contains(row.id))
    return verdict::invalid;
  if (row.key != key_type::secret) return key.public_part.verify(row, message, signature);
  return key.secrets[static_cast<std::size_t>(row.digest)]->verify(message, signature);
}

result<verified_jws, reason> verify_signature(const unverified_jws& jws, algorithm chosen,
                                              const verification_key& key) noexcept {
  switch (check_signature(row_of(chosen), key, jws.signing_input, jws.signature)) {
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
