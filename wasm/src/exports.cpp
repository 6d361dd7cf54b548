// What the WASM module needs besides the C door: memory that its host writes arguments to and reads
// texts from, and memory for its verifier. Both are fixed, so that the ABI has no malloc and the
// module's memory never grows.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "limits.hpp"

namespace {

#if PORTCULLIS_EDGE

// A response of the largest size that CloudFront takes, one megabyte in origin events, as JSON
// text.
constexpr std::size_t input_capacity = 4 << 20;
// All fields of a request, and for each a digit and a NUL; cut ones are too long as well.
static_assert(input_capacity >= portcullis::limits::max_request_bytes + 64 + 4);

// The Cookie header and the query, written anew.
constexpr std::size_t output_capacity = 65536 + 4;

// Beside the largest policy the largest tables: 4,096 tokens, two times 65,536 clients, 1,000
// routes.
constexpr std::size_t arena_capacity = 18 << 20;  // a multiple of the grain

#else

// The longest text that the core accepts, and enough more that whatever is cut to fit is too long
// for it even when the cut falls between the bytes of one character.
constexpr std::size_t input_capacity = portcullis::limits::max_policy_bytes + 4;

// Claims sets are the longest texts that the core writes.
constexpr std::size_t output_capacity = portcullis::limits::max_payload_bytes + 4;

constexpr std::size_t arena_capacity = 6 << 20;  // a multiple of the grain

#endif

static_assert(input_capacity >= portcullis::limits::max_policy_bytes + 4);
static_assert(input_capacity >= portcullis::limits::max_authorization_bytes + 4);
static_assert(output_capacity >= portcullis::limits::max_payload_bytes + 4);

char input[input_capacity];
alignas(4) char output[output_capacity];

// The one verifier of this instance lives here until the host drops the instance. Only its making
// takes memory; what that needs is several times the largest policy, tests hold it against this.
constexpr std::size_t grain = 16;
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
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return take(size); }
void operator delete(void*) noexcept {}
void operator delete[](void*) noexcept {}
void operator delete(void*, std::size_t) noexcept {}
void operator delete[](void*, std::size_t) noexcept {}

extern "C" {

// In place of the C library's, which reads words and is 100 bytes more. Only names of a policy's
// members are measured by it.
std::size_t strlen(const char* text) {
  const char* end = text;
  while (*end != '\0') ++end;
  return static_cast<std::size_t>(end - text);
}

// In place of the C library's, which reads one byte after the other.
int memcmp(const void* left, const void* right, std::size_t size) {
  const auto* a = static_cast<const unsigned char*>(left);
  const auto* b = static_cast<const unsigned char*>(right);
  for (; size >= sizeof(std::uint64_t); size -= sizeof(std::uint64_t)) {
    std::uint64_t of_a = 0;
    std::uint64_t of_b = 0;
    std::memcpy(&of_a, a, sizeof of_a);
    std::memcpy(&of_b, b, sizeof of_b);
    if (of_a != of_b) break;
    a += sizeof of_a;
    b += sizeof of_b;
  }
  for (; size != 0; --size, ++a, ++b) {
    if (*a != *b) return *a - *b;
  }
  return 0;
}

// Where the standard library's abort() ends, as when memory runs out: in a trap, not in a call of
// the host. The loader never calls an instance again that has trapped.
[[noreturn]] void __wasi_proc_exit(int) { __builtin_trap(); }

char* portcullis_input_buffer() { return input; }
std::size_t portcullis_input_capacity() { return input_capacity; }
char* portcullis_output_buffer() { return output; }
std::size_t portcullis_output_capacity() { return output_capacity; }

}  // extern "C"
