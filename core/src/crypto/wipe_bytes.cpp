#include <cstring>

#include "crypto/backend.hpp"

namespace portcullis {

void wipe_bytes(void* bytes, std::size_t length) noexcept {
  std::memset(bytes, 0, length);
  // Says that the memory is read, so that the optimiser has to keep what was written.
  __asm__ __volatile__("" : : "r"(bytes) : "memory");
}

}  // namespace portcullis
