// What must hold for every input. A fuzzer knows a crash, so that is what a broken promise becomes.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace portcullis::fuzz {

inline void check(bool holds, std::string_view promise) {
  if (holds) return;
  std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(promise.size()), promise.data());
  std::abort();
}

}  // namespace portcullis::fuzz
