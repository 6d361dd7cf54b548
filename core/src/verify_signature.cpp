#include "portcullis/verify_signature.hpp"

#include "crypto/algorithm.hpp"
#include "encoding/json_document.hpp"
#include "jose/jwk.hpp"
#include "jose/key_set.hpp"
#include "jose/signature.hpp"

namespace portcullis {

result<signature_verdict, policy_error> verify_signature(std::string_view algorithm,
                                                         std::string_view jwk,
                                                         std::string_view message,
                                                         std::string_view signature) {
  policy_error error;
  const algorithm_row* const row = find_algorithm(algorithm);
  if (row == nullptr) {
    error.path.append("alg");
    set_text(error.expected, policy_text::jws_algorithm);
    return error;
  }
  algorithm_set allowed;
  allowed.add(row->id);
  json_document document;
  verification_key key;
  if (!parse_document(jwk, document, error) ||
      parse_jwk(document, document.root(), allowed, key, error) != key_fit::usable) {
    return error;
  }
  switch (check_signature(*row, key, message, signature)) {
    case verdict::valid:
      return signature_verdict::valid;
    case verdict::invalid:
      return signature_verdict::invalid;
    case verdict::fault:
      break;
  }
  return signature_verdict::failed;
}

}  // namespace portcullis
