// What the WASM module needs besides the C door: memory that its host writes arguments to and reads
// texts from, and memory for its verifier. Both are fixed, so that the ABI has no malloc and the
// module's memory never grows.
#include <cstddef>
#include <new>

#include "limits.hpp"

namespace {

// The longest text that the core accepts, and enough more that whatever is cut to fit is too long
// for it even when the cut falls between the bytes of one character.
constexpr std::size_t input_capacity = portcullis::limits::max_policy_bytes + 4;
static_assert(input_capacity >= portcullis::limits::max_authorization_bytes + 4);

// Claims sets are the longest texts that the core writes.
constexpr std::size_t output_capacity = portcullis::limits::max_payload_bytes + 4;

char input[input_capacity];
alignas(4) char output[output_capacity];

// The one verifier of this instance lives here until the host drops the instance. Only its making
// takes memory; what that needs is several times the largest policy, tests hold it against this.
constexpr std::size_t grain = 16;
constexpr std::size_t arena_capacity = 6 << 20;  // a multiple of the grain
alignas(grain) char arena[arena_capacity];
std::size_t arena_used = 0;

void* take(std::size_t size) {
  // The loader never calls an instance again that has trapped.
  if (size > arena_capacity - arena_used) __builtin_trap();
  void* const memory = arena + arena_used;
  arena_used += (size + grain - 1) / grain * grain;
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return take(size); }
void* operator new[](std::size_t size) { return take(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return take(size); }
void operator delete(void*) noexcept {}
void operator delete[](void*) noexcept {}
void operator delete(void*, std::size_t) noexcept {}
void operator delete[](void*, std::size_t) noexcept {}

extern "C" {

// Where the standard library's abort() ends, as when memory runs out: in a trap, not in a call of
// the host. The loader never calls an instance again that has trapped.
[[noreturn]] void __wasi_proc_exit(int) { __builtin_trap(); }

char* portcullis_input_buffer() { return input; }
std::size_t portcullis_input_capacity() { return input_capacity; }
char* portcullis_output_buffer() { return output; }
std::size_t portcullis_output_capacity() { return output_capacity; }

}  // extern "C"
