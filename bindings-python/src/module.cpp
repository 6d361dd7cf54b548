// The Python door: portcullis._core.
//
// pybind11 makes the module, the classes and the exception; what runs per request is METH_FASTCALL,
// several times cheaper than a pybind11 function. Everything here converts, calls the core and
// converts back. There is no state outside the objects: interned names and responses belong to a
// verifier.
//
// A policy with an edge layer (docs/edge.md) has functions of its own for what runs per request, so
// that one without pays nothing for it.
//
// The GIL stays held: releasing and taking it would cost about 40 ns of a sub-microsecond call.
// Free-threaded builds: mod_gil_not_used is not declared, because no test runs there yet.
#include <pybind11/pybind11.h>
#include <sys/random.h>

#include <cstdint>
#include <ctime>
#include <memory>
#include <new>
#include <optional>
#include <portcullis/verifier.hpp>
#include <portcullis/verify_signature.hpp>
#include <portcullis/version.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edge/check_response.hpp"
#include "edge/edge_response.hpp"
#include "edge_layer.hpp"
#include "event_walk.hpp"
#include "policy_text.hpp"

namespace py = pybind11;

namespace portcullis::python {
namespace {

// From UTF-8. A policy error that was cut to its bound may end inside a character.
py::str make_str(std::string_view text) {
  PyObject* made =
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
  if (made == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(made);
}

// Interned: a look-up by a name that Python code spells out compares pointers.
py::object make_name(std::string_view text) {
  PyObject* name = make_str(text).release().ptr();
  PyUnicode_InternInPlace(&name);
  return py::reinterpret_steal<py::object>(name);
}

py::object make_response(const cloudfront_response& response) {
  py::dict headers;
  for (std::size_t i = 0; i < response.header_count; ++i) {
    const response_header& header = response.headers[i];
    py::dict entry;
    entry[make_name("key")] = make_str(header.key);
    entry[make_name("value")] = make_str(header.value);
    py::list entries;
    entries.append(std::move(entry));
    headers[make_name(header.name)] = std::move(entries);
  }
  py::dict made;
  made[make_name("status")] = make_str(response.status);
  made[make_name("statusDescription")] = make_str(response.status_description);
  made[make_name("headers")] = std::move(headers);
  made[make_name("body")] = make_str(response.body);
  return made;
}

// The key of the tables that strangers fill.
void seed_tables(verifier& core) {
  std::uint64_t halves[2];
  if (getrandom(halves, sizeof halves, 0) != static_cast<ssize_t>(sizeof halves)) {
    PyErr_SetFromErrno(PyExc_OSError);
    throw py::error_already_set();
  }
  core.seed(halves[0], halves[1]);
}

// A verifier with all that Python needs to ask it. Immutable once made.
struct door {
  explicit door(verifier made) : core(std::move(made)) {
    if (core.at_edge()) {
      seed_tables(core);
      edge = std::make_unique<const edge_names>(core.fields());
    }
    responses.reserve(reason_count);
    for (std::size_t code = 0; code < reason_count; ++code) {
      responses.push_back(make_response(core.respond(static_cast<reason>(code))));
    }
  }

  verifier core;
  event_names names;
  std::vector<py::object> responses;       // by reason code; never handed out, only copied
  std::unique_ptr<const edge_names> edge;  // only where the policy has an edge layer
};

// A copy that shares nothing which the caller could change.
PyObject* copy_response(const door& gate, reason why) noexcept {
  const auto steal = [](PyObject* made) { return py::reinterpret_steal<py::object>(made); };
  PyObject* original = gate.responses[static_cast<std::size_t>(why)].ptr();
  PyObject* headers_name = gate.names.headers.ptr();
  PyObject* original_headers = PyDict_GetItemWithError(original, headers_name);
  if (original_headers == nullptr) return nullptr;

  py::object response = steal(PyDict_Copy(original));
  const py::object headers = steal(PyDict_Copy(original_headers));
  if (!response || !headers) return nullptr;
  PyObject* name = nullptr;
  PyObject* entries = nullptr;
  for (Py_ssize_t i = 0; PyDict_Next(original_headers, &i, &name, &entries);) {
    const py::object copied = steal(PyList_New(1));
    if (!copied) return nullptr;
    PyObject* entry = PyDict_Copy(PyList_GET_ITEM(entries, 0));
    if (entry == nullptr) return nullptr;
    PyList_SET_ITEM(copied.ptr(), 0, entry);
    if (PyDict_SetItem(headers.ptr(), name, copied.ptr()) < 0) return nullptr;
  }
  if (PyDict_SetItem(response.ptr(), headers_name, headers.ptr()) < 0) return nullptr;
  return response.release().ptr();
}

std::int64_t read_clock() noexcept {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec;
}

// ---- for policies with an edge layer ---------------------------------------------------------

decision judge_at_edge(const door& gate, const edge_fields& fields, std::int64_t now) noexcept {
  if (fields.failed()) return decision::deny(reason::internal_error);
  return gate.core.verify_at_edge(fields.view(), now);
}

// Empty on failure: nothing leaves that CloudFront would make a 502 of. The rules of viewer events
// are the stricter ones.
py::object render_at_edge(const door& gate, const edge_fields& fields, const decision& verdict,
                          std::int64_t now) noexcept {
  fixed_text<edge_response_bytes> text;
  gate.core.write_response(fields.view(), verdict, now, text);
  const auto ignore = [](void*, const response_finding&) {};
  if (check_response(event_type::viewer_request, text, {}, ignore, nullptr) != 0) return {};
  return load_json(gate.edge->loads, text);
}

// Empty on failure.
py::object read_edits(const door& gate, const edge_fields& fields,
                      const decision& verdict) noexcept {
  edits_text text;
  gate.core.write_edits(fields.view(), verdict, text);
  return load_json(gate.edge->loads, text);
}

bool apply_edits(const door& gate, const py::object& request, const edge_fields& fields,
                 const decision& verdict) noexcept {
  try {
    request_editor(request, gate.names, *gate.edge).apply(read_edits(gate, fields, verdict));
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

constexpr const char* kind_names[] = {"allow", "deny", "challenge", "answer"};

const char* kind_of(const decision& verdict) noexcept {
  return kind_names[static_cast<std::size_t>(verdict.kind())];
}

py::object status_of(const decision& verdict) {
  if (verdict.allowed()) return py::none();
  return py::int_(verdict.status());
}

py::object route_of(const decision& verdict) {
  if (verdict.route() == decision::no_route) return py::none();
  return py::int_(verdict.route());
}

// What was asked of such a policy, for as long as its Decision lives.
struct edge_question {
  edge_question(PyObject* event, const door& gate, std::int64_t when)
      : fields(find_request(event, gate.names), gate.names, *gate.edge), now(when) {}

  edge_fields fields;
  std::int64_t now;
};

// What Python calls a Decision.
struct answer {
  decision verdict;
  py::object text;  // keeps the token's bytes alive for claims()
  std::shared_ptr<const door> gate;
  std::unique_ptr<const edge_question> edge = nullptr;  // of an event alone

  [[nodiscard]] py::object response() const {
    if (verdict.allowed()) return py::none();
    if (edge != nullptr) {
      py::object rendered = render_at_edge(*gate, edge->fields, verdict, edge->now);
      if (rendered) return rendered;
    }
    const reason told = edge != nullptr ? reason::internal_error : verdict.why();
    PyObject* copied = copy_response(*gate, told);
    if (copied == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::object>(copied);
  }

  [[nodiscard]] py::object claims() const {
    const std::optional<std::string> claims_json = verdict.claims_json();
    if (!claims_json) return py::none();
    const py::object loads = py::module_::import("json").attr("loads");
    const py::str json = make_str(*claims_json);
    try {
      return loads(json);
    } catch (const py::error_already_set& error) {
      if (!error.matches(PyExc_ValueError)) throw;
      // An integer of more digits than int() takes (sys.set_int_max_str_digits): read integers as
      // floats, as JavaScript does.
      return loads(json, py::arg("parse_int") = py::type::of(py::float_(0.0)));
    }
  }

  [[nodiscard]] bool shadow() const noexcept { return edge != nullptr && gate->core.shadow(); }

  [[nodiscard]] py::object edits() const {
    const bool passes = verdict.allowed() || shadow();
    if (edge == nullptr || !passes || !gate->core.edits()) return py::none();
    py::object read = read_edits(*gate, edge->fields, verdict);
    if (!read) throw std::runtime_error("the edits of this request cannot be written");
    return read;
  }

  // As the handler edits it.
  void apply_edits(const py::dict& request) const {
    const py::object read = edits();
    if (!read.is_none()) request_editor(request, gate->names, *gate->edge).apply(read);
  }

  [[nodiscard]] py::object log_line() const {
    log_text members;
    if (edge != nullptr) gate->core.write_log(edge->fields.view(), verdict, members);
    if (members.view().empty()) return py::none();
    return make_str("{" + std::string(members.view()) + "}");
  }

  [[nodiscard]] std::string repr() const {
    std::string told = "<portcullis.Decision ";
    told += kind_of(verdict);
    if (!verdict.allowed()) {
      told += ' ';
      told += find_reason(verdict.why()).name;
      told += ' ';
      told += py::cast<std::string>(py::str(status_of(verdict)));
    }
    return told + ">";
  }
};

// ---- what runs per request ------------------------------------------------------------------

decision judge_event(const door& gate, const event_view& event, const text_bytes& authorization,
                     std::int64_t now) noexcept {
  if (event.value && event.shape == field_shape::single && !authorization.owner) {
    return decision::deny(reason::internal_error);
  }
  return gate.core.verify(request_view{{event.shape, authorization.bytes}}, now);
}

// Arguments of verify(event, now=None) and verify_token(token, now=None).
struct question {
  PyObject* subject = nullptr;
  std::int64_t now = 0;
};

bool read_now(PyObject* value, std::int64_t& now) noexcept {
  if (value == nullptr || value == Py_None) {
    now = read_clock();
    return true;
  }
  if (!PyLong_Check(value) || PyBool_Check(value)) {
    PyErr_Format(PyExc_TypeError,
                 "now must be an int (whole seconds since 1970-01-01T00:00:00Z) or None, not %s",
                 Py_TYPE(value)->tp_name);
    return false;
  }
  constexpr std::int64_t limit = std::int64_t{1} << 53;  // as in the JavaScript door
  int overflow = 0;
  now = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (overflow == 0 && now >= -limit && now <= limit) return true;
  PyErr_SetString(PyExc_OverflowError, "now must be within -2**53 and 2**53 seconds");
  return false;
}

bool read_question(const char* function, const char* subject_name, PyObject* const* arguments,
                   Py_ssize_t positional, PyObject* names, question& asked) noexcept {
  PyObject* values[2] = {nullptr, nullptr};
  const Py_ssize_t named = names == nullptr ? 0 : PyTuple_GET_SIZE(names);
  if (positional > 2) {
    PyErr_Format(PyExc_TypeError, "%s() takes at most 2 arguments (%zd given)", function,
                 positional);
    return false;
  }
  for (Py_ssize_t i = 0; i < positional; ++i) values[i] = arguments[i];
  for (Py_ssize_t i = 0; i < named; ++i) {
    PyObject* name = PyTuple_GET_ITEM(names, i);
    const bool is_now = PyUnicode_CompareWithASCIIString(name, "now") == 0;
    if (!is_now && PyUnicode_CompareWithASCIIString(name, subject_name) != 0) {
      PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", function, name);
      return false;
    }
    if (values[is_now ? 1 : 0] != nullptr) {
      PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument '%U'", function, name);
      return false;
    }
    values[is_now ? 1 : 0] = arguments[positional + i];
  }
  if (values[0] == nullptr) {
    PyErr_Format(PyExc_TypeError, "%s() missing required argument '%s'", function, subject_name);
    return false;
  }
  asked.subject = values[0];
  return read_now(values[1], asked.now);
}

// The door of a Verifier. The method's descriptor has checked the type; an object made by
// Verifier.__new__ alone has no door yet, and py::cast would make one of raw memory.
const std::shared_ptr<door>* find_door(PyObject* self) noexcept {
  auto held = reinterpret_cast<py::detail::instance*>(self)->get_value_and_holder();
  if (held.holder_constructed()) return &held.holder<std::shared_ptr<door>>();
  PyErr_SetString(PyExc_TypeError, "Verifier.__init__() has not been called");
  return nullptr;
}

PyObject* make_decision(answer made) noexcept {
  try {
    return py::cast(std::move(made)).release().ptr();
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  }
  return nullptr;
}

PyObject* verify_at_edge(const std::shared_ptr<door>& gate, const question& asked) noexcept {
  try {
    auto edge = std::make_unique<const edge_question>(asked.subject, *gate, asked.now);
    const decision verdict = judge_at_edge(*gate, edge->fields, asked.now);
    return make_decision({verdict, {}, gate, std::move(edge)});
  } catch (const std::bad_alloc&) {
    return PyErr_NoMemory();
  }
}

PyObject* verify(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                 PyObject* names) noexcept {
  const std::shared_ptr<door>* gate = find_door(self);
  question asked;
  if (gate == nullptr || !read_question("verify", "event", arguments, count, names, asked)) {
    return nullptr;
  }
  if ((*gate)->edge != nullptr) return verify_at_edge(*gate, asked);
  const event_view event = read_event(asked.subject, (*gate)->names);
  text_bytes authorization;
  if (event.shape == field_shape::single) authorization = view_text(event.value.ptr());
  const decision verdict = judge_event(**gate, event, authorization, asked.now);
  return make_decision({verdict, std::move(authorization.owner), *gate});
}

PyObject* verify_token(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                       PyObject* names) noexcept {
  const std::shared_ptr<door>* gate = find_door(self);
  question asked;
  if (gate == nullptr || !read_question("verify_token", "token", arguments, count, names, asked)) {
    return nullptr;
  }
  if (asked.subject == Py_None) {
    return make_decision({decision::deny(reason::credential_missing), {}, *gate});
  }
  if (!PyUnicode_Check(asked.subject) && !PyBytes_Check(asked.subject)) {
    return make_decision({decision::deny(reason::credential_malformed), {}, *gate});
  }
  text_bytes token = view_text(asked.subject);
  const decision verdict = token.owner ? (*gate)->core.verify_token(token.bytes, asked.now)
                                       : decision::deny(reason::internal_error);
  return make_decision({verdict, std::move(token.owner), *gate});
}

PyObject* answer_challenge(PyObject* self, PyObject* arguments, PyObject* names) noexcept {
  const std::shared_ptr<door>* gate = find_door(self);
  if (gate == nullptr) return nullptr;
  static const char* const known[] = {"challenge", "client_ip", "now", nullptr};
  PyObject* challenge = nullptr;
  PyObject* client = nullptr;
  PyObject* when = nullptr;
  std::int64_t now = 0;
  if (!PyArg_ParseTupleAndKeywords(arguments, names, "OO|O:answer_challenge",
                                   const_cast<char**>(known), &challenge, &client, &when) ||
      !read_now(when, now)) {
    return nullptr;
  }
  // A client may have sent anything: what is no string is no challenge.
  if (!PyUnicode_Check(challenge) || !PyUnicode_Check(client)) Py_RETURN_NONE;
  const text_bytes sent = view_text(challenge);
  const text_bytes address = view_text(client);
  if (!sent.owner || !address.owner) return PyErr_NoMemory();
  challenge_proof proof;
  if (!(*gate)->core.answer_challenge(sent.bytes, address.bytes, now, proof)) Py_RETURN_NONE;
  return PyUnicode_FromStringAndSize(proof.view().data(),
                                     static_cast<Py_ssize_t>(proof.view().size()));
}

constexpr const char* capsule_name = "portcullis.handler";

// What a handler has: in a capsule, its self.
struct handler_parts {
  std::shared_ptr<const door> gate;
  py::object log;          // empty when the policy has nothing logged
  py::object on_decision;  // empty when nobody listens
};

const handler_parts* find_parts(PyObject* self, Py_ssize_t count) noexcept {
  if (count < 1 || count > 2) {
    PyErr_Format(PyExc_TypeError, "handler() takes an event and a context (%zd arguments given)",
                 count);
    return nullptr;
  }
  return static_cast<const handler_parts*>(PyCapsule_GetPointer(self, capsule_name));
}

PyObject* answer_event(PyObject* self, PyObject* const* arguments, Py_ssize_t count) noexcept {
  const handler_parts* parts = find_parts(self, count);
  if (parts == nullptr) return nullptr;
  const door& gate = *parts->gate;
  event_view event = read_event(arguments[0], gate.names);
  text_bytes authorization;
  if (event.shape == field_shape::single) authorization = view_text(event.value.ptr());
  const decision verdict = judge_event(gate, event, authorization, read_clock());
  if (!verdict.allowed()) return copy_response(gate, verdict.why());
  return event.request.release().ptr();
}

std::int64_t read_nanoseconds() noexcept {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

const char* latency_of(std::int64_t nanoseconds) noexcept {
  if (nanoseconds < 100'000) return "<0.1ms";
  if (nanoseconds < 1'000'000) return "<1ms";
  if (nanoseconds < 10'000'000) return "<10ms";
  return nanoseconds < 100'000'000 ? "<100ms" : ">=100ms";
}

// Runs what the operator wrote. Whatever it raises is ignored, but for what is no Exception
// (KeyboardInterrupt, SystemExit): false then, with the error set.
template <class Call>
bool run_ignoring_exceptions(Call call) noexcept {
  try {
    call();
  } catch (py::error_already_set& error) {
    if (error.matches(PyExc_Exception)) return true;
    error.restore();
    return false;
  } catch (const std::exception&) {
    // Out of memory: the answer goes out all the same.
  }
  return true;
}

// `members`: of the log line; empty when this decision is not logged.
bool tell_listeners(const handler_parts& parts, const decision& verdict, std::string_view members,
                    PyObject* event, std::int64_t begun) noexcept {
  const std::int64_t taken = read_nanoseconds() - begun;
  const auto write_line = [&] {
    std::string line = "{" + std::string(members);
    const std::string id = find_request_id(event, parts.gate->names, *parts.gate->edge);
    if (!id.empty()) line += ",\"requestId\":" + id;
    line = line + ",\"latency\":\"" + latency_of(taken) + "\"}";
    parts.log(make_str(line));
  };
  const auto report = [&] {
    py::dict info;
    info["kind"] = kind_of(verdict);
    info["reason"] = make_str(find_reason(verdict.why()).name);
    info["status"] = status_of(verdict);
    info["route"] = route_of(verdict);
    info["milliseconds"] = static_cast<double>(taken) / 1e6;
    parts.on_decision(std::move(info));
  };
  if (!members.empty() && parts.log && !run_ignoring_exceptions(write_line)) return false;
  return !parts.on_decision || run_ignoring_exceptions(report);
}

// As answer_event, with somebody who wants to know.
PyObject* answer_watched_event(PyObject* self, PyObject* const* arguments,
                               Py_ssize_t count) noexcept {
  const handler_parts* parts = find_parts(self, count);
  if (parts == nullptr) return nullptr;
  const std::int64_t begun = read_nanoseconds();
  const door& gate = *parts->gate;
  event_view event = read_event(arguments[0], gate.names);
  text_bytes authorization;
  if (event.shape == field_shape::single) authorization = view_text(event.value.ptr());
  const decision verdict = judge_event(gate, event, authorization, read_clock());
  auto answered = py::reinterpret_steal<py::object>(
      verdict.allowed() ? event.request.release().ptr() : copy_response(gate, verdict.why()));
  if (!answered || !tell_listeners(*parts, verdict, {}, arguments[0], begun)) return nullptr;
  return answered.release().ptr();
}

// By a policy with an edge layer.
PyObject* answer_event_at_edge(PyObject* self, PyObject* const* arguments,
                               Py_ssize_t count) noexcept {
  const handler_parts* parts = find_parts(self, count);
  if (parts == nullptr) return nullptr;
  const std::int64_t begun = read_nanoseconds();
  const std::int64_t now = read_clock();
  const door& gate = *parts->gate;
  const py::object request = find_request(arguments[0], gate.names);
  const edge_fields fields(request, gate.names, *gate.edge);
  decision verdict = judge_at_edge(gate, fields, now);

  const bool shadow = gate.core.shadow();
  const bool goes_on = request && (verdict.allowed() || shadow);
  py::object answered;
  if (!goes_on) {
    answered = render_at_edge(gate, fields, verdict, now);
  } else if (!gate.core.edits() || apply_edits(gate, request, fields, verdict)) {
    answered = request;
  }
  if (!answered) {
    verdict = decision::deny(reason::internal_error);
    answered = goes_on && shadow
                   ? request
                   : py::reinterpret_steal<py::object>(copy_response(gate, reason::internal_error));
    if (!answered) return nullptr;
  }

  log_text members;
  if (parts->log) gate.core.write_log(fields.view(), verdict, members);
  if (!tell_listeners(*parts, verdict, members, arguments[0], begun)) return nullptr;
  return answered.release().ptr();
}

// A PyMethodDef holds any kind of C function as a PyCFunction.
template <class Function>
PyCFunction as_method(Function* function) noexcept {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

// CPython wants these alive for as long as the functions are, and does not write to them.
PyMethodDef verify_method = {
    "verify", as_method(verify), METH_FASTCALL | METH_KEYWORDS,
    "verify($self, event, now=None)\n--\n\n"
    "Judge a CloudFront viewer-request or origin-request event.\n\n"
    "event: the object that Lambda@Edge passes; only Records[0].cf.request.headers.authorization\n"
    "    is read (Amazon CloudFront Developer Guide, \"Lambda@Edge event structure\"), and of a\n"
    "    policy with an edge layer what docs/edge.md names.\n"
    "now: whole seconds since 1970-01-01T00:00:00Z (NumericDate, RFC 7519 section 2); None takes\n"
    "    the system clock.\n\n"
    "Returns a Decision for any event whatever. Raises TypeError when now is not an int,\n"
    "OverflowError when it is beyond 2**53 seconds."};
PyMethodDef verify_token_method = {
    "verify_token", as_method(verify_token), METH_FASTCALL | METH_KEYWORDS,
    "verify_token($self, token, now=None)\n--\n\n"
    "Judge a bare JWT in JWS Compact Serialization (RFC 7515 section 7.1).\n\n"
    "token: str or bytes. None is denied as credential_missing, any other type as\n"
    "    credential_malformed.\n"
    "now: whole seconds since 1970-01-01T00:00:00Z (NumericDate, RFC 7519 section 2); None takes\n"
    "    the system clock.\n\n"
    "Returns a Decision. Raises TypeError when now is not an int, OverflowError when it is beyond\n"
    "2**53 seconds."};
PyMethodDef answer_challenge_method = {
    "answer_challenge", as_method(answer_challenge), METH_VARARGS | METH_KEYWORDS,
    "answer_challenge($self, challenge, client_ip, now=None)\n--\n\n"
    "The proof for a challenge that this policy has made for the client at this address: what the\n"
    "page that the client was sent to sets as a cookie once it is satisfied (docs/edge.md,\n"
    "\"Challenges\"). None when it is no valid challenge at that time.\n\n"
    "challenge: as it came in the query. client_ip: the address that CloudFront saw.\n"
    "now: as for verify."};

constexpr const char* handler_text =
    "handler($self, event, context=None, /)\n--\n\n"
    "Answer a CloudFront viewer-request or origin-request event by the system clock.\n\n"
    "Returns the event's own request dict (the same object) when the request may pass, otherwise "
    "a\n"
    "new response dict: 401, 403, what else docs/edge.md names, or 500 for an event that is not\n"
    "CloudFront's. No event makes it raise. context is not read.";
PyMethodDef handler_method = {"handler", as_method(answer_event), METH_FASTCALL, handler_text};
PyMethodDef watched_handler_method = {"handler", as_method(answer_watched_event), METH_FASTCALL,
                                      handler_text};
PyMethodDef edge_handler_method = {"handler", as_method(answer_event_at_edge), METH_FASTCALL,
                                   handler_text};

// ---- set-up ---------------------------------------------------------------------------------

[[noreturn]] void raise_policy_error(const py::handle& type, const policy_error& error) {
  py::object raised = type(make_str(error.message()));
  raised.attr("path") = make_str(error.path);
  raised.attr("expected") = make_str(error.expected);
  PyErr_SetObject(type.ptr(), raised.ptr());
  throw py::error_already_set();
}

std::shared_ptr<door> open_door(const py::handle& error_type, const py::handle& policy) {
  result<std::string, policy_error> text = render_policy(policy);
  if (!text) raise_policy_error(error_type, text.error());
  result<verifier, policy_error> made = verifier::from_policy(*text);
  if (!made) raise_policy_error(error_type, made.error());
  return std::make_shared<door>(*std::move(made));
}

// The listener, or an empty object for None.
py::object read_listener(const char* name, const py::object& listener) {
  if (listener.is_none()) return {};
  if (PyCallable_Check(listener.ptr()) != 0) return listener;
  throw py::type_error(std::string(name) + " must be a callable or None, not " +
                       Py_TYPE(listener.ptr())->tp_name);
}

py::object create_handler(std::shared_ptr<const door> gate, const py::object& log,
                          const py::object& on_decision) {
  auto owned = std::make_unique<handler_parts>();
  owned->log = read_listener("log", log);
  owned->on_decision = read_listener("on_decision", on_decision);
  PyMethodDef* method = &handler_method;
  if (gate->edge != nullptr) {
    method = &edge_handler_method;
    if (!gate->core.logs()) {
      owned->log = {};
    } else if (!owned->log) {
      owned->log = py::module_::import("builtins").attr("print");
    }
  } else if (owned->on_decision) {
    method = &watched_handler_method;
  }
  owned->gate = std::move(gate);
  const py::object capsule = py::reinterpret_steal<py::object>(
      PyCapsule_New(owned.get(), capsule_name, [](PyObject* dying) {
        delete static_cast<handler_parts*>(PyCapsule_GetPointer(dying, capsule_name));
      }));
  if (!capsule) throw py::error_already_set();
  owned.release();
  PyObject* handler = PyCFunction_NewEx(method, capsule.ptr(), py::str("portcullis").ptr());
  if (handler == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(handler);
}

bool check_signature(const py::handle& error_type, const std::string& algorithm,
                     const py::handle& jwk, const py::bytes& message, const py::bytes& signature) {
  result<std::string, policy_error> text = render_policy(jwk);
  if (!text) raise_policy_error(error_type, text.error());
  const auto told = verify_signature(algorithm, *text, message, signature);
  if (!told) raise_policy_error(error_type, told.error());
  if (*told == signature_verdict::failed) {
    throw std::runtime_error("the cryptographic library failed");
  }
  return *told == signature_verdict::valid;
}

// JSON as str or bytes, or what Lambda would make JSON of. What JSON cannot express is none.
text_bytes render_response(const py::object& response) {
  py::object given = response;
  if (!PyUnicode_Check(response.ptr()) && !PyBytes_Check(response.ptr())) {
    try {
      given = py::module_::import("json").attr("dumps")(response);
    } catch (const py::error_already_set& error) {
      if (!error.matches(PyExc_Exception)) throw;
      given = py::str(" ");
    }
  }
  text_bytes text = view_text(given.ptr());
  if (!text.owner) throw std::bad_alloc();
  return text;
}

py::list find_response_faults(const py::object& response, const std::string& event,
                              const py::object& original) {
  event_type type{};
  if (!parse_event_type(event, type)) {
    throw py::value_error(
        "event_type must be viewer-request, origin-request, origin-response or viewer-response");
  }
  const text_bytes text = render_response(response);
  text_bytes before;
  if (!original.is_none()) before = render_response(original);

  // The core is compiled without exceptions: none may pass through it.
  struct findings {
    std::vector<response_finding> list;
    bool complete = true;
  } found;
  const auto add = [](void* context, const response_finding& finding) {
    auto& to = *static_cast<findings*>(context);
    try {
      to.list.push_back(finding);
    } catch (const std::bad_alloc&) {
      to.complete = false;
    }
  };
  check_response(type, text.bytes, before.bytes, add, &found);
  if (!found.complete) throw std::bad_alloc();

  py::list told;
  for (const response_finding& finding : found.list) {
    const response_rule_row row = find_response_rule(finding.rule);
    py::dict entry;
    entry["rule"] = make_str(row.name);
    entry["path"] = make_str(finding.path);
    entry["sentence"] = make_str(row.sentence);
    entry["source"] = make_str(row.source);
    told.append(std::move(entry));
  }
  return told;
}

void add_method(const py::object& type, PyMethodDef& method) {
  PyObject* descriptor = PyDescr_NewMethod(reinterpret_cast<PyTypeObject*>(type.ptr()), &method);
  if (descriptor == nullptr) throw py::error_already_set();
  type.attr(method.ml_name) = py::reinterpret_steal<py::object>(descriptor);
}

py::object make_policy_error_type() {
  PyObject* type = PyErr_NewExceptionWithDoc(
      "portcullis.PolicyError",
      "The policy is not acceptable. str() is \"policy: <path>: <expected>\".\n\n"
      "path: where, as in \"$.keys[0].k\"; \"$\" is the policy itself.\n"
      "expected: what should have been there. Neither holds a value from the policy.",
      PyExc_ValueError, nullptr);
  if (type == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(type);
}

py::object make_reasons() {
  py::dict sentences;
  for (std::size_t code = 0; code < reason_count; ++code) {
    const auto which = static_cast<reason>(code);
    sentences[make_str(find_reason(which).name)] = make_str(find_sentence(which));
  }
  return py::reinterpret_steal<py::object>(PyDictProxy_New(sentences.ptr()));
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  py::options options;
  options.disable_function_signatures();  // the stub has them, with types

  const py::object error_type = make_policy_error_type();
  module.attr("PolicyError") = error_type;
  module.attr("REASONS") = make_reasons();
  module.attr("__version__") = PORTCULLIS_VERSION;

  py::class_<answer> decision_type(module, "Decision", py::module_local(), py::is_final(),
                                   "The answer to a token or an event. True when allowed.");
  decision_type
      .def_property_readonly(
          "kind", [](const answer& self) { return kind_of(self.verdict); },
          "\"allow\" or \"deny\"; with an edge layer also \"challenge\", a denial that sends the\n"
          "client to a page, and \"answer\", of a CORS preflight.")
      .def_property_readonly(
          "allowed", [](const answer& self) { return self.verdict.allowed(); },
          "Whether the request may pass.")
      .def_property_readonly(
          "reason",
          [](const answer& self) { return make_str(find_reason(self.verdict.why()).name); },
          "\"ok\" or why not: a key of REASONS. For logs, not for the viewer.")
      .def_property_readonly(
          "status", [](const answer& self) { return status_of(self.verdict); },
          "HTTP status of the response, such as 401, 403 or 500; None when allowed.")
      .def_property_readonly(
          "route", [](const answer& self) { return route_of(self.verdict); },
          "Which of the policy's routes judged, from 0; None when none did.")
      .def_property_readonly("response", &answer::response,
                             "A new CloudFront response dict on each access; None when allowed.")
      .def_property_readonly(
          "claims", &answer::claims,
          "The JWT Claims Set (RFC 7519 section 4) of an allowed token as a dict, parsed on each\n"
          "access; None when denied, and on a public route.")
      .def_property_readonly(
          "edits", &answer::edits,
          "What the policy wants changed of a request that goes on (docs/edge.md, \"Edits\"), a "
          "new\n"
          "dict on each access; None when nothing is. A handler has done it already.")
      .def("apply_edits", &answer::apply_edits, py::arg("request"),
           "Change the dict Records[0].cf.request of the event in place, as `edits` says. Raises\n"
           "TypeError for no dict and RuntimeError when its headers are no dict.")
      .def_property_readonly("shadow", &answer::shadow,
                             "Whether the policy only watches: every request goes on.")
      .def_property_readonly(
          "log_line", &answer::log_line,
          "The line that the policy wants logged of this decision (docs/edge.md, \"Logs\"); None\n"
          "when it wants none.")
      .def("__bool__", [](const answer& self) { return self.verdict.allowed(); })
      .def("__repr__", &answer::repr);

  py::class_<door, std::shared_ptr<door>> verifier_type(
      module, "Verifier", py::module_local(), py::is_final(),
      "Verifier(policy)\n\n"
      "Judges tokens and CloudFront events by one policy. Immutable; threads may share it.\n\n"
      "policy: dict, or JSON as str or bytes. Keys and secrets are taken in, not kept as given.\n\n"
      "Raises PolicyError when the policy is not acceptable, TypeError for any other type.");
  verifier_type.def(
      py::init([error_type](const py::object& policy) { return open_door(error_type, policy); }),
      py::arg("policy"));
  add_method(verifier_type, verify_method);
  add_method(verifier_type, verify_token_method);
  add_method(verifier_type, answer_challenge_method);

  module.def(
      "create_handler",
      [error_type](const py::object& policy, const py::object& log, const py::object& on_decision) {
        return create_handler(open_door(error_type, policy), log, on_decision);
      },
      py::arg("policy"), py::kw_only(), py::arg("log") = py::none(),
      py::arg("on_decision") = py::none(),
      "A Lambda@Edge handler for viewer-request or origin-request events: handler(event, "
      "context).\n\n"
      "policy: as for Verifier. Raises PolicyError or TypeError now, so that a bad policy stops "
      "the\n"
      "deployment and not a request.\n"
      "log: takes a line for each decision that the policy wants logged; print unless given.\n"
      "on_decision: takes a dict with kind, reason, status, route and milliseconds, for metrics.\n"
      "What either of them raises is ignored.");

  module.def(
      "check_response", &find_response_faults, py::arg("response"), py::arg("event_type"),
      py::arg("original") = py::none(),
      "What CloudFront would not take of a response that a function returns: an empty list when\n"
      "nothing is known to be wrong with it.\n\n"
      "response: dict, or JSON as str or bytes. event_type: \"viewer-request\", "
      "\"origin-request\",\n"
      "    \"origin-response\" or \"viewer-response\".\n"
      "original: in a response event, the response that the event had, so that changes of what is\n"
      "    read-only are seen.\n\n"
      "Returns a dict with rule, path, sentence and source for each finding. Raises ValueError "
      "for\n"
      "another event type.");

  module.def(
      "verify_signature",
      [error_type](const std::string& algorithm, const py::object& jwk, const py::bytes& message,
                   const py::bytes& signature) {
        return check_signature(error_type, algorithm, jwk, message, signature);
      },
      py::arg("algorithm"), py::arg("jwk"), py::arg("message"), py::arg("signature"),
      "Whether one signature is valid: one algorithm, one key, no policy. For conformance suites;\n"
      "requests are judged by a Verifier.\n\n"
      "algorithm: a JWS alg value (RFC 7518 section 3.1, RFC 8037, RFC 9864).\n"
      "jwk: one JSON Web Key (RFC 7517) as dict, str or bytes, held to the rules of a policy's "
      "keys.\n"
      "message: the octets that were signed. signature: as a JWS carries it; ECDSA's is r and s "
      "side\n"
      "    by side (RFC 7518 section 3.4).\n\n"
      "Raises PolicyError when the algorithm (path \"alg\") or the key (path \"$\"...) cannot be "
      "used.");

  for (const py::object& type : {py::object(decision_type), py::object(verifier_type)}) {
    type.attr("__module__") = "portcullis";
  }
}

}  // namespace portcullis::python
