// Cross-origin requests (Fetch Standard, "CORS protocol"): what a browser is told, also of a
// denial.
#pragma once

#include <string_view>

#include "edge/edge_policy.hpp"
#include "portcullis/edge_request.hpp"
#include "portcullis/reason.hpp"

namespace portcullis {

// Whether the request is a preflight: OPTIONS with Origin and Access-Control-Request-Method. Only
// of a policy with CORS.
[[nodiscard]] bool is_preflight(const edge_policy& policy, const edge_request& request) noexcept;

// preflight_answered, or preflight_refused when origin, method or a header is not allowed.
[[nodiscard]] reason check_preflight(const edge_policy& policy,
                                     const edge_request& request) noexcept;

// The origin to name in Access-Control-Allow-Origin: the policy's own spelling of the request's
// one, "*" where any may, or "" when the request has none that is allowed.
[[nodiscard]] std::string_view find_allowed_origin(const edge_policy& policy,
                                                   const edge_request& request) noexcept;

}  // namespace portcullis
