// Writing texts of others into JSON.
#pragma once

#include <string_view>

#include "portcullis/fixed_text.hpp"

namespace portcullis {

// The text as it stands between the quotation marks of a JSON string (RFC 8259 section 7).
void append_json_string(text_buffer& out, std::string_view text) noexcept;

}  // namespace portcullis
