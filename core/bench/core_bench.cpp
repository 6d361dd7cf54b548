// What a decision costs, beside its floors.
//
// One HS256 verification hashes the signing input after the key's prepared inner state, and one
// more block for the outer hash. floor_blocks hashes exactly as many raw blocks, so verify / floor,
// taken from one run, says how much of the time is not the hash.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/algorithm.hpp"
#include "crypto/backend.hpp"
#include "encoding/base64url.hpp"
#include "measure.hpp"
#include "portcullis/edge_request.hpp"
#include "portcullis/verifier.hpp"
#include "subjects.hpp"
#include "token_cache.hpp"

namespace portcullis::bench {
namespace {

void floor_blocks(benchmark::State& state) {
  const std::string token = make_token(static_cast<std::size_t>(state.range(0)));
  const std::size_t blocks = 1 + (signing_input_of(token).size() + 9 + 63) / 64;
  std::vector<unsigned char> data(blocks * 64, 0x5a);
  SHA256_CTX context;
  SHA256_Init(&context);
  for (auto _ : state) {
    SHA256_Update(&context, data.data(), data.size());
    benchmark::ClobberMemory();
  }
  state.counters["blocks"] = static_cast<double>(blocks);
  set_token_counters(state, token);
}

// The MAC of a token and nothing else of it.
class mac_check {
 public:
  mac_check() { imported_ = key_.import_secret(hash::sha256, secret); }

  [[nodiscard]] bool fits(std::string_view input, std::string_view mac) const {
    return imported_ && key_.verify(input, mac) == verdict::valid;
  }

 private:
  hmac_key key_;
  bool imported_ = false;
};

void hmac_alone(benchmark::State& state) {
  const std::string token = make_token(static_cast<std::size_t>(state.range(0)));
  const mac_check check;
  const auto mac = decode_base64url(signature_of(token));
  measure(state, [&] { return check.fits(signing_input_of(token), *mac); });
  set_token_counters(state, token);
}

void hmac_alone_varied(benchmark::State& state) {
  const mac_check check;
  std::vector<std::string> macs;
  for (const auto& token : shaped_tokens()) {
    macs.push_back(*decode_base64url(signature_of(token)));
    require(state, check.fits(signing_input_of(token), macs.back()));
  }
  std::size_t at = 0;
  measure(state, [&] {
    const std::size_t i = at++ % macs.size();
    return check.fits(signing_input_of(shaped_tokens()[i]), macs[i]);
  });
}

void verify_allow(benchmark::State& state) {
  const std::string token = make_token(static_cast<std::size_t>(state.range(0)));
  const verifier verifier = make_verifier();
  measure(state, [&] { return verifier.verify_token(token, now).allowed(); });
  set_token_counters(state, token);
}

void verify_allow_varied(benchmark::State& state) {
  const verifier verifier = make_verifier();
  for (const auto& token : shaped_tokens()) {
    require(state, verifier.verify_token(token, now).allowed());
  }
  std::size_t at = 0;
  measure(state, [&] {
    const std::string& token = shaped_tokens()[at++ % shaped_tokens().size()];
    return verifier.verify_token(token, now).allowed();
  });
}

// What a public-key signature adds is the library's: raw_verify beside it has none of the rest.
void verify_public_key(benchmark::State& state, algorithm chosen) {
  const algorithm_row& row = row_of(chosen);
  const verifier verifier = make_verifier(row.name, support::pair_of(row.key).jwk().text());
  const std::string token = sign_by_key(row);
  measure(state, [&] { return verifier.verify_token(token, now).allowed(); });
  set_token_counters(state, token);
}

// A token that is remembered, by the cache alone: the rest of a request is what it is without it.
void cache_hit(benchmark::State& state) {
  const std::string token = make_token(static_cast<std::size_t>(state.range(0)));
  const hash_key seed{0x0123456789abcdef, 0xfedcba9876543210};
  token_cache cache;
  (void)cache.reserve(1024);
  cache.add(token, {}, seed);
  measure(state, [&] { return cache.find(token, nullptr, seed).has_value(); });
  set_token_counters(state, token);
}

// A whole request through an edge layer, its token remembered or not.
void verify_at_edge(benchmark::State& state, algorithm chosen, std::string_view more) {
  const algorithm_row& row = row_of(chosen);
  verifier verifier = make_verifier(row.name, support::pair_of(row.key).jwk().text(), more);
  verifier.seed(0x0123456789abcdef, 0xfedcba9876543210);
  const std::string authorization = "Bearer " + sign_by_key(row);
  const std::vector<field_view> headers(verifier.fields().size(),
                                        {field_shape::single, authorization});
  const edge_request request{{field_shape::single, "GET"},
                             {field_shape::single, "/data/report.json"},
                             {field_shape::single, ""},
                             {field_shape::single, "192.0.2.1"},
                             headers};
  require(state, headers.size() == 1);
  measure(state, [&] { return verifier.verify_at_edge(request, now).allowed(); });
}

constexpr std::string_view routes =
    R"(,"routes":[{"path":"/data/**"},{"path":"/","access":"public"}])";
constexpr std::string_view routes_and_cache =
    R"(,"token_cache":{"entries":1024},"routes":[{"path":"/data/**"},{"path":"/","access":"public"}])";

void verify_deny(benchmark::State& state, reason expected, const std::string& token,
                 std::int64_t at) {
  const verifier verifier = make_verifier();
  measure(state, [&] { return verifier.verify_token(token, at).why() == expected; });
  set_token_counters(state, token);
}

std::string with_bad_signature() {
  std::string token = make_token(343);
  char& c = token[token.size() - 10];
  c = c == 'A' ? 'B' : 'A';
  return token;
}

BENCHMARK(floor_blocks)->Arg(343)->Arg(1024)->Arg(4096);
BENCHMARK(hmac_alone)->Arg(343)->Arg(1024)->Arg(4096);
BENCHMARK(hmac_alone_varied);
BENCHMARK(verify_allow)->Arg(343)->Arg(1024)->Arg(4096);
BENCHMARK(verify_allow_varied);
BENCHMARK_CAPTURE(verify_public_key, RS256, algorithm::rs256);
BENCHMARK_CAPTURE(verify_public_key, PS256, algorithm::ps256);
BENCHMARK_CAPTURE(verify_public_key, ES256, algorithm::es256);
BENCHMARK_CAPTURE(verify_public_key, EdDSA, algorithm::eddsa);
BENCHMARK(cache_hit)->Arg(343)->Arg(1024);
BENCHMARK_CAPTURE(verify_at_edge, ES256, algorithm::es256, routes);
BENCHMARK_CAPTURE(verify_at_edge, ES256_cached, algorithm::es256, routes_and_cache);
BENCHMARK_CAPTURE(verify_deny, bad_signature, reason::signature_invalid, with_bad_signature(), now);
BENCHMARK_CAPTURE(verify_deny, expired, reason::expired, make_token(343), std::int64_t{1800000000});
BENCHMARK_CAPTURE(verify_deny, malformed, reason::token_malformed, std::string(343, 'x'), now);

}  // namespace
}  // namespace portcullis::bench

BENCHMARK_MAIN();
