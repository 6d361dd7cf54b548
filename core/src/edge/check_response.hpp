// Whether CloudFront would take a response, before CloudFront is asked: what it does not take
// becomes a 502 for the viewer.
//
// Rules are the rows of response_rules.def, each with the page that says so; docs/response-rules.md
// has them as a table, with what was decided where a page leaves something open. Read with the
// scanner, twice (is it JSON, and then what is it), without memory: what is checked may be hostile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "portcullis/fixed_text.hpp"

namespace portcullis {

enum class event_type : std::uint8_t {
  viewer_request,
  origin_request,
  origin_response,
  viewer_response
};

// "viewer-request" and so on; false for anything else.
[[nodiscard]] bool parse_event_type(std::string_view name, event_type& out) noexcept;

enum class response_rule : std::uint8_t {
#define PORTCULLIS_RESPONSE_RULE(id, sentence, source) id,
#include "edge/response_rules.def"
#undef PORTCULLIS_RESPONSE_RULE
};

inline constexpr std::size_t response_rule_count = 0
#define PORTCULLIS_RESPONSE_RULE(id, sentence, source) +1
#include "edge/response_rules.def"
#undef PORTCULLIS_RESPONSE_RULE
    ;

struct response_rule_row {
  std::string_view name;      // "header_disallowed"
  std::string_view sentence;  // what to do
  std::string_view source;    // which page says so
};
[[nodiscard]] response_rule_row find_response_rule(response_rule rule) noexcept;

struct response_finding {
  response_rule rule{};
  // "$.headers.location[0].value", `$.headers["retry-after"]`; cut when longer. Of not_json "$ at
  // byte 17", where reading stopped; of original_invalid "original".
  fixed_text<128> path;
};

// Calls `found` for each finding and gives their number. `response`: the JSON object that a
// function returns. `original`: in the response events the response that the event had, as JSON, so
// that changes of read-only headers and of the status are seen; empty when not at hand. In request
// events there is none, and it is not looked at.
//
// The order is that of the text; a header's own change is told after its entries, and what concerns
// the whole after everything else: status_missing, deleted headers, body_forbidden,
// body_not_base64, response_too_large. original_invalid comes first. Of what is no JSON not_json is
// told and nothing else.
using finding_sink = void (*)(void* context, const response_finding& finding);
std::size_t check_response(event_type type, std::string_view response, std::string_view original,
                           finding_sink found, void* context) noexcept;

}  // namespace portcullis
