// A policy given as Python objects, as the JSON text that the core parses.
//
// Not json.dumps: that would import json and re on the start-up path, turn the key 1 into "1", and
// know no path for what it refuses.
#pragma once

#include <pybind11/pybind11.h>

#include <portcullis/policy_error.hpp>
#include <portcullis/result.hpp>
#include <string>
#include <string_view>

namespace portcullis::python {

// `policy`: dict, str or bytes. Throws py::type_error for any other type.
[[nodiscard]] inline result<std::string, policy_error> render_policy(pybind11::handle policy);

namespace policy_text {

// Deeper than any policy; a container that holds itself ends here.
inline constexpr int max_depth = 32;

inline policy_error make_error(std::string_view path, std::string_view expected) noexcept {
  policy_error error;
  error.path.append(path);
  error.expected.append(expected);
  return error;
}

class writer {
 public:
  // False when `error` was set.
  bool write(PyObject* value, const std::string& path, int depth) {
    if (depth > max_depth) return refuse(path, "expected at most 32 levels of nesting");
    if (value == Py_None) return text.append("null"), true;
    if (value == Py_True) return text.append("true"), true;
    if (value == Py_False) return text.append("false"), true;
    if (PyUnicode_Check(value)) return write_string(value, path);
    if (PyLong_Check(value)) return write_integer(value, path);
    if (PyFloat_Check(value)) return write_float(PyFloat_AS_DOUBLE(value), path);
    if (PyDict_Check(value)) return write_object(value, path, depth);
    if (PyList_Check(value) || PyTuple_Check(value)) return write_array(value, path, depth);
    return refuse(path, std::string("expected a JSON value, not ") + Py_TYPE(value)->tp_name);
  }

  std::string text;
  policy_error error;

 private:
  bool refuse(const std::string& path, const std::string& expected) {
    PyErr_Clear();
    error = make_error(path, expected);
    return false;
  }

  bool write_string(PyObject* value, const std::string& path) {
    Py_ssize_t size = 0;
    const char* bytes = PyUnicode_AsUTF8AndSize(value, &size);
    if (bytes == nullptr) return refuse(path, "expected a string without lone surrogates");
    text.push_back('"');
    for (Py_ssize_t i = 0; i < size; ++i) {
      const auto byte = static_cast<unsigned char>(bytes[i]);
      if (byte < 0x20) {
        static constexpr char digits[] = "0123456789abcdef";
        text.append("\\u00").append({digits[byte >> 4], digits[byte & 15]});
        continue;
      }
      if (byte == '"' || byte == '\\') text.push_back('\\');
      text.push_back(static_cast<char>(byte));
    }
    text.push_back('"');
    return true;
  }

  bool write_integer(PyObject* value, const std::string& path) {
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow != 0) return refuse(path, "expected an integer of at most 64 bits");
    text.append(std::to_string(number));
    return true;
  }

  bool write_float(double number, const std::string& path) {
    char* digits = PyOS_double_to_string(number, 'r', 0, 0, nullptr);
    if (digits == nullptr) throw pybind11::error_already_set();
    const bool finite = number - number == 0;
    if (finite) text.append(digits);
    PyMem_Free(digits);
    return finite || refuse(path, "expected a finite number");
  }

  bool write_object(PyObject* value, const std::string& path, int depth) {
    // A copy: the caller's dict may change under another thread.
    const auto members = pybind11::reinterpret_steal<pybind11::object>(PyDict_Copy(value));
    if (!members) throw pybind11::error_already_set();
    char separator = '{';
    PyObject* name = nullptr;
    PyObject* member = nullptr;
    for (Py_ssize_t i = 0; PyDict_Next(members.ptr(), &i, &name, &member);) {
      if (!PyUnicode_Check(name)) {
        return refuse(
            path, std::string("expected member names of type str, not ") + Py_TYPE(name)->tp_name);
      }
      text.push_back(separator);
      separator = ',';
      if (!write_string(name, path)) return false;
      text.push_back(':');
      if (!write(member, path + "." + PyUnicode_AsUTF8(name), depth + 1)) return false;
    }
    text.append(separator == '{' ? "{}" : "}");
    return true;
  }

  bool write_array(PyObject* value, const std::string& path, int depth) {
    const auto items = pybind11::reinterpret_steal<pybind11::object>(PySequence_Tuple(value));
    if (!items) throw pybind11::error_already_set();
    const Py_ssize_t count = PyTuple_GET_SIZE(items.ptr());
    text.push_back('[');
    for (Py_ssize_t i = 0; i < count; ++i) {
      if (i != 0) text.push_back(',');
      const std::string item_path = path + "[" + std::to_string(i) + "]";
      if (!write(PyTuple_GET_ITEM(items.ptr(), i), item_path, depth + 1)) return false;
    }
    text.push_back(']');
    return true;
  }
};

}  // namespace policy_text

inline result<std::string, policy_error> render_policy(pybind11::handle policy) {
  if (PyBytes_Check(policy.ptr())) {
    return std::string(PyBytes_AS_STRING(policy.ptr()),
                       static_cast<std::size_t>(PyBytes_GET_SIZE(policy.ptr())));
  }
  if (PyUnicode_Check(policy.ptr())) {
    Py_ssize_t size = 0;
    const char* bytes = PyUnicode_AsUTF8AndSize(policy.ptr(), &size);
    if (bytes != nullptr) return std::string(bytes, static_cast<std::size_t>(size));
    PyErr_Clear();
    return policy_text::make_error("$", "expected JSON text without lone surrogates");
  }
  if (!PyDict_Check(policy.ptr())) {
    throw pybind11::type_error(std::string("policy must be a dict, str or bytes, not ") +
                               Py_TYPE(policy.ptr())->tp_name);
  }
  policy_text::writer writer;
  if (!writer.write(policy.ptr(), "$", 1)) return writer.error;
  return std::move(writer.text);
}

}  // namespace portcullis::python
