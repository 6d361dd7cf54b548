// Asks for the memory that judging a token will read, all at once when it is known where, so that
// it is on its way while other things are done. A request that comes alone finds nothing in the
// caches, and where each address stands in what the one before points to, it would wait for one
// after the other. Nothing but time depends on it: there is no wrong address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "jwt/policy.hpp"

namespace portcullis {

[[gnu::always_inline]] inline void fetch(const void* from, std::size_t bytes) noexcept {
#if !defined(__wasm__)
  constexpr std::size_t line_bytes = 64;
  // Numbers, for nothing need be there: a pointer may not leave what it points into.
  const auto begin = reinterpret_cast<std::uintptr_t>(from);
  for (std::size_t at = 0; at < bytes; at += line_bytes) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): nothing is read through it
    __builtin_prefetch(reinterpret_cast<const void*>(begin + at));
  }
#else
  (void)from;
  (void)bytes;  // no such instruction
#endif
}

// When a call begins.
[[gnu::always_inline]] inline void fetch_token_and_policy(std::string_view token,
                                                          const issuer_policy& issuer) noexcept {
  // Behind the first lines a processor has seen where this goes.
  constexpr std::size_t begin_bytes = 320;
  fetch(token.data(), begin_bytes);
  fetch(&issuer, sizeof issuer);
}

// When that has come.
[[gnu::always_inline]] inline void fetch_rules(const issuer_policy& issuer) noexcept {
  fetch(issuer.first_rule.get(), sizeof(claim_rule));
  fetch(issuer.audiences.first(), 1);
  fetch(issuer.issuer.data(), 1);
}

// When those have.
[[gnu::always_inline]] inline void fetch_texts(const issuer_policy& issuer) noexcept {
  if (!issuer.audiences.empty()) fetch(issuer.audiences.first()->text.data(), 1);
  if (issuer.first_rule != nullptr) fetch(issuer.first_rule->lists.all_of().first(), 1);
}

// The code that comes behind the hash, while that is at work. Of what a call runs it is the largest
// part, and is read from its beginning to its end; of each pair of lines the processor fetches the
// other one itself. One instruction for each pair, written out: a loop takes 15 ns more.
[[gnu::always_inline]] inline void fetch_code(const void* function) noexcept {
#if !defined(__wasm__)
  constexpr std::size_t pair_bytes = 128;
  constexpr std::size_t run_by_then = 1536;
  constexpr std::size_t end = 6656;
  const auto begin = reinterpret_cast<std::uintptr_t>(function);
#pragma GCC unroll 64
  for (std::size_t at = run_by_then; at < end; at += pair_bytes) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): nothing is read through it
    __builtin_prefetch(reinterpret_cast<const void*>(begin + at));
  }
#else
  (void)function;
#endif
}

}  // namespace portcullis
