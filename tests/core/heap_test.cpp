// Judging takes no memory. An executable of its own: it replaces the global operator new.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "edge/challenge.hpp"
#include "edge/client_address.hpp"
#include "edge/rate_limiter.hpp"
#include "portcullis/verifier.hpp"
#include "support/edge_requests.hpp"
#include "support/key_pairs.hpp"
#include "support/print.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"
#include "token_cache.hpp"

namespace {

std::size_t allocations = 0;

void* allocate(std::size_t size) {
  ++allocations;
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}

void* allocate(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  const auto step = static_cast<std::size_t>(alignment);
  void* const memory = std::aligned_alloc(step, (size + step - 1) / step * step);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

// The other forms of the standard library come down to these.
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate(size, alignment);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace portcullis {
namespace {

using support::object_text;
using support::sample_claims;
using support::sample_header;
using support::sample_policy;
using support::sign;

TEST(heap, counter_counts) {
  const std::size_t before = allocations;
  const auto one = std::make_unique<std::string>(100, 'x');
  EXPECT_EQ(allocations, before + 2);
  EXPECT_EQ(one->size(), 100u);
}

struct judged {
  std::string token;
  reason why;
};

TEST(heap, is_not_touched_by_any_judgement) {
  const auto gate = verifier::from_policy(
      sample_policy()
          .with("keys", '[' + support::raw_key(support::secret, "\xc3\xa9") + ']')
          .with("require",
                R"({"permissions":{"any_of":["p"]},"scope":{"all_of":["read","write"]}})")
          .text());
  ASSERT_TRUE(gate) << gate.error().message();

  const auto header = sample_header();
  const auto claims =
      sample_claims().with("permissions", R"(["o","p"])").with("scope", R"("read \u0077rite")");
  const std::string long_string = '"' + std::string(9000, 'x') + '"';
  const judged rows[] = {
      {sign(header, claims), reason::ok},
      {sign(header.with("kid", R"("\u00e9")"), claims), reason::ok},
      {sign(header, claims.with("aud", R"(["x","https:\/\/api.example\/"])")), reason::ok},
      {sign(header, claims.with("name", long_string)), reason::ok},
      {sign(header, claims.with("x", support::nested_arrays(31))), reason::ok},
      {std::string(16385, 'A'), reason::token_too_large},
      {"a.b.c", reason::token_malformed},
      {"", reason::token_malformed},
      {sign(header.without("alg"), claims), reason::header_invalid},
      {sign(header.with("crit", "[]"), claims), reason::critical_header_unsupported},
      {sign(header.with("alg", R"("none")"), claims), reason::algorithm_not_allowed},
      {sign(header.with("typ", R"("\u004aWS")"), claims), reason::type_not_allowed},
      {sign(header.with("kid", R"("\u00e8")"), claims), reason::key_not_found},
      {sign(header.with("kid", '"' + std::string(5000, 'k') + '"'), claims), reason::key_not_found},
      {sign(header, claims, support::other_secret), reason::signature_invalid},
      {sign(header.text(), "[]"), reason::claims_invalid},
      {sign(header, claims.with("x", R"({"y":1,"y":2})")), reason::claims_invalid},
      {sign(header, claims.without("exp")), reason::claim_missing},
      {sign(header, claims.with("exp", "1e3")), reason::expired},
      {sign(header, claims.with("nbf", "1e300")), reason::not_yet_valid},
      {sign(header, claims.with("iat", "1e300")), reason::issued_in_future},
      {sign(header, claims.with("iss", R"("x")")), reason::issuer_mismatch},
      {sign(header, claims.with("aud", "[]")), reason::audience_mismatch},
      {sign(header, claims.without("scope")), reason::scope_insufficient},
  };
  for (const auto& [token, why] : rows) {
    const std::string value = "Bearer " + token;
    const std::size_t before = allocations;
    const reason judged_token = gate->verify_token(token, support::now).why();
    const reason judged_request = gate->verify(support::request_with(value), support::now).why();
    const std::size_t taken = allocations - before;
    EXPECT_EQ(judged_token, why);
    EXPECT_EQ(judged_request, token.empty() ? reason::credential_malformed : why);
    EXPECT_EQ(taken, 0u) << find_reason(why).name;
  }

  constexpr field_shape shapes[] = {field_shape::absent, field_shape::repeated,
                                    field_shape::malformed, field_shape::no_request};
  for (const auto shape : shapes) {
    const std::size_t before = allocations;
    const bool allowed = gate->verify({{shape, {}}}, support::now).allowed();
    EXPECT_EQ(allocations, before);
    EXPECT_FALSE(allowed);
  }
}

TEST(heap, is_not_touched_by_limits_challenges_and_the_cache) {
  constexpr hash_key seed{1, 2};
  rate_limiter limiter;
  EXPECT_TRUE(limiter.reserve(64));
  token_cache cache;
  EXPECT_TRUE(cache.reserve(64));
  hmac_key key;
  ASSERT_TRUE(key.import_secret(hash::sha256, support::secret));
  std::string token(343, 'x');
  const std::size_t before = allocations;
  bool all = true;
  for (int i = 0; i < 1000; ++i) {
    token[342] = static_cast<char>('a' + i % 26);
    const client_key client = parse_client_address("2001:db8::1", 64);
    all &= limiter.admit({1, 1, 1000}, client.view(), seed, 1000 + i);
    cached_claims claims;
    cache.add(token, claims, seed);
    all &= cache.find(token, nullptr, seed).has_value();
    challenge_text text;
    all &= make_challenge(challenge_kind::proof, key, client.view(), 2000 + i, text);
    all &= check_challenge(challenge_kind::proof, key, client.view(), text, 1990 + i, 60) ==
           verdict::valid;
  }
  EXPECT_EQ(allocations, before);
  EXPECT_TRUE(all);
}

TEST(heap, is_not_touched_at_the_edge) {
  const auto gate = verifier::from_policy(
      sample_policy()
          .with("routes", R"([{"path":"/open/**","access":"public"},{"path":"/*/x"}])")
          .with("sources", R"([{"header":"authorization"},{"cookie":"session","strip":true}])")
          .with("claim_headers", R"({"x-user":"sub"})")
          .with("cors", R"({"origins":["https://app.example"]})")
          .with("rate_limit", R"({"address":{"requests":2,"seconds":1}})")
          .with("token_cache", R"({"entries":16})")
          .with("log", R"({"decisions":"all"})")
          .text());
  ASSERT_TRUE(gate) << gate.error().message();
  const std::string token = sign(sample_header(), sample_claims());
  support::edge_event rows[] = {
      support::edge_event("/a/x").with("authorization", "Bearer " + token),
      support::edge_event("/a/x").with("cookie", "session=" + token),
      support::edge_event("/a/x").with("authorization", "Bearer x.y.z"),
      support::edge_event("/a/x"),
      support::edge_event("/open/y").with("origin", "https://app.example"),
      support::edge_event("/none"),
      support::edge_event("//")};
  for (auto& row : rows) {
    const edge_request request = row.request(*gate);
    fixed_text<65536> out;
    const std::size_t before = allocations;
    const decision judged = gate->verify_at_edge(request, support::now);
    gate->write_edits(request, judged, out);
    gate->write_response(request, judged, support::now, out);
    gate->write_log(request, judged, out);
    EXPECT_EQ(allocations, before);
  }
}

// Public keys: OpenSSL takes memory of its own, with malloc; the core takes none.
TEST(heap, is_not_touched_by_the_core_when_a_public_key_verifies) {
  std::string keys;
  std::string names;
  for (const auto& row : algorithms) {
    names += (names.empty() ? "\"" : ",\"") + std::string(row.name) + '"';
  }
  keys = R"({"kty":"oct","k":")" + support::encode_base64url(support::long_secret) + "\"}";
  for (const key_type type : support::public_key_types) {
    keys += ',' + support::pair_of(type).jwk().text();
  }
  const auto gate = verifier::from_policy(
      sample_policy().with("algorithms", '[' + names + ']').with("keys", '[' + keys + ']').text());
  ASSERT_TRUE(gate) << gate.error().message();
  for (const auto& row : algorithms) {
    const std::string input = support::signing_input(
        sample_header().with("alg", '"' + std::string(row.name) + '"').text(),
        sample_claims().text());
    const std::string good = support::sign_bytes(row, input);
    const std::string other = support::sign_bytes(row, "other");
    const judged rows[] = {
        {input + '.' + support::encode_base64url(good), reason::ok},
        {input + '.' + support::encode_base64url(other), reason::signature_invalid},
        {input + '.' + support::encode_base64url(std::string(good.size(), '\0')),
         reason::signature_invalid},
        {input + '.' + support::encode_base64url(good.substr(1)), reason::signature_invalid},
    };
    for (const auto& [token, why] : rows) {
      const std::size_t before = allocations;
      const reason judged_token = gate->verify_token(token, support::now).why();
      const std::size_t taken = allocations - before;
      EXPECT_EQ(judged_token, why) << row.name;
      EXPECT_EQ(taken, 0u) << row.name;
    }
  }
}

}  // namespace
}  // namespace portcullis
