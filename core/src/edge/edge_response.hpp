// The response to a request that does not pass, where a policy has an edge layer: what a denial
// says, a redirect to a login page or to one that asks for a proof, the answer to a preflight, and
// CORS headers on all of them, so that a browser lets its script see a 401.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "edge/edge_policy.hpp"
#include "portcullis/decision.hpp"
#include "portcullis/edge_request.hpp"
#include "portcullis/fixed_text.hpp"

namespace portcullis {

// Room for the largest: a redirect's Location of three texts of a policy and a target.
inline constexpr std::size_t edge_response_bytes = 16384;
// A longer target is not told: the page after the login is then its own.
inline constexpr std::size_t max_target_bytes = 2048;

// `client`: the key of the client's address (client_address.hpp), for the challenge.
void render_edge_response(const edge_policy& policy, std::string_view realm,
                          const edge_request& request, const decision& judged,
                          std::string_view client, std::int64_t now, text_buffer& out) noexcept;

}  // namespace portcullis
