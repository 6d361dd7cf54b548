// Decision to CloudFront response: status, RFC 6750 challenge, a body that says no more than that.
#pragma once

#include <string_view>

#include "portcullis/cloudfront_response.hpp"
#include "portcullis/reason.hpp"

namespace portcullis {

// `realm` is printable ASCII without quotation mark or backslash; the policy sees to that.
[[nodiscard]] cloudfront_response make_response(reason why, std::string_view realm) noexcept;

// Room for any response that make_response makes.
using response_text = fixed_text<1024>;

// The same response as the JSON object that CloudFront reads from a function.
void render_response(reason why, std::string_view realm, response_text& out) noexcept;

}  // namespace portcullis
