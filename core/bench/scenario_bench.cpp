// The core on the very policy and tokens that a door's handler is timed on: PORTCULLIS_SCENARIO
// names a folder with policy.json and tokens.txt, one token a line. Without it there is no such
// benchmark.
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "measure.hpp"
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
  std::vector<std::string> tokens;
  std::ifstream lines = open_file(folder + "/tokens.txt");
  for (std::string line; std::getline(lines, line);) tokens.push_back(line);
  const std::int64_t today = std::chrono::duration_cast<std::chrono::seconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count();
  require(state, !tokens.empty());
  for (const auto& token : tokens) require(state, verifier.verify_token(token, today).allowed());
  if (tokens.empty()) return;
  std::size_t at = 0;
  measure(state, [&] {
    const std::string& token = tokens[at];
    at = at + 1 == tokens.size() ? 0 : at + 1;
    return verifier.verify_token(token, today).allowed();
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
