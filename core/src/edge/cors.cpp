#include "edge/cors.hpp"

#include "encoding/find_byte.hpp"
#include "encoding/slice.hpp"

namespace portcullis {
namespace {

// CORS-safelisted methods (Fetch Standard): a policy that names none allows these.
constexpr std::string_view simple_methods[] = {"GET", "HEAD", "POST"};
// What a cross-origin caller of a protected path has to send in any case.
constexpr std::string_view usual_header = "authorization";

bool is_single(const field_view& field) noexcept { return field.shape == field_shape::single; }

bool is_listed(const string_list& list, std::string_view wanted) noexcept {
  for (const std::string_view each : list) {
    if (each == wanted) return true;
  }
  return false;
}

bool allows_method(const cors_policy& cors, std::string_view method) noexcept {
  if (!cors.methods.empty()) return is_listed(cors.methods, method);
  for (const auto simple : simple_methods) {
    if (simple == method) return true;
  }
  return false;
}

// Header names are compared without case; the policy's are in lower case.
bool equal_folded(std::string_view given, std::string_view lower) noexcept {
  if (given.size() != lower.size()) return false;
  for (std::size_t i = 0; i != given.size(); ++i) {
    const char c = given[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c) != lower[i]) return false;
  }
  return true;
}

bool allows_header(const cors_policy& cors, std::string_view name) noexcept {
  if (cors.headers.empty()) return equal_folded(name, usual_header);
  for (const std::string_view each : cors.headers) {
    if (equal_folded(name, each)) return true;
  }
  return false;
}

// All of a list with commas. A browser names none twice (Fetch Standard, CORS-unsafe request-header
// names), so more than are allowed cannot all be: what a stranger can make us compare has an end.
bool allows_headers(const cors_policy& cors, std::string_view names) noexcept {
  std::size_t left = cors.headers.empty() ? 1 : cors.headers.size();
  for (std::size_t at = 0; at < names.size();) {
    std::size_t end = find_byte(names, ',', at);
    if (end == std::string_view::npos) end = names.size();
    std::string_view name = slice(names, at, end - at);
    at = end + 1;
    while (!name.empty() && (name.front() == ' ' || name.front() == '\t')) name.remove_prefix(1);
    while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
    if (name.empty()) continue;
    if (left-- == 0 || !allows_header(cors, name)) return false;
  }
  return true;
}

}  // namespace

bool is_preflight(const edge_policy& policy, const edge_request& request) noexcept {
  return policy.cors.configured && is_single(request.method) && request.method.value == "OPTIONS" &&
         is_single(request.headers[policy.origin_field]) &&
         is_single(request.headers[policy.asked_method_field]);
}

std::string_view find_allowed_origin(const edge_policy& policy,
                                     const edge_request& request) noexcept {
  if (!policy.cors.configured || !is_single(request.headers[policy.origin_field])) return {};
  if (policy.cors.any_origin) return "*";
  for (const std::string_view each : policy.cors.origins) {
    if (each == request.headers[policy.origin_field].value) return each;
  }
  return {};
}

reason check_preflight(const edge_policy& policy, const edge_request& request) noexcept {
  const field_view& headers = request.headers[policy.asked_headers_field];
  const bool headers_known = is_single(headers) || headers.shape == field_shape::absent;
  const bool allowed =
      !find_allowed_origin(policy, request).empty() && headers_known &&
      allows_method(policy.cors, request.headers[policy.asked_method_field].value) &&
      (!is_single(headers) || allows_headers(policy.cors, headers.value));
  return allowed ? reason::preflight_answered : reason::preflight_refused;
}

}  // namespace portcullis
