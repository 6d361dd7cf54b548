// Any text as a JSON Web Key and as PEM: what is taken for a key verifies no signature of noughts,
// and a PEM that is taken is one to OpenSSL as well.
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "encoding/json_document.hpp"
#include "jose/jwk.hpp"
#include "jose/pem_key.hpp"
#include "jose/signature.hpp"
#include "support/check.hpp"
#include "support/exact_copy.hpp"

using namespace portcullis;

namespace {

algorithm_set all_algorithms() {
  algorithm_set all;
  for (const auto& row : algorithms) all.add(row.id);
  return all;
}

void try_as_jwk(std::string_view text) {
  json_document document;
  policy_error error;
  if (!parse_document_by_scanner(text, document, error)) return;
  verification_key key;
  if (parse_key(document, document.root(), all_algorithms(), key, error) != key_fit::usable) return;
  for (const auto& row : algorithms) {
    if (!key.usable_for.contains(row.id)) continue;
    const std::string noughts(signature_size(row, key), '\0');
    fuzz::check(check_signature(row, key, "a.b", noughts) == verdict::invalid,
                "noughts are no signature");
  }
}

void try_as_pem(std::string_view text) {
  const auto buffer = std::make_unique<pem_buffer>();
  const auto numbers = parse_pem_key(text, *buffer);
  if (!numbers) return;
  public_key key;
  // A library's import may refuse what has the form of a key, such as a point beside its curve.
  const verdict imported = key.import_numbers(*numbers, all_algorithms());
  fuzz::check(imported != verdict::fault || numbers->type == key_type::secret, "import answers");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const support::exact_copy input({reinterpret_cast<const char*>(data), size});
  try_as_jwk(input.view());
  try_as_pem(input.view());
  return 0;
}
