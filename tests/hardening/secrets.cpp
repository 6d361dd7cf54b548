// Whether the way through the program depends on a secret, by the method of ctgrind: secrets are
// uninitialised memory to memcheck, which follows what is computed from them and reports each jump
// that depends on it.
//
// Prints a line for each case, by which timing_test.py tells whose the reports between them are.
// What is told to everybody, the verdict, is declared initialised before it is looked at.
#include <valgrind/memcheck.h>

#include <concepts>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "early_exit.hpp"
#include "edge/challenge.hpp"
#include "judge_token.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"
#include "token_cache.hpp"

// What holds a secret cannot be compared by accident.
static_assert(!std::equality_comparable<portcullis::hmac_key>);
static_assert(!std::equality_comparable<portcullis::hmac_key::state>);
static_assert(!std::equality_comparable<portcullis::hmac_run>);
static_assert(!std::equality_comparable<portcullis::verification_key>);

namespace portcullis {
namespace {

constexpr std::string_view long_secret =
    "a secret of at least 64 bytes, as it takes for HS512, and this one is";
constexpr const char* names[] = {"HS256", "HS384", "HS512"};
constexpr hash hashes[] = {hash::sha256, hash::sha384, hash::sha512};

int wrong = 0;

void begin(const char* name, const char* of = "") { VALGRIND_PRINTF("case %s%s\n", name, of); }

template <typename Value>
Value declassified(Value value) {
  VALGRIND_MAKE_MEM_DEFINED(&value, sizeof value);
  return value;
}

template <typename Value>
void expect(Value told, Value expected) {
  if (declassified(told) != expected) ++wrong;
}

std::string undefined(std::string_view text, std::size_t size) {
  std::string copy(text);
  VALGRIND_MAKE_MEM_UNDEFINED(copy.data(), size);
  return copy;
}

void import_undefined(hmac_key& key, hash digest) {
  const std::string secret = undefined(long_secret, long_secret.size());
  expect(key.import_secret(digest, secret), true);
}

void check_macs(std::size_t which) {
  constexpr std::string_view message =
      "what is signed, and longer than a block of either hash: 128 bytes and some more, "
      "so that whole blocks and a rest are hashed, as with tokens";
  hmac_key key;
  import_undefined(key, hashes[which]);
  std::string good = support::hmac(hashes[which], long_secret, message);
  std::string bad = good;
  bad.back() ^= 1;
  begin("mac ", names[which]);
  for (const auto& [mac, expected] :
       {std::pair(&good, verdict::valid), std::pair(&bad, verdict::invalid)}) {
    expect(key.verify(message, *mac), expected);
    hmac_run run;
    key.start(message, run);
    expect(key.finish(run, *mac), expected);
  }
}

// A whole decision, by a header that is seen first and by one that is known.
void check_token(std::size_t which) {
  const support::parsed_policy made(
      support::sample_policy()
          .with("algorithms", "[\"" + std::string(names[which]) + "\"]")
          .with("keys", '[' + support::raw_key(long_secret) + ']'));
  const verification_key* const key =
      made.rules.first_issuer->keys.find(std::nullopt, find_algorithm(names[which])->id);
  import_undefined(*key->secrets[static_cast<std::size_t>(hashes[which])], hashes[which]);

  const std::string header =
      support::sample_header().with("alg", '"' + std::string(names[which]) + '"').text();
  const std::string input = support::signing_input(header, support::sample_claims().text());
  const std::string mac = support::hmac(hashes[which], long_secret, input);
  std::string other = mac;
  other.front() ^= 1;
  const std::string good = input + '.' + support::encode_base64url(mac);
  const std::string bad = input + '.' + support::encode_base64url(other);
  begin("token ", names[which]);
  header_cache headers;
  headers.reserve(1);
  for (int i = 0; i != 2; ++i) {
    expect(judge_token(bad, made.rules, headers, support::now, nullptr), reason::signature_invalid);
    expect(judge_token(good, made.rules, headers, support::now, nullptr), reason::ok);
  }
}

void check_challenges() {
  hmac_key key;
  import_undefined(key, hash::sha256);
  begin("challenge");
  challenge_text text;
  if (!declassified(
          make_challenge(challenge_kind::challenge, key, "192.0.2.1", support::now + 60, text)))
    ++wrong;
  std::string sent(text.view());
  VALGRIND_MAKE_MEM_DEFINED(sent.data(), sent.size());
  const auto ask = [&] {
    return check_challenge(challenge_kind::challenge, key, "192.0.2.1", sent, support::now, 60);
  };
  expect(ask(), verdict::valid);
  sent.back() = sent.back() == 'A' ? 'E' : 'A';
  expect(ask(), verdict::invalid);
}

// A token that is kept would pass; all of it but the end, by which its place is found.
void check_cache() {
  const std::string token(600, 'x');
  token_cache cache;
  cache.reserve(4);
  const hash_key seed{1, 2};
  cache.add(undefined(token, token.size() - 16), {}, seed);
  std::string other = token;
  other[0] = 'y';
  begin("cache");
  if (!declassified(cache.find(token, nullptr, seed)).has_value()) ++wrong;
  if (declassified(cache.find(other, nullptr, seed)).has_value()) ++wrong;
}

void make_the_mistake() {
  const std::string mac = undefined(long_secret, 32);
  begin("planted");
  const auto* bytes = [](std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  }(mac);
  expect(support::equal_until_they_differ(
             bytes, reinterpret_cast<const unsigned char*>(long_secret.data()), 32),
         true);
}

}  // namespace
}  // namespace portcullis

int main() {
  using namespace portcullis;
  for (std::size_t which = 0; which != 3; ++which) {
    check_macs(which);
    check_token(which);
  }
  check_challenges();
  check_cache();
  make_the_mistake();
  begin("end");
  if (!RUNNING_ON_VALGRIND) std::puts("without valgrind this tells nothing");
  return wrong == 0 ? 0 : 1;
}
