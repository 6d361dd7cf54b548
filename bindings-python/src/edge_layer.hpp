// What policies with an edge layer want of the door: the fields of an event, edits put into its
// request, and JSON both ways. docs/edge.md says what for.
//
// As in event_walk.hpp, shapes and bytes are reported and nothing is decided. Functions that are
// noexcept leave no Python error behind: they give an empty object or false.
#pragma once

#include <pybind11/pybind11.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <new>
#include <portcullis/edge_request.hpp>
#include <portcullis/fixed_text.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event_walk.hpp"

namespace portcullis::python {

// Room for the Cookie header and the query, rewritten, and for the headers that carry claims. What
// would not fit is no JSON any more, and so a failure.
using edits_text = fixed_text<65536>;
using log_text = fixed_text<65536>;

// What a verifier whose policy has an edge layer holds of Python.
struct edge_names {
  static constexpr std::size_t most_headers = 16;  // more than any policy reads

  explicit edge_names(std::span<const std::string_view> header_names) {
    if (header_names.size() > most_headers) throw std::length_error("too many header fields");
    for (const std::string_view name : header_names) {
      if (name == "cookie") cookie = headers.size();
      headers.push_back(intern_name(name));
    }
    const pybind11::module_ json = pybind11::module_::import("json");
    loads = json.attr("loads");
    dumps = json.attr("dumps");
  }

  std::vector<pybind11::object> headers;  // in the verifier's order
  std::size_t cookie = most_headers;      // which one it is; most_headers: none
  pybind11::object loads;
  pybind11::object dumps;

  pybind11::object method = intern_name("method");
  pybind11::object uri = intern_name("uri");
  pybind11::object querystring = intern_name("querystring");
  pybind11::object client = intern_name("clientIp");
  pybind11::object config = intern_name("config");
  pybind11::object request_id = intern_name("requestId");
  pybind11::object key = intern_name("key");
  pybind11::object cookie_name = intern_name("cookie");
  pybind11::object remove = intern_name("remove");
  pybind11::object set = intern_name("set");
};

// The object of a JSON text that the core wrote; empty on failure. A lone surrogate that came with
// a request goes back as it came.
[[nodiscard]] inline pybind11::object load_json(const pybind11::object& loads,
                                                std::string_view text) noexcept {
  const auto decoded = pybind11::reinterpret_steal<pybind11::object>(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogatepass"));
  PyObject* loaded = decoded ? PyObject_CallOneArg(loads.ptr(), decoded.ptr()) : nullptr;
  if (loaded == nullptr) PyErr_Clear();
  return pybind11::reinterpret_steal<pybind11::object>(loaded);
}

// The caller's own request dict; empty when the event has none.
[[nodiscard]] inline pybind11::object find_request(PyObject* event,
                                                   const event_names& names) noexcept {
  const pybind11::object record =
      find_first(find_member(pybind11::reinterpret_borrow<pybind11::object>(event), names.records));
  pybind11::object request = find_member(find_member(record, names.cf), names.request);
  return request && PyDict_Check(request.ptr()) ? request : pybind11::object();
}

// The fields of a request, and whatever keeps their bytes alive. It stays where it is made: views
// point into it.
class edge_fields {
 public:
  // `request`: of find_request.
  edge_fields(const pybind11::object& request, const event_names& names,
              const edge_names& edge) noexcept
      : count_(own_fields + edge.headers.size()) {
    if (request) {
      read(request, names, edge);
    } else {
      forget();
    }
    view_ = {fields_[0], fields_[1], fields_[2], fields_[3],
             std::span(fields_).subspan(own_fields, edge.headers.size())};
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

  void read(const pybind11::object& request, const event_names& names,
            const edge_names& edge) noexcept {
    read_text(0, find_member(request, edge.method), field_shape::malformed);
    read_text(1, find_member(request, edge.uri), field_shape::malformed);
    read_text(2, find_member(request, edge.querystring), field_shape::absent);
    read_text(3, find_member(request, edge.client), field_shape::absent);

    const pybind11::object headers = find_member(request, names.headers);
    const bool none = !headers || headers.is_none();
    for (std::size_t i = 0; i != edge.headers.size(); ++i) {
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

  void read_text(std::size_t place, const pybind11::object& value, field_shape missing) noexcept {
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

  void read_list(std::size_t place, const pybind11::object& list, const pybind11::object& value,
                 bool joins) noexcept {
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
  void join(field_view& field, const pybind11::object& list, Py_ssize_t count,
            const pybind11::object& name) noexcept {
    try {
      for (Py_ssize_t i = 0; i != count; ++i) {
        const pybind11::object value = find_member(find_item(list, i), name);
        if (!value || !PyUnicode_Check(value.ptr())) return;
        const text_bytes text = view_text(value.ptr());
        failed_ = failed_ || !text.owner;
        if (i != 0) cookies_.append("; ");
        cookies_.append(text.bytes);
      }
      field = {field_shape::single, cookies_};
    } catch (const std::exception&) {
      failed_ = true;
    }
  }

  std::size_t count_;
  std::array<field_view, own_fields + edge_names::most_headers> fields_;
  std::array<pybind11::object, own_fields + edge_names::most_headers> owners_;
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

// Changes the caller's request as the object that verifier::write_edits writes says. Throws
// pybind11::error_already_set.
class request_editor {
 public:
  request_editor(const pybind11::object& request, const event_names& names, const edge_names& edge)
      : request_(request), names_(names), edge_(edge) {}

  void apply(const pybind11::object& edits) {
    if (!edits || !PyDict_Check(edits.ptr())) throw std::runtime_error("edits are no object");
    headers_ = find_member(request_, names_.headers);
    // Nothing could be taken out of any other for sure.
    if (headers_ && !headers_.is_none() && !PyDict_Check(headers_.ptr())) {
      throw std::runtime_error("headers are no object");
    }
    if (const auto removed = find_member(edits, edge_.remove)) remove(removed);
    if (const auto set = find_member(edits, edge_.set)) {
      for (const auto& [name, value] : pybind11::reinterpret_borrow<pybind11::dict>(set)) {
        put(name, name, value);
      }
    }
    if (const auto cookie = find_member(edits, edge_.cookie_name)) {
      if (PyUnicode_GetLength(cookie.ptr()) != 0) {
        put(edge_.cookie_name, pybind11::str("Cookie"), cookie);
      } else if (has_headers()) {
        erase(edge_.cookie_name);
      }
    }
    if (const auto query = find_member(edits, edge_.querystring)) {
      check(PyDict_SetItem(request_.ptr(), edge_.querystring.ptr(), query.ptr()));
    }
  }

 private:
  static void check(int status) {
    if (status < 0) throw pybind11::error_already_set();
  }

  [[nodiscard]] bool has_headers() const noexcept { return headers_ && !headers_.is_none(); }

  void erase(const pybind11::object& name) {
    if (PyDict_DelItem(headers_.ptr(), name.ptr()) == 0) return;
    if (PyErr_ExceptionMatches(PyExc_KeyError) == 0) throw pybind11::error_already_set();
    PyErr_Clear();  // it was not there
  }

  void remove(const pybind11::object& removed) {
    if (!has_headers()) return;
    const auto there = pybind11::reinterpret_steal<pybind11::object>(PyDict_Keys(headers_.ptr()));
    if (!there) throw pybind11::error_already_set();
    for (Py_ssize_t i = 0; const auto name = find_item(there, i); ++i) {
      if (!PyUnicode_Check(name.ptr())) continue;
      const text_bytes text = view_text(name.ptr());
      if (!text.owner) throw std::bad_alloc();
      for (Py_ssize_t j = 0; const auto wanted = find_item(removed, j); ++j) {
        if (!is_same_header(text.bytes, view_text(wanted.ptr()).bytes)) continue;
        erase(name);
        break;
      }
    }
  }

  void put(pybind11::handle name, pybind11::handle key, pybind11::handle value) {
    if (!has_headers()) {
      headers_ = pybind11::dict();
      check(PyDict_SetItem(request_.ptr(), names_.headers.ptr(), headers_.ptr()));
    }
    pybind11::dict entry;
    check(PyDict_SetItem(entry.ptr(), edge_.key.ptr(), key.ptr()));
    check(PyDict_SetItem(entry.ptr(), names_.value.ptr(), value.ptr()));
    pybind11::list entries;
    entries.append(std::move(entry));
    check(PyDict_SetItem(headers_.ptr(), name.ptr(), entries.ptr()));
  }

  const pybind11::object& request_;
  pybind11::object headers_;
  const event_names& names_;
  const edge_names& edge_;
};

// Records[0].cf.config.requestId as a JSON string, when it is a string of at most 128 characters.
[[nodiscard]] inline std::string find_request_id(PyObject* event, const event_names& names,
                                                 const edge_names& edge) {
  const pybind11::object record =
      find_first(find_member(pybind11::reinterpret_borrow<pybind11::object>(event), names.records));
  const pybind11::object id =
      find_member(find_member(find_member(record, names.cf), edge.config), edge.request_id);
  if (!id || !PyUnicode_Check(id.ptr()) || PyUnicode_GetLength(id.ptr()) > 128) return {};
  return pybind11::cast<std::string>(edge.dumps(id));
}

}  // namespace portcullis::python
