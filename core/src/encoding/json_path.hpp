// Where something stands in a JSON text, for people.
#pragma once

#include <cstddef>
#include <string_view>

#include "encoding/json_text.hpp"
#include "encoding/slice.hpp"
#include "portcullis/fixed_text.hpp"

namespace portcullis {

// `.name`, or `["any-name"]` when it is not a plain word: then it is told as it is written, with
// its escapes, which are what keeps it from disturbing a log. A long one is cut.
inline void append_path_member(text_buffer& path, const json_text& name) noexcept {
  constexpr std::size_t longest = 64;
  bool plain = !name.raw.empty() && name.raw.size() <= longest;
  for (std::size_t i = 0; plain && i < name.raw.size(); ++i) {
    const char c = name.raw[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
    plain = letter || (c >= '0' && c <= '9' && i != 0);
  }
  if (plain) {
    path.append('.');
    path.append(name.raw);
    return;
  }
  path.append("[\"");
  if (name.raw.size() <= longest) {
    path.append(name.raw);
    path.append("\"]");
  } else {
    fixed_text<longest> kept;  // not cut inside a character
    kept.append(name.raw);
    path.append(kept.view());
    path.append("...\"]");
  }
}

inline void append_path_index(text_buffer& path, std::size_t index) noexcept {
  path.append('[');
  path.append_number(index);
  path.append(']');
}

}  // namespace portcullis
