// A policy given as Python objects, as the JSON text that the core parses.
//
// Not json.dumps: that would import json and re on the start-up path, turn the key 1 into "1", and
// know no path for what it refuses.
#pragma once

#include "python_api.hpp"

#include <charconv>
#include <portcullis/policy_error.hpp>
#include <string>
#include <string_view>

#include "event_walk.hpp"

namespace portcullis::python {

// Deeper than any policy; a container that holds itself ends here.
inline constexpr int max_policy_depth = 32;

class policy_text {
 public:
  // `policy`: dict, str or bytes. False with either `error` or a Python error set.
  [[nodiscard]] bool render(PyObject* policy) {
    if (PyBytes_Check(policy)) return text.append(bytes_of(policy)), true;
    if (PyUnicode_Check(policy)) {
      const std::string_view json = read_utf8(policy);
      if (json.data() == nullptr) return refuse("expected JSON text without lone surrogates");
      return text.append(json), true;
    }
    if (PyDict_Check(policy)) return write(policy, 1);
    PyErr_Format(PyExc_TypeError, "policy must be a dict, str or bytes, not %s",
                 Py_TYPE(policy)->tp_name);
    return false;
  }

  std::string text;
  policy_error error;

 private:
  bool refuse(const char* expected, const char* found = "") {
    PyErr_Clear();
    error.path.append(path_);
    error.expected.append(std::string_view(expected));
    error.expected.append(std::string_view(found));
    return false;
  }

  static std::string_view read_utf8(PyObject* value) noexcept {
    Py_ssize_t size = 0;
    const char* bytes = PyUnicode_AsUTF8AndSize(value, &size);
    return {bytes, bytes == nullptr ? 0 : static_cast<std::size_t>(size)};
  }

  // NOLINTBEGIN(misc-no-recursion): at most max_policy_depth
  bool write(PyObject* value, int depth) {
    if (depth > max_policy_depth) return refuse("expected at most 32 levels of nesting");
    if (value == Py_None) return text.append("null"), true;
    if (value == Py_True) return text.append("true"), true;
    if (value == Py_False) return text.append("false"), true;
    if (PyUnicode_Check(value)) return write_string(value);
    if (PyLong_Check(value)) return write_integer(value);
    if (PyFloat_Check(value)) return write_float(PyFloat_AS_DOUBLE(value));
    if (PyDict_Check(value)) return write_object(value, depth);
    if (PyList_Check(value) || PyTuple_Check(value)) return write_array(value, depth);
    return refuse("expected a JSON value, not ", Py_TYPE(value)->tp_name);
  }

  bool write_string(PyObject* value) {
    const std::string_view bytes = read_utf8(value);
    if (bytes.data() == nullptr) return refuse("expected a string without lone surrogates");
    text.push_back('"');
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20) {
        static constexpr char digits[] = "0123456789abcdef";
        text.append("\\u00");
        text.push_back(digits[byte >> 4]);
        text.push_back(digits[byte & 15]);
        continue;
      }
      if (c == '"' || c == '\\') text.push_back('\\');
      text.push_back(c);
    }
    text.push_back('"');
    return true;
  }

  static void append_integer(std::string& to, long long number) {
    char digits[24];
    to.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
  }

  bool write_integer(PyObject* value) {
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow != 0) return refuse("expected an integer of at most 64 bits");
    append_integer(text, number);
    return true;
  }

  bool write_float(double number) {
    char* digits = PyOS_double_to_string(number, 'r', 0, 0, nullptr);
    if (digits == nullptr) return false;
    const bool finite = number - number == 0;
    if (finite) text.append(digits);
    PyMem_Free(digits);
    return finite || refuse("expected a finite number");
  }

  // What stands at the end of the path.
  bool write_inside(PyObject* value, int depth, std::size_t path_length) {
    const bool written = write(value, depth + 1);
    path_.resize(path_length);
    return written;
  }

  bool write_object(PyObject* value, int depth) {
    // A copy: the caller's dict may change under another thread.
    const object members = take(PyDict_Copy(value));
    if (!members) return false;
    const std::size_t length = path_.size();
    char separator = '{';
    PyObject* name = nullptr;
    PyObject* member = nullptr;
    for (Py_ssize_t i = 0; PyDict_Next(members.ptr(), &i, &name, &member);) {
      if (!PyUnicode_Check(name)) {
        return refuse("expected member names of type str, not ", Py_TYPE(name)->tp_name);
      }
      text.push_back(separator);
      separator = ',';
      if (!write_string(name)) return false;
      text.push_back(':');
      path_.push_back('.');
      path_.append(read_utf8(name));
      if (!write_inside(member, depth, length)) return false;
    }
    text.append(separator == '{' ? "{}" : "}");
    return true;
  }

  bool write_array(PyObject* value, int depth) {
    const object items = take(PySequence_Tuple(value));
    if (!items) return false;
    const std::size_t length = path_.size();
    text.push_back('[');
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(items.ptr()); ++i) {
      if (i != 0) text.push_back(',');
      path_.push_back('[');
      append_integer(path_, i);
      path_.push_back(']');
      if (!write_inside(PyTuple_GET_ITEM(items.ptr(), i), depth, length)) return false;
    }
    text.push_back(']');
    return true;
  }
  // NOLINTEND(misc-no-recursion)

  std::string path_ = "$";
};

}  // namespace portcullis::python
