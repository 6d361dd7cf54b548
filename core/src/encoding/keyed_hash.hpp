// A hash for tables whose keys strangers choose: without the key nobody can make them collide.
// SipHash-1-3 (Aumasson and Bernstein), as hash tables of several languages use it. Not a MAC.
#pragma once

#include <cstdint>
#include <string_view>

namespace portcullis {

// Random bytes that a process draws once. All zero is a key as well, for tests.
struct hash_key {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

[[nodiscard]] std::uint64_t keyed_hash(std::string_view bytes, const hash_key& key) noexcept;

}  // namespace portcullis
