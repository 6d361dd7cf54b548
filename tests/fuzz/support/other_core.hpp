// The core with the backends of the WASM modules, compiled for this machine: a shared object each,
// with the C door for all that it shows. What crosses in WASM crosses here, byte for byte; what
// only a WASM module can get wrong (its compiler, its loader) is for tests/fuzz/replay.py.
#pragma once

#include <openssl/crypto.h>
#include <portcullis/edge_api.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/check.hpp"

namespace portcullis::fuzz {

struct other_core {
  const char* name;
  decltype(&portcullis_create_verifier) create_verifier;
  decltype(&portcullis_destroy_verifier) destroy_verifier;
  decltype(&portcullis_verify_request) verify_request;
  decltype(&portcullis_verify_token) verify_token;
  decltype(&portcullis_verify_signature) verify_signature;
  decltype(&portcullis_write_token_claims) write_token_claims;
  decltype(&portcullis_seed_edge) seed_edge;
  decltype(&portcullis_judge_request) judge_request;
  decltype(&portcullis_write_edge_response) write_edge_response;
  decltype(&portcullis_write_edge_edits) write_edge_edits;
  decltype(&portcullis_write_edge_log) write_edge_log;
  void (*forget_keys)();  // of the host's library, once no verifier of this core is left
};

extern "C" {
#pragma GCC visibility push(default)
extern const other_core portcullis_host_core;
#if PORTCULLIS_FUZZ_SELF_CONTAINED
extern const other_core portcullis_self_contained_core;
#endif
#pragma GCC visibility pop
}

// This program's own core, by its C door.
inline constexpr other_core own_core = {
    "openssl",
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
    [] {},
};

// The own core first.
[[nodiscard]] inline std::span<const other_core* const> all_cores() {
  static constexpr std::array cores = {
    &own_core,
    &portcullis_host_core,
#if PORTCULLIS_FUZZ_SELF_CONTAINED
    &portcullis_self_contained_core,
#endif
  };
  return cores;
}

// A verifier of one of the cores.
class other_verifier {
 public:
  other_verifier(const other_core& core, std::string_view policy)
      : core_(&core),
        made_(core.create_verifier(policy.data(), policy.size(), error_.data(), error_.size(),
                                   &error_length_)) {}
  other_verifier(other_verifier&& from) noexcept : core_(from.core_), made_(from.made_) {
    from.made_ = nullptr;
  }
  other_verifier& operator=(other_verifier&&) = delete;
  ~other_verifier() { core_->destroy_verifier(made_); }

  [[nodiscard]] const other_core& core() const { return *core_; }
  [[nodiscard]] portcullis_verifier* get() const { return made_; }
  [[nodiscard]] explicit operator bool() const { return made_ != nullptr; }
  [[nodiscard]] std::string_view error() const { return {error_.data(), error_length_}; }

 private:
  const other_core* core_;
  std::array<char, 1024> error_{};
  std::size_t error_length_ = 0;
  portcullis_verifier* made_;
};

// Several libraries are in one program, and at exit each would clean up behind the others.
inline const int no_cleanup = OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);

// One of each core. Never destroyed.
[[nodiscard]] inline const std::vector<other_verifier>& make_verifiers(std::string_view policy) {
  auto& made = *new std::vector<other_verifier>;
  for (const auto* core : all_cores()) {
    made.emplace_back(*core, policy);
    check(bool(made.back()), "a policy is right to every backend");
  }
  return made;
}

}  // namespace portcullis::fuzz
