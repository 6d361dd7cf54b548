// The host of a core that asks for signatures: OpenSSL, as wasm/host_crypto.js asks node:crypto.
#pragma once

namespace portcullis::fuzz {

// Handles begin anew. No verifier of the core may be left.
void forget_host_keys();

}  // namespace portcullis::fuzz
