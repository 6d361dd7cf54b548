// A CloudFront event of any of the four types, field by field: read, checked and written again.
//
// The fields are the rows of cloudfront_fields.def: path, type, in which events it occurs, and
// whether a function may change it. Partial events, as tests and consoles send them, are taken:
// what is absent stays absent, and without an eventType every row holds. Members that the table
// does not have for the event's type are kept as they are, because Amazon adds some from time to
// time. Null is left out, as a member and as an item of an array: CloudFront takes none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "edge/check_response.hpp"
#include "portcullis/fixed_text.hpp"

namespace portcullis {

enum class field_type : std::uint8_t { text, integer, boolean, object, headers, text_list };
enum class field_access : std::uint8_t { read_only, read_write, write_only };

struct cloudfront_field {
  std::string_view path;  // below Records[0].cf: "request.origin.custom.port"
  field_type type;
  std::uint8_t events;  // a bit for each event_type: 1 << its number
  field_access access;
};

// All rows, in the order of the file.
[[nodiscard]] const cloudfront_field* cloudfront_fields(std::size_t& count) noexcept;

enum class event_fault : std::uint8_t {
  none,
  not_json,          // no JSON, a member twice, or beyond the scanner's bounds
  not_an_event,      // no Records[0].cf object, or no such part
  wrong_type,        // a known field has another type than its row says
  buffer_too_small,  // for what was asked; as many bytes as the event has are always enough
};

struct event_error {
  event_fault fault = event_fault::none;
  // "$.Records[0].cf.request.origin.custom.port"; of not_json "$ at byte 17", where reading
  // stopped.
  fixed_text<128> path;
};

// Reads an event and writes it as JSON into `out` (UTF-8, no white space): the same value, members
// in the same order, strings and numbers as they were written, nulls left out. `part`: "" for the
// whole event, or the path of an object of the table for that alone: "request", "response", as a
// handler returns it; the whole event is checked all the same. Gives the number of bytes; 0 with
// `error` set. `out` may not overlap `event`.
[[nodiscard]] std::size_t write_event(std::string_view event, std::string_view part, char* out,
                                      std::size_t capacity, event_error& error) noexcept;

}  // namespace portcullis
