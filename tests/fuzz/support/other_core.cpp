// What a shared object of support/other_core.hpp shows, and nothing else of it is seen.
#define PORTCULLIS_FUZZ_SELF_CONTAINED 1  // for the declaration alone
#include "support/other_core.hpp"

#include "support/host_library.hpp"

namespace portcullis::fuzz {

extern "C" {
#pragma GCC visibility push(default)
const other_core PORTCULLIS_FUZZ_CORE = {
    PORTCULLIS_FUZZ_CORE_NAME,
    portcullis_create_verifier,
    portcullis_destroy_verifier,
    portcullis_verify_request,
    portcullis_verify_token,
    portcullis_verify_signature,
    portcullis_write_token_claims,
    portcullis_seed_edge,
    portcullis_judge_request,
    portcullis_write_edge_response,
    portcullis_write_edge_edits,
    portcullis_write_edge_log,
    forget_host_keys,
};
#pragma GCC visibility pop
}

}  // namespace portcullis::fuzz
