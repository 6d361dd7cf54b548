/// @file
/// What the verifier reads of a CloudFront viewer-request or origin-request event.
///
/// A door walks its own event object (JavaScript, Python, JSON) and reports the *shape* of each
/// field it was asked for. What a shape means is decided in the core, never in a door.
#pragma once

#include <cstdint>
#include <string_view>

namespace portcullis {

/// How a field was found. The numeric values are part of the C ABI.
enum class field_shape : std::uint8_t {
  absent = 0,      ///< no such header, or an empty list
  single = 1,      ///< exactly one {key, value} entry whose value is a string
  repeated = 2,    ///< more than one entry
  malformed = 3,   ///< not a list, or the entry's value is not a string
  no_request = 4,  ///< the event has no Records[0].cf.request object at all
};

/// A header field of the event. `value` is only read when `shape` is `single`; it is borrowed for
/// the call and need not be valid UTF-8.
struct field_view {
  field_shape shape = field_shape::absent;  ///< how it was found
  std::string_view value;                   ///< borrowed
};

/// The request of an event as a policy without an edge layer reads it.
struct request_view {
  field_view authorization;  ///< Records[0].cf.request.headers.authorization
};

}  // namespace portcullis
