// Finds libcrypto without linking it. Node carries OpenSSL and shows its functions to addons; then
// a second copy would cost 2 ms and 3 MB for nothing. Python's own modules keep theirs to
// themselves, so there libcrypto.so.3 is opened, which is the copy that `ssl` and `hashlib` use.
#include <dlfcn.h>
#include <sched.h>

#include <atomic>
#include <cstring>

#include "crypto/backend.hpp"
#include "crypto/openssl/libcrypto.hpp"

namespace portcullis {
namespace {

// OpenSSL 3.0.1: 3.0.0 cannot copy a context without a digest, which Ed25519's is.
constexpr unsigned long least_version = 0x30000010;

// In the order of the table.
constexpr char names[] =
#define PORTCULLIS_FUNCTION(name) #name "\0"
    PORTCULLIS_LIBCRYPTO_FUNCTIONS
#undef PORTCULLIS_FUNCTION
    ;

// All of them or nothing: a table is never mixed from two libraries.
bool fill(void* library, libcrypto& table) noexcept {
  void* found[sizeof table / sizeof(void*)];
  static_assert(sizeof found == sizeof table);
  const char* name = names;
  for (void*& function : found) {
    function = dlsym(library, name);
    if (function == nullptr) return false;
    name += std::strlen(name) + 1;
  }
  std::memcpy(&table, found, sizeof table);
  return table.OpenSSL_version_num() >= least_version;
}

bool find(libcrypto& table) noexcept {
  if (fill(RTLD_DEFAULT, table)) return true;
  void* const opened = dlopen("libcrypto.so.3", RTLD_LAZY | RTLD_LOCAL);
  return opened != nullptr && fill(opened, table);
}

enum class search : unsigned char { due, running, found, failed };

}  // namespace

const libcrypto* find_libcrypto() noexcept {
  // Not a static that is made when it is first needed: an addon has no libstdc++ to guard it.
  static libcrypto table;
  static std::atomic<search> state = search::due;
  search now = state.load(std::memory_order_acquire);
  if (now == search::due && state.compare_exchange_strong(now, search::running)) {
    now = find(table) ? search::found : search::failed;
    state.store(now, std::memory_order_release);
  }
  while (now == search::running || now == search::due) {
    sched_yield();  // another thread is at it
    now = state.load(std::memory_order_acquire);
  }
  return now == search::found ? &table : nullptr;
}

bool has_library() noexcept { return find_libcrypto() != nullptr; }

}  // namespace portcullis
