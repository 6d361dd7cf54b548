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

// In the order of the tables.
#define PORTCULLIS_FUNCTION(name) #name "\0"
constexpr char sha256_names[] = PORTCULLIS_SHA256_FUNCTIONS;
constexpr char names[] = PORTCULLIS_LIBCRYPTO_FUNCTIONS;
#undef PORTCULLIS_FUNCTION

// All of them or nothing.
template <class Table>
bool fill(void* library, const char* name, Table& table) noexcept {
  void* found[sizeof table / sizeof(void*)];
  static_assert(sizeof found == sizeof table);
  for (void*& function : found) {
    function = dlsym(library, name);
    if (function == nullptr) return false;
    name += std::strlen(name) + 1;
  }
  std::memcpy(&table, found, sizeof table);
  return true;
}

// What is looked for once. Not a static that is made when it is first needed: an addon has no
// libstdc++ to guard it.
template <class Found>
class search {
 public:
  // `find` fills what it is given; null when it could not.
  template <class Find>
  const Found* get(Find find) noexcept {
    stage now = stage_.load(std::memory_order_acquire);
    if (now == stage::due && stage_.compare_exchange_strong(now, stage::running)) {
      now = find(found_) ? stage::found : stage::failed;
      stage_.store(now, std::memory_order_release);
    }
    while (now == stage::running) {
      sched_yield();  // another thread is at it
      now = stage_.load(std::memory_order_acquire);
    }
    return now == stage::found ? &found_ : nullptr;
  }

 private:
  enum class stage : unsigned char { due, running, found, failed };
  Found found_{};
  std::atomic<stage> stage_ = stage::due;
};

struct used_library {
  libcrypto_sha256 table;
  void* handle = nullptr;
};

bool is_usable(used_library& library) noexcept {
  return fill(library.handle, sha256_names, library.table) &&
         library.table.OpenSSL_version_num() >= least_version;
}

const used_library* find_used_library() noexcept {
  static constinit search<used_library> found;
  return found.get([](used_library& library) {
    library.handle = RTLD_DEFAULT;
    bool usable = is_usable(library);
    if (!usable) {
      library.handle = dlopen("libcrypto.so.3", RTLD_LAZY | RTLD_LOCAL);
      usable = library.handle != nullptr && is_usable(library);
    }
    if (usable) found_sha256_update = library.table.SHA256_Update;
    return usable;
  });
}

}  // namespace

decltype(&SHA256_Update) found_sha256_update = nullptr;

const libcrypto_sha256* find_libcrypto_sha256() noexcept {
  const used_library* const library = find_used_library();
  return library == nullptr ? nullptr : &library->table;
}

const libcrypto* find_libcrypto() noexcept {
  static constinit search<libcrypto> found;
  return found.get([](libcrypto& table) {
    const used_library* const library = find_used_library();
    return library != nullptr && fill(library->handle, names, table);
  });
}

bool has_library() noexcept { return find_used_library() != nullptr; }

}  // namespace portcullis
