#include "edge/payload_claims.hpp"

#include "encoding/base64url.hpp"
#include "jose/compact_jws.hpp"

namespace portcullis {
namespace {

using line = fixed_text<limits::max_claim_header_bytes>;

// False if there is no room, or a byte that a header cannot carry as it is.
bool append_string(line& out, const json_text& text, bool commas_part) noexcept {
  json_text_reader reader(text);
  for (int byte = reader.next(); byte != -1; byte = reader.next()) {
    if (byte < 0x20 || byte > 0x7e || (commas_part && byte == ',')) return false;
    if (out.view().size() == limits::max_claim_header_bytes) return false;
    out.append(static_cast<char>(byte));
  }
  return true;
}

bool append_strings(line& out, std::string_view array) noexcept {
  string_array_reader reader(array);
  bool first = true;
  for (json_text item; reader.next(item);) {
    if (!first) {
      if (out.view().size() == limits::max_claim_header_bytes) return false;
      out.append(',');
    }
    first = false;
    if (!append_string(out, item, true)) return false;
  }
  return true;
}

// What a recipient would trim is not the claim any more.
bool is_line(std::string_view text) noexcept {
  return !text.empty() && text.front() != ' ' && text.back() != ' ';
}

}  // namespace

payload_claims::payload_claims(std::string_view token) noexcept {
  const std::string_view segment = find_payload_segment(token);
  if (segment.empty() || base64url_decoded_size(segment.size()) > bytes_.size()) return;
  const auto size = decode_base64url(segment, bytes_.data());
  if (size) payload_ = {bytes_.data(), *size};
}

bool payload_claims::find(std::string_view name, line& out) const noexcept {
  out.clear();
  claim_value claim;
  if (payload_.empty()) return false;
  (void)find_claim(payload_, name, reading_ends::with_the_claim, claim);
  switch (claim.type) {
    case claim_value::form::absent:
      return false;
    case claim_value::form::string:
      return append_string(out, claim.text, false) && is_line(out);
    case claim_value::form::strings:
      return append_strings(out, claim.text.raw) && is_line(out);
    case claim_value::form::other:
      break;
  }
  const std::string_view raw = claim.text.raw;
  const char first = raw.front();
  if (first == '{' || first == '[' || first == 'n') return false;
  return append_string(out, claim.text, false);
}

}  // namespace portcullis
