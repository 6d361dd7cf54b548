// What the core needs of libstdc++, so that an addon does not depend on the one that the process
// may have: memory, and an end for what cannot happen. Nothing here leaves the addon (exports.map).
#include <cstddef>
#include <cstdlib>
#include <new>

// As without exceptions elsewhere: who asks for memory that must be there, and gets none, ends.
void* operator new(std::size_t size) {
  void* const memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

// NOLINTBEGIN(cert-dcl50-cpp,cert-dcl58-cpp): they are the library's, with its signatures
namespace std {

const nothrow_t nothrow{};

// libstdc++'s headers call these in place of `throw`.
void __throw_bad_alloc() { __builtin_trap(); }
void __throw_length_error(const char*) { __builtin_trap(); }
void __throw_logic_error(const char*) { __builtin_trap(); }
void __throw_out_of_range_fmt(const char*, ...) { __builtin_trap(); }

}  // namespace std
// NOLINTEND(cert-dcl50-cpp,cert-dcl58-cpp)
