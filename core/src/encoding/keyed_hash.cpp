#include "encoding/keyed_hash.hpp"

#include <bit>
#include <cstddef>
#include <cstring>

namespace portcullis {
namespace {

static_assert(std::endian::native == std::endian::little);

// The paper's four words and its SipRound.
struct sip_state {
  std::uint64_t v0;
  std::uint64_t v1;
  std::uint64_t v2;
  std::uint64_t v3;

  void round() noexcept {
    v0 += v1;
    v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = std::rotl(v1, 17) ^ v2;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 = std::rotl(v2, 32);
  }

  void take(std::uint64_t word) noexcept {
    v3 ^= word;
    round();
    v0 ^= word;
  }
};

}  // namespace

std::uint64_t keyed_hash(std::string_view bytes, const hash_key& key) noexcept {
  sip_state state{
      key.first ^ 0x736f6d6570736575,   // "somepseudorandomlygeneratedbytes"
      key.second ^ 0x646f72616e646f6d,  //
      key.first ^ 0x6c7967656e657261,   //
      key.second ^ 0x7465646279746573,
  };
  std::size_t at = 0;
  for (; bytes.size() - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    state.take(word);
  }
  // What is left, and the length's last byte above it.
  std::uint64_t word = std::uint64_t{bytes.size()} << 56;
  for (unsigned shift = 0; at != bytes.size(); ++at, shift += 8) {
    word |= std::uint64_t{static_cast<unsigned char>(bytes[at])} << shift;
  }
  state.take(word);
  state.v2 ^= 0xff;
  for (int i = 0; i < 3; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace portcullis
