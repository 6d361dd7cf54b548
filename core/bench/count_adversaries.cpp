// The same for callgrind: a mark before and behind each call, so that what is counted between the
// two is the call's. Its arguments choose; without any it is all. Policies are read by the scanner,
// as on every door.
#include <cstdio>
#include <cstdlib>

#include "adversarial.hpp"
#include "mark.h"

namespace {

using namespace portcullis::bench;

void count(const std::string& name, const question& ask) {
  // Once before: what is made at the first call is there.
  if (!ask()) {
    std::fprintf(stderr, "%s: decided wrongly\n", name.c_str());
    std::exit(1);
  }
  portcullis_gate_mark("between");
  const bool right = ask();
  portcullis_gate_mark(name.c_str());
  if (!right) std::exit(1);
}

bool is_wanted(std::string_view name, int count, char** words) {
  bool wanted = count == 1;
  for (int i = 1; i < count; ++i) wanted = wanted || name == words[i];
  return wanted;
}

}  // namespace

int main(int words, char** names) {
  const portcullis::verifier normal = make_verifier();
  const std::string token = make_token(343);
  count("normal/343", [&] { return normal.verify_token(token, now).allowed(); });
  // A detector that does not detect is none: this one costs the square of its size.
  if (is_wanted("planted", words, names)) {
    for (const std::size_t size : {100, 200, 400}) {
      count("planted/" + std::to_string(size), [=] {
        for (std::size_t i = 0; i < size * size; ++i) asm volatile("nop");
        return true;
      });
    }
  }
  for (const adversary& one : adversaries) {
    if (!is_wanted(one.name, words, names)) continue;
    for (const std::size_t part : {std::size_t{4}, std::size_t{2}, std::size_t{1}}) {
      const std::size_t size = one.full / part;
      count(std::string(one.name) + '/' + std::to_string(size), one.make(size));
    }
  }
  return 0;
}
