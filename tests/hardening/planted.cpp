// A mistake of each kind that a sanitizer or valgrind has to report: where these are not found,
// nothing follows from what else is not found. As a program, and as a module that Python and Node
// load.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <thread>

namespace {

// Where the optimiser cannot see what becomes of a value.
volatile int sink = 0;
volatile std::size_t five = 5;

void read_too_far() {
  const std::unique_ptr<char[]> bytes(new char[five]);
  std::memset(bytes.get(), 'x', 5);
  sink = bytes[five];
}

void read_what_was_never_written() {
  const std::unique_ptr<char[]> bytes(new char[five]);
  if (bytes[0] == 'x') sink = 1;
}

void add_too_much() { sink = std::numeric_limits<int>::max() + static_cast<int>(five); }

void lose_memory() {
  auto* volatile lost = new char[five];
  lost[0] = 'x';
  lost = nullptr;
}

int shared = 0;
void write_from_two_threads() {
  std::thread other([] { ++shared; });
  ++shared;
  other.join();
}

struct mistake {
  const char* name;
  void (*make)();
};
constexpr mistake mistakes[] = {
    {"overread", read_too_far},       {"uninitialised", read_what_was_never_written},
    {"undefined", add_too_much},      {"leak", lose_memory},
    {"race", write_from_two_threads},
};

}  // namespace

extern "C" {

// 2 for a mistake that there is not.
__attribute__((visibility("default"))) int portcullis_make_mistake(const char* name) {
  for (const mistake& each : mistakes) {
    if (name == nullptr || std::strcmp(each.name, name) != 0) continue;
    each.make();
    return 0;
  }
  return 2;
}

// What Node calls when it loads an addon.
__attribute__((visibility("default"))) void* napi_register_module_v1(void*, void* exports) {
  portcullis_make_mistake(std::getenv("PORTCULLIS_MISTAKE"));
  return exports;
}
}

int main(int count, char** words) { return count == 2 ? portcullis_make_mistake(words[1]) : 2; }
