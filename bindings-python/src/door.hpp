// What portcullis._core and portcullis._core_edge have in common: what a Verifier asks, and what a
// handler does for its operator. Functions leave a Python error where they say so, and throw
// nothing.
#pragma once

#include "python_api.hpp"

#include <array>
#include <cstdint>
#include <ctime>
#include <limits>
#include <memory>
#include <new>
#include <portcullis/verifier.hpp>
#include <string>
#include <string_view>

#include "event_walk.hpp"

namespace portcullis::python {

// Calls what may run out of memory.
template <class Call>
[[nodiscard]] PyObject* guard(Call call) noexcept {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return PyErr_NoMemory();
  }
}

// From UTF-8. A policy error that was cut to its bound may end inside a character.
[[nodiscard]] inline object make_str(std::string_view text) noexcept {
  return take(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
}

[[nodiscard]] inline object get_attribute(PyObject* owner, const char* name) noexcept {
  return take(PyObject_GetAttrString(owner, name));
}

[[nodiscard]] inline object import_member(const char* module, const char* name) noexcept {
  const object imported = take(PyImport_ImportModule(module));
  return imported ? get_attribute(imported.ptr(), name) : object();
}

// A dict that is being made. What fails is told at the end.
class dict_maker {
 public:
  void put(std::string_view name, const object& value) noexcept {
    const object key = intern_name(name);
    failed_ = failed_ || !made_ || !key || !value ||
              PyDict_SetItem(made_.ptr(), key.ptr(), value.ptr()) < 0;
  }
  // Empty, with the error set, when anything has failed.
  [[nodiscard]] object take() noexcept { return failed_ ? object() : std::move(made_); }

 private:
  object made_ = python::take(PyDict_New());
  bool failed_ = false;
};

// The responses of a verifier without an edge layer: made when first asked for, never handed out,
// only copied.
class response_table {
 public:
  // A copy that shares nothing which the caller could change; null with the error set.
  [[nodiscard]] PyObject* copy(const verifier& core, reason why) const noexcept {
    object& original = rows_[static_cast<std::size_t>(why)];
    if (!original) original = make(core.respond(why));
    return original ? copy(original.ptr()) : nullptr;
  }

 private:
  static constexpr std::size_t rows = 0
#define PORTCULLIS_REASON(name, http_status, rfc6750_error, sentence) +1
#include <portcullis/reasons.def>
#undef PORTCULLIS_REASON
      ;

  static object make_list(const object& entry) noexcept {
    object entries = take(PyList_New(1));
    if (!entries || !entry) return {};
    PyList_SET_ITEM(entries.ptr(), 0, entry.inc_ref().ptr());
    return entries;
  }

  static object make(const cloudfront_response& response) noexcept {
    dict_maker headers;
    for (std::size_t i = 0; i < response.header_count; ++i) {
      const response_header& header = response.headers[i];
      dict_maker entry;
      entry.put("key", make_str(header.key));
      entry.put("value", make_str(header.value));
      headers.put(header.name, make_list(entry.take()));
    }
    dict_maker made;
    made.put("status", make_str(response.status));
    made.put("statusDescription", make_str(response.status_description));
    made.put("headers", headers.take());
    made.put("body", make_str(response.body));
    return made.take();
  }

  static PyObject* copy(PyObject* original) noexcept {
    object response = take(PyDict_Copy(original));
    if (!response) return nullptr;
    // It is there; what may be missing is memory for its name.
    PyObject* original_headers = PyDict_GetItemString(original, "headers");
    if (original_headers == nullptr) return PyErr_NoMemory();
    const object headers = take(PyDict_Copy(original_headers));
    if (!headers) return nullptr;
    PyObject* name = nullptr;
    PyObject* entries = nullptr;
    for (Py_ssize_t i = 0; PyDict_Next(original_headers, &i, &name, &entries);) {
      const object copied = make_list(take(PyDict_Copy(PyList_GET_ITEM(entries, 0))));
      if (!copied || PyDict_SetItem(headers.ptr(), name, copied.ptr()) < 0) return nullptr;
    }
    if (PyDict_SetItemString(response.ptr(), "headers", headers.ptr()) < 0) return nullptr;
    return response.release().ptr();
  }

  mutable std::array<object, rows> rows_;
};

// What was asked of a policy with an edge layer, for as long as its Decision lives.
class question {
 public:
  virtual ~question() = default;
};

// What Python calls a Decision.
struct answer {
  decision verdict;
  object text;                                 // keeps the token's bytes alive for claims
  std::unique_ptr<const question> asked = {};  // of an event alone, with an edge layer
};

struct listeners {
  object log;          // empty when the policy has nothing logged
  object on_decision;  // empty when nobody listens
};

// What a Verifier has: a policy's verifier and what Python needs to ask it. _core has one for
// policies about tokens alone, _core_edge one for those with an edge layer (docs/edge.md).
// Immutable once made, as far as can be seen. What gives a PyObject* gives a new reference, or null
// with the error set.
class door {
 public:
  explicit door(verifier made) noexcept : core(std::move(made)) {}
  virtual ~door() = default;

  // Never fails: what goes wrong is a denial.
  [[nodiscard]] virtual answer judge(PyObject* event, std::int64_t now) const noexcept = 0;
  [[nodiscard]] virtual PyObject* respond(const answer& given) const noexcept = 0;
  [[nodiscard]] virtual PyObject* make_handler(PyObject* verifier,
                                               listeners told) const noexcept = 0;

  // For policies with an edge layer; of others there is nothing to tell.
  [[nodiscard]] virtual bool shadow(const answer& /*given*/) const noexcept { return false; }
  [[nodiscard]] virtual PyObject* edits(const answer& /*given*/) const noexcept {
    return Py_NewRef(Py_None);
  }
  [[nodiscard]] virtual PyObject* apply_edits(const answer& /*given*/,
                                              PyObject* /*request*/) const noexcept {
    return Py_NewRef(Py_None);
  }
  [[nodiscard]] virtual PyObject* log_line(const answer& /*given*/) const noexcept {
    return Py_NewRef(Py_None);
  }
  [[nodiscard]] virtual PyObject* answer_challenge(std::string_view /*challenge*/,
                                                   std::string_view /*client*/,
                                                   std::int64_t /*now*/) const noexcept {
    return Py_NewRef(Py_None);
  }

  verifier core;
  event_names names;
  response_table responses;
  // Where among a request's headers Authorization may be: for answer_event, which only saves time
  // by it.
  mutable Py_ssize_t authorization_place = 0;
};

// What _core_edge gives to _core, in a capsule of this name that it has as its `door`.
constexpr const char* edge_capsule_name = "portcullis._core_edge.door";

// The door, or null with either the policy's error or a Python error set.
using open_edge_door = door* (*)(std::string_view policy, policy_error& error);

// ---- what handlers have in common -----------------------------------------------------------

// An event, and what a verifier without an edge layer says of it.
struct judged_event {
  event_view event;
  decision verdict;
};
[[nodiscard]] judged_event judge_event(const door& gate, PyObject* event,
                                       std::int64_t now) noexcept;

// Whole seconds since the epoch. The coarse clock, which time() gives as well, is late by a tick,
// 10 ms at the most, and so the exact one is asked where that could be another second. Where
// neither answers, a time that the core denies: with any other an old token might pass.
[[nodiscard]] inline std::int64_t read_clock() noexcept {
  constexpr long end_of_second = 900'000'000;
  timespec now{};
  if (clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0 || now.tv_nsec >= end_of_second) {
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return std::numeric_limits<std::int64_t>::max();
  }
  return now.tv_sec;
}

[[nodiscard]] inline std::int64_t read_nanoseconds() noexcept {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

// The request itself, or the response; empty with the error set.
[[nodiscard]] inline object answer_of(const door& gate, judged_event& judged) noexcept {
  return judged.verdict.allowed() ? std::move(judged.event.request)
                                  : take(gate.responses.copy(gate.core, judged.verdict.why()));
}

[[nodiscard]] inline const char* kind_of(const decision& verdict) noexcept {
  constexpr const char* names[] = {"allow", "deny", "challenge", "answer"};
  return names[static_cast<std::size_t>(verdict.kind())];
}

[[nodiscard]] inline object status_of(const decision& verdict) noexcept {
  return verdict.allowed() ? hold(Py_None) : take(PyLong_FromLong(verdict.status()));
}

[[nodiscard]] inline object route_of(const decision& verdict) noexcept {
  return verdict.route() == decision::no_route ? hold(Py_None)
                                               : take(PyLong_FromUnsignedLong(verdict.route()));
}

// A handler that has more than a verifier: in a capsule, its self.
struct handler_parts {
  object verifier;  // keeps `gate` alive
  const door* gate;
  listeners told;
};

constexpr const char* capsule_name = "portcullis.handler";

[[nodiscard]] inline bool check_arguments(Py_ssize_t count) noexcept {
  if (count == 1 || count == 2) return true;
  PyErr_Format(PyExc_TypeError, "handler() takes an event and a context (%zd arguments given)",
               count);
  return false;
}

[[nodiscard]] inline const handler_parts* find_parts(PyObject* self, Py_ssize_t count) noexcept {
  if (!check_arguments(count)) return nullptr;
  return static_cast<const handler_parts*>(PyCapsule_GetPointer(self, capsule_name));
}

[[nodiscard]] inline PyObject* make_function(PyMethodDef& method, PyObject* self) noexcept {
  const object module = intern_name("portcullis");
  return module ? PyCFunction_NewEx(&method, self, module.ptr()) : nullptr;
}

[[nodiscard]] inline PyObject* make_listening_handler(PyMethodDef& method, PyObject* verifier,
                                                      const door& gate, listeners told) noexcept {
  auto* const parts = new (std::nothrow) handler_parts{hold(verifier), &gate, std::move(told)};
  if (parts == nullptr) return PyErr_NoMemory();
  const object capsule = take(PyCapsule_New(parts, capsule_name, [](PyObject* dying) {
    delete static_cast<handler_parts*>(PyCapsule_GetPointer(dying, capsule_name));
  }));
  if (capsule) return make_function(method, capsule.ptr());
  delete parts;
  return nullptr;
}

// Of what the operator wrote. Whatever it raises is ignored, but for what is no Exception
// (KeyboardInterrupt, SystemExit): false then, with the error set. So is what has failed before it
// was called: the answer goes out all the same.
[[nodiscard]] inline bool call_listener(const object& listener, const object& argument) noexcept {
  const object done =
      argument ? take(PyObject_CallOneArg(listener.ptr(), argument.ptr())) : object();
  if (done) return true;
  if (PyErr_ExceptionMatches(PyExc_Exception) == 0) return false;
  PyErr_Clear();
  return true;
}

[[nodiscard]] inline bool tell_decision(const object& listener, const decision& verdict,
                                        std::int64_t nanoseconds) noexcept {
  if (!listener) return true;
  dict_maker info;
  info.put("kind", make_str(kind_of(verdict)));
  info.put("reason", make_str(find_reason(verdict.why()).name));
  info.put("status", status_of(verdict));
  info.put("route", route_of(verdict));
  info.put("milliseconds", take(PyFloat_FromDouble(static_cast<double>(nanoseconds) / 1e6)));
  return call_listener(listener, info.take());
}

// A PyMethodDef holds any kind of C function as a PyCFunction.
template <class Function>
[[nodiscard]] PyCFunction as_method(Function* function) noexcept {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

constexpr const char* handler_text =
    "handler($self, event, context=None, /)\n--\n\n"
    "Answer a CloudFront viewer-request or origin-request event by the system clock.\n\n"
    "Returns the event's own request dict (the same object) when the request may pass, otherwise "
    "a\n"
    "new response dict: 401, 403, what else docs/edge.md names, or 500 for an event that is not\n"
    "CloudFront's. No event makes it raise. context is not read.";

}  // namespace portcullis::python
