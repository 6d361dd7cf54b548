// Every allocation and every call of OpenSSL's fails, one after the other, in whole scenarios: a
// policy is read, tokens and requests are judged, answers are written, all through the C door. A
// program for tests/hardening/faults_test.py:
//
//   portcullis_faults                              names scenarios and functions, as JSON
//   portcullis_faults run SCENARIO KIND WAY STEP   KIND memory or libcrypto; WAY once, or on (from
//   there on) portcullis_faults cold SCENARIO WAY STEP       each in a process whose libcrypto has
//   never been used
//
// Every STEP-th allocation or call is tried. The last line of a run is JSON; what goes wrong is on
// stderr and ends with status 1. A library that succeeds with a wrong answer is out of scope:
// nobody can tell.
//
// It defines find_libcrypto(), so the linker leaves the core's out, and takes the functions that
// the core links by --wrap. Policies are read by the scanner, as on every door.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "crypto/openssl/libcrypto.hpp"
#include "portcullis/c_api.h"
#include "portcullis/edge_api.h"
#include "portcullis/reason.hpp"
#include "portcullis/verifier.hpp"
#include "support/key_pairs.hpp"
#include "support/pem_text.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"

extern "C" int __lsan_do_recoverable_leak_check() __attribute__((weak));

namespace {

// ---- what fails ----

enum class kind { none, memory, libcrypto };

kind armed = kind::none;
long calls = 0;  // of that kind, since it was armed
long failing = 0;
bool onwards = false;   // whether all after it fail as well
int failed_answer = 0;  // of a function that returns an int
long asking = -1;       // the number of the question
const char* last = "";  // what failed last
long blocks = 0;        // of the core's, taken and not given back

void arm(kind what, long which, bool all_after, int answer) {
  armed = what;
  calls = 0;
  failing = which;
  onwards = all_after;
  failed_answer = answer;
}
void disarm() { armed = kind::none; }

bool fails(kind what, const char* name) {
  if (armed != what) return false;
  ++calls;
  if (calls != failing && !(onwards && calls > failing)) return false;
  last = name;
  return true;
}

void* take(std::size_t size) {
  if (fails(kind::memory, "operator new")) return nullptr;
  ++blocks;
  return std::malloc(size == 0 ? 1 : size);
}

void* take_for_openssl(std::size_t size, const char* /*file*/, int /*line*/) {
  return fails(kind::memory, "CRYPTO_malloc") ? nullptr : std::malloc(size);
}
void* resize_for_openssl(void* memory, std::size_t size, const char* /*file*/, int /*line*/) {
  return fails(kind::memory, "CRYPTO_realloc") ? nullptr : std::realloc(memory, size);
}
void free_for_openssl(void* memory, const char* /*file*/, int /*line*/) { std::free(memory); }

}  // namespace

void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return take(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return take(size); }
void* operator new(std::size_t size) {
  void* const memory = take(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new[](std::size_t size) { return operator new(size); }
void operator delete(void* memory) noexcept {
  if (memory != nullptr) --blocks;
  std::free(memory);
}
void operator delete[](void* memory) noexcept { operator delete(memory); }
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
void operator delete[](void* memory, std::size_t) noexcept { operator delete(memory); }

namespace {

// ---- libcrypto, by way of functions that fail without doing their work ----

bool inside = false;  // libcrypto calls itself
bool no_more_numbers = false;

// A pointer is null, an int is failed_answer; what gives nothing cannot fail.
template <class Signature>
struct through;
template <class Result, class... Arguments>
struct through<Result (*)(Arguments...)> {
  template <Result (*real)(Arguments...), const char* name>
  static Result call(Arguments... arguments) {
    if constexpr (!std::is_void_v<Result>) {
      if (!inside && fails(kind::libcrypto, name)) {
        if constexpr (std::is_pointer_v<Result>) {
          return nullptr;
        } else {
          return static_cast<Result>(failed_answer);
        }
      }
    }
    const bool outer = std::exchange(inside, true);
    if constexpr (std::is_void_v<Result>) {
      real(arguments...);
      inside = outer;
    } else {
      const Result told = real(arguments...);
      inside = outer;
      return told;
    }
  }
};

#define PORTCULLIS_FUNCTION(name) constexpr char name_of_##name[] = #name;
PORTCULLIS_LIBCRYPTO_FUNCTIONS
#undef PORTCULLIS_FUNCTION

// Once it gives none, it gives none until the frame ends, as OpenSSL's manual has it.
BIGNUM* get_number(BN_CTX* context) {
  no_more_numbers = no_more_numbers || fails(kind::libcrypto, "BN_CTX_get");
  return no_more_numbers ? nullptr : ::BN_CTX_get(context);
}
void end_frame(BN_CTX* context) {
  no_more_numbers = false;
  ::BN_CTX_end(context);
}
// A comparison of two numbers, which cannot fail.
int compare_numbers(const BIGNUM* left, const BIGNUM* right) { return ::BN_ucmp(left, right); }

}  // namespace

// What the core links (crypto/openssl/sha2.hpp).
extern "C" {
int __real_SHA256_Init(SHA256_CTX*);
int __real_SHA256_Update(SHA256_CTX*, const void*, std::size_t);
int __real_SHA256_Final(unsigned char*, SHA256_CTX*);
int __wrap_SHA256_Init(SHA256_CTX* context) {
  if (!inside && fails(kind::libcrypto, "SHA256_Init")) return failed_answer;
  return __real_SHA256_Init(context);
}
int __wrap_SHA256_Update(SHA256_CTX* context, const void* bytes, std::size_t size) {
  if (!inside && fails(kind::libcrypto, "SHA256_Update")) return failed_answer;
  return __real_SHA256_Update(context, bytes, size);
}
int __wrap_SHA256_Final(unsigned char* out, SHA256_CTX* context) {
  if (!inside && fails(kind::libcrypto, "SHA256_Final")) return failed_answer;
  return __real_SHA256_Final(out, context);
}
}

namespace portcullis {

const libcrypto* find_libcrypto() noexcept {
  static const libcrypto table = [] {
    libcrypto made;
#define PORTCULLIS_FUNCTION(name) \
  made.name = &through<decltype(&::name)>::call<&::name, name_of_##name>;
    PORTCULLIS_LIBCRYPTO_FUNCTIONS
#undef PORTCULLIS_FUNCTION
    made.BN_CTX_get = get_number;
    made.BN_CTX_end = end_frame;
    made.BN_ucmp = compare_numbers;
    return made;
  }();
  return &table;
}

bool has_library() noexcept { return true; }

}  // namespace portcullis

namespace {

using namespace portcullis;
using support::sample_claims;
using support::sample_header;
using support::sample_policy;

// ---- scenarios: nothing but texts, so that a process which never used libcrypto can have them
// ----

constexpr auto allowed = static_cast<std::int32_t>(reason::ok);
constexpr auto internal_error = static_cast<std::int32_t>(reason::internal_error);
constexpr auto signature_invalid = static_cast<std::int32_t>(reason::signature_invalid);

struct question {
  enum class door : char { token, request, challenge, signature, claims, swap };
  door asks = door::token;
  std::string text;     // a token; the fields of a request; a challenge; a message; another policy
  std::string more[3];  // algorithm, JWK and signature
  std::int32_t expected = 0;
  bool by_library = false;  // the library's judgement, which says "invalid" of its own troubles too
};

struct scenario {
  std::string name;
  std::string policy;
  std::vector<question> questions;
};

std::string names_of(const auto& chosen) {
  std::string out;
  for (const auto& row : algorithms) {
    if (chosen(row)) out += (out.empty() ? "\"" : ",\"") + std::string(row.name) + '"';
  }
  return '[' + out + ']';
}

std::string token_of(const algorithm_row& row, const support::object_text& claims,
                     std::string_view id = {}) {
  auto header = sample_header().with("alg", '"' + std::string(row.name) + '"');
  if (!id.empty()) header = header.with("kid", '"' + std::string(id) + '"');
  const std::string input = support::signing_input(header.text(), claims.text());
  return input + '.' + support::encode_base64url(support::sign_bytes(row, input));
}

// An ECDSA, EdDSA or PSS signature is judged by a function of libcrypto's.
bool is_judged_by_library(const algorithm_row& row) {
  return row.key != key_type::secret && (row.key != key_type::rsa || row.pss);
}

question ask(const algorithm_row& row, std::string token, reason why) {
  return {question::door::token,
          std::move(token),
          {},
          static_cast<std::int32_t>(why),
          is_judged_by_library(row)};
}

// What every token's scenario asks.
std::vector<question> questions_of(const algorithm_row& row) {
  const std::string good = token_of(row, sample_claims());
  const std::string forged = token_of(row, sample_claims().with("sub", "\"x\""));
  const std::size_t point = good.rfind('.');
  return {
      ask(row, good, reason::ok),
      ask(row, forged.substr(0, forged.rfind('.')) + good.substr(point), reason::signature_invalid),
      ask(row, token_of(row, sample_claims().with("exp", "1")), reason::expired),
      ask(row, token_of(row, sample_claims().with("aud", "\"x\"")), reason::audience_mismatch),
      ask(row, good, reason::ok)};
}

std::string request_text(std::string_view uri, std::initializer_list<std::string> headers,
                         std::string_view method = "GET", std::string_view query = {}) {
  std::string out = "1" + std::string(method);
  const auto add = [&](std::string_view value) { (out += '\0') += value; };
  add("1" + std::string(uri));
  add("1" + std::string(query));
  add("1203.0.113.178");
  for (const std::string& header : headers) add(header.empty() ? "0" : "1" + header);
  return out;
}

scenario edge_scenario() {
  const algorithm_row& row = algorithms[0];
  const std::string good =
      support::sign(sample_claims().with("sub", "\"ann\"").with("scope", "\"read\""));
  const std::string poor = support::sign(sample_claims().with("sub", "\"ann\""));
  const std::string forged = support::sign(sample_header(), sample_claims(), support::other_secret);
  scenario out{
      "edge",
      sample_policy()
          .with(
              "sources",
              R"([{"header":"authorization"},{"cookie":"session","strip":true},{"query":"token"}])")
          .with("claim_headers", R"({"x-user":"sub"})")
          .with(
              "routes",
              R"([{"path":"/open/**","access":"public"},{"path":"/caf%C3%A9/Menu","methods":["GET"],)"
              R"("require":{"scope":{"all_of":["read"]},"present":["sub"],"claims":{"sub":"ann"}}},)"
              R"({"path":"/a/*/x","issuers":["https://issuer.example/"]},{"path":"/shut","access":"deny"},)"
              R"({"path":"/login","challenge":"login"},{"path":"/page","access":"public","challenge":"page"}])")
          .with(
              "cors",
              R"({"origins":["https://app.example"],"methods":["GET"],"headers":["x-y"],"max_age":5})")
          .with(
              "challenge",
              R"({"login":{"url":"/sign-in","return_parameter":"to"},"page":{"url":"/check","key":{"secret":")" +
                  std::string(support::other_secret) + R"(","encoding":"utf8"}}})")
          .with(
              "rate_limit",
              R"({"address":{"requests":1000,"seconds":1},"subject":{"requests":1000,"seconds":1},)"
              R"("entries":64})")
          .with("token_cache", R"({"entries":16})")
          .with("log", R"({"decisions":"all","claims":["sub"]})")
          .text(),
      {}};
  const auto request = [&](std::string_view uri, std::initializer_list<std::string> headers,
                           std::string_view method, reason why, decision_kind kind) {
    out.questions.push_back({question::door::request,
                             request_text(uri, headers, method),
                             {},
                             static_cast<std::int32_t>(why) | static_cast<std::int32_t>(kind) << 8,
                             is_judged_by_library(row)});
  };
  // authorization, cookie, origin, access-control-request-method, access-control-request-headers
  const std::string bearer = "Bearer " + good;
  constexpr auto allow = decision_kind::allow;
  constexpr auto deny = decision_kind::deny;
  request("/a/b/x", {bearer, "", "", "", ""}, "GET", reason::ok, allow);
  request("/a/b/x", {bearer, "", "", "", ""}, "GET", reason::ok, allow);  // known to the cache
  request("/a/b/x", {"", "session=" + good, "", "", ""}, "GET", reason::ok, allow);
  request("/caf%C3%A9/Menu", {bearer, "", "", "", ""}, "GET", reason::ok, allow);
  request("/caf%C3%A9/Menu", {"Bearer " + poor, "", "", "", ""}, "GET", reason::scope_insufficient,
          deny);
  request("/a/b/x", {"Bearer " + forged, "", "", "", ""}, "GET", reason::signature_invalid, deny);
  request("/a/b/x", {"", "", "", "", ""}, "GET", reason::credential_missing, deny);
  request("/none", {bearer, "", "", "", ""}, "GET", reason::route_not_found, deny);
  request("/shut", {bearer, "", "", "", ""}, "GET", reason::route_denied, deny);
  request("/open/x", {"", "", "", "", ""}, "GET", reason::ok, allow);
  request("/login", {"", "", "", "", ""}, "GET", reason::credential_missing,
          decision_kind::challenge);
  request("/page", {"", "", "", "", ""}, "GET", reason::proof_missing, decision_kind::challenge);
  request("/a/b/x", {"", "", "https://app.example", "GET", "x-y"}, "OPTIONS",
          reason::preflight_answered, decision_kind::answer);
  return out;
}

std::vector<scenario> make_scenarios() {
  std::vector<scenario> out;
  for (const auto& row : algorithms) {
    const auto only = [&](const algorithm_row& each) { return &each == &row; };
    out.push_back({"token-" + std::string(row.name),
                   sample_policy()
                       .with("algorithms", names_of(only))
                       .with("keys", '[' + support::jwk_for(row).text() + ']')
                       .text(),
                   questions_of(row)});
  }
  // Every form of key that docs/policy.md has, and a JWK Set with keys that are for nothing here.
  std::string keys;
  std::string set = R"({"kty":"XYZ"},{"kty":"oct","k":"AAAA","use":"enc"})";
  scenario forms{"keys", {}, {}};
  scenario jwks{"jwks", {}, {}};
  for (const key_type type : support::public_key_types) {
    const auto& pair = support::pair_of(type);
    const std::string pem =
        type == key_type::rsa    ? support::pem_text("RSA PUBLIC KEY", pair.rsa_public_key())
        : type == key_type::p256 ? support::pem_text("CERTIFICATE", pair.certificate())
                                 : support::pem_text("PUBLIC KEY", pair.key_info());
    std::string escaped;
    for (const char c : pem) escaped += c == '\n' ? "\\n" : std::string(1, c);
    const std::string id = "k" + std::to_string(static_cast<int>(type));
    keys += (keys.empty() ? "" : ",") + std::string("{\"pem\":\"") + escaped + "\",\"kid\":\"" +
            id + "\"}";
    set += ',' + pair.jwk().with("kid", '"' + id + '"').with("use", "\"sig\"").text();
    for (const auto& row : algorithms) {
      if (row.key != type) continue;
      const std::string good = token_of(row, sample_claims(), id);
      forms.questions.push_back(ask(row, good, reason::ok));
      jwks.questions.push_back(ask(row, good, reason::ok));
      jwks.questions.push_back(
          ask(row, token_of(row, sample_claims(), "k"), reason::key_not_found));
      break;
    }
  }
  for (
      const char* encoded :
      {R"("encoding":"utf8","secret":"a secret of at least 64 bytes, which this is as everybody can count")",
       R"("encoding":"hex","secret":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")",
       R"("encoding":"base64url","secret":"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")"}) {
    keys += std::string(",{\"alg\":\"HS256\",\"kid\":\"s") + std::to_string(keys.size()) + "\"," +
            encoded + '}';
  }
  const auto all = [](const algorithm_row&) { return true; };
  const auto no_secrets = [](const algorithm_row& row) { return row.key != key_type::secret; };
  forms.policy =
      sample_policy().with("algorithms", names_of(all)).with("keys", '[' + keys + ']').text();
  jwks.policy = sample_policy()
                    .with("algorithms", names_of(no_secrets))
                    .with("keys", "{\"keys\":[" + set + "]}")
                    .text();
  out.push_back(forms);
  out.push_back(jwks);

  // Every member of docs/policy.md, and as many keys as make the header cache take memory of its
  // own.
  std::string many;
  for (int i = 0; i < 12; ++i) {
    many += (i == 0 ? "" : ",") + support::raw_key(support::secret, "key " + std::to_string(i));
  }
  const auto wanted = sample_claims()
                          .with("sub", "\"\\u0061nn\"")
                          .with("scope", "\"read\"")
                          .with("roles", "[\"r\"]")
                          .with("azp", "\"app\"")
                          .with("token_use", "\"access\"")
                          .with("client_id", "\"app\"")
                          .with("iat", std::to_string(support::now))
                          .with("plan", "3");
  const auto entry = support::object_text{
      {"algorithms", R"(["HS256"])"},
      {"issuer", R"("https://issuer.example/")"},
      {"audience", R"(["https://api.example/","other"])"},
      {"keys", '[' + many + ']'},
      {"expiration", R"("optional")"},
      {"max_token_age", "5000"},
      {"typ", R"(["JWT","at+jwt"])"},
      {"token_use", R"("access")"},
      {"client_id", R"(["app"])"},
      {"azp", R"("app")"},
      {"require",
       R"({"present":["sub"],"claims":{"plan":3,"sub":{"any_of":["ann"]}},"scope":{"all_of":["read"]},)"
       R"("roles":{"any_of":["r"],"none_of":["s"]}})"}};
  const auto tenants =
      entry.with("issuer", R"("https://login.example/{tenantid}/")").with("tenants", R"(["t-1"])");
  const auto signed_by = [](const support::object_text& claims) {
    return support::sign(sample_header().with("kid", "\"key 7\""), claims);
  };
  const algorithm_row& hs256 = algorithms[0];
  out.push_back(
      {"policy",
       support::object_text{{"$schema", "\"x\""},
                            {"issuers", '[' + entry.text() + ',' + tenants.text() + ']'},
                            {"clock_tolerance", "5"},
                            {"realm", "\"here\""}}
           .text(),
       {ask(hs256, signed_by(wanted), reason::ok),
        ask(hs256,
            signed_by(wanted.with("iss", R"("https://login.example/t-1/")").with("tid", "\"t-1\"")),
            reason::ok),
        ask(hs256, signed_by(wanted.with("iss", R"("https://login.example/t-2/")")),
            reason::issuer_mismatch),
        ask(hs256, signed_by(wanted.without("roles")), reason::scope_insufficient),
        ask(hs256, signed_by(wanted.with("plan", "4")), reason::claim_mismatch)}});
  out.push_back(edge_scenario());

  // A challenge of the page that the edge's scenario has, and its proof.
  scenario proof = out.back();
  proof.name = "challenge";
  proof.questions = {
      {question::door::challenge, request_text("/page", {"", "", "", "", ""}), {}, 1, false}};
  out.push_back(proof);

  scenario suite{"signature", {}, {}};
  for (const auto& row : algorithms) {
    const std::string good = support::sign_bytes(row, "message");
    const std::string jwk = support::jwk_for(row).text();
    suite.questions.push_back({question::door::signature,
                               "message",
                               {std::string(row.name), jwk, good},
                               PORTCULLIS_SIGNATURE_VALID,
                               is_judged_by_library(row)});
    suite.questions.push_back({question::door::signature,
                               "other",
                               {std::string(row.name), jwk, good},
                               PORTCULLIS_SIGNATURE_INVALID,
                               is_judged_by_library(row)});
  }
  out.push_back(suite);

  // New keys come while the old ones serve; and claims, on demand.
  const std::string own_key = support::jwk_for(hs256).text();
  scenario swap{"swap", sample_policy().with("keys", '[' + own_key + ']').text(), {}};
  swap.questions = questions_of(hs256);
  const algorithm_row& es256 = *std::find_if(algorithms.begin(), algorithms.end(),
                                             [](const auto& row) { return row.name == "ES256"; });
  swap.questions.push_back(
      {question::door::swap,
       sample_policy()
           .with("algorithms", R"(["HS256","ES256"])")
           .with("keys", '[' + own_key + ',' + support::jwk_for(es256).text() + ']')
           .text(),
       {},
       1,
       false});
  for (const question& each : questions_of(hs256)) swap.questions.push_back(each);
  swap.questions.push_back(
      {question::door::claims, support::sign(sample_claims()), {sample_policy().text()}, 1, false});
  out.push_back(swap);
  return out;
}

// ---- a run ----

constexpr std::size_t most_questions = 64;
constexpr std::int32_t not_asked = -100;

struct run {
  bool constructed = false;
  bool refused = false;  // a clean error
  bool swapped = false;
  std::int32_t told[most_questions];
};

char big[1 << 17];  // what is written goes here: the test itself takes no memory while it is armed

// The `challenge=` of a redirect.
std::size_t find_challenge(const portcullis_verifier* verifier, const std::string& request,
                           std::int32_t judged, double now, char* out) {
  const std::size_t size = portcullis_write_edge_response(verifier, request.data(), request.size(),
                                                          judged, now, big, sizeof big);
  const std::string_view text(big, std::min(size, sizeof big));
  constexpr std::string_view mark = "challenge=";
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return 0;
  const std::string_view found =
      text.substr(at + mark.size(), text.find_first_of("&\"", at) - at - mark.size());
  std::memcpy(out, found.data(), found.size());
  return found.size();
}

std::int32_t answer(portcullis_verifier*& verifier, const question& asked, double now, run& ran) {
  char error[4096];
  std::size_t error_size = 0;
  const std::string& text = asked.text;
  switch (asked.asks) {
    case question::door::token: {
      const std::int32_t told = portcullis_verify_token(verifier, text.data(), text.size(), now);
      if (told != allowed && portcullis_write_response(verifier, told, big, sizeof big) == 0)
        std::abort();
      return told;
    }
    case question::door::request: {
      const std::int32_t packed = portcullis_judge_request(verifier, text.data(), text.size(), now);
      const std::int32_t told = packed & 0x3ff;
      portcullis_write_edge_log(verifier, text.data(), text.size(), packed, big, sizeof big);
      if (told == allowed) {
        if (portcullis_write_edge_edits(verifier, text.data(), text.size(), packed, big,
                                        sizeof big) == 0)
          std::abort();
      } else {
        const std::size_t size = portcullis_write_edge_response(verifier, text.data(), text.size(),
                                                                packed, now, big, sizeof big);
        // Always an answer, and none that lets through.
        if (size == 0 || size > sizeof big ||
            std::string_view(big, size).find("\"status\":\"200\"") != std::string_view::npos)
          std::abort();
      }
      return told;
    }
    case question::door::challenge: {
      char challenge[512];
      const std::int32_t packed = portcullis_judge_request(verifier, text.data(), text.size(), now);
      const std::size_t size = find_challenge(verifier, text, packed, now, challenge);
      char proof[256];
      constexpr std::string_view client = "203.0.113.178";
      const std::size_t proved = portcullis_answer_challenge(
          verifier, challenge, size, client.data(), client.size(), now, proof, sizeof proof);
      challenge[0] = static_cast<char>(challenge[0] ^ 1);
      // What is not ours has no proof, whatever fails.
      if (portcullis_answer_challenge(verifier, challenge, size, client.data(), client.size(), now,
                                      proof, sizeof proof) != 0)
        std::abort();
      return size != 0 && proved != 0;
    }
    case question::door::signature:
      return portcullis_verify_signature(asked.more[0].data(), asked.more[0].size(),
                                         asked.more[1].data(), asked.more[1].size(), text.data(),
                                         text.size(), asked.more[2].data(), asked.more[2].size(),
                                         error, sizeof error, &error_size);
    case question::door::swap: {
      auto* const made =
          portcullis_create_verifier(text.data(), text.size(), error, sizeof error, &error_size);
      if (made == nullptr) return 0;  // the old one goes on
      portcullis_destroy_verifier(std::exchange(verifier, made));
      ran.swapped = true;
      return 1;
    }
    case question::door::claims: {
      // The C++ form takes memory, and throws where there is none, as C++ does.
      auto gate = verifier::from_policy(asked.more[0]);
      if (!gate) return 0;
      const decision judged = gate->verify_token(text, static_cast<std::int64_t>(now));
      if (!judged.allowed()) return 0;
      try {
        return judged.claims_json().has_value() ? 1 : 2;
      } catch (const std::bad_alloc&) {
        return 0;
      }
    }
  }
  return not_asked;
}

bool is_acceptable(const question& asked, std::int32_t told, bool faulted) {
  if (told == asked.expected) return true;
  if (!faulted) return false;
  switch (asked.asks) {
    case question::door::token:
    case question::door::request: {
      const std::int32_t why = told & 0xff;
      const bool denied = asked.asks == question::door::token ? told != allowed : told >> 8 != 0;
      return denied && (why == internal_error || (asked.by_library && why == signature_invalid));
    }
    case question::door::signature:
      return told == PORTCULLIS_SIGNATURE_UNUSABLE || told == PORTCULLIS_SIGNATURE_FAILED ||
             (asked.by_library && told == PORTCULLIS_SIGNATURE_INVALID);
    case question::door::challenge:
    case question::door::swap:
    case question::door::claims:
      return told == 0;
  }
  return false;
}

[[noreturn]] void complain(const scenario& what, const char* words, long at, std::int32_t told) {
  disarm();
  std::fprintf(stderr, "%s: %s at %ld, after %s: question %ld told %d\n", what.name.c_str(), words,
               at, last, asking, told);
  std::exit(1);
}

struct tally {
  long calls = 0;  // of the untouched scenario
  long runs = 0;
  long refused = 0;
  long denied = 0;  // at least one answer was a denial that an untouched run does not give
  long unharmed = 0;
};

// One run, armed as the caller has it. Afterwards the verifier is asked again, with nothing that
// fails; `sound`: it has to be right then.
void run_once(const scenario& what, long at, bool sound, tally& sum) {
  run ran;
  for (std::int32_t& each : ran.told) each = not_asked;
  char error[4096];
  std::size_t error_size = 0;
  const long before = blocks;
  const kind fault = armed;
  portcullis_verifier* verifier = nullptr;
  if (!what.policy.empty()) {
    verifier = portcullis_create_verifier(what.policy.data(), what.policy.size(), error,
                                          sizeof error, &error_size);
    ran.refused = verifier == nullptr;
    if (verifier != nullptr) portcullis_seed_edge(verifier, "0123456789abcdef");
  }
  const auto now = static_cast<double>(support::now);
  if (!ran.refused) {
    for (std::size_t i = 0; i < what.questions.size(); ++i) {
      ran.told[i] = answer(verifier, what.questions[i], now, ran);
    }
  }
  const bool reached = calls >= failing && fault != kind::none;
  disarm();
  bool harmed = false;
  for (std::size_t i = 0; !ran.refused && i < what.questions.size(); ++i) {
    asking = static_cast<long>(i);
    harmed = harmed || ran.told[i] != what.questions[i].expected;
    if (!is_acceptable(what.questions[i], ran.told[i], reached))
      complain(what, "a wrong answer", at, ran.told[i]);
  }
  if (fault == kind::none && (ran.refused || harmed))
    complain(what, "refused with nothing that fails", at, 0);
  for (const question& asked : what.questions) {
    if (ran.refused || asked.asks == question::door::swap) continue;
    const std::int32_t told = answer(verifier, asked, now + 100, ran);
    if (!is_acceptable(asked, told, !sound))
      complain(what, "wrong when all is well again", at, told);
  }
  portcullis_destroy_verifier(verifier);
  if (blocks != before)
    complain(what, "memory left behind", at, static_cast<std::int32_t>(blocks - before));
  ++sum.runs;
  sum.refused += ran.refused;
  sum.denied += !ran.refused && harmed;
  sum.unharmed += !ran.refused && !harmed;
}

void print(const scenario& what, const tally& sum) {
  std::printf(
      R"({"scenario":"%s","calls":%ld,"runs":%ld,"refused":%ld,"denied":%ld,"unharmed":%ld})"
      "\n",
      what.name.c_str(), sum.calls, sum.runs, sum.refused, sum.denied, sum.unharmed);
}

// Until a run comes to its end before the fault.
void run_warm(const scenario& what, kind fault, bool all_after, long step) {
  tally sum;
  run_once(what, 0, true, sum);  // libcrypto is in use
  sum.runs = sum.unharmed = 0;
  // OpenSSL's functions say 0 or less than that.
  for (const int failed : fault == kind::memory ? std::vector<int>{0} : std::vector<int>{0, -1}) {
    for (long at = 1;; at += step) {
      arm(fault, at, all_after, failed);
      run_once(what, at, true, sum);
      if (calls < at) break;
    }
    sum.calls = std::max(sum.calls, calls);
  }
  if (__lsan_do_recoverable_leak_check != nullptr && __lsan_do_recoverable_leak_check() != 0) {
    complain(what, "a leak", 0, 0);
  }
  print(what, sum);
}

// Each in a process of its own. libcrypto may then never come right: it is not asked to.
void run_cold(const scenario& what, bool all_after, long step) {
  tally sum;
  for (long at = 1;; at += step) {
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    const pid_t child = fork();
    if (child == 0) {
      tally own;
      alarm(60);
      arm(kind::memory, at, all_after, 0);
      run_once(what, at, false, own);
      own.calls = calls;
      if (write(ends[1], &own, sizeof own) != sizeof own) std::abort();
      _exit(0);
    }
    close(ends[1]);
    tally own;
    const bool told = read(ends[0], &own, sizeof own) == sizeof own;
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (!told || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
      complain(what, "a cold process ended", at, status);
    if (own.calls < at) break;
    sum.calls = std::max(sum.calls, own.calls);
    ++sum.runs;
    sum.refused += own.refused;
    sum.denied += own.denied;
    sum.unharmed += own.unharmed;
  }
  print(what, sum);
}

// The scenarios, made by another process: this one's libcrypto stays as it is when a process
// begins.
class pipe_text {
 public:
  explicit pipe_text(int end) : end_(end) {}
  void write_all(const void* bytes, std::size_t size) const {
    for (const auto* at = static_cast<const char*>(bytes); size != 0;) {
      const auto done = write(end_, at, size);
      if (done <= 0) std::abort();
      at += done;
      size -= static_cast<std::size_t>(done);
    }
  }
  void read_all(void* bytes, std::size_t size) const {
    for (auto* at = static_cast<char*>(bytes); size != 0;) {
      const auto done = read(end_, at, size);
      if (done <= 0) std::exit(1);
      at += done;
      size -= static_cast<std::size_t>(done);
    }
  }
  void put(const std::string& text) const {
    const std::size_t size = text.size();
    write_all(&size, sizeof size);
    write_all(text.data(), size);
  }
  [[nodiscard]] std::string get() const {
    std::size_t size = 0;
    read_all(&size, sizeof size);
    std::string text(size, '\0');
    read_all(text.data(), size);
    return text;
  }

 private:
  int end_;
};

std::vector<scenario> scenarios_of_another_process() {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  if (fork() == 0) {
    const pipe_text out(ends[1]);
    auto made = make_scenarios();
    out.put(std::to_string(made.size()));
    for (const scenario& each : made) {
      out.put(each.name);
      out.put(each.policy);
      out.put(std::to_string(each.questions.size()));
      for (const question& asked : each.questions) {
        out.put(std::string(1, static_cast<char>(asked.asks)));
        out.put(asked.text);
        for (const std::string& more : asked.more) out.put(more);
        out.put(std::to_string(asked.expected));
        out.put(asked.by_library ? "1" : "");
      }
    }
    _exit(0);
  }
  close(ends[1]);
  const pipe_text in(ends[0]);
  std::vector<scenario> out(std::stoul(in.get()));
  for (scenario& each : out) {
    each.name = in.get();
    each.policy = in.get();
    each.questions.resize(std::stoul(in.get()));
    for (question& asked : each.questions) {
      asked.asks = static_cast<question::door>(in.get()[0]);
      asked.text = in.get();
      for (std::string& more : asked.more) more = in.get();
      asked.expected = std::stoi(in.get());
      asked.by_library = !in.get().empty();
    }
    if (each.questions.size() > most_questions) std::abort();
  }
  close(ends[0]);
  return out;
}

void list(const std::vector<scenario>& all) {
  std::string text = "{\"scenarios\":[";
  for (const scenario& each : all) text += (text.back() == '[' ? "\"" : ",\"") + each.name + '"';
  text += "],\"functions\":[\"SHA256_Init\",\"SHA256_Update\"";
#define PORTCULLIS_FUNCTION(name) text += ",\"" #name "\"";
  PORTCULLIS_LIBCRYPTO_FUNCTIONS
#undef PORTCULLIS_FUNCTION
  std::puts((text + "]}").c_str());
}

}  // namespace

int main(int count, char** words) {
  if (CRYPTO_set_mem_functions(take_for_openssl, resize_for_openssl, free_for_openssl) != 1)
    return 2;
  auto all = scenarios_of_another_process();
  if (count < 2) return list(all), 0;
  const std::string_view mode = words[1];
  const auto found = std::find_if(all.begin(), all.end(), [&](const scenario& each) {
    return count > 2 && each.name == words[2];
  });
  const bool warm = mode == "run" && count == 6;
  if (found == all.end() || !(warm || (mode == "cold" && count == 5))) return 2;
  const bool all_after = std::string_view(words[count - 2]) == "on";
  const long step = std::atol(words[count - 1]);
  if (!warm) return run_cold(*found, all_after, step), 0;
  run_warm(*found, std::string_view(words[3]) == "memory" ? kind::memory : kind::libcrypto,
           all_after, step);
  return 0;
}
