// The worst of each limit, at a quarter, a half and all of it: see adversarial.hpp.
#include "adversarial.hpp"
#include "measure.hpp"

namespace portcullis::bench {
namespace {

const bool registered = [] {
  for (const adversary& one : adversaries) {
    for (const std::size_t part : {std::size_t{4}, std::size_t{2}, std::size_t{1}}) {
      const std::size_t size = one.full / part;
      const std::string name = std::string("adversarial/") + one.name + '/' + std::to_string(size);
      benchmark::RegisterBenchmark(name.c_str(), [make = one.make, size](benchmark::State& state) {
        measure(state, make(size));
      });
    }
  }
  return true;
}();

}  // namespace
}  // namespace portcullis::bench
