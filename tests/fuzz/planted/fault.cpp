// Two faults on purpose, a few steps deep: tests/hardening/fuzz_test.py sees that both are found.
// It is no target of ./dev fuzz.
#include <cstddef>
#include <cstdint>
#include <string>

#include "encoding/base64url.hpp"
#include "support/check.hpp"
#include "support/exact_copy.hpp"

using namespace portcullis;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const support::exact_copy input({reinterpret_cast<const char*>(data), size});
  const auto bytes = decode_base64url(input.view());
  if (!bytes || bytes->size() < 3) return 0;
#if PORTCULLIS_FUZZ_PLANT_READ
  if (bytes->starts_with("out")) {
    const volatile char beyond = input.view().data()[size];
    (void)beyond;
  }
#else
  fuzz::check(!bytes->starts_with("no"), "a promise that does not hold");
#endif
  return 0;
}
