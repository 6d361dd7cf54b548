#include "portcullis/edge_api.h"

#include <cstring>

#include "c_api_values.hpp"
#include "edge/check_response.hpp"
#include "edge/cloudfront_event.hpp"
#include "edge/edge_policy.hpp"
#include "edge/edge_response.hpp"
#include "encoding/find_byte.hpp"
#include "encoding/slice.hpp"
#include "limits.hpp"
#include "portcullis/verifier.hpp"

namespace {

using namespace portcullis;

// The fields of a request's text.
class request_text {
 public:
  static constexpr std::size_t own_fields = 4;

  // False when there are not as many fields as the verifier reads, or one has no shape.
  bool read(std::string_view text, std::size_t headers) noexcept {
    const std::size_t wanted = own_fields + headers;
    if (wanted > own_fields + edge_policy::most_fields) return false;
    std::size_t at = 0;
    for (std::size_t i = 0; i != wanted; ++i) {
      std::size_t end = find_byte(text, '\0', at);
      const bool last = end == std::string_view::npos;
      if (last != (i + 1 == wanted)) return false;
      if (last) end = text.size();
      if (at >= end || text[at] < '0' || text[at] > '0' + PORTCULLIS_FIELD_NO_REQUEST) return false;
      fields_[i].shape = static_cast<field_shape>(text[at] - '0');
      fields_[i].value = slice(text, at + 1, end - at - 1);
      at = end + 1;
    }
    request_ = {fields_[0], fields_[1], fields_[2], fields_[3], {fields_ + own_fields, headers}};
    return true;
  }
  [[nodiscard]] const edge_request& request() const noexcept { return request_; }

 private:
  field_view fields_[own_fields + edge_policy::most_fields];
  edge_request request_;
};

std::int32_t pack(const decision& judged) noexcept {
  const auto route = judged.route() == decision::no_route ? 0 : judged.route() + 1;
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(judged.why()) |
                                   static_cast<std::uint32_t>(judged.kind()) << 8 | route << 10);
}

// Whatever a caller makes up: an allowed decision gives nothing that a token would be needed for.
decision unpack(std::int32_t packed) noexcept {
  const auto bits = static_cast<std::uint32_t>(packed);
  const std::uint32_t route = bits >> 10;
  return decision::of(static_cast<decision_kind>(bits >> 8 & 3),
                      reason_of(static_cast<std::int32_t>(bits & 0xff)),
                      route == 0 || route > limits::max_routes ? decision::no_route : route - 1);
}

// Asks a verifier for a text about a request; nothing when it is none.
template <std::size_t Capacity, class Ask>
std::size_t write_about(const portcullis_verifier* verifier, std::string_view text, char* out,
                        std::size_t capacity, Ask ask) noexcept {
  request_text read;
  if (!read.read(text, verifier->core.fields().size())) return 0;
  fixed_text<Capacity> written;
  ask(read.request(), written);
  return write_text(written, out, capacity);
}

// The Cookie header and the query, rewritten, and headers for claims.
constexpr std::size_t edits_bytes = 65536;
constexpr std::size_t log_bytes = 65536;  // of 16 claims, each character of which may be escaped

}  // namespace

size_t portcullis_describe_edge(const portcullis_verifier* verifier, char* out,
                                size_t out_capacity) {
  const auto& core = verifier->core;
  if (!core.at_edge()) return 0;
  fixed_text<(limits::max_header_name_bytes + 1) * edge_policy::most_fields + 8> text;
  text.append(core.edits() ? '1' : '0');
  text.append(core.logs() ? '1' : '0');
  text.append(core.shadow() ? '1' : '0');
  for (const std::string_view name : core.fields()) {
    text.append('\n');
    text.append(name);
  }
  return write_text(text, out, out_capacity);
}

void portcullis_seed_edge(portcullis_verifier* verifier, const char* sixteen_bytes) {
  std::uint64_t halves[2];
  std::memcpy(halves, sixteen_bytes, sizeof halves);
  verifier->core.seed(halves[0], halves[1]);
}

int32_t portcullis_judge_request(const portcullis_verifier* verifier, const char* request,
                                 size_t request_length, double now) {
  const auto seconds = parse_now(now);
  request_text read;
  if (!seconds) return pack(decision::deny(reason::internal_error));
  if (!read.read(view(request, request_length), verifier->core.fields().size())) {
    return pack(decision::deny(reason::request_malformed));
  }
  return pack(verifier->core.verify_at_edge(read.request(), *seconds));
}

size_t portcullis_write_edge_response(const portcullis_verifier* verifier, const char* request,
                                      size_t request_length, int32_t judged, double now, char* out,
                                      size_t out_capacity) {
  const auto seconds = parse_now(now);
  request_text read;
  if (!seconds || !read.read(view(request, request_length), verifier->core.fields().size())) {
    return portcullis_write_response(verifier, judged & 0xff, out, out_capacity);
  }
  fixed_text<edge_response_bytes> written;
  verifier->core.write_response(read.request(), unpack(judged), *seconds, written);
  return write_text(written, out, out_capacity);
}

size_t portcullis_write_edge_edits(const portcullis_verifier* verifier, const char* request,
                                   size_t request_length, int32_t judged, char* out,
                                   size_t out_capacity) {
  return write_about<edits_bytes>(verifier, view(request, request_length), out, out_capacity,
                                  [&](const edge_request& about, text_buffer& text) {
                                    verifier->core.write_edits(about, unpack(judged), text);
                                  });
}

size_t portcullis_write_edge_log(const portcullis_verifier* verifier, const char* request,
                                 size_t request_length, int32_t judged, char* out,
                                 size_t out_capacity) {
  return write_about<log_bytes>(verifier, view(request, request_length), out, out_capacity,
                                [&](const edge_request& about, text_buffer& text) {
                                  verifier->core.write_log(about, unpack(judged), text);
                                });
}

size_t portcullis_write_edge_claims(const portcullis_verifier* verifier, const char* request,
                                    size_t request_length, int32_t judged, char* out,
                                    size_t out_capacity) {
  request_text read;
  if (!read.read(view(request, request_length), verifier->core.fields().size())) return 0;
  const std::string_view token = verifier->core.passed_token(read.request(), unpack(judged));
  return token.empty()
             ? 0
             : portcullis_write_token_claims(token.data(), token.size(), out, out_capacity);
}

size_t portcullis_answer_challenge(const portcullis_verifier* verifier, const char* challenge,
                                   size_t challenge_length, const char* client,
                                   size_t client_length, double now, char* out,
                                   size_t out_capacity) {
  const auto seconds = parse_now(now);
  if (!seconds) return 0;
  challenge_proof proof;
  if (!verifier->core.answer_challenge(view(challenge, challenge_length),
                                       view(client, client_length), *seconds, proof)) {
    return 0;
  }
  return write_text(proof, out, out_capacity);
}

size_t portcullis_check_response(int32_t type, const char* response, size_t response_length,
                                 const char* original, size_t original_length,
                                 // NOLINTNEXTLINE(readability-non-const-parameter): for `lines`
                                 char* out, size_t out_capacity) {
  struct lines {
    char* out;
    std::size_t capacity;
    std::size_t size = 0;
    bool full = false;
  } written{out, out_capacity};
  if (type < 0 || type > 3) return 0;
  const auto add = [](void* context, const response_finding& finding) {
    auto& to = *static_cast<lines*>(context);
    fixed_text<256> line;
    line.append(find_response_rule(finding.rule).name);
    line.append(' ');
    line.append(finding.path.view());
    line.append('\n');
    // What does not fit is left out from there on: one finding is as bad as many.
    if (to.full || line.view().size() > to.capacity - to.size) {
      to.full = true;
      return;
    }
    std::memcpy(to.out + to.size, line.view().data(), line.view().size());
    to.size += line.view().size();
  };
  (void)check_response(static_cast<event_type>(type), view(response, response_length),
                       view(original, original_length), add, &written);
  return written.size;
}

size_t portcullis_write_event(const char* event, size_t event_length, int32_t part, char* out,
                              size_t out_capacity, char* error, size_t error_capacity,
                              size_t* error_length) {
  constexpr std::string_view parts[] = {"", "request", "response"};
  // In the order of event_fault.
  constexpr std::string_view expected[] = {
      "", "JSON with each member once, within the bounds", "a CloudFront event with this object",
      "a value of the type that CloudFront's events have here", "less than there is room for"};
  *error_length = 0;
  event_error fault;
  const std::string_view asked = part >= 0 && part < 3 ? parts[part] : "none";
  const std::size_t size = write_event(view(event, event_length), asked, out, out_capacity, fault);
  if (size == 0) {
    fixed_text<256> text;
    text.append(fault.path.view());
    text.append("\nexpected ");
    text.append(expected[static_cast<std::size_t>(fault.fault)]);
    const std::string_view told = text.view();
    *error_length = told.size() < error_capacity ? told.size() : error_capacity;
    if (*error_length != 0) std::memcpy(error, told.data(), *error_length);
  }
  return size;
}
