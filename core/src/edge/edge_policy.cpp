#include "edge/edge_policy.hpp"

#include <bit>

#include "encoding/slice.hpp"
#include "jose/jwk.hpp"
#include "jwt/policy_members.hpp"
#include "jwt/requirements.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

using kind = json_node::kind;

// Where the readers of members write to.
struct reading : member_reading {
  policy& rules;
  edge_policy& out;
  credential_source* source;
  route_rule* route;
  rate* limit;
};
template <reader_of<reading>::type read>
constexpr auto as = reader_of<reading>::by<read>;

// ---- values that occur in more than one place ----

// RFC 9110 section 5.6.2.
constexpr bool is_token_character(char c) noexcept {
  const char lower = static_cast<char>(c | 0x20);
  if ((lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9')) return true;
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return others.find(c) != std::string_view::npos;
}

constexpr bool is_header_character(char c) noexcept {
  return is_token_character(c) && !(c >= 'A' && c <= 'Z');
}

// What a URL may consist of (RFC 3986 section 2), but for the '#' of a fragment.
constexpr bool is_url_character(char c) noexcept {
  constexpr std::string_view not_in_urls = "\"#<>\\^`{|}";
  return c > 0x20 && c < 0x7f && not_in_urls.find(c) == std::string_view::npos;
}

bool is_url_text(std::string_view text) noexcept {
  for (const char c : text) {
    if (!is_url_character(c)) return false;
  }
  return !text.empty() && text.size() <= limits::max_string_bytes;
}

constexpr std::string_view https = "https://";

// An absolute URL with a host, or a path: "//host" would be another site, and so would "/\host" for
// a browser.
bool is_url(const json_node& value) noexcept {
  if (!value.is_string() || !is_url_text(value.text)) return false;
  if (has_at(value.text, 0, https)) {
    return value.text.size() > https.size() && value.text[https.size()] != '/';
  }
  return value.text.front() == '/' && !has_at(value.text, 0, "//");
}

// Scheme, host and perhaps a port, as a browser writes it (RFC 6454 section 6.1).
bool is_origin(const json_node& value) noexcept {
  if (!value.is_string() || !is_url_text(value.text)) return false;
  const std::size_t mark = value.text.find("://");
  if (mark == std::string_view::npos || mark == 0) return false;
  const std::string_view host = slice(value.text, mark + 3);
  constexpr std::string_view not_in_origins = "/?@";
  for (const char c : value.text) {
    if (c >= 'A' && c <= 'Z') return false;  // browsers send lower case
  }
  return !host.empty() && host.find_first_of(not_in_origins) == std::string_view::npos;
}

bool read_object(const json_node& value, std::span<const member_row> rows, reading& in) {
  if (!has_children(value, kind::object, limits::max_policy_members)) {
    return refuse(in.error, value, policy_text::object);
  }
  return read_members(value, rows, both, both, in);
}

bool read_boolean(const json_node& value, bool& out, reading& in) {
  out = value.integer != 0;
  return value.type == kind::boolean || refuse(in.error, value, policy_text::boolean);
}

bool read_token_name(const json_node& value, std::string_view& out, reading& in) {
  out = value.text;
  return is_short_text(value, is_token_character) ||
         refuse(in.error, value, policy_text::token_name);
}

bool read_url(const json_node& value, std::string_view& out, reading& in) {
  out = value.text;
  return is_url(value) || refuse(in.error, value, policy_text::url);
}

// One of a few words, by its place among them.
template <std::size_t Count>
bool read_word(const json_node& value, const char* const (&words)[Count], std::size_t& out,
               policy_text expected, reading& in) {
  for (out = 0; out != Count; ++out) {
    if (value.is_string(words[out])) return true;
  }
  return refuse(in.error, value, expected);
}

// Every one of a list's entries, or the place of the first that is wrong.
bool read_each(const json_node& value, std::size_t most, policy_text list_expected,
               bool (*is_good)(const json_node&), policy_text expected, string_list& out,
               reading& in) {
  if (!has_children(value, kind::array, most)) return refuse(in.error, value, list_expected);
  for (const json_node* item = value.first; item != nullptr; item = item->next) {
    if (!is_good(*item)) return refuse(in.error, *item, expected);
    for (const json_node* other = value.first; other != item; other = other->next) {
      if (other->text == item->text) return refuse(in.error, *item, policy_text::once);
    }
  }
  out = {value.first, value.count};
  return true;
}

bool is_token_name(const json_node& value) noexcept {
  return is_short_text(value, is_token_character);
}

bool is_header_name(const json_node& value) noexcept {
  return is_short_text(value, is_header_character);
}
static_assert(limits::max_header_name_bytes == 64);

bool read_methods(const json_node& value, string_list& out, reading& in) {
  return read_each(value, limits::max_methods, policy_text::method_list, is_token_name,
                   policy_text::token_name, out, in);
}

// The place of a header among those that are read.
std::size_t add_field(edge_policy& out, std::string_view name) noexcept {
  for (std::size_t i = 0; i != out.field_count; ++i) {
    if (out.fields[i] == name) return i;
  }
  out.fields[out.field_count] = name;
  return out.field_count++;
}

// ---- sources ----

bool read_source_kind(const json_node& value, const member_row& row, reading& in) {
  credential_source& source = *in.source;
  if (!source.name.empty()) return refuse(in.error, *value.parent, policy_text::source);
  source.from = static_cast<credential_source::kind>(row.number);
  source.name = value.text;
  if (source.from == credential_source::header) {
    if (source.name == "authorization") source.scheme = "Bearer";
    return is_header_name(value) || refuse(in.error, value, policy_text::header_name);
  }
  return is_token_name(value) || refuse(in.error, value, policy_text::token_name);
}

// Only a source of one kind has a member.
bool is_of(const json_node& value, credential_source::kind wanted, reading& in) {
  return in.source->from == wanted || refuse(in.error, value, policy_text::no_such_member);
}

bool read_scheme(const json_node& value, const member_row& /*row*/, reading& in) {
  if (!is_of(value, credential_source::header, in)) return false;
  in.source->scheme = {};
  if (value.type == kind::null) return true;
  in.source->scheme = value.text;
  return is_token_name(value) || refuse(in.error, value, policy_text::scheme);
}

bool read_repeated(const json_node& value, const member_row& /*row*/, reading& in) {
  constexpr const char* words[] = {"refuse", "first"};
  std::size_t which = 0;
  if (!is_of(value, credential_source::cookie, in)) return false;
  if (!read_word(value, words, which, policy_text::repeated, in)) return false;
  in.source->first_of_many = which == 1;
  return true;
}

bool read_strip(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_boolean(value, in.source->strip, in);
}

constexpr member_row source_rows[] = {
    {"header", as<read_source_kind>, both, credential_source::header},
    {"cookie", as<read_source_kind>, both, credential_source::cookie},
    {"query", as<read_source_kind>, both, credential_source::query},
    {"scheme", as<read_scheme>},
    {"repeated", as<read_repeated>},
    {"strip", as<read_strip>},
};

bool read_sources(const json_node& value, const member_row& /*row*/, reading& in) {
  edge_policy& out = in.out;
  if (!has_children(value, kind::array, limits::max_sources)) {
    return refuse(in.error, value, policy_text::source_list);
  }
  out.sources = make_owned_array<credential_source>(value.count);
  if (out.sources == nullptr) return refuse_for_memory(in.error);
  for (const json_node* item = value.first; item != nullptr; item = item->next) {
    in.source = &out.sources[out.source_count];
    if (!has_children(*item, kind::object, limits::max_policy_members)) {
      return refuse(in.error, *item, policy_text::source);
    }
    if (!read_members(*item, source_rows, both, both, in)) return false;
    if (in.source->name.empty()) return refuse(in.error, *item, policy_text::source);
    for (std::size_t i = 0; i != out.source_count; ++i) {
      const credential_source& other = out.sources[i];
      if (other.from == in.source->from && other.name == in.source->name) {
        return refuse(in.error, *item, policy_text::once);
      }
    }
    ++out.source_count;
  }
  return true;
}

// ---- headers for the origin ----

bool is_source_header(const edge_policy& out, std::string_view name) noexcept {
  for (std::size_t i = 0; i != out.source_count; ++i) {
    const credential_source& source = out.sources[i];
    if (source.from == credential_source::header && source.name == name) return true;
    if (source.from == credential_source::cookie && name == "cookie") return true;
  }
  return false;
}

bool read_claim_headers(const json_node& value, const member_row& /*row*/, reading& in) {
  edge_policy& out = in.out;
  if (!has_children(value, kind::object, limits::max_claim_headers)) {
    return refuse(in.error, value, policy_text::claim_headers);
  }
  out.claim_headers = make_owned_array<claim_header>(value.count);
  if (out.claim_headers == nullptr) return refuse_for_memory(in.error);
  for (const json_node* item = value.first; item != nullptr; item = item->next) {
    json_node name;  // the member's name, to be looked at like a value
    name.type = kind::string;
    name.text = item->name;
    if (!is_header_name(name)) return refuse(in.error, *item, policy_text::header_name);
    if (!may_set_header(item->name) || is_source_header(out, item->name)) {
      return refuse(in.error, *item, policy_text::settable_header);
    }
    if (!is_name(*item)) return refuse(in.error, *item, policy_text::name);
    out.claim_headers[out.claim_header_count++] = {item->name, item->text};
  }
  return true;
}

// ---- routes ----

bool read_path(const json_node& value, const member_row& /*row*/, reading& in) {
  route_rule& route = *in.route;
  if (!value.is_string() || value.text.size() > limits::max_pattern_bytes) {
    return refuse(in.error, value, policy_text::path);
  }
  route.pattern = value.text;
  switch (in.out.patterns.add(value.text, route.place)) {
    case pattern_fault::none:
      return true;
    case pattern_fault::not_a_path:
      return refuse(in.error, value, policy_text::path);
    case pattern_fault::out_of_memory:
      return refuse_for_memory(in.error);
    case pattern_fault::star_in_segment:
      return refuse(in.error, value, policy_text::path_star);
    case pattern_fault::too_many_stars:
      break;
  }
  return refuse(in.error, value, policy_text::path_stars);
}

bool read_route_methods(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_methods(value, in.route->methods, in);
}

bool read_access(const json_node& value, const member_row& /*row*/, reading& in) {
  constexpr const char* words[] = {"token", "public", "deny"};  // in the order of `access`
  std::size_t which = 0;
  if (!read_word(value, words, which, policy_text::access, in)) return false;
  in.route->lets = static_cast<access>(which);
  return true;
}

bool needs_token(const json_node& value, reading& in) {
  return in.route->lets == access::token || refuse(in.error, value, policy_text::only_with_token);
}

bool read_route_require(const json_node& value, const member_row& /*row*/, reading& in) {
  rule_writer rules(in.route->first_rule);
  return needs_token(value, in) && read_requirements(value, rules, in.error);
}

bool read_route_issuers(const json_node& value, const member_row& /*row*/, reading& in) {
  if (!needs_token(value, in) || !read_names(value, in.route->issuers, in.error)) return false;
  for (const json_node* item = value.first; item != nullptr; item = item->next) {
    const issuer_policy* issuer = in.rules.first_issuer.get();
    while (issuer != nullptr && issuer->issuer != item->text) issuer = issuer->next.get();
    if (issuer == nullptr) return refuse(in.error, *item, policy_text::known_issuer);
  }
  return true;
}

bool read_route_challenge(const json_node& value, const member_row& /*row*/, reading& in) {
  constexpr const char* words[] = {"none", "login", "page"};
  std::size_t which = 0;
  if (!read_word(value, words, which, policy_text::challenge, in)) return false;
  const bool configured = which == 1   ? !in.out.login.url.empty()
                          : which == 2 ? !in.out.page.url.empty()
                                       : true;
  if (!configured) return refuse(in.error, value, policy_text::challenge_configured);
  if (which == 1 && !needs_token(value, in)) return false;
  in.route->login = which == 1;
  in.route->proof = which == 2;
  return true;
}

// Access comes before what depends on it.
constexpr member_row route_rows[] = {
    {"path", as<read_path>, both | required}, {"access", as<read_access>},
    {"methods", as<read_route_methods>},      {"require", as<read_route_require>},
    {"issuers", as<read_route_issuers>},      {"challenge", as<read_route_challenge>},
};

// The methods that the rules read so far name, each with the place of its pattern. While a policy
// is read: to compare each rule with each before it would be the square of their number.
class named_methods {
 public:
  // Room for so many. False when there is no memory.
  [[nodiscard]] bool reserve(std::size_t count) noexcept {
    const std::size_t size = std::bit_ceil(2 * count + 1);
    slots_ = make_owned_array<slot>(size);
    mask_ = size - 1;
    return slots_ != nullptr;
  }

  // As requests are matched: GET stands for HEAD as well.
  [[nodiscard]] bool has(std::uint32_t place, std::string_view method) const noexcept {
    return !find(place, method).method.empty() ||
           (method == "HEAD" && !find(place, "GET").method.empty());
  }
  void add(std::uint32_t place, std::string_view method) noexcept {
    find(place, method) = {method, place};
  }

 private:
  struct slot {
    std::string_view method;  // empty: free
    std::uint32_t place = 0;
  };

  // The slot of a method, or the free one where it belongs. Nobody but the operator fills it.
  [[nodiscard]] slot& find(std::uint32_t place, std::string_view method) const noexcept {
    std::uint32_t hash = place * 0x9e3779b1;
    for (const char c : method) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193;
    for (std::size_t at = hash ^ hash >> 15;; ++at) {
      slot& found = slots_[at & mask_];
      if (found.method.empty() || (found.place == place && found.method == method)) return found;
    }
  }

  owned<slot[]> slots_;
  std::size_t mask_ = 0;
};

// Puts a rule behind those of its pattern, of which `last` is the last one. False when one of those
// takes requests that it names: then one of the two is a mistake. A rule for any method may come
// last, for the methods that are left.
bool link(edge_policy& out, route_rule& route, route_rule*& last, named_methods& named) noexcept {
  if (last != nullptr && last->methods.empty()) return false;
  for (const std::string_view method : route.methods) {
    if (named.has(route.place, method)) return false;
  }
  for (const std::string_view method : route.methods) named.add(route.place, method);
  (last == nullptr ? out.first_of_place[route.place] : last->next) = &route;
  last = &route;
  return true;
}

bool read_routes(const json_node& value, const member_row& /*row*/, reading& in) {
  edge_policy& out = in.out;
  if (!has_children(value, kind::array, limits::max_routes)) {
    return refuse(in.error, value, policy_text::route_list);
  }
  std::size_t segments = 0;
  std::size_t methods = 0;
  for (const json_node* item = value.first; item != nullptr; item = item->next) {
    const json_node* const named = item->find("methods");
    if (named != nullptr) methods += named->count;
    const json_node* const path = item->find("path");
    if (path == nullptr) continue;
    for (const char c : path->text) segments += c == '/' ? 1 : 0;
  }
  if (segments > limits::max_route_segments) {
    return refuse(in.error, value, policy_text::path_segments);
  }
  out.routes = make_owned_array<route_rule>(value.count);
  out.first_of_place = make_owned_array<const route_rule*>(value.count);
  const auto last_of_place = make_owned_array<route_rule*>(value.count);
  named_methods named;
  if (out.routes == nullptr || out.first_of_place == nullptr || last_of_place == nullptr ||
      !out.patterns.reserve(value.count, segments) || !named.reserve(methods)) {
    return refuse_for_memory(in.error);
  }
  for (const json_node* item = value.first; item != nullptr; item = item->next) {
    in.route = &out.routes[out.route_count];
    in.route->number = static_cast<std::uint32_t>(out.route_count);
    if (item->type != kind::object) return refuse(in.error, *item, policy_text::route);
    if (!read_members(*item, route_rows, both, both, in)) return false;
    if (!link(out, *in.route, last_of_place[in.route->place], named)) {
      return refuse_member(in.error, *item, "path", policy_text::path_once);
    }
    ++out.route_count;
  }
  return true;
}

bool read_path_case(const json_node& value, const member_row& /*row*/, reading& in) {
  constexpr const char* words[] = {"any", "exact"};
  std::size_t which = 0;
  if (!read_word(value, words, which, policy_text::path_case, in)) return false;
  in.out.case_decides = which == 1;
  return true;
}

// ---- CORS ----

bool read_origins(const json_node& value, const member_row& /*row*/, reading& in) {
  cors_policy& cors = in.out.cors;
  cors.any_origin = value.is_string("*");
  return cors.any_origin || read_each(value, limits::max_origins, policy_text::origin_list,
                                      is_origin, policy_text::origin, cors.origins, in);
}

bool read_credentials(const json_node& value, const member_row& /*row*/, reading& in) {
  cors_policy& cors = in.out.cors;
  if (!read_boolean(value, cors.credentials, in)) return false;
  if (!cors.credentials || !cors.any_origin) return true;
  return refuse(in.error, value, policy_text::no_credentials_for_all);
}

bool read_cors_methods(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_methods(value, in.out.cors.methods, in);
}

bool read_header_names(const json_node& value, string_list& out, reading& in) {
  return read_each(value, limits::max_cors_headers, policy_text::header_list, is_header_name,
                   policy_text::header_name, out, in);
}

bool read_cors_headers(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_header_names(value, in.out.cors.headers, in);
}

bool read_exposed(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_header_names(value, in.out.cors.exposed, in);
}

bool read_max_age(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_whole(value, 0, 86400, in.out.cors.max_age, policy_text::max_age, in.error);
}

constexpr member_row cors_rows[] = {
    {"origins", as<read_origins>, both | required},
    {"methods", as<read_cors_methods>},
    {"headers", as<read_cors_headers>},
    {"expose", as<read_exposed>},
    {"credentials", as<read_credentials>},
    {"max_age", as<read_max_age>},
};

bool read_cors(const json_node& value, const member_row& /*row*/, reading& in) {
  in.out.cors.configured = true;
  return read_object(value, cors_rows, in);
}

// ---- challenges ----

bool read_login_url(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_url(value, in.out.login.url, in);
}

bool read_login_return(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_token_name(value, in.out.login.return_parameter, in);
}

// An origin: the target's path follows it.
bool read_return_base(const json_node& value, const member_row& /*row*/, reading& in) {
  in.out.login.return_base = value.text;
  return (is_origin(value) && has_at(value.text, 0, https)) ||
         refuse(in.error, value, policy_text::origin);
}

constexpr member_row login_rows[] = {
    {"url", as<read_login_url>, both | required},
    {"return_parameter", as<read_login_return>},
    {"return_base", as<read_return_base>},
};

bool read_login(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_object(value, login_rows, in);
}

bool read_page_url(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_url(value, in.out.page.url, in);
}

bool read_page_name(const json_node& value, const member_row& row, reading& in) {
  std::string_view* const names[] = {&in.out.page.parameter, &in.out.page.return_parameter,
                                     &in.out.page.cookie};
  return read_token_name(value, *names[row.number], in);
}

bool read_page_key(const json_node& value, const member_row& /*row*/, reading& in) {
  algorithm_set allowed;
  allowed.add(algorithm::hs256);
  if (value.type != kind::object) return refuse(in.error, value, policy_text::key_object);
  return parse_key(in.rules.document, value, allowed, in.out.page.key, in.error) == key_fit::usable;
}

bool read_lifetime(const json_node& value, const member_row& row, reading& in) {
  return read_whole(value, 1, limits::max_challenge_lifetime,
                    row.number == 0 ? in.out.page.lifetime : in.out.page.proof_lifetime,
                    policy_text::lifetime, in.error);
}

constexpr member_row page_rows[] = {
    {"url", as<read_page_url>, both | required},       {"parameter", as<read_page_name>, both, 0},
    {"return_parameter", as<read_page_name>, both, 1}, {"cookie", as<read_page_name>, both, 2},
    {"key", as<read_page_key>, both | required},       {"lifetime", as<read_lifetime>, both, 0},
    {"proof_lifetime", as<read_lifetime>, both, 1},
};

bool read_page(const json_node& value, const member_row& /*row*/, reading& in) {
  in.out.page.parameter = "challenge";
  in.out.page.cookie = "__Host-portcullis-proof";
  return read_object(value, page_rows, in);
}

constexpr member_row challenge_rows[] = {
    {"login", as<read_login>},
    {"page", as<read_page>},
};

bool read_challenge(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_object(value, challenge_rows, in);
}

// ---- what is kept between requests ----

bool read_rate_number(const json_node& value, const member_row& row, reading& in) {
  std::int64_t* const numbers[] = {&in.limit->requests, &in.limit->seconds, &in.limit->burst};
  const bool seconds = row.number == 1;
  return read_whole(value, 1, seconds ? 86400 : 1000000, *numbers[row.number],
                    seconds ? policy_text::lifetime : policy_text::count, in.error);
}

constexpr member_row rate_rows[] = {
    {"requests", as<read_rate_number>, both | required, 0},
    {"seconds", as<read_rate_number>, both | required, 1},
    {"burst", as<read_rate_number>, both, 2},
};

bool read_rate(const json_node& value, const member_row& row, reading& in) {
  in.limit = row.number == 0 ? &in.out.by_address : &in.out.by_subject;
  if (!read_object(value, rate_rows, in)) return false;
  if (in.limit->burst == 0) in.limit->burst = in.limit->requests;
  return true;
}

// A power of two between bounds that are.
bool read_power(const json_node& value, std::int64_t least, std::int64_t most, std::size_t& out,
                policy_text expected, reading& in) {
  std::int64_t number = 0;
  if (!read_whole(value, least, most, number, expected, in.error)) return false;
  if ((number & (number - 1)) != 0) return refuse(in.error, value, expected);
  out = static_cast<std::size_t>(number);
  return true;
}

bool read_limiter_entries(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_power(value, 64, limits::max_limiter_entries, in.out.limiter_entries,
                    policy_text::limiter_entries, in);
}

bool read_prefix(const json_node& value, const member_row& /*row*/, reading& in) {
  std::int64_t bits = 0;
  if (!read_whole(value, 1, 128, bits, policy_text::ipv6_prefix, in.error)) return false;
  in.out.ipv6_prefix = static_cast<unsigned>(bits);
  return true;
}

bool read_over(const json_node& value, const member_row& /*row*/, reading& in) {
  constexpr const char* words[] = {"deny", "challenge"};
  std::size_t which = 0;
  if (!read_word(value, words, which, policy_text::over_limit, in)) return false;
  in.out.limit_by_page = which == 1;
  if (which == 0 || !in.out.page.url.empty()) return true;
  return refuse(in.error, value, policy_text::challenge_configured);
}

constexpr member_row limit_rows[] = {
    {"address", as<read_rate>, both, 0},
    {"subject", as<read_rate>, both, 1},
    {"entries", as<read_limiter_entries>},
    {"ipv6_prefix", as<read_prefix>},
    {"over", as<read_over>},
};

bool read_rate_limit(const json_node& value, const member_row& /*row*/, reading& in) {
  in.out.limiter_entries = 4096;
  return read_object(value, limit_rows, in);
}

bool read_cache_entries(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_power(value, 16, limits::max_cache_entries, in.out.cache_entries,
                    policy_text::cache_entries, in);
}

constexpr member_row cache_rows[] = {{"entries", as<read_cache_entries>, both | required}};

bool read_cache(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_object(value, cache_rows, in);
}

// ---- logs ----

bool read_mode(const json_node& value, const member_row& /*row*/, reading& in) {
  constexpr const char* words[] = {"enforce", "shadow"};
  std::size_t which = 0;
  if (!read_word(value, words, which, policy_text::mode, in)) return false;
  in.out.shadow = which == 1;
  if (in.out.shadow) in.out.log = logged::denied;  // what would it be for otherwise
  return true;
}

bool read_decisions(const json_node& value, const member_row& /*row*/, reading& in) {
  constexpr const char* words[] = {"none", "denied", "all"};  // in the order of `logged`
  std::size_t which = 0;
  if (!read_word(value, words, which, policy_text::decisions, in)) return false;
  in.out.log = static_cast<logged>(which);
  return true;
}

bool read_logged_claims(const json_node& value, const member_row& /*row*/, reading& in) {
  if (value.count > limits::max_claim_headers) {
    return refuse(in.error, value, policy_text::logged_claims);
  }
  return read_names(value, in.out.logged_claims, in.error);
}

constexpr member_row log_rows[] = {
    {"decisions", as<read_decisions>, both | required},
    {"claims", as<read_logged_claims>},
};

bool read_log(const json_node& value, const member_row& /*row*/, reading& in) {
  return read_object(value, log_rows, in);
}

// Sources before the headers that must not be one, challenges before who sends there.
constexpr member_row edge_rows[] = {
    {"sources", as<read_sources>},
    {"claim_headers", as<read_claim_headers>},
    {"challenge", as<read_challenge>},
    {"path_case", as<read_path_case>},
    {"routes", as<read_routes>},
    {"cors", as<read_cors>},
    {"rate_limit", as<read_rate_limit>},
    {"token_cache", as<read_cache>},
    {"mode", as<read_mode>},
    {"log", as<read_log>},
};

// Without sources, the Authorization header is the only one, as RFC 6750 section 2.1 has it.
bool use_authorization(edge_policy& out) noexcept {
  out.sources = make_owned_array<credential_source>(1);
  if (out.sources == nullptr) return false;
  out.sources[0].name = "authorization";
  out.sources[0].scheme = "Bearer";
  out.source_count = 1;
  return true;
}

void find_fields(edge_policy& out) noexcept {
  bool cookies = !out.page.url.empty();
  for (std::size_t i = 0; i != out.source_count; ++i) {
    credential_source& source = out.sources[i];
    if (source.from == credential_source::header) source.field = add_field(out, source.name);
    cookies = cookies || source.from == credential_source::cookie;
  }
  if (cookies) out.cookie_field = add_field(out, "cookie");
  if (!out.cors.configured) return;
  out.origin_field = add_field(out, "origin");
  out.asked_method_field = add_field(out, "access-control-request-method");
  out.asked_headers_field = add_field(out, "access-control-request-headers");
}

}  // namespace

bool edge_policy::edits() const noexcept {
  for (std::size_t i = 0; i != source_count; ++i) {
    if (sources[i].strip) return true;
  }
  return claim_header_count != 0;
}

bool may_set_header(std::string_view name) noexcept {
  // Amazon CloudFront Developer Guide, "Restrictions on all edge functions": what no function may
  // add, what a viewer-request or origin-request function may not change, and the prefixes of both.
  constexpr std::string_view kept[] = {"accept-encoding",
                                       "cdn-loop",
                                       "connection",
                                       "content-length",
                                       "expect",
                                       "host",
                                       "if-modified-since",
                                       "if-none-match",
                                       "if-range",
                                       "if-unmodified-since",
                                       "keep-alive",
                                       "proxy-authenticate",
                                       "proxy-authorization",
                                       "proxy-connection",
                                       "te",
                                       "trailer",
                                       "transfer-encoding",
                                       "upgrade",
                                       "via",
                                       "warning",
                                       "x-cache",
                                       "x-forwarded-proto",
                                       "x-real-ip"};
  constexpr std::string_view kept_prefixes[] = {"x-accel-", "x-amz-cf-", "x-amzn-", "x-edge-",
                                                "cloudfront-"};
  for (const auto each : kept) {
    if (name == each) return false;
  }
  for (const auto each : kept_prefixes) {
    if (has_at(name, 0, each)) return false;
  }
  return true;
}

bool parse_edge_policy(policy& rules, edge_policy& out, policy_error& error) {
  const json_node& root = rules.document.root();
  for (const auto& row : edge_rows) out.present = out.present || root.find(row.name) != nullptr;
  if (!out.present) return true;
  reading in{{error}, rules, out, nullptr, nullptr, nullptr};
  if (root.find("sources") == nullptr && !use_authorization(out)) return refuse_for_memory(error);
  for (const auto& row : edge_rows) {
    const json_node* const value = root.find(row.name);
    if (value != nullptr && !row.read(*value, row, in)) return false;
  }
  find_fields(out);
  return true;
}

}  // namespace portcullis
