// mark(name) for JavaScript.
#include <node_api.h>

#include "mark.h"

static napi_value mark(napi_env env, napi_callback_info info) {
  char name[64];
  size_t count = 1;
  size_t length = 0;
  napi_value argument;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) == napi_ok &&
      napi_get_value_string_utf8(env, argument, name, sizeof name, &length) == napi_ok) {
    portcullis_gate_mark(name);
  }
  return NULL;
}

NAPI_MODULE_INIT() {
  napi_value function = NULL;
  if (napi_create_function(env, "mark", NAPI_AUTO_LENGTH, mark, NULL, &function) != napi_ok) {
    return exports;
  }
  return function;
}
