// The same question to verifiers that are written otherwise: warm, and as a sparse request meets
// them, with no cache line of theirs at hand.
#include <sys/mman.h>

#include <chrono>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "libjwt.hpp"
#include "measure.hpp"
#include "subjects.hpp"
#include "textbook.hpp"

namespace portcullis::bench {
namespace {

// Takes every cache and the branch predictor for itself: 96 MB of data, and 4 MB of jumps.
class cache_sweep {
 public:
  cache_sweep() {
    jumps_ = static_cast<unsigned char*>(
        mmap(nullptr, jump_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    support::demand(jumps_ != MAP_FAILED);
    for (std::size_t at = 0; at + step < jump_bytes; at += step) {
      constexpr unsigned char jump[] = {0xeb, step - 2};  // jmp to the next line
      std::memcpy(jumps_ + at, jump, sizeof jump);
    }
    jumps_[jump_bytes - step] = 0xc3;  // ret
    support::demand(mprotect(jumps_, jump_bytes, PROT_READ | PROT_EXEC) == 0);
  }
  cache_sweep(const cache_sweep&) = delete;
  cache_sweep& operator=(const cache_sweep&) = delete;
  ~cache_sweep() { munmap(jumps_, jump_bytes); }

  void run() {
    for (std::size_t at = 0; at < data_.size(); at += step) ++data_[at];
    reinterpret_cast<void (*)()>(jumps_)();
  }

 private:
  static constexpr std::size_t step = 64;
  static constexpr std::size_t jump_bytes = 4 << 20;
  std::vector<unsigned char> data_ = std::vector<unsigned char>(96 << 20);
  unsigned char* jumps_ = nullptr;
};

// One call each time, after the sweep.
template <class Ask>
void measure_cold(benchmark::State& state, const Ask& ask) {
  static cache_sweep sweep;
  require(state, ask());
  for (auto _ : state) {
    sweep.run();
    using clock = std::chrono::steady_clock;
    static_cast<void>(clock::now());  // is itself at hand
    const auto before = clock::now();
    int told = ask();
    asm volatile("" : "+r"(told) : : "memory");
    state.SetIterationTime(std::chrono::duration<double>(clock::now() - before).count());
  }
}

void textbook(benchmark::State& state) {
  const std::string token = make_token(343);
  require(state, !textbook_allows(token + 'A', now) && !textbook_allows(token, 1800000000));
  measure(state, [&] { return textbook_allows(token, now); });
}

void cold_core(benchmark::State& state) {
  const std::string token = make_token(343);
  const verifier verifier = make_verifier();
  measure_cold(state, [&] { return verifier.verify_token(token, now).allowed(); });
}

void cold_textbook(benchmark::State& state) {
  const std::string token = make_token(343);
  measure_cold(state, [&] { return textbook_allows(token, now); });
}

BENCHMARK(textbook);
BENCHMARK(cold_core)->Iterations(1)->UseManualTime();
BENCHMARK(cold_textbook)->Iterations(1)->UseManualTime();

#if PORTCULLIS_LIBJWT
void libjwt_decode(benchmark::State& state) {
  static const libjwt library;
  if (!library.found()) {
    state.SkipWithError("libjwt.so.0 is not there");
    return;
  }
  const std::string token = make_token(343);
  require(state, !library.allows(token + 'A', now) && !library.allows(token, 1800000000));
  measure(state, [&] { return library.allows(token, now); });
  state.counters.erase("allocations");  // it takes from its own C library, past the counter
}
BENCHMARK(libjwt_decode);
#endif

}  // namespace
}  // namespace portcullis::bench
