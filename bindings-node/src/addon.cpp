// The Node-API door: converts, calls the C door, converts back. What an event or a decision looks
// like in JavaScript is the business of edge.js and edge_layer.js.
//
// Built twice: portcullis.node, and with PORTCULLIS_EDGE portcullis-edge.node, which is loaded for
// a policy that has an edge layer (docs/edge.md).
//
// No state outside of the functions that it makes: every environment (main thread, workers) that
// loads the addon is on its own.

//
// node-addon-api registers the addon and names its values. What can fail is called on the plain
// Node-API: node-addon-api's errors are 4 KB of an addon that counts its bytes, and end the process
// when a thread that is being ended can take none.
#include <napi.h>

#include <dlfcn.h>
#include <time.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>

#include "crypto/backend.hpp"
#include "limits.hpp"
#include "portcullis/c_api.h"
#include "portcullis/reason.hpp"
#if PORTCULLIS_EDGE
#include "edge/check_response.hpp"
#include "portcullis/edge_api.h"
#include "portcullis/fixed_text.hpp"
#endif

namespace {

using namespace portcullis;

constexpr auto allowed = static_cast<std::int32_t>(reason::ok);
constexpr auto failed = static_cast<std::int32_t>(reason::internal_error);

// A string argument as UTF-8. One that is longer than the core accepts is cut, and stays too long
// even when the cut falls before a character of four bytes. Never Latin-1, which drops the high
// byte of a UTF-16 code unit and so makes another string look like a valid token.
template <std::size_t limit>
class text_argument {
 public:
  bool read(napi_env env, napi_value value) {
    return napi_get_value_string_utf8(env, value, bytes_, sizeof bytes_, &length_) == napi_ok;
  }
  [[nodiscard]] const char* data() const { return bytes_; }
  [[nodiscard]] std::size_t size() const { return length_; }

 private:
  char bytes_[limit + 4 + 1];  // and the NUL that Node-API adds
  std::size_t length_ = 0;
};

// The bytes of a Uint8Array; they belong to it.
class bytes_argument {
 public:
  bool read(napi_env env, napi_value value) {
    bool is_bytes = false;
    napi_typedarray_type type{};
    void* data = nullptr;
    if (napi_is_typedarray(env, value, &is_bytes) != napi_ok || !is_bytes ||
        napi_get_typedarray_info(env, value, &type, &size_, &data, nullptr, nullptr) != napi_ok) {
      return false;
    }
    data_ = static_cast<const char*>(data);
    return type == napi_uint8_array;
  }
  [[nodiscard]] const char* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

// A response is some 400 bytes and the realm.
constexpr std::size_t response_capacity = 1024;

using authorization_argument = text_argument<limits::max_authorization_bytes>;
using token_argument = text_argument<limits::max_token_bytes>;

// clock_gettime. It came with glibc 2.17, and the addon loads on older ones, so it is looked for.
using system_clock = int (*)(clockid_t, timespec*);

system_clock find_system_clock() {
  return reinterpret_cast<system_clock>(dlsym(RTLD_DEFAULT, "clock_gettime"));
}

// Whole seconds since the epoch. The coarse clock takes a fifth of the exact one's time. It is late
// by a tick, which is 10 ms at the most, and so is asked again where that could be another second.
double read_clock(system_clock clock) {
  constexpr long end_of_second = 900'000'000;
  timespec now;
  if (clock(CLOCK_REALTIME_COARSE, &now) != 0 || now.tv_nsec >= end_of_second) {
    if (clock(CLOCK_REALTIME, &now) != 0) return NAN;  // which denies
  }
  return static_cast<double>(now.tv_sec);
}

// A verifier and the number of functions that still refer to it; the last one frees it.
struct shared_verifier {
  portcullis_verifier* verifier;
  system_clock clock;  // null where there is none
  std::size_t functions;
};

// A call of one of the functions that belong to a verifier.
template <std::size_t argument_count>
struct call {
  bool read(napi_env env, napi_callback_info info) {
    return napi_get_cb_info(env, info, &count, arguments, nullptr, &data) == napi_ok;
  }
  [[nodiscard]] const shared_verifier* shared() const {
    return static_cast<const shared_verifier*>(data);
  }
  [[nodiscard]] const portcullis_verifier* verifier() const { return shared()->verifier; }

  std::size_t count = argument_count;    // then: of those that were given
  napi_value arguments[argument_count];  // missing ones are undefined
  void* data = nullptr;
};

void release(shared_verifier* shared) {
  if (--shared->functions != 0) return;
  portcullis_destroy_verifier(shared->verifier);
  delete shared;
}

napi_value to_number(napi_env env, std::int32_t code) {
  napi_value number = nullptr;
  return napi_create_int32(env, code, &number) == napi_ok ? number : nullptr;
}

// Undefined when there is no text.
napi_value to_string(napi_env env, const char* text, std::size_t length, std::size_t capacity) {
  napi_value string = nullptr;
  if (length == 0 || length > capacity) return nullptr;
  return napi_create_string_utf8(env, text, length, &string) == napi_ok ? string : nullptr;
}

// The hot functions, on the plain Node-API: (string, now) -> code.

napi_value verify_authorization(napi_env env, napi_callback_info info) {
  call<2> called;
  authorization_argument value;
  double now = 0;
  if (!called.read(env, info) || !value.read(env, called.arguments[0]) ||
      napi_get_value_double(env, called.arguments[1], &now) != napi_ok) {
    return to_number(env, failed);
  }
  return to_number(env, portcullis_verify_request(called.verifier(), PORTCULLIS_FIELD_SINGLE,
                                                  value.data(), value.size(), now));
}

// (Authorization value) -> itself when it is allowed, else code, at this moment. Of what a decision
// in JavaScript costs beside the core, two fifths were to ask Date for the time and to pass it on;
// to hand a number over takes a third of the empty call, and a value that is there nothing.
napi_value verify_now(napi_env env, napi_callback_info info) {
  call<1> called;
  authorization_argument value;
  if (!called.read(env, info) || !value.read(env, called.arguments[0])) {
    return to_number(env, failed);
  }
  const auto code =
      portcullis_verify_request(called.verifier(), PORTCULLIS_FIELD_SINGLE, value.data(),
                                value.size(), read_clock(called.shared()->clock));
  return code == allowed ? called.arguments[0] : to_number(env, code);
}

napi_value verify_token(napi_env env, napi_callback_info info) {
  call<2> called;
  token_argument token;
  double now = 0;
  if (!called.read(env, info) || !token.read(env, called.arguments[0]) ||
      napi_get_value_double(env, called.arguments[1], &now) != napi_ok) {
    return to_number(env, failed);
  }
  return to_number(env,
                   portcullis_verify_token(called.verifier(), token.data(), token.size(), now));
}

// (shape, now) -> code, for a request without exactly one Authorization value.
napi_value verify_shape(napi_env env, napi_callback_info info) {
  call<2> called;
  std::int32_t shape = 0;
  double now = 0;
  if (!called.read(env, info) ||
      napi_get_value_int32(env, called.arguments[0], &shape) != napi_ok ||
      napi_get_value_double(env, called.arguments[1], &now) != napi_ok) {
    return to_number(env, failed);
  }
  return to_number(env, portcullis_verify_request(called.verifier(), shape, "", 0, now));
}

// (code) -> the CloudFront response as JSON text.
napi_value respond(napi_env env, napi_callback_info info) {
  call<1> called;
  std::int32_t code = 0;
  char text[response_capacity];
  if (!called.read(env, info) || napi_get_value_int32(env, called.arguments[0], &code) != napi_ok) {
    return nullptr;
  }
  const auto length = portcullis_write_response(called.verifier(), code, text, sizeof text);
  return to_string(env, text, length, sizeof text);
}

// (Authorization value that was allowed) -> its claims set as JSON text.
napi_value request_claims(napi_env env, napi_callback_info info) {
  call<1> called;
  authorization_argument value;
  char text[limits::max_payload_bytes];
  if (!called.read(env, info) || !value.read(env, called.arguments[0])) return nullptr;
  const auto length =
      portcullis_write_request_claims(value.data(), value.size(), text, sizeof text);
  return to_string(env, text, length, sizeof text);
}

// (token that was allowed) -> its claims set as JSON text.
napi_value token_claims(napi_env env, napi_callback_info info) {
  call<1> called;
  token_argument token;
  char text[limits::max_payload_bytes];
  if (!called.read(env, info) || !token.read(env, called.arguments[0])) return nullptr;
  const auto length = portcullis_write_token_claims(token.data(), token.size(), text, sizeof text);
  return to_string(env, text, length, sizeof text);
}

#if PORTCULLIS_EDGE

// All fields of a request, and for each a digit and a NUL.
using request_argument = text_argument<limits::max_request_bytes + 64>;
// Of both a challenge and an address: whatever is cut is none.
using short_argument = text_argument<256>;

// What the core writes at the most (edge_api.cpp): a redirect, and the Cookie header and the query
// written anew.
constexpr std::size_t edge_response_capacity = 16384;
constexpr std::size_t edits_capacity = 65536;
constexpr std::size_t log_capacity = 65536;

// () -> what the policy wants of its door; undefined without an edge layer.
napi_value describe_edge(napi_env env, napi_callback_info info) {
  call<1> called;
  char text[2048];
  if (!called.read(env, info)) return nullptr;
  const auto length = portcullis_describe_edge(called.verifier(), text, sizeof text);
  return to_string(env, text, length, sizeof text);
}

// (16 random bytes) -> true when they have been taken.
napi_value seed_edge(napi_env env, napi_callback_info info) {
  call<1> called;
  void* bytes = nullptr;
  std::size_t length = 0;
  napi_value done = nullptr;
  if (!called.read(env, info) ||
      napi_get_buffer_info(env, called.arguments[0], &bytes, &length) != napi_ok || length != 16) {
    return nullptr;
  }
  portcullis_seed_edge(called.shared()->verifier, static_cast<const char*>(bytes));
  return napi_get_boolean(env, true, &done) == napi_ok ? done : nullptr;
}

// (request, now) -> the decision as a number. The hot one.
napi_value judge_request(napi_env env, napi_callback_info info) {
  call<2> called;
  request_argument request;
  double now = 0;
  if (!called.read(env, info) || !request.read(env, called.arguments[0]) ||
      napi_get_value_double(env, called.arguments[1], &now) != napi_ok) {
    return nullptr;
  }
  return to_number(
      env, portcullis_judge_request(called.verifier(), request.data(), request.size(), now));
}

// (request, decision, now) -> the CloudFront response as JSON text.
napi_value write_edge_response(napi_env env, napi_callback_info info) {
  call<3> called;
  request_argument request;
  std::int32_t decision = 0;
  double now = 0;
  char text[edge_response_capacity];
  if (!called.read(env, info) || !request.read(env, called.arguments[0]) ||
      napi_get_value_int32(env, called.arguments[1], &decision) != napi_ok ||
      napi_get_value_double(env, called.arguments[2], &now) != napi_ok) {
    return nullptr;
  }
  const auto length = portcullis_write_edge_response(
      called.verifier(), request.data(), request.size(), decision, now, text, sizeof text);
  return to_string(env, text, length, sizeof text);
}

// (request, decision) -> a text about it; undefined when there is none.
template <auto write, std::size_t capacity>
napi_value write_about(napi_env env, napi_callback_info info) {
  call<2> called;
  request_argument request;
  std::int32_t decision = 0;
  char text[capacity];
  if (!called.read(env, info) || !request.read(env, called.arguments[0]) ||
      napi_get_value_int32(env, called.arguments[1], &decision) != napi_ok) {
    return nullptr;
  }
  const auto length =
      write(called.verifier(), request.data(), request.size(), decision, text, sizeof text);
  return to_string(env, text, length, sizeof text);
}

// (challenge, client address, now) -> the proof; undefined when it is not a valid challenge.
napi_value answer_challenge(napi_env env, napi_callback_info info) {
  call<3> called;
  short_argument challenge;
  short_argument client;
  double now = 0;
  char text[256];
  if (!called.read(env, info) || !challenge.read(env, called.arguments[0]) ||
      !client.read(env, called.arguments[1]) ||
      napi_get_value_double(env, called.arguments[2], &now) != napi_ok) {
    return nullptr;
  }
  const auto length =
      portcullis_answer_challenge(called.verifier(), challenge.data(), challenge.size(),
                                  client.data(), client.size(), now, text, sizeof text);
  return to_string(env, text, length, sizeof text);
}

#endif

// Set-up.

// Throws; what a function returns beside is not looked at. Nothing is thrown in a thread that is
// being ended, which nobody sees.
napi_value refuse(napi_env env, const char* message) {
  napi_throw_type_error(env, nullptr, message);
  return nullptr;
}
napi_value fail(napi_env env, const char* message) {
  napi_throw_error(env, nullptr, message);
  return nullptr;
}

bool set_row(napi_env env, napi_value rows, std::size_t index, std::string_view text) {
  napi_value string = nullptr;
  return napi_create_string_utf8(env, text.data(), text.size(), &string) == napi_ok &&
         napi_set_element(env, rows, static_cast<std::uint32_t>(index), string) == napi_ok;
}

// () -> the reason table, a text for each row.
napi_value reasons(napi_env env, napi_callback_info) {
  const auto count = portcullis_count_reasons();
  napi_value rows = nullptr;
  if (napi_create_array(env, &rows) != napi_ok) return nullptr;
  for (std::int32_t code = 0; code < count; ++code) {
    char text[512];
    const auto length = portcullis_write_reason(code, text, sizeof text);
    if (length > sizeof text) continue;
    if (!set_row(env, rows, static_cast<std::size_t>(code), {text, length})) return nullptr;
  }
  return rows;
}

struct function_row {
  const char* name;
  napi_callback callback;
};

constexpr function_row verifier_functions[] = {
    {"verifyAuthorization", verify_authorization},
    {"verifyToken", verify_token},
    {"verifyShape", verify_shape},
    {"respond", respond},
    {"requestClaims", request_claims},
    {"tokenClaims", token_claims},
};

#if PORTCULLIS_EDGE
constexpr function_row edge_functions[] = {
    {"describe", describe_edge},
    {"seed", seed_edge},
    {"judge", judge_request},
    {"response", write_edge_response},
    {"edits", write_about<portcullis_write_edge_edits, edits_capacity>},
    {"log", write_about<portcullis_write_edge_log, log_capacity>},
    {"claims", write_about<portcullis_write_edge_claims, limits::max_payload_bytes>},
    {"answerChallenge", answer_challenge},
};

// (event type, response, original: bytes) -> a line for each finding.
napi_value check_response(napi_env env, napi_callback_info info) {
  call<3> called;
  std::int32_t type = -1;
  bytes_argument response;
  bytes_argument original;
  if (!called.read(env, info) || napi_get_value_int32(env, called.arguments[0], &type) != napi_ok ||
      type < 0 || type > 3 || !response.read(env, called.arguments[1]) ||
      !original.read(env, called.arguments[2])) {
    return refuse(env, "checkResponse: expected an event type and two Uint8Arrays");
  }
  char text[65536];
  const auto length = portcullis_check_response(
      type, response.data(), response.size(), original.data(), original.size(), text, sizeof text);
  napi_value findings = nullptr;
  return napi_create_string_utf8(env, text, length, &findings) == napi_ok ? findings : nullptr;
}

// () -> the rules of responses, a text for each row.
napi_value response_rules(napi_env env, napi_callback_info) {
  napi_value rows = nullptr;
  if (napi_create_array(env, &rows) != napi_ok) return nullptr;
  for (std::size_t i = 0; i < response_rule_count; ++i) {
    const auto row = find_response_rule(static_cast<response_rule>(i));
    fixed_text<1024> text;
    text.append(row.name);
    text.append('\n');
    text.append(row.sentence);
    text.append('\n');
    text.append(row.source);
    if (!set_row(env, rows, i, text.view())) return nullptr;
  }
  return rows;
}
#endif

napi_value make_function(napi_env env, const function_row& row, void* data) {
  napi_value function = nullptr;
  return napi_create_function(env, row.name, NAPI_AUTO_LENGTH, row.callback, data, &function) ==
                 napi_ok
             ? function
             : nullptr;
}

bool add_function(napi_env env, napi_value object, const function_row& row) {
  const napi_value function = make_function(env, row, nullptr);
  return function != nullptr && napi_set_named_property(env, object, row.name, function) == napi_ok;
}

// One that keeps `shared` alive until it is collected itself.
bool add_function(napi_env env, napi_value object, const function_row& row,
                  shared_verifier* shared) {
  const auto finalize = [](napi_env, void* data, void*) {
    release(static_cast<shared_verifier*>(data));
  };
  const napi_value function = make_function(env, row, shared);
  if (function == nullptr ||
      napi_add_finalizer(env, function, shared, finalize, nullptr, nullptr) != napi_ok) {
    return false;
  }
  ++shared->functions;
  return napi_set_named_property(env, object, row.name, function) == napi_ok;
}

constexpr function_row reasons_function = {"reasons", reasons};

// An object with the functions of `shared`, or null.
napi_value make_instance(napi_env env, shared_verifier* shared) {
  napi_value instance = nullptr;
  if (napi_create_object(env, &instance) != napi_ok) return nullptr;
  for (const auto& row : verifier_functions) {
    if (!add_function(env, instance, row, shared)) return nullptr;
  }
#if PORTCULLIS_EDGE
  napi_value edge = nullptr;
  if (napi_create_object(env, &edge) != napi_ok) return nullptr;
  for (const auto& row : edge_functions) {
    if (!add_function(env, edge, row, shared)) return nullptr;
  }
  if (!add_function(env, edge, {"checkResponse", check_response}) ||
      napi_set_named_property(env, instance, "edge", edge) != napi_ok) {
    return nullptr;
  }
#endif
  if (shared->clock != nullptr && !add_function(env, instance, {"verifyNow", verify_now}, shared)) {
    return nullptr;
  }
  return add_function(env, instance, reasons_function) ? instance : nullptr;
}

// (policy bytes) -> the functions of a verifier, or "<path>\n<what was expected>".
napi_value create(napi_env env, napi_callback_info info) {
  call<2> called;
  bytes_argument policy;
  if (!called.read(env, info) || called.count != 1 || !policy.read(env, called.arguments[0])) {
    return refuse(env, "create: expected a Uint8Array");
  }
  char error[4096];
  std::size_t error_length = 0;
  auto* verifier =
      portcullis_create_verifier(policy.data(), policy.size(), error, sizeof error, &error_length);
  if (verifier == nullptr && error_length != 0) {
    return to_string(env, error, error_length, sizeof error);
  }
  auto* shared = verifier == nullptr ? nullptr
                                     : new (std::nothrow)
                                           shared_verifier{verifier, find_system_clock(), 1};
  if (shared == nullptr) {
    portcullis_destroy_verifier(verifier);
    return fail(env, "create: out of memory");
  }
  const napi_value instance = make_instance(env, shared);
  release(shared);  // the 1 above: this function
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks): the functions' finalizers have it
  return instance != nullptr ? instance : fail(env, "create: out of memory");
}

// (algorithm, JWK, message, signature: bytes) -> 1, 0, or "<path>\n<what was expected>".
napi_value verify_signature(napi_env env, napi_callback_info info) {
  call<4> called;
  bytes_argument parts[4];
  if (!called.read(env, info)) return nullptr;
  for (std::size_t i = 0; i < 4; ++i) {
    if (!parts[i].read(env, called.arguments[i])) {
      return refuse(env, "verifySignature: expected Uint8Arrays");
    }
  }
  char error[2048];
  std::size_t error_length = 0;
  const std::int32_t told = portcullis_verify_signature(
      parts[0].data(), parts[0].size(), parts[1].data(), parts[1].size(), parts[2].data(),
      parts[2].size(), parts[3].data(), parts[3].size(), error, sizeof error, &error_length);
  if (told >= 0) return to_number(env, told);
  if (error_length != 0) return to_string(env, error, error_length, sizeof error);
  return fail(env, "verifySignature: the cryptographic library failed");
}

constexpr function_row addon_functions[] = {
    {"create", create},
    {"verifySignature", verify_signature},
#if PORTCULLIS_EDGE
    {"checkResponse", check_response},
    {"responseRules", response_rules},
#endif
};

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  // Now, so that require('portcullis') takes the WASM module instead; not at the first policy.
  if (!has_library()) {
    fail(env, "portcullis: expected OpenSSL 3 in the process or as libcrypto.so.3");
    return exports;
  }
  for (const auto& row : addon_functions) {
    if (!add_function(env, exports, row)) fail(env, "portcullis: out of memory");
  }
  return exports;
}

}  // namespace

NODE_API_MODULE(portcullis, initialize)
