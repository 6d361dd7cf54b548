#include "edge/request_edits.hpp"

#include "edge/find_credential.hpp"
#include "edge/payload_claims.hpp"
#include "encoding/json_writer.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

// Begins the next member of the object or entry of the list.
class comma {
 public:
  explicit comma(text_buffer& out) noexcept : out_(out) {}
  void next() noexcept {
    if (any_) out_.append(',');
    any_ = true;
  }

 private:
  text_buffer& out_;
  bool any_ = false;
};

void append_text(text_buffer& out, std::string_view text) noexcept {
  out.append('"');
  append_json_string(out, text);
  out.append('"');
}

void append_removed(const edge_policy& policy, text_buffer& out) noexcept {
  out.append("\"remove\":[");
  comma entry(out);
  for (std::size_t i = 0; i != policy.claim_header_count; ++i) {
    entry.next();
    append_text(out, policy.claim_headers[i].header);
  }
  for (std::size_t i = 0; i != policy.source_count; ++i) {
    const credential_source& source = policy.sources[i];
    if (!source.strip || source.from != credential_source::header) continue;
    entry.next();
    append_text(out, source.name);
  }
  out.append(']');
}

void append_set(const edge_policy& policy, std::string_view token, text_buffer& out) noexcept {
  if (token.empty() || policy.claim_header_count == 0) return;
  const payload_claims claims(token);
  fixed_text<limits::max_claim_header_bytes> value;
  out.append(",\"set\":{");
  comma member(out);
  for (std::size_t i = 0; i != policy.claim_header_count; ++i) {
    if (!claims.find(policy.claim_headers[i].claim, value)) continue;
    member.next();
    append_text(out, policy.claim_headers[i].header);
    out.append(':');
    append_text(out, value);
  }
  out.append('}');
}

// The field without every source of its kind that is to be taken out; nothing when none occurs in
// it.
void append_stripped(const edge_policy& policy, const field_view& field,
                     credential_source::kind from, char separator, const char* name,
                     text_buffer& out) noexcept {
  if (field.shape != field_shape::single) return;
  char buffer[limits::max_field_bytes + limits::max_field_bytes / 2];
  std::string_view left = field.value;
  // CloudFront lets no field of this size through. Better to lose it than to hand the token on.
  bool changed = left.size() > limits::max_field_bytes;
  if (changed) left = {};
  for (std::size_t i = 0; i != policy.source_count; ++i) {
    const credential_source& source = policy.sources[i];
    if (!source.strip || source.from != from) continue;
    const named_part found = from == credential_source::cookie ? find_cookie(left, source.name)
                                                               : find_parameter(left, source.name);
    if (found.count == 0) continue;
    const std::size_t size = without_named(left, source.name, separator, buffer);
    left = {buffer, size};
    changed = true;
  }
  if (!changed) return;
  out.append(",\"");
  out.append(name);
  out.append("\":");
  append_text(out, left);
}

}  // namespace

void render_request_edits(const edge_policy& policy, const edge_request& request,
                          std::string_view token, text_buffer& out) noexcept {
  out.append('{');
  append_removed(policy, out);
  append_set(policy, token, out);
  if (policy.cookie_field != edge_policy::no_field) {
    append_stripped(policy, request.headers[policy.cookie_field], credential_source::cookie, ';',
                    "cookie", out);
  }
  append_stripped(policy, request.querystring, credential_source::query, '&', "querystring", out);
  out.append('}');
}

}  // namespace portcullis
