// A CloudFront event that is read and written again is the same to nlohmann-json, but for nulls; to
// write what was written changes nothing.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "edge/cloudfront_event.hpp"
#include "support/check.hpp"
#include "support/exact_copy.hpp"
#include "support/json_mutator.hpp"

using namespace portcullis;
using nlohmann::json;

namespace {

// Without nulls, as members and as items.
json pruned(const json& value) {
  if (value.is_object()) {
    json out = json::object();
    for (const auto& [name, member] : value.items()) {
      if (!member.is_null()) out[name] = pruned(member);
    }
    return out;
  }
  if (value.is_array()) {
    json out = json::array();
    for (const auto& item : value) {
      if (!item.is_null()) out.push_back(pruned(item));
    }
    return out;
  }
  return value;
}

bool write(std::string_view event, std::string& out) {
  out.resize(event.size());
  event_error error;
  const std::size_t written = write_event(event, "", out.data(), out.size(), error);
  fuzz::check(error.fault != event_fault::buffer_too_small,
              "as many bytes as the event are enough");
  fuzz::check((written == 0) == (error.fault != event_fault::none),
              "nothing is written, or no fault");
  out.resize(written);
  return written != 0;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  return fuzz::mutate_json(data, size, max_size, seed,
                           {"Records",
                            "cf",
                            "config",
                            "request",
                            "response",
                            "eventType",
                            "viewer-request",
                            "origin-response",
                            "headers",
                            "key",
                            "value",
                            "uri",
                            "method",
                            "querystring",
                            "clientIp",
                            "origin",
                            "custom",
                            "s3",
                            "body",
                            "status",
                            "statusDescription",
                            "data",
                            "encoding",
                            "host",
                            "GET"});
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const support::exact_copy input({reinterpret_cast<const char*>(data), size});
  std::string once;
  if (!write(input.view(), once)) return 0;
  const json read = json::parse(input.view(), nullptr, false);
  fuzz::check(!read.is_discarded(), "what is an event is JSON to nlohmann-json");
  fuzz::check(json::parse(once, nullptr, false) == pruned(read), "written is what was read");
  std::string twice;
  fuzz::check(write(once, twice) && once == twice, "written again is the same");
  return 0;
}
