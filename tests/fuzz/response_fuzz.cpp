// Any text as a response, to each of the four events: the number that is given is that of the
// findings, and what is JSON to the checker is JSON to nlohmann-json.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "edge/check_response.hpp"
#include "support/check.hpp"
#include "support/exact_copy.hpp"
#include "support/json_mutator.hpp"

using namespace portcullis;

namespace {

struct findings {
  std::size_t count = 0;
  bool json = true;
};

void count_finding(void* context, const response_finding& finding) {
  auto& found = *static_cast<findings*>(context);
  ++found.count;
  if (find_response_rule(finding.rule).name == "not_json") found.json = false;
}

// nlohmann-json refuses numbers that no double can hold, which RFC 8259 leaves open; it stops
// there.
bool is_json(std::string_view text) {
  constexpr int out_of_range = 406;
  try {
    return !nlohmann::json::parse(text).is_discarded();
  } catch (const nlohmann::json::exception& refused) {
    return refused.id == out_of_range;
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  return fuzz::mutate_json(data, size, max_size, seed,
                           {"status", "statusDescription", "headers", "body", "bodyEncoding",
                            "base64", "text", "key", "value", "200", "204", "302", "location",
                            "set-cookie", "via", "transfer-encoding", "content-length", "\r\n"});
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const support::exact_copy input({reinterpret_cast<const char*>(data), size});
  for (const auto type : {event_type::viewer_request, event_type::origin_request,
                          event_type::origin_response, event_type::viewer_response}) {
    for (const std::string_view original : {std::string_view(), input.view()}) {
      findings found;
      const std::size_t count = check_response(type, input.view(), original, count_finding, &found);
      fuzz::check(count == found.count, "as many findings as are told");
      if (found.json) {
        fuzz::check(is_json(input.view()), "what is JSON here is JSON there");
      }
    }
  }
  return 0;
}
