// What a decision costs, beside its floor: the SHA-256 blocks that HMAC cannot do without.
//
// One HS256 verification hashes the signing input after the key's prepared inner state, and one
// more block for the outer hash. BM_floor hashes exactly as many raw blocks, so verify / floor,
// taken from one run, says how much of the time is not the hash.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/algorithm.hpp"
#include "crypto/backend.hpp"
#include "encoding/base64url.hpp"
#include "jose/compact_jws.hpp"
#include "portcullis/edge_request.hpp"
#include "portcullis/verifier.hpp"
#include "support/key_pairs.hpp"
#include "token_cache.hpp"

namespace {

constexpr std::string_view secret = "portcullis-benchmark-secret-32-bytes!";
constexpr std::int64_t now = 1700000000;

std::string encode_base64url(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  while (!out.empty() && out.back() == '=') out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

std::string sign(std::string_view header, std::string_view claims) {
  std::string token = encode_base64url(header) + '.' + encode_base64url(claims);
  std::array<unsigned char, 32> mac{};
  unsigned length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(token.data()), token.size(), mac.data(), &length);
  return token + '.' + encode_base64url({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

// The claims of an access token as Auth0 shapes it, without their end: a string that nobody reads.
std::string open_claims(unsigned variation) {
  std::string claims =
      R"({"iss":"https://tenant.example/","sub":"auth0|5f7c8ec7c33c6c004bbafe82","aud":)"
      R"("https://api.example","iat":1699990000,"exp":1700086400,"permissions":["view:data",)"
      R"("edit:data"],"azp":")";
  claims += std::to_string(100000 + variation);
  return claims + R"(","note":")";
}

// A token of at least the wanted size.
std::string make_token(std::size_t wanted_bytes, unsigned variation = 0) {
  std::string claims = open_claims(variation);
  const std::string header = R"({"alg":"HS256","typ":"JWT"})";
  for (;;) {
    const std::string token = sign(header, claims + "\"}");
    if (token.size() >= wanted_bytes) return token;
    claims += std::string(1 + (wanted_bytes - token.size()) * 3 / 4 / 2, 'x');
  }
}

// `more`: further members of the policy, each behind a comma.
portcullis::verifier make_verifier(std::string_view algorithm, std::string_view key,
                                   std::string_view more = {}) {
  const std::string policy = R"({"algorithms":[")" + std::string(algorithm) +
                             R"("],"issuer":"https://tenant.example/",)"
                             R"("audience":"https://api.example","keys":[)" +
                             std::string(key) +
                             R"(],"require":{"permissions":{"all_of":["view:data"]}})" +
                             std::string(more) + "}";
  auto made = portcullis::verifier::from_policy(policy);
  if (!made) {
    std::fprintf(stderr, "%s\n", made.error().message().c_str());
    std::abort();
  }
  return std::move(*made);
}

portcullis::verifier make_verifier() {
  return make_verifier("HS256", R"({"secret":")" + std::string(secret) + R"(","encoding":"utf8"})");
}

void set_token_counters(benchmark::State& state, const std::string& token) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(token.size()));
  state.counters["token_bytes"] = static_cast<double>(token.size());
}

// The decision has to be right before its time is worth anything.
void require_allowed(benchmark::State& state, const portcullis::verifier& verifier,
                     const std::string& token) {
  if (!verifier.verify_token(token, now).allowed()) state.SkipWithError("the token is denied");
}

void floor_blocks(benchmark::State& state) {
  const std::string token = make_token(static_cast<std::size_t>(state.range(0)));
  const std::size_t signing_input = token.rfind('.');
  const std::size_t blocks = 1 + (signing_input + 9 + 63) / 64;
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

void hmac_alone(benchmark::State& state) {
  const std::string token = make_token(static_cast<std::size_t>(state.range(0)));
  const std::size_t dot = token.rfind('.');
  portcullis::hmac_key key;
  if (!key.import_secret(portcullis::hash::sha256, secret))
    state.SkipWithError("the key is refused");
  const auto mac = portcullis::decode_base64url(std::string_view(token).substr(dot + 1));
  const std::string_view input = std::string_view(token).substr(0, dot);
  if (key.verify(input, *mac) != portcullis::verdict::valid) state.SkipWithError("invalid");
  for (auto _ : state) {
    int valid = key.verify(input, *mac) == portcullis::verdict::valid;
    benchmark::DoNotOptimize(valid);
  }
  set_token_counters(state, token);
}

void verify_allow(benchmark::State& state) {
  const std::string token = make_token(static_cast<std::size_t>(state.range(0)));
  const portcullis::verifier verifier = make_verifier();
  require_allowed(state, verifier, token);
  for (auto _ : state) {
    int allowed = verifier.verify_token(token, now).allowed();
    benchmark::DoNotOptimize(allowed);
  }
  set_token_counters(state, token);
}

// 512 different tokens: the branch predictor cannot learn one of them by heart.
void verify_allow_varied(benchmark::State& state) {
  const portcullis::verifier verifier = make_verifier();
  std::vector<std::string> tokens;
  for (unsigned i = 0; i < 512; ++i) {
    tokens.push_back(make_token(343 + i % 160, i));
    require_allowed(state, verifier, tokens.back());
  }
  std::size_t at = 0;
  for (auto _ : state) {
    int allowed = verifier.verify_token(tokens[at++ % tokens.size()], now).allowed();
    benchmark::DoNotOptimize(allowed);
  }
}

std::string sign_by_key(const portcullis::algorithm_row& row) {
  const std::string header = R"({"alg":")" + std::string(row.name) + R"(","typ":"JWT"})";
  const std::string input =
      encode_base64url(header) + '.' + encode_base64url(open_claims(0) + "\"}");
  return input + '.' + encode_base64url(portcullis::support::pair_of(row.key).sign(row, input));
}

// What a public-key signature adds is the library's: see verify_allow for the rest.
void verify_public_key(benchmark::State& state, portcullis::algorithm chosen) {
  const portcullis::algorithm_row& row = portcullis::row_of(chosen);
  const portcullis::support::key_pair& pair = portcullis::support::pair_of(row.key);
  const portcullis::verifier verifier = make_verifier(row.name, pair.jwk().text());
  const std::string token = sign_by_key(row);
  require_allowed(state, verifier, token);
  for (auto _ : state) {
    int allowed = verifier.verify_token(token, now).allowed();
    benchmark::DoNotOptimize(allowed);
  }
  set_token_counters(state, token);
}

// A token that is remembered, by the cache alone: the rest of a request is what it is without it.
void cache_hit(benchmark::State& state) {
  const std::string token = make_token(static_cast<std::size_t>(state.range(0)));
  const portcullis::hash_key seed{0x0123456789abcdef, 0xfedcba9876543210};
  portcullis::token_cache cache;
  cache.reserve(1024);
  cache.add(token, {}, seed);
  if (!cache.find(token, nullptr, seed)) state.SkipWithError("the token is not remembered");
  for (auto _ : state) {
    int hit = cache.find(token, nullptr, seed).has_value();
    benchmark::DoNotOptimize(hit);
  }
  set_token_counters(state, token);
}

// A whole request through an edge layer, its token remembered or not.
void verify_at_edge(benchmark::State& state, portcullis::algorithm chosen, std::string_view more) {
  const portcullis::algorithm_row& row = portcullis::row_of(chosen);
  const portcullis::support::key_pair& pair = portcullis::support::pair_of(row.key);
  portcullis::verifier verifier = make_verifier(row.name, pair.jwk().text(), more);
  verifier.seed(0x0123456789abcdef, 0xfedcba9876543210);
  using portcullis::field_shape;
  const std::string authorization = "Bearer " + sign_by_key(row);
  const std::vector<portcullis::field_view> headers(verifier.fields().size(),
                                                    {field_shape::single, authorization});
  const portcullis::edge_request request{{field_shape::single, "GET"},
                                         {field_shape::single, "/data/report.json"},
                                         {field_shape::single, ""},
                                         {field_shape::single, "192.0.2.1"},
                                         headers};
  if (headers.size() != 1 || !verifier.verify_at_edge(request, now).allowed()) {
    state.SkipWithError("the request is denied");
  }
  for (auto _ : state) {
    int allowed = verifier.verify_at_edge(request, now).allowed();
    benchmark::DoNotOptimize(allowed);
  }
}

constexpr std::string_view routes =
    R"(,"routes":[{"path":"/data/**"},{"path":"/","access":"public"}])";
constexpr std::string_view routes_and_cache =
    R"(,"token_cache":{"entries":1024},"routes":[{"path":"/data/**"},{"path":"/","access":"public"}])";

void verify_deny(benchmark::State& state, portcullis::reason expected, const std::string& token,
                 std::int64_t at) {
  const portcullis::verifier verifier = make_verifier();
  if (verifier.verify_token(token, at).why() != expected) state.SkipWithError("wrong reason");
  for (auto _ : state) {
    int why = static_cast<int>(verifier.verify_token(token, at).why());
    benchmark::DoNotOptimize(why);
  }
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
BENCHMARK(verify_allow)->Arg(343)->Arg(1024)->Arg(4096);
BENCHMARK(verify_allow_varied);
BENCHMARK_CAPTURE(verify_public_key, RS256, portcullis::algorithm::rs256);
BENCHMARK_CAPTURE(verify_public_key, PS256, portcullis::algorithm::ps256);
BENCHMARK_CAPTURE(verify_public_key, ES256, portcullis::algorithm::es256);
BENCHMARK_CAPTURE(verify_public_key, EdDSA, portcullis::algorithm::eddsa);
BENCHMARK(cache_hit)->Arg(343)->Arg(1024);
BENCHMARK_CAPTURE(verify_at_edge, ES256, portcullis::algorithm::es256, routes);
BENCHMARK_CAPTURE(verify_at_edge, ES256_cached, portcullis::algorithm::es256, routes_and_cache);
BENCHMARK_CAPTURE(verify_deny, bad_signature, portcullis::reason::signature_invalid,
                  with_bad_signature(), now);
BENCHMARK_CAPTURE(verify_deny, expired, portcullis::reason::expired, make_token(343),
                  std::int64_t{1800000000});
BENCHMARK_CAPTURE(verify_deny, malformed, portcullis::reason::token_malformed,
                  std::string(343, 'x'), now);

}  // namespace

BENCHMARK_MAIN();
