#include "edge/check_response.hpp"

#include "encoding/json_path.hpp"
#include "encoding/json_scanner.hpp"
#include "encoding/name_table.hpp"

namespace portcullis {
namespace {

// A response has four levels and few names; the rest is room for what is told as member_unknown.
constexpr json_bounds bounds{8, 512};

// Amazon CloudFront Developer Guide, "Quotas": headers and body of a response that a function
// makes.
constexpr std::size_t largest_in_viewer_events = 40960;
constexpr std::size_t largest_in_origin_events = 1048576;

constexpr std::string_view event_names[] = {"viewer-request", "origin-request", "origin-response",
                                            "viewer-response"};

constexpr unsigned bit_of(event_type type) noexcept { return 1u << static_cast<unsigned>(type); }
constexpr unsigned viewer_request = bit_of(event_type::viewer_request);
constexpr unsigned origin_request = bit_of(event_type::origin_request);
constexpr unsigned origin_response = bit_of(event_type::origin_response);
constexpr unsigned viewer_response = bit_of(event_type::viewer_response);
constexpr unsigned requests = viewer_request | origin_request;
constexpr unsigned all_events = requests | origin_response | viewer_response;

// Amazon CloudFront Developer Guide, "Restrictions on all edge functions".
struct ruled_header {
  const char* name;       // in lower case; one that ends in '-' stands for all that begin so
  unsigned read_only_in;  // a bit for each event; 0: disallowed in all
};
constexpr ruled_header ruled_headers[] = {
    {"accept-encoding", origin_request},
    {"cdn-loop", requests},
    {"content-encoding", viewer_response},
    {"content-length", requests | viewer_response},
    {"host", viewer_request},
    {"if-modified-since", origin_request},
    {"if-none-match", origin_request},
    {"if-range", origin_request},
    {"if-unmodified-since", origin_request},
    {"transfer-encoding", all_events},
    {"via", all_events},
    {"warning", viewer_response},
    {"connection", 0},
    {"expect", 0},
    {"keep-alive", 0},
    {"proxy-authenticate", 0},
    {"proxy-authorization", 0},
    {"proxy-connection", 0},
    {"trailer", 0},
    {"upgrade", 0},
    {"x-accel-buffering", 0},
    {"x-accel-charset", 0},
    {"x-accel-limit-rate", 0},
    {"x-accel-redirect", 0},
    {"x-amz-cf-", 0},
    {"x-amzn-auth", 0},
    {"x-amzn-cf-billing", 0},
    {"x-amzn-cf-id", 0},
    {"x-amzn-cf-xff", 0},
    {"x-amzn-errortype", 0},
    {"x-amzn-fle-profile", 0},
    {"x-amzn-header-count", 0},
    {"x-amzn-header-order", 0},
    {"x-amzn-lambda-integration-tag", 0},
    {"x-amzn-requestid", 0},
    {"x-cache", 0},
    {"x-edge-", 0},
    {"x-forwarded-proto", 0},
    {"x-real-ip", 0},
};
constexpr std::size_t ruled_count = sizeof ruled_headers / sizeof *ruled_headers;
constexpr std::size_t read_only_count = 12;  // the rows that come first
static_assert(ruled_headers[read_only_count - 1].read_only_in != 0 &&
              ruled_headers[read_only_count].read_only_in == 0);
constexpr std::size_t not_ruled = ruled_count;

enum class response_member : std::uint8_t {
  status,
  status_description,
  headers,
  body,
  body_encoding,
  unknown
};
constexpr name_row<response_member> response_members[] = {
    {"status", response_member::status},
    {"statusDescription", response_member::status_description},
    {"headers", response_member::headers},
    {"body", response_member::body},
    {"bodyEncoding", response_member::body_encoding},
};

constexpr bool is_capital(int byte) noexcept { return byte >= 'A' && byte <= 'Z'; }

constexpr int fold(int byte) noexcept { return is_capital(byte) ? byte + 0x20 : byte; }

// RFC 9110 section 5.6.2.
constexpr bool is_token_byte(int byte) noexcept {
  if (fold(byte) >= 'a' && fold(byte) <= 'z') return true;
  if (byte >= '0' && byte <= '9') return true;
  for (const char* other = "!#$%&'*+-.^_`|~"; *other != '\0'; ++other) {
    if (byte == *other) return true;
  }
  return false;
}

// All that the rules ask of a string, from one pass over its bytes, decoded.
struct text_facts {
  explicit text_facts(const json_text& text) noexcept {
    json_text_reader reader(text);
    for (int byte = reader.next(); byte != -1; byte = reader.next()) {
      control = control || (byte < 0x20 && byte != '\t') || byte == 0x7f;
      token = token && is_token_byte(byte);
      capitals = capitals || is_capital(byte);
      const int lower = fold(byte);
      if (size < sizeof folded) folded[size] = static_cast<char>(lower);
      if (size == 0) first = byte;
      last = byte;
      ++size;
      sum = add(sum, byte);
      folded_sum = add(folded_sum, lower);
    }
    token = token && size != 0;
  }

  // FNV-1a. Sums stand for texts where remembering these would take memory: two texts with one sum
  // are a finding too many or too few in 2^63, and nobody gains by making them.
  static std::uint64_t add(std::uint64_t sum, int byte) noexcept {
    return (sum ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3;
  }

  [[nodiscard]] bool padded() const noexcept {
    return first == ' ' || first == '\t' || last == ' ' || last == '\t';
  }

  static constexpr std::uint64_t start = 0xcbf29ce484222325;
  std::size_t size = 0;
  std::uint64_t sum = start;
  std::uint64_t folded_sum = start;
  int first = -1;
  int last = -1;
  bool control = false;
  bool token = true;
  bool capitals = false;
  char folded[32];  // the beginning in lower case: longer than any ruled name
};

std::size_t find_ruled(const text_facts& name) noexcept {
  const std::string_view begins(name.folded,
                                name.size < sizeof name.folded ? name.size : sizeof name.folded);
  for (std::size_t i = 0; i < ruled_count; ++i) {
    const std::string_view ruled = ruled_headers[i].name;
    if (begins.starts_with(ruled) && (begins.size() == ruled.size() || ruled.back() == '-')) {
      return i;
    }
  }
  return not_ruled;
}

bool equal_folded(const json_text& left, const json_text& right) noexcept {
  json_text_reader left_reader(left);
  json_text_reader right_reader(right);
  for (;;) {
    const int byte = fold(left_reader.next());
    if (byte != fold(right_reader.next())) return false;
    if (byte == -1) return true;
  }
}

// 200 to 599, or 0.
unsigned parse_status(const json_text& text) noexcept {
  json_text_reader reader(text);
  unsigned status = 0;
  for (int digits = 0; digits < 3; ++digits) {
    const int byte = reader.next();
    if (byte < '0' || byte > '9') return 0;
    status = status * 10 + static_cast<unsigned>(byte - '0');
  }
  return reader.next() == -1 && status >= 200 && status <= 599 ? status : 0;
}

int base64_digit(int byte) noexcept {
  if (byte >= 'A' && byte <= 'Z') return byte - 'A';
  if (byte >= 'a' && byte <= 'z') return byte - 'a' + 26;
  if (byte >= '0' && byte <= '9') return byte - '0' + 52;
  return byte == '+' ? 62 : byte == '/' ? 63 : -1;
}

// RFC 4648 section 4, the one spelling that encoders write. `size`: of what it decodes to.
bool measure_base64(const json_text& text, std::size_t& size) noexcept {
  json_text_reader reader(text);
  std::size_t length = 0;
  std::size_t padding = 0;
  int last = 0;
  for (int byte = reader.next(); byte != -1; byte = reader.next()) {
    ++length;
    if (byte == '=') {
      ++padding;
      continue;
    }
    last = base64_digit(byte);
    if (last < 0 || padding != 0) return false;
  }
  const int stray = padding == 0 ? 0 : padding == 1 ? 3 : 15;
  if (length % 4 != 0 || padding > 2 || (last & stray) != 0) return false;
  size = length / 4 * 3 - padding;
  return true;
}

// Whether the whole text is JSON within the bounds. After that nothing that is read of it can fail.
// Not inlined: its scanner is not to be on the stack beside another.
[[gnu::noinline]] bool is_json(std::string_view text, std::size_t& stopped) noexcept {
  json_scanner scanner(text, bounds);
  const bool read = scanner.skip_value() && scanner.finish();
  stopped = scanner.offset();
  return read;
}

class checker {
 public:
  // cppcheck-suppress uninitMemberVar ; names_ is as long as its count says
  checker(event_type type, finding_sink found, void* context) noexcept
      : event_(bit_of(type)), found_(found), context_(context) {}

  std::size_t check(std::string_view response, std::string_view original) noexcept {
    std::size_t stopped = 0;
    if ((event_ & requests) == 0 && !original.empty()) {
      if (is_json(original, stopped)) read_original(original);
      if (!has_original_) {
        response_finding finding;
        finding.rule = response_rule::original_invalid;
        finding.path.append("original");
        pass_on(finding);
      }
    }
    if (!is_json(response, stopped)) {
      response_finding finding;
      finding.rule = response_rule::not_json;
      finding.path.append("$ at byte ");
      finding.path.append_number(stopped);
      pass_on(finding);
    } else if (read_response(response)) {
      check_whole();
    }
    return count_;
  }

 private:
  // How much of the place a path tells.
  enum place : std::uint8_t { whole, member, header, entry, inner };

  void pass_on(const response_finding& finding) noexcept {
    ++count_;
    found_(context_, finding);
  }

  void tell(response_rule rule, place at) noexcept {
    response_finding finding;
    finding.rule = rule;
    finding.path.append('$');
    if (at >= member) append_path_member(finding.path, member_);
    if (at >= header) append_path_member(finding.path, header_);
    if (at >= entry) append_path_index(finding.path, index_);
    if (at >= inner) append_path_member(finding.path, inner_);
    pass_on(finding);
  }

  void tell_member(response_rule rule, std::string_view name) noexcept {
    member_ = {name};
    tell(rule, member);
  }

  // Whether what comes next is of the wanted kind. If not, it is skipped, and told: null as null,
  // for the advice is another, anything else as `rule`.
  bool comes(json_scanner& scanner, json_kind wanted, response_rule rule, place at) noexcept {
    const json_kind kind = scanner.peek();
    if (kind == wanted) return true;
    tell(is_null(scanner, kind) ? response_rule::member_null : rule, at);
    scanner.skip_value();
    return false;
  }

  static bool is_null(const json_scanner& scanner, json_kind kind) noexcept {
    return kind == json_kind::literal && *scanner.position() == 'n';
  }

  static std::uint64_t add_value(std::uint64_t sum, const text_facts& value) noexcept {
    // Not the bytes alone: ["ab"] is not ["a","b"]. Never 0, which says that there is none.
    return (text_facts::add(sum, 0xff) * 31 + value.sum) | 1;
  }

  // What the response is compared with: the status and the values of the read-only headers.
  [[gnu::noinline]] void read_original(std::string_view text) noexcept {
    json_scanner scanner(text, bounds);
    if (scanner.peek() != json_kind::object) return;
    has_original_ = true;
    scanner.enter_object();
    for (json_text name; scanner.next_member(name);) {
      const auto meaning = find_meaning(response_members, name, response_member::unknown);
      const json_kind kind = scanner.peek();
      if (meaning == response_member::status && kind == json_kind::string) {
        scanner.read_string(original_status_);
        has_original_status_ = true;
      } else if (meaning == response_member::headers && kind == json_kind::object) {
        scanner.enter_object();
        while (scanner.next_member(name)) {
          const std::size_t ruled = find_ruled(text_facts(name));
          if (is_read_only(ruled) && scanner.peek() == json_kind::array) {
            original_sums_[ruled] = read_original_values(scanner);
          } else {
            scanner.skip_value();
          }
        }
      } else {
        scanner.skip_value();
      }
    }
  }

  static std::uint64_t read_original_values(json_scanner& scanner) noexcept {
    std::uint64_t sum = 0;
    scanner.enter_array();
    while (scanner.next_item()) {
      if (scanner.peek() != json_kind::object) {
        scanner.skip_value();
        continue;
      }
      scanner.enter_object();
      for (json_text name; scanner.next_member(name);) {
        if (equal(name, "value") && scanner.peek() == json_kind::string) {
          json_text value;
          scanner.read_string(value);
          sum = add_value(sum, text_facts(value));
        } else {
          scanner.skip_value();
        }
      }
    }
    return sum;
  }

  [[nodiscard]] bool is_read_only(std::size_t ruled) const noexcept {
    return ruled < read_only_count && (ruled_headers[ruled].read_only_in & event_) != 0;
  }

  [[gnu::noinline]] bool read_response(std::string_view text) noexcept {
    json_scanner scanner(text, bounds);
    if (scanner.peek() != json_kind::object) {
      tell(response_rule::not_object, whole);
      return false;
    }
    scanner.enter_object();
    while (scanner.next_member(member_)) {
      switch (find_meaning(response_members, member_, response_member::unknown)) {
        case response_member::status:
          read_status(scanner);
          break;
        case response_member::status_description: {
          json_text text_read;
          if (comes(scanner, json_kind::string, response_rule::status_description_not_string,
                    member)) {
            scanner.read_string(text_read);
            if (text_facts(text_read).control) {
              tell(response_rule::status_description_invalid, member);
            }
          }
          break;
        }
        case response_member::headers:
          if (comes(scanner, json_kind::object, response_rule::headers_not_object, member)) {
            read_headers(scanner);
          }
          break;
        case response_member::body:
          if (comes(scanner, json_kind::string, response_rule::body_not_string, member)) {
            scanner.read_string(body_);
            has_body_ = true;
          }
          break;
        case response_member::body_encoding: {
          json_text encoding;
          if (comes(scanner, json_kind::string, response_rule::body_encoding_invalid, member)) {
            scanner.read_string(encoding);
            base64_ = equal(encoding, "base64");
            if (!base64_ && !equal(encoding, "text")) {
              tell(response_rule::body_encoding_invalid, member);
            }
          }
          break;
        }
        case response_member::unknown:
          tell(response_rule::member_unknown, member);
          scanner.skip_value();
          break;
      }
    }
    return true;
  }

  void read_status(json_scanner& scanner) noexcept {
    // null is as good as nothing: there is still a status to be given.
    has_status_ = !is_null(scanner, scanner.peek());
    if (!comes(scanner, json_kind::string, response_rule::status_not_string, member)) return;
    json_text text;
    scanner.read_string(text);
    status_ = parse_status(text);
    if (status_ == 0) tell(response_rule::status_invalid, member);
    if (event_ == viewer_response && has_original_status_ && !equal(text, original_status_)) {
      tell(response_rule::status_changed, member);
    }
  }

  void read_headers(json_scanner& scanner) noexcept {
    scanner.enter_object();
    while (scanner.next_member(header_)) {
      const text_facts name(header_);
      std::size_t ruled = not_ruled;
      if (!name.token) {
        tell(response_rule::header_name_invalid, header);
      } else {
        if (name.capitals) tell(response_rule::header_name_not_lower_case, header);
        if (is_repeated(name)) tell(response_rule::header_duplicate, header);
        ruled = find_ruled(name);
        if (ruled != not_ruled && ruled >= read_only_count) {
          tell(response_rule::header_disallowed, header);
        }
      }

      std::uint64_t sum = 0;
      if (comes(scanner, json_kind::array, response_rule::header_not_array, header)) {
        sum = read_entries(scanner, name.size);
      }
      if (is_read_only(ruled)) {
        kept_ |= 1u << ruled;
        // A request has no response yet: to have the header at all is to add it.
        if ((event_ & requests) != 0 || (has_original_ && sum != original_sums_[ruled])) {
          tell(response_rule::header_read_only, header);
        }
      }
    }
  }

  // Whether an earlier name is the same but for its case. The scanner has refused equal ones, so at
  // least one of the two has capitals: the lowest bit of what is remembered.
  bool is_repeated(const text_facts& name) noexcept {
    const std::uint64_t mine = (name.folded_sum & ~std::uint64_t{1}) | (name.capitals ? 1u : 0u);
    bool repeated = false;
    for (std::size_t i = 0; i < header_count_ && !repeated; ++i) {
      repeated = (names_[i] ^ mine) < 2 && ((names_[i] | mine) & 1) != 0;
    }
    names_[header_count_++] = mine;
    return repeated;
  }

  std::uint64_t read_entries(json_scanner& scanner, std::size_t name_size) noexcept {
    std::uint64_t sum = 0;
    scanner.enter_array();
    for (index_ = 0; scanner.next_item(); ++index_) {
      if (!comes(scanner, json_kind::object, response_rule::header_entry_not_object, entry)) {
        continue;
      }
      scanner.enter_object();
      bool has_value = false;
      while (scanner.next_member(inner_)) {
        json_text text;
        if (equal(inner_, "key")) {
          if (!comes(scanner, json_kind::string, response_rule::header_key_not_string, inner)) {
            continue;
          }
          scanner.read_string(text);
          if (!equal_folded(text, header_)) tell(response_rule::header_key_mismatch, inner);
        } else if (equal(inner_, "value")) {
          has_value = true;
          if (!comes(scanner, json_kind::string, response_rule::header_value_not_string, inner)) {
            continue;
          }
          scanner.read_string(text);
          const text_facts value(text);
          if (value.control) {
            tell(response_rule::header_value_invalid, inner);
          } else if (value.padded()) {
            tell(response_rule::header_value_padded, inner);
          }
          sum = add_value(sum, value);
          size_ += name_size + value.size + 4;  // as it is sent: ": " between them, CR LF behind
        } else {
          tell(response_rule::member_unknown, inner);
          scanner.skip_value();
        }
      }
      if (!has_value) tell(response_rule::header_value_missing, entry);
    }
    if (index_ == 0) tell(response_rule::header_empty, header);
    return sum;
  }

  // What can be said only when everything has been read.
  void check_whole() noexcept {
    if (!has_status_) tell_member(response_rule::status_missing, "status");
    for (std::size_t i = 0; i < read_only_count; ++i) {
      if (original_sums_[i] == 0 || (kept_ >> i & 1) != 0) continue;
      member_ = {"headers"};
      header_ = {ruled_headers[i].name};
      tell(response_rule::header_read_only, header);
    }
    if (has_body_) check_body();
    const bool at_viewer = (event_ & (viewer_request | viewer_response)) != 0;
    if (size_ > (at_viewer ? largest_in_viewer_events : largest_in_origin_events)) {
      tell(response_rule::response_too_large, whole);
    }
  }

  void check_body() noexcept {
    std::size_t size = text_facts(body_).size;
    // An empty body takes an origin's body away, which is right here; a request has none to take.
    if ((status_ == 204 || status_ == 304) && (size != 0 || (event_ & requests) != 0)) {
      tell_member(response_rule::body_forbidden, "body");
    }
    if (base64_ && !measure_base64(body_, size)) {
      tell_member(response_rule::body_not_base64, "body");
    }
    size_ += size;
  }

  unsigned event_;
  finding_sink found_;
  void* context_;
  std::size_t count_ = 0;

  // Where reading stands.
  json_text member_;
  json_text header_;
  std::size_t index_ = 0;
  json_text inner_;

  // What has been read.
  std::size_t size_ = 0;
  unsigned status_ = 0;
  bool has_status_ = false;
  bool has_body_ = false;
  bool base64_ = false;
  json_text body_;
  unsigned kept_ = 0;  // read-only headers that the response has
  std::size_t header_count_ = 0;

  // What the original has.
  bool has_original_ = false;
  bool has_original_status_ = false;
  json_text original_status_;
  std::uint64_t original_sums_[read_only_count] = {};  // 0: it does not have the header

  // Left uninitialised: only the first header_count_ are read. The scanner lets no more names pass.
  std::uint64_t names_[bounds.members];
};

}  // namespace

bool parse_event_type(std::string_view name, event_type& out) noexcept {
  for (std::size_t i = 0; i < sizeof event_names / sizeof *event_names; ++i) {
    if (event_names[i] != name) continue;
    out = static_cast<event_type>(i);
    return true;
  }
  return false;
}

response_rule_row find_response_rule(response_rule rule) noexcept {
  static constexpr response_rule_row rows[] = {
#define PORTCULLIS_RESPONSE_RULE(id, sentence, source) {#id, sentence, source},
#include "edge/response_rules.def"
#undef PORTCULLIS_RESPONSE_RULE
  };
  const auto index = static_cast<std::size_t>(rule);
  return index < response_rule_count ? rows[index] : response_rule_row{};
}

std::size_t check_response(event_type type, std::string_view response, std::string_view original,
                           finding_sink found, void* context) noexcept {
  return checker(type, found, context).check(response, original);
}

}  // namespace portcullis
