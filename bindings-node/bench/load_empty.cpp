// An addon that does nothing: what any addon costs to load. load.js compares portcullis.node with
// it.
#include <napi.h>

namespace {

napi_value answer(napi_env, napi_callback_info) { return nullptr; }

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  napi_value function = nullptr;
  napi_create_function(env, "answer", NAPI_AUTO_LENGTH, answer, nullptr, &function);
  napi_set_named_property(env, exports, "answer", function);
  return exports;
}

}  // namespace

NODE_API_MODULE(empty, initialize)
