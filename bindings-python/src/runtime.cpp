// The modules link the few parts of libstdc++ that they need, 6 KB of the zip: the shared one is
// 0.9 MB of resident memory, and nearly half of the time to load. These stand for what would bring
// in much more of it.
// Nothing here leaves a module (exports*.map).
#include <cstddef>
#include <cstdlib>
#include <new>

// NOLINTBEGIN(cert-dcl50-cpp,cert-dcl58-cpp): they are the library's, with its signatures
namespace std {

void __throw_bad_alloc() { throw bad_alloc(); }

// libstdc++'s headers call these in place of `throw`. None can happen: no text or table is longer
// than memory, and an index is looked at before it is used.
void __throw_bad_array_new_length() { __builtin_trap(); }
void __throw_bad_cast() { __builtin_trap(); }
void __throw_length_error(const char*) { __builtin_trap(); }
void __throw_logic_error(const char*) { __builtin_trap(); }
void __throw_runtime_error(const char*) { __builtin_trap(); }
void __throw_system_error(int) { __builtin_trap(); }
void __throw_out_of_range(const char*) { __builtin_trap(); }
void __throw_out_of_range_fmt(const char*, ...) { __builtin_trap(); }

}  // namespace std
// NOLINTEND(cert-dcl50-cpp,cert-dcl58-cpp)

namespace __gnu_cxx {

// std::terminate without the name of the exception.
void __verbose_terminate_handler() { std::abort(); }

}  // namespace __gnu_cxx

// pybind11 tells types by their names as they are, not as they are written.
extern "C" char* __cxa_demangle(const char*, char*, std::size_t*, int* status) {
  *status = -2;  // not a valid name
  return nullptr;
}

// What is thrown is kept in memory of the thread, which the C library asks for when a thread throws for
// the first time, and ends the process where there is none. That is when `std::bad_alloc` is thrown.
// These sixteen bytes are of what every thread has from its beginning.
namespace __cxxabiv1 {

struct __cxa_eh_globals {
  void* caught;
  unsigned int uncaught;
};

extern "C" __cxa_eh_globals* __cxa_get_globals() noexcept {
  [[gnu::tls_model("initial-exec")]] static thread_local constinit __cxa_eh_globals globals{};
  return &globals;
}
extern "C" __cxa_eh_globals* __cxa_get_globals_fast() noexcept { return __cxa_get_globals(); }

}  // namespace __cxxabiv1

// Of a function that an abstract class has not: none is ever called. As a weak reference it would
// be looked for in the process.
extern "C" void __cxa_pure_virtual() { __builtin_trap(); }

// glibc 2.32 and newer tell whether there is one thread, and libstdc++ asks. That there are many is
// always right.
extern "C" char __libc_single_threaded;
char __libc_single_threaded = 0;
