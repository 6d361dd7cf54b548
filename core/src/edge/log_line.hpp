// What is logged of a decision: nothing that a stranger wrote, and no secret.
#pragma once

#include <string_view>

#include "edge/edge_policy.hpp"
#include "jwt/policy.hpp"
#include "portcullis/decision.hpp"
#include "portcullis/fixed_text.hpp"

namespace portcullis {

// Writes the members of a JSON object, without braces; nothing when the policy wants this decision
// not logged. `token`: the one that passed, or empty.
//   "decision" "reason" "status"; "route", the pattern; "mode" in shadow mode; "kid", that of the
//   policy's key; "claims", those that the policy names, of a token that passed
void render_log_members(const policy& rules, const edge_policy& edge, const decision& judged,
                        std::string_view token, text_buffer& out) noexcept;

}  // namespace portcullis
