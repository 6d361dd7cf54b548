// The pass-through module: a whole CloudFront event goes in as JSON, its request or response comes
// out as JSON, checked field by field and otherwise unchanged. It judges nothing. It is what an
// empty function costs that has WebAssembly read and write its events (study/README.md).
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "portcullis/edge_api.h"

namespace {

// An origin event has at most one megabyte of body, a third more as base64, and its headers.
constexpr std::size_t capacity = 2 << 20;
constexpr std::size_t error_capacity = 256;

char input[capacity];
char output[capacity];

}  // namespace

extern "C" {

// The host's: writes a line to the log.
__attribute__((import_module("portcullis"), import_name("log"))) void portcullis_log(
    const char* text, std::size_t length);

char* portcullis_input_buffer() { return input; }
std::size_t portcullis_input_capacity() { return capacity; }
char* portcullis_output_buffer() { return output; }

// `part`: as for portcullis_write_event. Gives the length of the JSON in the output buffer, or, as
// a negative number, of "<path>\n<what was expected>" there.
std::int32_t portcullis_pass_event(std::size_t length, std::int32_t part) {
  constexpr std::string_view line = R"({"portcullis":"passthrough","event":"call"})";
  portcullis_log(line.data(), line.size());
  char error[error_capacity];
  std::size_t error_length = 0;
  const std::size_t size = portcullis_write_event(input, length, part, output, capacity, error,
                                                  error_capacity, &error_length);
  if (size != 0) return static_cast<std::int32_t>(size);
  for (std::size_t i = 0; i != error_length; ++i) output[i] = error[i];
  return -static_cast<std::int32_t>(error_length);
}

}  // extern "C"

namespace {

[[gnu::constructor]] void start() {
  constexpr std::string_view line = R"({"portcullis":"passthrough","event":"start"})";
  portcullis_log(line.data(), line.size());
}

}  // namespace
