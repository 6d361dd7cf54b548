// A fault on purpose, a few steps deep: tests/hardening/fuzz_test.py sees that it is found. It is
// no target of ./dev fuzz.
#include <cstddef>
#include <cstdint>

#include "support/check.hpp"
#include "support/exact_copy.hpp"

using namespace portcullis;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const support::exact_copy input({reinterpret_cast<const char*>(data), size});
  const char* const text = input.view().data();
  if (size < 3 || text[0] != 'n') return 0;
  if (text[1] != 'o') return 0;
#if PORTCULLIS_FUZZ_PLANT_READ
  if (text[2] == '!') {
    const volatile char beyond = text[size];
    (void)beyond;
  }
#else
  fuzz::check(text[2] != '!', "a promise that does not hold");
#endif
  return 0;
}
