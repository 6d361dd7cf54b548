// The path of a request in the one spelling that routes are written in, and how else an origin
// could read it.
//
// A URI has many spellings (RFC 3986 section 6.2.2), and origins differ in which of them they take
// for the same resource: one decodes %2F, another folds case, a third drops `;parameters`. A rule
// that holds for one spelling must hold for all, so what is ambiguous in structure is refused
// outright, and what is ambiguous in spelling alone is read in every way (see route_table::find).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "limits.hpp"

namespace portcullis {

// Room for a decoded path. Left uninitialised.
struct path_buffer {
  std::array<char, limits::max_path_bytes> bytes;
};

// A path that has one structure. `text` is percent-decoded once, begins with '/', and has no slash
// at its end but when it is "/" alone: origins tell "/a" and "/a/" apart or do not, a rule never
// does. It is in the buffer only if `uri` has an escape, and else a part of `uri`.
struct parsed_path {
  std::string_view text;
  bool has_capitals = false;  // fold_case would change it: an origin may fold case
  // ';', '?' or '#' once decoded, or a dot or space at a segment's end: an origin may cut there.
  bool has_parameters = false;
};

// Decodes `uri`. False for whatever origins may take apart differently:
//  - no '/' at the beginning, more than limits::max_path_bytes, or more than
//    limits::max_path_segments segments;
//  - an empty segment ("//"), or one of dots alone (".", "..", "...");
//  - a backslash, a control character or 0x7f, plain or encoded; %2F; a '%' that begins no
//    two-digit escape, or that still begins one when decoded (%2541);
//  - bytes that are not valid UTF-8 once decoded.
[[nodiscard]] bool parse_path(std::string_view uri, path_buffer& buffer, parsed_path& out) noexcept;

// `text`, of a parsed path, in small letters: A to Z, and the four characters beyond ASCII that
// Unicode turns into an ASCII letter when it changes their case (U+0130, U+0131, U+017F, U+212A).
// Other letters beyond ASCII stay as they are.
[[nodiscard]] std::string_view fold_case(std::string_view text, path_buffer& buffer) noexcept;

}  // namespace portcullis
