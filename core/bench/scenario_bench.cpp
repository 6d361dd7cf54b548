// The core on the very policy and requests that a door's handler is timed on: PORTCULLIS_SCENARIO
// names a folder with policy.json and tokens.txt, one token a line. Without it there is no such
// benchmark.
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "measure.hpp"
#include "portcullis/request.hpp"
#include "subjects.hpp"

namespace portcullis::bench {
namespace {

std::ifstream open_file(const std::string& name) {
  std::ifstream file(name);
  if (!file) {
    std::fprintf(stderr, "%s: can't be read\n", name.c_str());
    std::exit(1);
  }
  return file;
}

void scenario(benchmark::State& state, const std::string& folder) {
  std::ifstream policy = open_file(folder + "/policy.json");
  const verifier verifier = make_verifier(std::string(std::istreambuf_iterator<char>(policy), {}));
  std::vector<std::string> values;  // of the Authorization field
  std::ifstream lines = open_file(folder + "/tokens.txt");
  for (std::string line; std::getline(lines, line);) values.push_back("Bearer " + line);
  const std::int64_t today = std::chrono::duration_cast<std::chrono::seconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count();
  const auto allowed = [&](const std::string& value) {
    return verifier.verify(request_view{{field_shape::single, value}}, today).allowed();
  };
  require(state, !values.empty());
  for (const auto& value : values) require(state, allowed(value));
  if (values.empty()) return;
  std::size_t at = 0;
  measure(state, [&] {
    const std::string& value = values[at];
    at = at + 1 == values.size() ? 0 : at + 1;
    return allowed(value);
  });
}

[[maybe_unused]] const bool registered = [] {
  const char* const folder = std::getenv("PORTCULLIS_SCENARIO");
  if (folder == nullptr) return false;
  benchmark::RegisterBenchmark(
      "scenario", [named = std::string(folder)](auto& state) { scenario(state, named); });
  return true;
}();

}  // namespace
}  // namespace portcullis::bench
