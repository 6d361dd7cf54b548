#include "allocations.hpp"

#include <cstdlib>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

#include <atomic>

namespace {

std::atomic<std::size_t> allocations{0};

void count() noexcept { allocations.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t number, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

// glibc's own free() takes what these give.
__attribute__((visibility("default"))) void* malloc(std::size_t size) {
  count();
  return __libc_malloc(size);
}
__attribute__((visibility("default"))) void* calloc(std::size_t number, std::size_t size) {
  count();
  return __libc_calloc(number, size);
}
__attribute__((visibility("default"))) void* realloc(void* memory, std::size_t size) {
  count();
  return __libc_realloc(memory, size);
}
__attribute__((visibility("default"))) void* aligned_alloc(std::size_t alignment,
                                                           std::size_t size) {
  count();
  return __libc_memalign(alignment, size);
}
}

namespace portcullis::bench {
std::optional<std::size_t> allocation_count() noexcept { return allocations.load(); }
}  // namespace portcullis::bench

#else

namespace portcullis::bench {
std::optional<std::size_t> allocation_count() noexcept { return std::nullopt; }
}  // namespace portcullis::bench

#endif
