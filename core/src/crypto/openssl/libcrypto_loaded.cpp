// Finds libcrypto without linking it. Node carries OpenSSL and shows its functions to addons; then
// a second copy would cost 2 ms and 3 MB for nothing. Python's own modules keep theirs to
// themselves, so there libcrypto.so.3 is opened, which is the copy that `ssl` and `hashlib` use.
#include <dlfcn.h>

#include <cstring>

#include "crypto/backend.hpp"
#include "crypto/openssl/libcrypto.hpp"

namespace portcullis {
namespace {

// OpenSSL 3.0.1: 3.0.0 cannot copy a context without a digest, which Ed25519's is.
constexpr unsigned long least_version = 0x30000010;

template <class Function>
bool find_function(void* library, const char* name, Function& out) noexcept {
  void* const found = dlsym(library, name);
  static_assert(sizeof found == sizeof out);
  std::memcpy(&out, &found, sizeof out);
  return found != nullptr;
}

// All of them or nothing: a table is never mixed from two libraries.
bool fill(void* library, libcrypto& table) noexcept {
#define PORTCULLIS_FUNCTION(name) \
  if (!find_function(library, #name, table.name)) return false;
  PORTCULLIS_LIBCRYPTO_FUNCTIONS
#undef PORTCULLIS_FUNCTION
  return table.OpenSSL_version_num() >= least_version;
}

struct loaded_library {
  loaded_library() noexcept {
    usable = fill(RTLD_DEFAULT, table);
    if (usable) return;
    void* const opened = dlopen("libcrypto.so.3", RTLD_LAZY | RTLD_LOCAL);
    usable = opened != nullptr && fill(opened, table);
  }
  libcrypto table;
  bool usable = false;
};

}  // namespace

const libcrypto* find_libcrypto() noexcept {
  static const loaded_library library;
  return library.usable ? &library.table : nullptr;
}

bool has_library() noexcept { return find_libcrypto() != nullptr; }

}  // namespace portcullis
