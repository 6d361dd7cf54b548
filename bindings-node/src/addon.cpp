// The Node-API door: converts, calls the C door, converts back. What an event or a decision looks
// like in JavaScript is the business of edge.js and edge_layer.js.
//
// Built twice: portcullis.node, and with PORTCULLIS_EDGE portcullis-edge.node, which is loaded for a
// policy that has an edge layer (docs/edge.md).
//
// No state outside of the functions that it makes: every environment (main thread, workers) that
// loads the addon is on its own.

// A thread that is being ended can run no JavaScript, so that every throw fails. Without this
// node-addon-api ends the process for it.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "crypto/backend.hpp"
#include "limits.hpp"
#include "portcullis/c_api.h"
#include "portcullis/reason.hpp"
#if PORTCULLIS_EDGE
#include "edge/check_response.hpp"
#include "portcullis/edge_api.h"
#endif

namespace {

using namespace portcullis;

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

// A response is some 400 bytes and the realm.
constexpr std::size_t response_capacity = 1024;

using authorization_argument = text_argument<limits::max_authorization_bytes>;
using token_argument = text_argument<limits::max_token_bytes>;

// A verifier and the number of functions that still refer to it; the last one frees it.
struct shared_verifier {
  portcullis_verifier* verifier;
  std::size_t functions;
};

// A call of one of the functions that belong to a verifier.
template <std::size_t argument_count>
struct call {
  bool read(napi_env env, napi_callback_info info) {
    std::size_t count = argument_count;
    return napi_get_cb_info(env, info, &count, arguments, nullptr, &data) == napi_ok;
  }
  [[nodiscard]] const shared_verifier* shared() const {
    return static_cast<const shared_verifier*>(data);
  }
  [[nodiscard]] const portcullis_verifier* verifier() const { return shared()->verifier; }

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

// Set-up, on node-addon-api.

// () -> the reason table, a text for each row.
Napi::Value reasons(const Napi::CallbackInfo& info) {
  const auto count = portcullis_count_reasons();
  auto rows = Napi::Array::New(info.Env(), static_cast<std::size_t>(count));
  for (std::int32_t code = 0; code < count; ++code) {
    char text[512];
    const auto length = portcullis_write_reason(code, text, sizeof text);
    if (length > sizeof text) continue;
    rows.Set(static_cast<std::uint32_t>(code), Napi::String::New(info.Env(), text, length));
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
Napi::Value check_response(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::int32_t type = -1;
  if (napi_get_value_int32(env, info[0], &type) != napi_ok || type < 0 || type > 3 ||
      !info[1].IsBuffer() || !info[2].IsBuffer()) {
    Napi::TypeError::New(env, "checkResponse: expected an event type and two Uint8Arrays")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const auto response = info[1].As<Napi::Buffer<char>>();
  const auto original = info[2].As<Napi::Buffer<char>>();
  char text[65536];
  const auto length =
      portcullis_check_response(type, response.Data(), response.Length(), original.Data(),
                                original.Length(), text, sizeof text);
  return Napi::String::New(env, text, length);
}

// () -> the rules of responses, a text for each row.
Napi::Value response_rules(const Napi::CallbackInfo& info) {
  auto rows = Napi::Array::New(info.Env(), response_rule_count);
  for (std::size_t i = 0; i < response_rule_count; ++i) {
    const auto row = find_response_rule(static_cast<response_rule>(i));
    std::string text(row.name);
    text.append("\n").append(row.sentence).append("\n").append(row.source);
    rows.Set(static_cast<std::uint32_t>(i), Napi::String::New(info.Env(), text));
  }
  return rows;
}
#endif

// Adds a function that keeps `shared` alive until it is collected itself.
bool add_function(Napi::Object instance, const function_row& row, shared_verifier* shared) {
  const napi_env env = instance.Env();
  const auto finalize = [](napi_env, void* data, void*) {
    release(static_cast<shared_verifier*>(data));
  };
  napi_value function = nullptr;
  if (napi_create_function(env, row.name, NAPI_AUTO_LENGTH, row.callback, shared, &function) !=
          napi_ok ||
      napi_add_finalizer(env, function, shared, finalize, nullptr, nullptr) != napi_ok) {
    return false;
  }
  ++shared->functions;
  return napi_set_named_property(env, instance, row.name, function) == napi_ok;
}

// (policy bytes) -> the functions of a verifier, or "<path>\n<what was expected>".
Napi::Value create(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsBuffer()) {
    Napi::TypeError::New(env, "create: expected a Uint8Array").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const auto policy = info[0].As<Napi::Buffer<char>>();
  char error[4096];
  std::size_t error_length = 0;
  auto* verifier = portcullis_create_verifier(policy.Data(), policy.Length(), error, sizeof error,
                                              &error_length);
  if (verifier == nullptr) return Napi::String::New(env, error, error_length);

  auto* shared = new shared_verifier{verifier, 1};  // 1: this function, until it returns
  auto instance = Napi::Object::New(env);
  bool complete = true;
  for (const auto& row : verifier_functions) {
    complete = complete && add_function(instance, row, shared);
  }
#if PORTCULLIS_EDGE
  auto edge = Napi::Object::New(env);
  for (const auto& row : edge_functions) complete = complete && add_function(edge, row, shared);
  edge.Set("checkResponse", Napi::Function::New<check_response>(env, "checkResponse"));
  instance.Set("edge", edge);
#endif
  release(shared);
  if (!complete) {
    Napi::Error::New(env, "create: out of memory").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  instance.Set("reasons", Napi::Function::New<reasons>(env, "reasons"));
  return instance;
}

// (algorithm, JWK, message, signature: bytes) -> 1, 0, or "<path>\n<what was expected>".
Napi::Value verify_signature(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Buffer<char> parts[4];
  for (std::size_t i = 0; i < 4; ++i) {
    if (!info[i].IsBuffer()) {
      Napi::TypeError::New(env, "verifySignature: expected Uint8Arrays")
          .ThrowAsJavaScriptException();
      return env.Undefined();
    }
    parts[i] = info[i].As<Napi::Buffer<char>>();
  }
  char error[2048];
  std::size_t error_length = 0;
  const std::int32_t told = portcullis_verify_signature(
      parts[0].Data(), parts[0].Length(), parts[1].Data(), parts[1].Length(), parts[2].Data(),
      parts[2].Length(), parts[3].Data(), parts[3].Length(), error, sizeof error, &error_length);
  if (told >= 0) return Napi::Number::New(env, told);
  if (error_length != 0) return Napi::String::New(env, error, error_length);
  Napi::Error::New(env, "verifySignature: the cryptographic library failed")
      .ThrowAsJavaScriptException();
  return env.Undefined();
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  // Now, so that require('portcullis') takes the WASM module instead; not at the first policy.
  if (!has_library()) {
    Napi::Error::New(env, "portcullis: expected OpenSSL 3 in the process or as libcrypto.so.3")
        .ThrowAsJavaScriptException();
    return exports;
  }
  exports.Set("create", Napi::Function::New<create>(env, "create"));
  exports.Set("verifySignature", Napi::Function::New<verify_signature>(env, "verifySignature"));
#if PORTCULLIS_EDGE
  exports.Set("checkResponse", Napi::Function::New<check_response>(env, "checkResponse"));
  exports.Set("responseRules", Napi::Function::New<response_rules>(env, "responseRules"));
#endif
  return exports;
}

}  // namespace

NODE_API_MODULE(portcullis, initialize)
