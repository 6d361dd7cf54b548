// What policies with an edge layer want of the door: the fields of an event, edits put into its
// request, and JSON both ways. docs/edge.md says what for.
//
// As in event_walk.hpp, shapes and bytes are reported and nothing is decided. Functions that are
// noexcept leave no Python error behind, unless they say so: they give an empty object or false.
#pragma once

#include "python_api.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <portcullis/edge_request.hpp>
#include <portcullis/fixed_text.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "door.hpp"
#include "event_walk.hpp"

namespace portcullis::python {

// Room for the Cookie header and the query, rewritten, and for the headers that carry claims. What
// would not fit is no JSON any more, and so a failure.
using edits_text = fixed_text<65536>;
using log_text = fixed_text<65536>;

// What a verifier whose policy has an edge layer holds of Python.
struct edge_names {
  static constexpr std::size_t most_headers = 16;  // more than any policy reads

  // Leaves the error of what is missing.
  explicit edge_names(std::span<const std::string_view> header_names) noexcept {
    for (const std::string_view name :
         header_names.first(std::min(header_names.size(), most_headers))) {
      if (name == "cookie") cookie = header_count;
      headers[header_count++] = intern_name(name);
    }
    // Python must not be called with an error set: it would take the error for its own.
    if (PyErr_Occurred() != nullptr) return;
    const object json = take(PyImport_ImportModule("json"));
    if (!json) return;
    loads = get_attribute(json.ptr(), "loads");
    if (loads) dumps = get_attribute(json.ptr(), "dumps");
    if (header_count != header_names.size()) {
      PyErr_SetString(PyExc_RuntimeError, "too many header fields");
    }
  }

  std::array<object, most_headers> headers;  // in the verifier's order
  std::size_t header_count = 0;
  std::size_t cookie = most_headers;  // which one it is; most_headers: none
  object loads;
  object dumps;

  object method = intern_name("method");
  object uri = intern_name("uri");
  object querystring = intern_name("querystring");
  object client = intern_name("clientIp");
  object config = intern_name("config");
  object request_id = intern_name("requestId");
  object key = intern_name("key");
  object cookie_name = intern_name("cookie");
  object remove = intern_name("remove");
  object set = intern_name("set");
};

// The object of a JSON text that the core wrote; empty on failure. A lone surrogate that came with
// a request goes back as it came.
[[nodiscard]] inline object load_json(const object& loads, std::string_view text) noexcept {
  const auto decoded = take(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogatepass"));
  PyObject* loaded = decoded ? PyObject_CallOneArg(loads.ptr(), decoded.ptr()) : nullptr;
  if (loaded == nullptr) PyErr_Clear();
  return take(loaded);
}

// The caller's own request dict; empty when the event has none.
[[nodiscard]] inline object find_request(PyObject* event, const event_names& names) noexcept {
  const object record = find_first(find_member(hold(event), names.records));
  object request = find_member(find_member(record, names.cf), names.request);
  return request && PyDict_Check(request.ptr()) ? request : object();
}

// The fields of a request, and whatever keeps their bytes alive. It stays where it is made: views
// point into it.
class edge_fields {
 public:
  // `request`: of find_request.
  edge_fields(const object& request, const event_names& names, const edge_names& edge) noexcept
      : count_(own_fields + edge.header_count) {
    if (request) {
      read(request, names, edge);
    } else {
      forget();
    }
    view_ = {fields_[0], fields_[1], fields_[2], fields_[3],
             std::span(fields_).subspan(own_fields, edge.header_count)};
  }
  edge_fields(const edge_fields&) = delete;
  edge_fields& operator=(const edge_fields&) = delete;

  [[nodiscard]] const edge_request& view() const noexcept { return view_; }
  // Out of memory: nothing is known about the request.
  [[nodiscard]] bool failed() const noexcept { return failed_; }

 private:
  static constexpr std::size_t own_fields = 4;

  // Whatever was read: it is no request.
  void forget() noexcept {
    for (std::size_t i = 0; i != count_; ++i) fields_[i] = {field_shape::no_request, {}};
  }

  void read(const object& request, const event_names& names, const edge_names& edge) noexcept {
    read_text(0, find_member(request, edge.method), field_shape::malformed);
    read_text(1, find_member(request, edge.uri), field_shape::malformed);
    read_text(2, find_member(request, edge.querystring), field_shape::absent);
    read_text(3, find_member(request, edge.client), field_shape::absent);

    const object headers = find_member(request, names.headers);
    const bool none = !headers || headers.is_none();
    for (std::size_t i = 0; i != edge.header_count; ++i) {
      if (!none && !PyDict_Check(headers.ptr())) {
        fields_[own_fields + i].shape = field_shape::malformed;
      } else if (!none) {
        read_list(own_fields + i, find_member(headers, edge.headers[i]), names.value,
                  i == edge.cookie);
      }
    }
    // The doors that hand a request over as one text part its fields by NUL. No request has one.
    for (std::size_t i = 0; i != count_; ++i) {
      if (fields_[i].value.find('\0') == std::string_view::npos) continue;
      forget();
      return;
    }
  }

  void read_text(std::size_t place, const object& value, field_shape missing) noexcept {
    field_view& field = fields_[place];
    if (!value || value.is_none()) {
      field.shape = missing;
    } else if (!PyUnicode_Check(value.ptr())) {
      field.shape = field_shape::malformed;
    } else {
      text_bytes text = view_text(value.ptr());
      failed_ = failed_ || !text.owner;
      field = {field_shape::single, text.bytes};
      owners_[place] = std::move(text.owner);
    }
  }

  void read_list(std::size_t place, const object& list, const object& value, bool joins) noexcept {
    field_view& field = fields_[place];
    if (!list || list.is_none()) return;
    field.shape = field_shape::malformed;
    if (!PyList_Check(list.ptr())) return;
    const Py_ssize_t count = PyList_GET_SIZE(list.ptr());
    if (count == 0) {
      field.shape = field_shape::absent;
    } else if (count == 1) {
      read_text(place, find_member(find_first(list), value), field_shape::malformed);
    } else if (joins) {
      join(field, list, count, value);
    } else {
      field.shape = field_shape::repeated;
    }
  }

  // Several Cookie headers are one list of cookies (RFC 9113 section 8.2.3).
  void join(field_view& field, const object& list, Py_ssize_t count, const object& name) noexcept {
    try {
      for (Py_ssize_t i = 0; i != count; ++i) {
        const object value = find_member(find_item(list, i), name);
        if (!value || !PyUnicode_Check(value.ptr())) return;
        const text_bytes text = view_text(value.ptr());
        failed_ = failed_ || !text.owner;
        if (i != 0) cookies_.append("; ");
        cookies_.append(text.bytes);
      }
      field = {field_shape::single, cookies_};
    } catch (const std::bad_alloc&) {
      failed_ = true;
    }
  }

  std::size_t count_;
  std::array<field_view, own_fields + edge_names::most_headers> fields_;
  std::array<object, own_fields + edge_names::most_headers> owners_;
  std::string cookies_;
  edge_request view_;
  bool failed_ = false;
};

// Whether an origin may take one header name for the other: CGI and what came after it know neither
// case nor the difference of '_' and '-'.
[[nodiscard]] inline bool is_same_header(std::string_view left, std::string_view right) noexcept {
  const auto fold = [](char c) noexcept {
    if (c == '_') return '-';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&](char a, char b) noexcept { return fold(a) == fold(b); });
}

// Changes the caller's request as the object that verifier::write_edits writes says. Leaves the
// error where something has failed.
class request_editor {
 public:
  request_editor(const object& request, const event_names& names, const edge_names& edge) noexcept
      : request_(request), names_(names), edge_(edge) {}

  [[nodiscard]] bool apply(const object& edits) noexcept {
    if (!edits || !PyDict_Check(edits.ptr())) return refuse("edits are no object");
    headers_ = find_member(request_, names_.headers);
    // Nothing could be taken out of any other for sure.
    if (has_headers() && !PyDict_Check(headers_.ptr())) return refuse("headers are no object");
    if (const object removed = find_member(edits, edge_.remove)) {
      if (!remove(removed)) return false;
    }
    if (const object set = find_member(edits, edge_.set)) {
      if (!PyDict_Check(set.ptr())) return refuse("edits are no object");
      PyObject* name = nullptr;
      PyObject* value = nullptr;
      for (Py_ssize_t i = 0; PyDict_Next(set.ptr(), &i, &name, &value);) {
        if (!put(name, name, value)) return false;
      }
    }
    if (const object cookie = find_member(edits, edge_.cookie_name)) {
      if (PyUnicode_GetLength(cookie.ptr()) != 0) {
        const object key = make_str("Cookie");
        if (!key || !put(edge_.cookie_name.ptr(), key.ptr(), cookie.ptr())) return false;
      } else if (has_headers() && !erase(edge_.cookie_name)) {
        return false;
      }
    }
    const object query = find_member(edits, edge_.querystring);
    return !query || PyDict_SetItem(request_.ptr(), edge_.querystring.ptr(), query.ptr()) == 0;
  }

 private:
  static bool refuse(const char* message) noexcept {
    PyErr_SetString(PyExc_RuntimeError, message);
    return false;
  }

  [[nodiscard]] bool has_headers() const noexcept { return headers_ && !headers_.is_none(); }

  [[nodiscard]] bool erase(const object& name) noexcept {
    if (PyDict_DelItem(headers_.ptr(), name.ptr()) == 0) return true;
    if (PyErr_ExceptionMatches(PyExc_KeyError) == 0) return false;
    PyErr_Clear();  // it was not there
    return true;
  }

  [[nodiscard]] bool remove(const object& removed) noexcept {
    if (!has_headers()) return true;
    const object there = take(PyDict_Keys(headers_.ptr()));
    if (!there) return false;
    for (Py_ssize_t i = 0; const object name = find_item(there, i); ++i) {
      if (!PyUnicode_Check(name.ptr())) continue;
      const text_bytes text = view_text(name.ptr());
      if (!text.owner) return PyErr_NoMemory(), false;
      for (Py_ssize_t j = 0; const object wanted = find_item(removed, j); ++j) {
        if (!is_same_header(text.bytes, view_text(wanted.ptr()).bytes)) continue;
        if (!erase(name)) return false;
        break;
      }
    }
    return true;
  }

  [[nodiscard]] bool put(PyObject* name, PyObject* key, PyObject* value) noexcept {
    if (!has_headers()) {
      headers_ = take(PyDict_New());
      if (!headers_ || PyDict_SetItem(request_.ptr(), names_.headers.ptr(), headers_.ptr()) < 0) {
        return false;
      }
    }
    const object entry = take(PyDict_New());
    const object entries = take(PyList_New(0));
    return entry && entries && PyDict_SetItem(entry.ptr(), edge_.key.ptr(), key) == 0 &&
           PyDict_SetItem(entry.ptr(), names_.value.ptr(), value) == 0 &&
           PyList_Append(entries.ptr(), entry.ptr()) == 0 &&
           PyDict_SetItem(headers_.ptr(), name, entries.ptr()) == 0;
  }

  const object& request_;
  object headers_;
  const event_names& names_;
  const edge_names& edge_;
};

// Records[0].cf.config.requestId as a JSON string, when it is a string of at most 128 characters;
// else empty.
[[nodiscard]] inline object find_request_id(PyObject* event, const event_names& names,
                                            const edge_names& edge) noexcept {
  const object record = find_first(find_member(hold(event), names.records));
  const object id =
      find_member(find_member(find_member(record, names.cf), edge.config), edge.request_id);
  if (!id || !PyUnicode_Check(id.ptr()) || PyUnicode_GetLength(id.ptr()) > 128) return {};
  object text = take(PyObject_CallOneArg(edge.dumps.ptr(), id.ptr()));
  if (text && PyUnicode_Check(text.ptr())) return text;
  PyErr_Clear();
  return {};
}

}  // namespace portcullis::python
