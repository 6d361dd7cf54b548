// Where a request carries its token when a policy names the sources: headers, cookies, the query.
#pragma once

#include <cstddef>
#include <string_view>

#include "edge/edge_policy.hpp"
#include "portcullis/edge_request.hpp"
#include "portcullis/reason.hpp"

namespace portcullis {

// A name and its value inside a longer text: one cookie of a Cookie header, one parameter of a
// query.
struct named_part {
  std::size_t count = 0;   // how often the name occurs
  std::string_view value;  // of the first; points into the text
};

// The cookies of this name (RFC 6265 section 5.4): names are compared byte by byte, a value keeps
// its quotes.
[[nodiscard]] named_part find_cookie(std::string_view cookies, std::string_view name) noexcept;

// The parameters of this name. Nothing is decoded: a token has no character that needs it.
[[nodiscard]] named_part find_parameter(std::string_view query, std::string_view name) noexcept;

// The credential of the first source that carries anything; nothing of it has been looked into.
//   ok; credential_missing; credential_malformed, when that source has more than one or a malformed
//   field; token_too_large; request_malformed.
// `source`: its number, for whoever takes it out again.
struct found_credential {
  reason why = reason::credential_missing;
  std::string_view token;
  std::size_t source = 0;
};
[[nodiscard]] found_credential find_credential(const edge_policy& policy,
                                               const edge_request& request) noexcept;

// The text without the parts of this name, written into `out`; gives the number of bytes.
// `separator`:
// ';' for cookies, behind which a space is written, so that `out` has to have room for half as much
// again, or '&' for a query. `out` may be the text itself when it was written by this function.
std::size_t without_named(std::string_view text, std::string_view name, char separator,
                          char* out) noexcept;

}  // namespace portcullis
