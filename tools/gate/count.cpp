// The core under callgrind; the arguments are those of count.js, without the door. And `toolchain`,
// which prints what the counts depend on and only a program of this build, under valgrind, can
// tell.
#include <dlfcn.h>
#include <gnu/libc-version.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "mark.h"
#include "portcullis/reason.hpp"
#include "portcullis/request.hpp"
#include "portcullis/verifier.hpp"

namespace {

using nlohmann::json;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

portcullis::verifier make_verifier(std::string_view policy) {
  auto made = portcullis::verifier::from_policy(policy);
  if (!made) fail(made.error().message());
  return std::move(*made);
}

std::string_view name_of(portcullis::reason why) { return portcullis::find_reason(why).name; }

struct operation {
  std::string name;
  std::string policy;
  std::string authorization;
  std::string reason;
  std::int64_t now = 0;

  [[nodiscard]] portcullis::reason judge(const portcullis::verifier& verifier) const {
    return verifier.verify({{portcullis::field_shape::single, authorization}}, now).why();
  }
};

std::vector<operation> read_operations(const char* file) {
  const json inputs = json::parse(std::ifstream(file));
  std::vector<operation> out;
  for (const json& each : inputs.at("operations")) {
    out.push_back({each.at("name"), each.at("policy").dump(), each.at("authorization"),
                   each.at("reason"), inputs.at("now")});
  }
  return out;
}

void decide(const std::vector<operation>& operations) {
  json told;
  for (const operation& each : operations) {
    const portcullis::reason why = each.judge(make_verifier(each.policy));
    told[each.name] = {{"reason", name_of(why)}, {"passes", why == portcullis::reason::ok}};
  }
  std::puts(told.dump().c_str());
}

// What the self-test of the gate plants: work that no other build has.
#if PORTCULLIS_GATE_PLANTED
void work_for_nothing() {
  static const long rounds = std::atol(std::getenv("PORTCULLIS_GATE_ROUNDS"));
  for (long i = 0; i < rounds; ++i) asm volatile("nop");
}
#else
void work_for_nothing() {}
#endif

[[gnu::noinline]] void run(const operation& asked, const portcullis::verifier& verifier,
                           std::size_t times) {
  for (std::size_t i = 0; i < times; ++i) {
    auto why = static_cast<int>(asked.judge(verifier));
    asm volatile("" : "+r"(why)::"memory");
    work_for_nothing();
  }
}

// What the core, the C library and libcrypto choose their code by.
std::string processor() {
  std::string out;
#define PORTCULLIS_GATE_FEATURE(name) \
  if (__builtin_cpu_supports(name) != 0) out += out.empty() ? name : " " name;
  PORTCULLIS_GATE_FEATURE("ssse3")
  PORTCULLIS_GATE_FEATURE("sse4.2")
  PORTCULLIS_GATE_FEATURE("avx")
  PORTCULLIS_GATE_FEATURE("avx2")
  PORTCULLIS_GATE_FEATURE("bmi")
  PORTCULLIS_GATE_FEATURE("bmi2")
  PORTCULLIS_GATE_FEATURE("fma")
  PORTCULLIS_GATE_FEATURE("avx512f")
#undef PORTCULLIS_GATE_FEATURE
  return out;
}

std::string libcrypto() {
  void* const library = dlopen("libcrypto.so.3", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) return "none";
  const auto version = reinterpret_cast<const char* (*)(int)>(dlsym(library, "OpenSSL_version"));
  return version == nullptr ? "unknown" : version(0);
}

void tell_toolchain() {
#if defined(__clang__)
  const std::string compiler = "clang " __clang_version__;
#else
  const std::string compiler = "gcc " __VERSION__;
#endif
  const json told = {{"compiler", compiler},
                     {"processor", processor()},
                     {"glibc", gnu_get_libc_version()},
                     {"libcrypto", libcrypto()}};
  std::puts(told.dump().c_str());
}

std::size_t number(const char* text) {
  return static_cast<std::size_t>(std::strtoul(text, nullptr, 10));
}

void count(const operation& asked, std::size_t n, std::size_t warm_up) {
  portcullis_gate_mark("start");
  const portcullis::verifier verifier = make_verifier(asked.policy);
  const portcullis::reason why = asked.judge(verifier);
  portcullis_gate_mark("load");
  if (name_of(why) != asked.reason) fail(asked.name + ": wrong decision");
  if (n == 0) return;
  run(asked, verifier, warm_up);
  portcullis_gate_mark("warm-up");
  run(asked, verifier, n);
  portcullis_gate_mark("n");
  run(asked, verifier, 2 * n);
  portcullis_gate_mark("2n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) fail("count <inputs.json> decide|load|run [<operation> [<n> <warm-up>]]");
  const std::vector<operation> operations = read_operations(argv[1]);
  const std::string_view mode = argv[2];
  if (mode == "decide") return decide(operations), 0;
  if (mode == "toolchain") return tell_toolchain(), 0;
  for (const operation& each : operations) {
    if (argc < 4 || each.name != argv[3]) continue;
    const bool runs = mode == "run" && argc == 6;
    count(each, runs ? number(argv[4]) : 0, runs ? number(argv[5]) : 0);
    return 0;
  }
  fail("no such operation");
}
