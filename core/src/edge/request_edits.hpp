// What is changed of a request that passes: the token taken out, claims put in as headers.
#pragma once

#include <string_view>

#include "edge/edge_policy.hpp"
#include "portcullis/edge_request.hpp"
#include "portcullis/fixed_text.hpp"

namespace portcullis {

// Writes a JSON object for the door, which applies it to the caller's own request:
//   "remove":  header names in lower case. Each goes, in every spelling that an origin may take for
//   the
//              same: case does not count, and neither does '_' for '-'.
//   "set":     headers to be set after that, name to value.
//   "cookie":  the Cookie header without the token; "" removes it. Absent: left alone.
//   "querystring": the query without the token. Absent: left alone.
// Headers that carry claims are removed from every request, on public paths as well: what the
// client sends under such a name is never the issuer's word. `token`: the one that has been
// verified, or empty on a public path. A claim that is a string, number, true or false, or a list
// of strings (joined by commas) goes on; other values, and those that are too long or have a
// character that is not printable ASCII, do not.
void render_request_edits(const edge_policy& policy, const edge_request& request,
                          std::string_view token, text_buffer& out) noexcept;

}  // namespace portcullis
