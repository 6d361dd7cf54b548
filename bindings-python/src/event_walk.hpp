// Picks what the verifier reads out of a CloudFront event made of Python objects.
//
// It reports shapes and bytes and decides nothing. Members are read from the dict itself, past any
// __getitem__ of a subclass. What is looked into is held: a key with a hostile __eq__ can run code
// that takes the event apart while it is being read.
#pragma once

#include "python_api.hpp"

#include <portcullis/request.hpp>
#include <string_view>

namespace portcullis::python {

using pybind11::object;

// Of a call that returns a new reference; empty when the call has failed.
[[nodiscard]] inline object take(PyObject* made) noexcept {
  return pybind11::reinterpret_steal<object>(made);
}
[[nodiscard]] inline object hold(PyObject* borrowed) noexcept {
  return pybind11::reinterpret_borrow<object>(borrowed);
}

// A name of which there is one object, so that a look-up by it compares pointers. Empty, with the
// error set, when memory ran out.
[[nodiscard]] inline object intern_name(std::string_view name) noexcept {
  PyObject* text = PyUnicode_FromStringAndSize(name.data(), static_cast<Py_ssize_t>(name.size()));
  if (text != nullptr) PyUnicode_InternInPlace(&text);
  return take(text);
}

// The member names. No global: each verifier has its own references, which go when it goes.
struct event_names {
  object records = intern_name("Records");
  object cf = intern_name("cf");
  object request = intern_name("request");
  object headers = intern_name("headers");
  object authorization = intern_name("authorization");
  object value = intern_name("value");

  [[nodiscard]] bool complete() const noexcept {
    return records && cf && request && headers && authorization && value;
  }
};

// The UTF-8 bytes of a str or bytes object; `owner` keeps them alive. A lone surrogate becomes the
// three bytes of its code point, which no rule lets pass.
struct text_bytes {
  object owner;  // empty: out of memory
  std::string_view bytes;
};

[[nodiscard]] inline std::string_view bytes_of(PyObject* bytes) noexcept {
  return {PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))};
}

[[nodiscard]] inline text_bytes view_text(PyObject* text) noexcept {
  if (PyBytes_Check(text)) return {hold(text), bytes_of(text)};
  Py_ssize_t size = 0;
  if (const char* bytes = PyUnicode_AsUTF8AndSize(text, &size)) {
    return {hold(text), {bytes, static_cast<std::size_t>(size)}};
  }
  PyErr_Clear();
  object encoded = take(PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass"));
  if (!encoded) {
    PyErr_Clear();
    return {};
  }
  const std::string_view bytes = bytes_of(encoded.ptr());
  return {std::move(encoded), bytes};
}

// Empty when `from` is not a dict, has no such member, or the look-up itself fails.
[[nodiscard]] inline object find_member(const object& from, const object& name) noexcept {
  if (!from || !PyDict_Check(from.ptr())) return {};
#if PY_VERSION_HEX >= 0x030D0000
  PyObject* member = nullptr;
  if (PyDict_GetItemRef(from.ptr(), name.ptr(), &member) < 0) PyErr_Clear();
  return take(member);
#else
  PyObject* member = PyDict_GetItemWithError(from.ptr(), name.ptr());
  if (member != nullptr) return hold(member);
  if (PyErr_Occurred() != nullptr) PyErr_Clear();
  return {};
#endif
}

// Empty when `list` is not a list or has no such entry.
[[nodiscard]] inline object find_item(const object& list, Py_ssize_t index) noexcept {
  if (!list || !PyList_Check(list.ptr())) return {};
#if PY_VERSION_HEX >= 0x030D0000
  PyObject* item = PyList_GetItemRef(list.ptr(), index);
  if (item == nullptr) PyErr_Clear();
  return take(item);
#else
  return index < PyList_GET_SIZE(list.ptr()) ? hold(PyList_GET_ITEM(list.ptr(), index)) : object();
#endif
}

[[nodiscard]] inline object find_first(const object& list) noexcept { return find_item(list, 0); }

struct event_view {
  object request;  // the caller's own dict, unless the shape is no_request
  field_shape shape = field_shape::no_request;
  object value;  // a str; only when the shape is single
};

[[nodiscard]] inline event_view read_event(PyObject* event, const event_names& names) noexcept {
  event_view view;
  const object record = find_first(find_member(hold(event), names.records));
  view.request = find_member(find_member(record, names.cf), names.request);
  if (!view.request || !PyDict_Check(view.request.ptr())) return view;

  view.shape = field_shape::absent;
  const object headers = find_member(view.request, names.headers);
  if (!headers || headers.is_none()) return view;
  view.shape = field_shape::malformed;
  if (!PyDict_Check(headers.ptr())) return view;

  const object list = find_member(headers, names.authorization);
  if (!list || list.is_none()) return view.shape = field_shape::absent, view;
  if (!PyList_Check(list.ptr())) return view;
  const Py_ssize_t count = PyList_GET_SIZE(list.ptr());
  if (count == 0) return view.shape = field_shape::absent, view;
  if (count > 1) return view.shape = field_shape::repeated, view;

  view.value = find_member(find_first(list), names.value);
  if (view.value && PyUnicode_Check(view.value.ptr())) view.shape = field_shape::single;
  return view;
}

}  // namespace portcullis::python
