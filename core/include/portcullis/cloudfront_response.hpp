/// @file
/// A generated CloudFront response, as a viewer-request or origin-request function returns it.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "portcullis/fixed_text.hpp"

namespace portcullis {

/// One header of a response.
struct response_header {
  std::string_view name;  ///< the member name in `headers`: lower case
  std::string_view key;   ///< the name as sent to the viewer
  fixed_text<160> value;  ///< what is sent
};

/// The response; its strings live as long as the program (Amazon CloudFront Developer Guide,
/// "Generate HTTP responses in request triggers").
struct cloudfront_response {
  std::string_view status;                 ///< "401": CloudFront wants a string
  std::string_view status_description;     ///< "Unauthorized"
  std::array<response_header, 3> headers;  ///< see header_count
  std::size_t header_count = 0;            ///< how many of `headers` are in use
  fixed_text<64> body;                     ///< JSON; says no more than the RFC 6750 error word
};

}  // namespace portcullis
