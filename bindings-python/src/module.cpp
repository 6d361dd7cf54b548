// The Python door: portcullis._core.
//
// pybind11 makes the module and holds its references; the classes and functions are CPython's own,
// which cost several times less to make and to call than pybind11's. Everything here converts,
// calls the core and converts back. There is no state outside the objects: interned names and
// responses belong to a verifier.
//
// A policy with an edge layer (docs/edge.md) is the business of portcullis._core_edge, which is
// loaded when a policy has one. door.hpp is between the two.
//
// The GIL stays held: releasing and taking it would cost about 40 ns of a sub-microsecond call.
#include "python_api.hpp"

#include <structmember.h>

#include <cstddef>
#include <cstring>
#include <iterator>
#include <optional>
#include <portcullis/verify_signature.hpp>
#include <portcullis/version.hpp>

#include "answer_event.hpp"
#include "limits.hpp"
#include "policy_text.hpp"

namespace portcullis::python {
namespace {

// ---- a policy about tokens alone ------------------------------------------------------------

PyObject* answer_watched_event(PyObject* self, PyObject* const* arguments,
                               Py_ssize_t count) noexcept;

PyMethodDef handler_method = {"handler", as_method(answer_event), METH_FASTCALL, handler_text};
PyMethodDef watched_handler_method = {"handler", as_method(answer_watched_event), METH_FASTCALL,
                                      handler_text};

class plain_door final : public door {
 public:
  using door::door;

  answer judge(PyObject* event, std::int64_t now) const noexcept override {
    judged_event judged = judge_event(*this, event, now);
    return {judged.verdict, std::move(judged.event.value)};
  }

  PyObject* respond(const answer& given) const noexcept override {
    return responses.copy(core, given.verdict.why());
  }

  PyObject* make_handler(PyObject* verifier, listeners told) const noexcept override {
    if (!told.on_decision) return make_function(handler_method, verifier);
    told.log = {};
    return make_listening_handler(watched_handler_method, verifier, *this, std::move(told));
  }
};

// As answer_event, with somebody who wants to know.
PyObject* answer_watched_event(PyObject* self, PyObject* const* arguments,
                               Py_ssize_t count) noexcept {
  const handler_parts* parts = find_parts(self, count);
  if (parts == nullptr) return nullptr;
  const std::int64_t begun = read_nanoseconds();
  const door& gate = *parts->gate;
  judged_event judged = judge_event(gate, arguments[0], read_clock());
  const object answered = answer_of(gate, judged);
  const std::int64_t taken = read_nanoseconds() - begun;
  if (!answered || !tell_decision(parts->told.on_decision, judged.verdict, taken)) return nullptr;
  return Py_NewRef(answered.ptr());
}

// ---- reasons --------------------------------------------------------------------------------

// Of every decision, also of those that only _core_edge makes: this module's own core knows no more
// than it says itself.
#define PORTCULLIS_EDGE 1

// Name and sentence, name and sentence: a pointer and a length for each would double them.
constexpr char reason_texts[] =
#define PORTCULLIS_REASON(name, http_status, rfc6750_error, sentence) #name "\0" sentence "\0"
#include <portcullis/reasons.def>
#undef PORTCULLIS_REASON
    ;
constexpr std::uint16_t reason_statuses[] = {
#define PORTCULLIS_REASON(name, http_status, rfc6750_error, sentence) http_status,
#include <portcullis/reasons.def>
#undef PORTCULLIS_REASON
};
#undef PORTCULLIS_EDGE

constexpr std::size_t all_reasons = std::size(reason_statuses);

// The text after `text`.
const char* next_text(const char* text) noexcept { return text + std::strlen(text) + 1; }

const char* name_of(reason why) noexcept {
  const char* text = reason_texts;
  for (auto row = static_cast<std::size_t>(why); row != 0; --row) text = next_text(next_text(text));
  return text;
}

int status_code_of(const decision& verdict) noexcept {
  return verdict.kind() == decision_kind::challenge
             ? verdict.status()
             : reason_statuses[static_cast<std::size_t>(verdict.why())];
}

object make_reasons() noexcept {
  dict_maker sentences;
  const char* name = reason_texts;
  for (std::size_t row = 0; row < all_reasons; ++row) {
    const char* sentence = next_text(name);
    sentences.put(name, make_str(sentence));
    name = next_text(sentence);
  }
  const object made = sentences.take();
  return made ? take(PyDictProxy_New(made.ptr())) : object();
}

// ---- Decision -------------------------------------------------------------------------------

struct decision_object {
  PyObject head;
  PyObject* weak_references;
  PyObject* verifier;
  answer given;
};

const answer& given_of(PyObject* self) noexcept {
  return reinterpret_cast<decision_object*>(self)->given;
}
const door& gate_of(PyObject* self) noexcept {
  const auto* verifier = reinterpret_cast<decision_object*>(self)->verifier;
  return *reinterpret_cast<const verifier_object*>(verifier)->gate;
}

PyObject* make_decision(PyObject* verifier, answer given) noexcept {
  PyTypeObject* const type = reinterpret_cast<verifier_object*>(verifier)->decision_type;
  auto* const made = PyObject_New(decision_object, type);
  if (made == nullptr) return nullptr;
  made->weak_references = nullptr;
  made->verifier = Py_NewRef(verifier);
  new (&made->given) answer(std::move(given));
  return reinterpret_cast<PyObject*>(made);
}

// Of an object of one of the two types.
void release(PyObject* self) noexcept {
  PyTypeObject* const type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

void destroy_decision(PyObject* self) noexcept {
  auto* const dying = reinterpret_cast<decision_object*>(self);
  if (dying->weak_references != nullptr) PyObject_ClearWeakRefs(self);
  dying->given.~answer();
  Py_DECREF(dying->verifier);
  release(self);
}

PyObject* find_claims(const decision& verdict) noexcept {
  char text[limits::max_payload_bytes];
  const std::size_t size = verdict.write_claims(text, sizeof text);
  if (size == 0) return Py_NewRef(Py_None);
  const object loads = import_member("json", "loads");
  const object json = loads ? make_str({text, size}) : object();
  if (!json) return nullptr;
  PyObject* claims = PyObject_CallOneArg(loads.ptr(), json.ptr());
  if (claims != nullptr || PyErr_ExceptionMatches(PyExc_ValueError) == 0) return claims;
  // An integer of more digits than int() takes (sys.set_int_max_str_digits): read integers as
  // floats, as JavaScript does.
  PyErr_Clear();
  const object arguments = take(PyTuple_Pack(1, json.ptr()));
  if (!arguments) return nullptr;
  dict_maker names;
  names.put("parse_int", hold(reinterpret_cast<PyObject*>(&PyFloat_Type)));
  const object named = names.take();
  return named ? PyObject_Call(loads.ptr(), arguments.ptr(), named.ptr()) : nullptr;
}

PyObject* represent(PyObject* self) noexcept {
  const decision& verdict = given_of(self).verdict;
  const char* kind = kind_of(verdict);
  if (verdict.allowed()) return PyUnicode_FromFormat("<portcullis.Decision %s>", kind);
  return PyUnicode_FromFormat("<portcullis.Decision %s %s %d>", kind, name_of(verdict.why()),
                              status_code_of(verdict));
}

// NOLINTNEXTLINE(cert-err58-cpp): a lambda becomes a pointer, which throws nothing
PyGetSetDef decision_properties[] = {
    {"kind",
     [](PyObject* self, void*) noexcept {
       return PyUnicode_FromString(kind_of(given_of(self).verdict));
     },
     nullptr,
     "\"allow\" or \"deny\"; with an edge layer also \"challenge\", a denial that sends the\n"
     "client to a page, and \"answer\", of a CORS preflight.",
     nullptr},
    {"allowed",
     [](PyObject* self, void*) noexcept {
       return PyBool_FromLong(given_of(self).verdict.allowed());
     },
     nullptr, "Whether the request may pass.", nullptr},
    {"reason",
     [](PyObject* self, void*) noexcept {
       return PyUnicode_FromString(name_of(given_of(self).verdict.why()));
     },
     nullptr, "\"ok\" or why not: a key of REASONS. For logs, not for the viewer.", nullptr},
    {"status",
     [](PyObject* self, void*) noexcept {
       const decision& verdict = given_of(self).verdict;
       return verdict.allowed() ? Py_NewRef(Py_None) : PyLong_FromLong(status_code_of(verdict));
     },
     nullptr, "HTTP status of the response, such as 401, 403 or 500; None when allowed.", nullptr},
    {"route",
     [](PyObject* self, void*) noexcept {
       return route_of(given_of(self).verdict).release().ptr();
     },
     nullptr, "Which of the policy's routes judged, from 0; None when none did.", nullptr},
    {"response",
     [](PyObject* self, void*) noexcept {
       const answer& given = given_of(self);
       return given.verdict.allowed() ? Py_NewRef(Py_None) : gate_of(self).respond(given);
     },
     nullptr, "A new CloudFront response dict on each access; None when allowed.", nullptr},
    {"claims", [](PyObject* self, void*) noexcept { return find_claims(given_of(self).verdict); },
     nullptr,
     "The JWT Claims Set (RFC 7519 section 4) of an allowed token as a dict, parsed on each\n"
     "access; None when denied, and on a public route.",
     nullptr},
    {"edits", [](PyObject* self, void*) noexcept { return gate_of(self).edits(given_of(self)); },
     nullptr,
     "What the policy wants changed of a request that goes on (docs/edge.md, \"Edits\"), a new\n"
     "dict on each access; None when nothing is. A handler has done it already.",
     nullptr},
    {"shadow",
     [](PyObject* self, void*) noexcept {
       return PyBool_FromLong(gate_of(self).shadow(given_of(self)));
     },
     nullptr, "Whether the policy only watches: every request goes on.", nullptr},
    {"log_line",
     [](PyObject* self, void*) noexcept { return gate_of(self).log_line(given_of(self)); }, nullptr,
     "The line that the policy wants logged of this decision (docs/edge.md, \"Logs\"); None\n"
     "when it wants none.",
     nullptr},
    {},
};

PyObject* apply_edits(PyObject* self, PyObject* arguments, PyObject* names) noexcept {
  static const char* const known[] = {"request", nullptr};
  PyObject* request = nullptr;
  if (!PyArg_ParseTupleAndKeywords(arguments, names, "O!:apply_edits", const_cast<char**>(known),
                                   &PyDict_Type, &request)) {
    return nullptr;
  }
  return gate_of(self).apply_edits(given_of(self), request);
}

PyMethodDef decision_methods[] = {
    {"apply_edits", as_method(apply_edits), METH_VARARGS | METH_KEYWORDS,
     "apply_edits($self, request)\n--\n\n"
     "Change the dict Records[0].cf.request of the event in place, as `edits` says. Raises\n"
     "TypeError for no dict and RuntimeError when its headers are no dict."},
    {},
};

PyMemberDef decision_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(decision_object, weak_references), READONLY,
     nullptr},
    {},
};

PyType_Slot decision_slots[] = {
    {Py_tp_doc, const_cast<char*>("The answer to a token or an event. True when allowed.")},
    {Py_tp_dealloc, reinterpret_cast<void*>(destroy_decision)},
    {Py_tp_repr, reinterpret_cast<void*>(represent)},
    {Py_nb_bool, reinterpret_cast<void*>(+[](PyObject* self) noexcept -> int {
       return given_of(self).verdict.allowed();
     })},
    {Py_tp_getset, decision_properties},
    {Py_tp_methods, decision_methods},
    {Py_tp_members, decision_members},
    {},
};
PyType_Spec decision_spec = {
    "portcullis.Decision", sizeof(decision_object), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    decision_slots};

// ---- Verifier -------------------------------------------------------------------------------

// Arguments of verify(event, now=None) and verify_token(token, now=None).
struct question_arguments {
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
                   Py_ssize_t positional, PyObject* names, question_arguments& asked) noexcept {
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
// Verifier.__new__ alone has none yet.
const door* find_gate(PyObject* self) noexcept {
  const door* gate = reinterpret_cast<verifier_object*>(self)->gate;
  if (gate == nullptr) {
    PyErr_SetString(PyExc_TypeError, "Verifier.__init__() has not been called");
  }
  return gate;
}

PyObject* verify(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                 PyObject* names) noexcept {
  const door* gate = find_gate(self);
  question_arguments asked;
  if (gate == nullptr || !read_question("verify", "event", arguments, count, names, asked)) {
    return nullptr;
  }
  return make_decision(self, gate->judge(asked.subject, asked.now));
}

PyObject* verify_token(PyObject* self, PyObject* const* arguments, Py_ssize_t count,
                       PyObject* names) noexcept {
  const door* gate = find_gate(self);
  question_arguments asked;
  if (gate == nullptr || !read_question("verify_token", "token", arguments, count, names, asked)) {
    return nullptr;
  }
  if (asked.subject == Py_None) {
    return make_decision(self, {decision::deny(reason::credential_missing), {}});
  }
  if (!PyUnicode_Check(asked.subject) && !PyBytes_Check(asked.subject)) {
    return make_decision(self, {decision::deny(reason::credential_malformed), {}});
  }
  text_bytes token = view_text(asked.subject);
  const decision verdict = token.owner ? gate->core.verify_token(token.bytes, asked.now)
                                       : decision::deny(reason::internal_error);
  return make_decision(self, {verdict, std::move(token.owner)});
}

PyObject* answer_challenge(PyObject* self, PyObject* arguments, PyObject* names) noexcept {
  const door* gate = find_gate(self);
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
  return gate->answer_challenge(sent.bytes, address.bytes, now);
}

// `cause`: what was raised before; null when nothing was.
void raise_policy_error(PyObject* module, const policy_error& error, object cause = {}) {
  const object type = get_attribute(module, "PolicyError");
  const object message = make_str(error.message());
  if (!type || !message) return;
  const object raised = take(PyObject_CallOneArg(type.ptr(), message.ptr()));
  const object path = make_str(error.path);
  const object expected = make_str(error.expected);
  if (!raised || !path || !expected ||
      PyObject_SetAttrString(raised.ptr(), "path", path.ptr()) < 0 ||
      PyObject_SetAttrString(raised.ptr(), "expected", expected.ptr()) < 0) {
    return;
  }
  if (cause) PyException_SetCause(raised.ptr(), cause.release().ptr());
  PyErr_SetObject(type.ptr(), raised.ptr());
}

// Of the module beside `module` that has the edge layer: "portcullis._core_edge". Empty, with the
// error set, when a bundle has left it out.
object find_in_edge_module(PyObject* module, const char* member) noexcept {
  const object own_name = take(PyModule_GetNameObject(module));
  if (!own_name) return {};
  const object name = take(PyUnicode_FromFormat("%U_edge", own_name.ptr()));
  const object edge = name ? take(PyImport_Import(name.ptr())) : object();
  return edge ? get_attribute(edge.ptr(), member) : object();
}

// What _core says of a member that is for the edge layer: it knows none of them.
constexpr std::string_view unknown_member = "expected no such member";

// Null with the error set.
std::unique_ptr<door> open_door(PyObject* module, PyObject* policy) {
  policy_text text;
  if (!text.render(policy)) {
    if (PyErr_Occurred() == nullptr) raise_policy_error(module, text.error);
    return nullptr;
  }
  auto made = verifier::from_policy(text.text);
  if (made) {
    auto opened = std::make_unique<plain_door>(*std::move(made));
    if (opened->names.complete()) return opened;
    return nullptr;
  }
  policy_error& error = made.error();
  object cause;
  if (error.expected.view() == unknown_member) {
    const object capsule = find_in_edge_module(module, "door");
    if (capsule) {
      void* const open = PyCapsule_GetPointer(capsule.ptr(), edge_capsule_name);
      if (open == nullptr) return nullptr;
      error = {};
      std::unique_ptr<door> opened(reinterpret_cast<open_edge_door>(open)(text.text, error));
      if (opened || PyErr_Occurred() != nullptr) return opened;
    } else if (PyErr_ExceptionMatches(PyExc_ImportError) == 0) {
      return nullptr;
    } else {
      PyObject* type = nullptr;
      PyObject* value = nullptr;
      PyObject* trace = nullptr;
      PyErr_Fetch(&type, &value, &trace);
      PyErr_NormalizeException(&type, &value, &trace);
      Py_XDECREF(type);
      Py_XDECREF(trace);
      cause = take(value);
    }
  }
  raise_policy_error(module, error, std::move(cause));
  return nullptr;
}

void destroy_verifier(PyObject* self) noexcept {
  auto* const dying = reinterpret_cast<verifier_object*>(self);
  if (dying->weak_references != nullptr) PyObject_ClearWeakRefs(self);
  delete dying->gate;
  Py_XDECREF(dying->decision_type);
  release(self);
}

// One of the two types. A module's members can be exchanged: what has another destructor is
// another type.
object find_type(PyObject* module, const char* name, destructor known) noexcept {
  object found = get_attribute(module, name);
  if (!found || (PyType_Check(found.ptr()) &&
                 reinterpret_cast<PyTypeObject*>(found.ptr())->tp_dealloc == known)) {
    return found;
  }
  PyErr_Format(PyExc_TypeError, "portcullis.%s has been exchanged", name);
  return {};
}

// A second time changes nothing.
int initialize_verifier(PyObject* self, PyObject* arguments, PyObject* names) noexcept {
  auto& made = *reinterpret_cast<verifier_object*>(self);
  if (made.gate != nullptr) return 0;
  static const char* const known[] = {"policy", nullptr};
  PyObject* policy = nullptr;
  if (!PyArg_ParseTupleAndKeywords(arguments, names, "O:Verifier", const_cast<char**>(known),
                                   &policy)) {
    return -1;
  }
  PyObject* const module = PyType_GetModule(Py_TYPE(self));
  object decision_type = find_type(module, "Decision", destroy_decision);
  if (!decision_type) return -1;
  std::unique_ptr<door> opened;
  (void)guard([&]() -> PyObject* { return opened = open_door(module, policy), nullptr; });
  if (!opened) return -1;
  if (made.gate != nullptr) return 0;  // by another thread in the meantime
  made.decision_type = reinterpret_cast<PyTypeObject*>(decision_type.release().ptr());
  made.gate = opened.release();
  return 0;
}

PyMethodDef verifier_methods[] = {
    {"verify", as_method(verify), METH_FASTCALL | METH_KEYWORDS,
     "verify($self, event, now=None)\n--\n\n"
     "Judge a CloudFront viewer-request or origin-request event.\n\n"
     "event: the object that Lambda@Edge passes; only Records[0].cf.request.headers.authorization\n"
     "    is read (Amazon CloudFront Developer Guide, \"Lambda@Edge event structure\"), and of a\n"
     "    policy with an edge layer what docs/edge.md names.\n"
     "now: whole seconds since 1970-01-01T00:00:00Z (NumericDate, RFC 7519 section 2); None takes\n"
     "    the system clock.\n\n"
     "Returns a Decision for any event whatever. Raises TypeError when now is not an int,\n"
     "OverflowError when it is beyond 2**53 seconds."},
    {"verify_token", as_method(verify_token), METH_FASTCALL | METH_KEYWORDS,
     "verify_token($self, token, now=None)\n--\n\n"
     "Judge a bare JWT in JWS Compact Serialization (RFC 7515 section 7.1).\n\n"
     "token: str or bytes. None is denied as credential_missing, any other type as\n"
     "    credential_malformed.\n"
     "now: whole seconds since 1970-01-01T00:00:00Z (NumericDate, RFC 7519 section 2); None takes\n"
     "    the system clock.\n\n"
     "Returns a Decision. Raises TypeError when now is not an int, OverflowError when it is "
     "beyond\n"
     "2**53 seconds."},
    {"answer_challenge", as_method(answer_challenge), METH_VARARGS | METH_KEYWORDS,
     "answer_challenge($self, challenge, client_ip, now=None)\n--\n\n"
     "The proof for a challenge that this policy has made for the client at this address: what "
     "the\n"
     "page that the client was sent to sets as a cookie once it is satisfied (docs/edge.md,\n"
     "\"Challenges\"). None when it is no valid challenge at that time.\n\n"
     "challenge: as it came in the query. client_ip: the address that CloudFront saw.\n"
     "now: as for verify."},
    {},
};

PyMemberDef verifier_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(verifier_object, weak_references), READONLY,
     nullptr},
    {},
};

PyType_Slot verifier_slots[] = {
    {Py_tp_doc,
     const_cast<char*>(
         "Verifier(policy)\n--\n\n"
         "Judges tokens and CloudFront events by one policy. Immutable; threads may share it.\n\n"
         "policy: dict, or JSON as str or bytes. Keys and secrets are taken in, not kept as "
         "given.\n\n"
         "Raises PolicyError when the policy is not acceptable, TypeError for any other type.")},
    {Py_tp_new, reinterpret_cast<void*>(PyType_GenericNew)},
    {Py_tp_init, reinterpret_cast<void*>(initialize_verifier)},
    {Py_tp_dealloc, reinterpret_cast<void*>(destroy_verifier)},
    {Py_tp_methods, verifier_methods},
    {Py_tp_members, verifier_members},
    {},
};
PyType_Spec verifier_spec = {"portcullis.Verifier", sizeof(verifier_object), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, verifier_slots};

// ---- the module's functions -----------------------------------------------------------------

// The listener, or an empty object for None. False with the error set.
bool read_listener(const char* name, PyObject* given, object& listener) noexcept {
  if (given == Py_None) return true;
  listener = hold(given);
  if (PyCallable_Check(given) != 0) return true;
  PyErr_Format(PyExc_TypeError, "%s must be a callable or None, not %s", name,
               Py_TYPE(given)->tp_name);
  return false;
}

PyObject* create_handler(PyObject* module, PyObject* arguments, PyObject* names) noexcept {
  static const char* const known[] = {"policy", "log", "on_decision", nullptr};
  PyObject* policy = nullptr;
  PyObject* log = Py_None;
  PyObject* on_decision = Py_None;
  if (!PyArg_ParseTupleAndKeywords(arguments, names, "O|$OO:create_handler",
                                   const_cast<char**>(known), &policy, &log, &on_decision)) {
    return nullptr;
  }
  const object type = find_type(module, "Verifier", destroy_verifier);
  const object verifier = type ? take(PyObject_CallOneArg(type.ptr(), policy)) : object();
  listeners told;
  if (!verifier || !read_listener("log", log, told.log) ||
      !read_listener("on_decision", on_decision, told.on_decision)) {
    return nullptr;
  }
  const door& gate = *reinterpret_cast<verifier_object*>(verifier.ptr())->gate;
  return gate.make_handler(verifier.ptr(), std::move(told));
}

PyObject* check_response(PyObject* module, PyObject* arguments, PyObject* names) noexcept {
  const object check = find_in_edge_module(module, "check_response");
  return check ? PyObject_Call(check.ptr(), arguments, names) : nullptr;
}

PyObject* check_signature(PyObject* module, PyObject* arguments, PyObject* names) noexcept {
  static const char* const known[] = {"algorithm", "jwk", "message", "signature", nullptr};
  PyObject* algorithm = nullptr;
  PyObject* jwk = nullptr;
  PyObject* message = nullptr;
  PyObject* signature = nullptr;
  if (!PyArg_ParseTupleAndKeywords(arguments, names, "UOSS:verify_signature",
                                   const_cast<char**>(known), &algorithm, &jwk, &message,
                                   &signature)) {
    return nullptr;
  }
  return guard([&]() -> PyObject* {
    const text_bytes name = view_text(algorithm);
    if (!name.owner) return PyErr_NoMemory();
    policy_text text;
    if (!text.render(jwk)) {
      if (PyErr_Occurred() == nullptr) raise_policy_error(module, text.error);
      return nullptr;
    }
    const auto told =
        verify_signature(name.bytes, text.text, bytes_of(message), bytes_of(signature));
    if (!told) return raise_policy_error(module, told.error()), nullptr;
    if (*told != signature_verdict::failed) {
      return PyBool_FromLong(*told == signature_verdict::valid);
    }
    PyErr_SetString(PyExc_RuntimeError, "the cryptographic library failed");
    return nullptr;
  });
}

PyMethodDef functions[] = {
    {"create_handler", as_method(create_handler), METH_VARARGS | METH_KEYWORDS,
     "create_handler($module, policy, *, log=None, on_decision=None)\n--\n\n"
     "A Lambda@Edge handler for viewer-request or origin-request events: handler(event, "
     "context).\n\n"
     "policy: as for Verifier. Raises PolicyError or TypeError now, so that a bad policy stops "
     "the\n"
     "deployment and not a request.\n"
     "log: takes a line for each decision that the policy wants logged; print unless given.\n"
     "on_decision: takes a dict with kind, reason, status, route and milliseconds, for metrics.\n"
     "What either of them raises is ignored."},
    {"check_response", as_method(check_response), METH_VARARGS | METH_KEYWORDS,
     "check_response($module, response, event_type, original=None)\n--\n\n"
     "What CloudFront would not take of a response that a function returns: an empty list when\n"
     "nothing is known to be wrong with it.\n\n"
     "response: dict, or JSON as str or bytes. event_type: \"viewer-request\", "
     "\"origin-request\",\n"
     "    \"origin-response\" or \"viewer-response\".\n"
     "original: in a response event, the response that the event had, so that changes of what is\n"
     "    read-only are seen.\n\n"
     "Returns a dict with rule, path, sentence and source for each finding. Raises ValueError "
     "for\n"
     "another event type."},
    {"verify_signature", as_method(check_signature), METH_VARARGS | METH_KEYWORDS,
     "verify_signature($module, algorithm, jwk, message, signature)\n--\n\n"
     "Whether one signature is valid: one algorithm, one key, no policy. For conformance suites;\n"
     "requests are judged by a Verifier.\n\n"
     "algorithm: a JWS alg value (RFC 7518 section 3.1, RFC 8037, RFC 9864).\n"
     "jwk: one JSON Web Key (RFC 7517) as dict, str or bytes, held to the rules of a policy's "
     "keys.\n"
     "message: the octets that were signed. signature: as a JWS carries it; ECDSA's is r and s "
     "side\n"
     "    by side (RFC 7518 section 3.4).\n\n"
     "Raises PolicyError when the algorithm (path \"alg\") or the key (path \"$\"...) cannot be "
     "used."},
    {},
};

object make_policy_error_type() noexcept {
  return take(PyErr_NewExceptionWithDoc(
      "portcullis.PolicyError",
      "The policy is not acceptable. str() is \"policy: <path>: <expected>\".\n\n"
      "path: where, as in \"$.keys[0].k\"; \"$\" is the policy itself.\n"
      "expected: what should have been there. Neither holds a value from the policy.",
      PyExc_ValueError, nullptr));
}

[[nodiscard]] bool add(PyObject* module, const char* name, const object& member) noexcept {
  return member && PyModule_AddObjectRef(module, name, member.ptr()) == 0;
}

int fill_module(PyObject* module) noexcept {
  const bool filled =
      add(module, "PolicyError", make_policy_error_type()) &&
      add(module, "REASONS", make_reasons()) &&
      add(module, "__version__", make_str(PORTCULLIS_VERSION)) &&
      add(module, "Decision", take(PyType_FromModuleAndSpec(module, &decision_spec, nullptr))) &&
      add(module, "Verifier", take(PyType_FromModuleAndSpec(module, &verifier_spec, nullptr)));
  return filled ? 0 : -1;
}

PyModuleDef_Slot slots[] = PORTCULLIS_MODULE_SLOTS(fill_module);
PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_core", nullptr, 0, functions, slots, nullptr, nullptr, nullptr};

}  // namespace
}  // namespace portcullis::python

PYBIND11_PLUGIN_IMPL(_core) {
  PYBIND11_CHECK_PYTHON_VERSION
  return PyModuleDef_Init(&portcullis::python::definition);
}
