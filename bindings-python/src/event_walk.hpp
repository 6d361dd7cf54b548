// Picks what the verifier reads out of a CloudFront event made of Python objects.
//
// It reports shapes and bytes and decides nothing. Members are read from the dict itself, past any
// __getitem__ of a subclass. References are strong: a key with a hostile __eq__ can run code that
// takes the event apart while it is being read.
#pragma once

#include <pybind11/pybind11.h>

#include <portcullis/request.hpp>
#include <string_view>

namespace portcullis::python {

// A name of which there is one object, so that a look-up by it compares pointers.
[[nodiscard]] inline pybind11::object intern_name(std::string_view name) {
  PyObject* text = PyUnicode_FromStringAndSize(name.data(), static_cast<Py_ssize_t>(name.size()));
  if (text == nullptr) throw pybind11::error_already_set();
  PyUnicode_InternInPlace(&text);
  return pybind11::reinterpret_steal<pybind11::object>(text);
}

// The member names. No global: each verifier has its own references, which go when it goes.
struct event_names {
  pybind11::object records = intern_name("Records");
  pybind11::object cf = intern_name("cf");
  pybind11::object request = intern_name("request");
  pybind11::object headers = intern_name("headers");
  pybind11::object authorization = intern_name("authorization");
  pybind11::object value = intern_name("value");
};

// The UTF-8 bytes of a str or bytes object; `owner` keeps them alive. A lone surrogate becomes the
// three bytes of its code point, which no rule lets pass.
struct text_bytes {
  pybind11::object owner;  // empty: out of memory
  std::string_view bytes;
};

[[nodiscard]] inline text_bytes view_text(PyObject* text) noexcept {
  if (PyBytes_Check(text)) {
    return {pybind11::reinterpret_borrow<pybind11::object>(text),
            {PyBytes_AS_STRING(text), static_cast<std::size_t>(PyBytes_GET_SIZE(text))}};
  }
  Py_ssize_t size = 0;
  if (const char* bytes = PyUnicode_AsUTF8AndSize(text, &size)) {
    return {pybind11::reinterpret_borrow<pybind11::object>(text),
            {bytes, static_cast<std::size_t>(size)}};
  }
  PyErr_Clear();
  PyObject* encoded = PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass");
  if (encoded == nullptr) {
    PyErr_Clear();
    return {};
  }
  return {pybind11::reinterpret_steal<pybind11::object>(encoded),
          {PyBytes_AS_STRING(encoded), static_cast<std::size_t>(PyBytes_GET_SIZE(encoded))}};
}

// Empty when `object` is not a dict, has no such member, or the look-up itself fails.
[[nodiscard]] inline pybind11::object find_member(const pybind11::object& object,
                                                  const pybind11::object& name) noexcept {
  if (!object || !PyDict_Check(object.ptr())) return {};
#if PY_VERSION_HEX >= 0x030D0000
  PyObject* member = nullptr;
  if (PyDict_GetItemRef(object.ptr(), name.ptr(), &member) < 0) PyErr_Clear();
#else
  PyObject* member = PyDict_GetItemWithError(object.ptr(), name.ptr());
  if (member == nullptr && PyErr_Occurred() != nullptr) PyErr_Clear();
  Py_XINCREF(member);
#endif
  return pybind11::reinterpret_steal<pybind11::object>(member);
}

// Empty when `list` is not a list or has no such entry.
[[nodiscard]] inline pybind11::object find_item(const pybind11::object& list,
                                                Py_ssize_t index) noexcept {
  if (!list || !PyList_Check(list.ptr())) return {};
#if PY_VERSION_HEX >= 0x030D0000
  PyObject* item = PyList_GetItemRef(list.ptr(), index);
  if (item == nullptr) PyErr_Clear();
#else
  PyObject* item =
      index < PyList_GET_SIZE(list.ptr()) ? PyList_GET_ITEM(list.ptr(), index) : nullptr;
  Py_XINCREF(item);
#endif
  return pybind11::reinterpret_steal<pybind11::object>(item);
}

[[nodiscard]] inline pybind11::object find_first(const pybind11::object& list) noexcept {
  return find_item(list, 0);
}

struct event_view {
  pybind11::object request;  // the caller's own dict, unless the shape is no_request
  field_shape shape = field_shape::no_request;
  pybind11::object value;  // a str; only when the shape is single
};

[[nodiscard]] inline event_view read_event(PyObject* event, const event_names& names) noexcept {
  event_view view;
  const pybind11::object record =
      find_first(find_member(pybind11::reinterpret_borrow<pybind11::object>(event), names.records));
  view.request = find_member(find_member(record, names.cf), names.request);
  if (!view.request || !PyDict_Check(view.request.ptr())) return view;

  view.shape = field_shape::absent;
  const pybind11::object headers = find_member(view.request, names.headers);
  if (!headers || headers.is_none()) return view;
  view.shape = field_shape::malformed;
  if (!PyDict_Check(headers.ptr())) return view;

  const pybind11::object list = find_member(headers, names.authorization);
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
