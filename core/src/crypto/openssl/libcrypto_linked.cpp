#include "crypto/openssl/libcrypto.hpp"

namespace portcullis {

const libcrypto* find_libcrypto() noexcept {
  static constexpr libcrypto table = {
#define PORTCULLIS_FUNCTION(name) ::name,
      PORTCULLIS_LIBCRYPTO_FUNCTIONS
#undef PORTCULLIS_FUNCTION
  };
  return &table;
}

}  // namespace portcullis
