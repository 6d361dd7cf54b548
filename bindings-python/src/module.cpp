// The Python door: portcullis._core.
//
// pybind11 makes the module, the classes and the exception; what runs per request is METH_FASTCALL,
// several times cheaper than a pybind11 function. Everything here converts, calls the core and
// converts back. There is no state outside the objects: interned names and responses belong to a
// verifier.
//
// The GIL stays held: releasing and taking it would cost about 40 ns of a sub-microsecond call.
// Free-threaded builds: mod_gil_not_used is not declared, because no test runs there yet.
#include <pybind11/pybind11.h>

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

// A verifier with all that Python needs to ask it. Immutable once made.
struct door {
  explicit door(verifier made) : core(std::move(made)) {
    responses.reserve(reason_count);
    for (std::size_t code = 0; code < reason_count; ++code) {
      responses.push_back(make_response(core.respond(static_cast<reason>(code))));
    }
  }

  verifier core;
  event_names names;
  std::vector<py::object> responses;  // by reason code; never handed out, only copied
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

// What Python calls a Decision.
struct answer {
  decision verdict;
  py::object text;  // keeps the token's bytes alive for claims()
  std::shared_ptr<const door> gate;

  [[nodiscard]] py::object status() const {
    if (verdict.allowed()) return py::none();
    return py::int_(find_reason(verdict.why()).http_status);
  }

  [[nodiscard]] py::object response() const {
    if (verdict.allowed()) return py::none();
    PyObject* copied = copy_response(*gate, verdict.why());
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

  [[nodiscard]] std::string repr() const {
    const reason_row& row = find_reason(verdict.why());
    if (verdict.allowed()) return "<portcullis.Decision allow>";
    return "<portcullis.Decision deny " + std::string(row.name) + " " +
           std::to_string(row.http_status) + ">";
  }
};

// ---- what runs per request ------------------------------------------------------------------

decision judge_event(const door& gate, const event_view& event, const text_bytes& authorization,
                     std::int64_t now) noexcept {
  if (event.value && event.shape == field_shape::single && !authorization.owner) {
    return decision::deny(reason::internal_error);
  }
  return gate.core.verify({{event.shape, authorization.bytes}}, now);
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

PyObject* verify(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                 PyObject* names) noexcept {
  const std::shared_ptr<door>* gate = find_door(self);
  question asked;
  if (gate == nullptr || !read_question("verify", "event", arguments, count, names, asked)) {
    return nullptr;
  }
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

constexpr const char* capsule_name = "portcullis.handler";

// `self` is the capsule that owns the handler's door.
PyObject* answer_event(PyObject* self, PyObject* const* arguments, Py_ssize_t count) noexcept {
  if (count < 1 || count > 2) {
    PyErr_Format(PyExc_TypeError, "handler() takes an event and a context (%zd arguments given)",
                 count);
    return nullptr;
  }
  const auto* gate =
      static_cast<const std::shared_ptr<const door>*>(PyCapsule_GetPointer(self, capsule_name));
  if (gate == nullptr) return nullptr;
  event_view event = read_event(arguments[0], (*gate)->names);
  text_bytes authorization;
  if (event.shape == field_shape::single) authorization = view_text(event.value.ptr());
  const decision verdict = judge_event(**gate, event, authorization, read_clock());
  if (!verdict.allowed()) return copy_response(**gate, verdict.why());
  return event.request.release().ptr();
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
    "    is read (Amazon CloudFront Developer Guide, \"Lambda@Edge event structure\").\n"
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
PyMethodDef handler_method = {
    "handler", as_method(answer_event), METH_FASTCALL,
    "handler($self, event, context=None, /)\n--\n\n"
    "Answer a CloudFront viewer-request or origin-request event by the system clock.\n\n"
    "Returns the event's own request dict (the same object) when the token is allowed, otherwise "
    "a\n"
    "new response dict: 401, 403, or 500 for an event that is not CloudFront's. No event makes it\n"
    "raise. context is not read."};

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

py::object create_handler(std::shared_ptr<const door> gate) {
  auto owned = std::make_unique<std::shared_ptr<const door>>(std::move(gate));
  const py::object capsule = py::reinterpret_steal<py::object>(
      PyCapsule_New(owned.get(), capsule_name, [](PyObject* dying) {
        delete static_cast<std::shared_ptr<const door>*>(PyCapsule_GetPointer(dying, capsule_name));
      }));
  if (!capsule) throw py::error_already_set();
  owned.release();
  PyObject* handler =
      PyCFunction_NewEx(&handler_method, capsule.ptr(), py::str("portcullis").ptr());
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
          "kind", [](const answer& self) { return self.verdict.allowed() ? "allow" : "deny"; },
          "\"allow\" or \"deny\".")
      .def_property_readonly(
          "allowed", [](const answer& self) { return self.verdict.allowed(); },
          "Whether the request may pass.")
      .def_property_readonly(
          "reason",
          [](const answer& self) { return make_str(find_reason(self.verdict.why()).name); },
          "\"ok\" or why not: a key of REASONS. For logs, not for the viewer.")
      .def_property_readonly("status", &answer::status,
                             "HTTP status of the response: 401, 403 or 500; None when allowed.")
      .def_property_readonly("response", &answer::response,
                             "A new CloudFront response dict on each access; None when allowed.")
      .def_property_readonly(
          "claims", &answer::claims,
          "The JWT Claims Set (RFC 7519 section 4) of an allowed token as a dict, parsed on each\n"
          "access; None when denied.")
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

  module.def(
      "create_handler",
      [error_type](const py::object& policy) {
        return create_handler(open_door(error_type, policy));
      },
      py::arg("policy"),
      "A Lambda@Edge handler for viewer-request or origin-request events: handler(event, "
      "context).\n\n"
      "policy: as for Verifier. Raises PolicyError or TypeError now, so that a bad policy stops "
      "the\n"
      "deployment and not a request.");

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
