// What every benchmark of this folder does alike.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string_view>

#include "allocations.hpp"
#include "subjects.hpp"

namespace portcullis::bench {

inline void set_token_counters(benchmark::State& state, std::string_view token) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(token.size()));
  state.counters["token_bytes"] = static_cast<double>(token.size());
}

// The decision has to be right before its time is worth anything.
inline void require(benchmark::State& state, bool right) {
  if (!right) state.SkipWithError("decides wrongly");
}

// Runs `ask`, which gives true or false, over and over, and counts what it takes from the heap. Not
// DoNotOptimize: that of Google Benchmark 1.7 and GCC 12 may spoil what it is given.
template <class Ask>
void measure(benchmark::State& state, const Ask& ask) {
  require(state, ask());
  const auto before = allocation_count();
  for (auto _ : state) {
    int told = ask();
    asm volatile("" : "+r"(told) : : "memory");
  }
  if (const auto after = allocation_count()) {
    state.counters["allocations"] = benchmark::Counter(static_cast<double>(*after - *before),
                                                       benchmark::Counter::kAvgIterations);
  }
}

}  // namespace portcullis::bench
