// portcullis._core_edge: the door for policies with an edge layer (docs/edge.md), which _core loads
// for such a policy, and the checker of responses, for which it needs this module as well.
//
// A policy that names members of the edge layer and leaves them as they would be without
// (at_edge() is false) is judged as _core judges.
#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

#include "door.hpp"
#include "edge/check_response.hpp"
#include "edge/edge_response.hpp"
#include "edge_layer.hpp"

namespace portcullis::python {
namespace {

// ---- what is asked of the core --------------------------------------------------------------

// Of a policy that has a layer.
struct edge_question final : question {
  edge_question(PyObject* event, const event_names& names, const edge_names& edge,
                std::int64_t when) noexcept
      : fields(find_request(event, names), names, edge), now(when) {}

  edge_fields fields;
  std::int64_t now;
};

decision judge_at_edge(const verifier& core, const edge_fields& fields, std::int64_t now) noexcept {
  if (fields.failed()) return decision::deny(reason::internal_error);
  return core.verify_at_edge(fields.view(), now);
}

// Empty on failure: nothing leaves that CloudFront would make a 502 of. The rules of viewer events
// are the stricter ones.
object render_at_edge(const verifier& core, const edge_names& edge, const edge_fields& fields,
                      const decision& verdict, std::int64_t now) noexcept {
  fixed_text<edge_response_bytes> text;
  core.write_response(fields.view(), verdict, now, text);
  const auto ignore = [](void*, const response_finding&) {};
  if (check_response(event_type::viewer_request, text, {}, ignore, nullptr) != 0) return {};
  return load_json(edge.loads, text);
}

// Empty on failure.
object read_edits(const verifier& core, const edge_names& edge, const edge_fields& fields,
                  const decision& verdict) noexcept {
  edits_text text;
  core.write_edits(fields.view(), verdict, text);
  return load_json(edge.loads, text);
}

PyObject* answer_event(PyObject* self, PyObject* const* arguments, Py_ssize_t count) noexcept;

PyMethodDef handler_method = {"handler", as_method(answer_event), METH_FASTCALL, handler_text};

class edge_door final : public door {
 public:
  using door::door;

  // False with the error set.
  [[nodiscard]] bool prepare() noexcept {
    if (!names.complete()) return false;
    if (!core.at_edge()) return true;
    // The key of the tables that strangers fill. glibc has a function for it since 2.25.
    std::uint64_t halves[2];
    if (syscall(SYS_getrandom, halves, sizeof halves, 0) != long{sizeof halves}) {
      PyErr_SetFromErrno(PyExc_OSError);
      return false;
    }
    core.seed(halves[0], halves[1]);
    edge.reset(new (std::nothrow) edge_names(core.fields()));
    if (edge == nullptr) PyErr_NoMemory();
    return PyErr_Occurred() == nullptr;
  }

  answer judge(PyObject* event, std::int64_t now) const noexcept override {
    if (edge == nullptr) {
      judged_event judged = judge_event(*this, event, now);
      return {judged.verdict, std::move(judged.event.value)};
    }
    std::unique_ptr<const edge_question> asked(new (std::nothrow)
                                                   edge_question(event, names, *edge, now));
    if (asked == nullptr) return {decision::deny(reason::internal_error), {}};
    const decision verdict = judge_at_edge(core, asked->fields, now);
    return {verdict, {}, std::move(asked)};
  }

  PyObject* respond(const answer& given) const noexcept override {
    if (given.asked == nullptr) return responses.copy(core, given.verdict.why());
    object rendered = render_at_edge(core, *edge, fields_of(given), given.verdict,
                                     static_cast<const edge_question&>(*given.asked).now);
    if (rendered) return rendered.release().ptr();
    return responses.copy(core, reason::internal_error);
  }

  PyObject* make_handler(PyObject* verifier, listeners told) const noexcept override {
    if (edge == nullptr || !core.logs()) {
      told.log = {};
    } else if (!told.log) {
      told.log = hold(PyDict_GetItemString(PyEval_GetBuiltins(), "print"));
    }
    return make_listening_handler(handler_method, verifier, *this, std::move(told));
  }

  bool shadow(const answer& given) const noexcept override {
    return given.asked != nullptr && core.shadow();
  }

  PyObject* edits(const answer& given) const noexcept override {
    const bool passes = given.verdict.allowed() || shadow(given);
    if (given.asked == nullptr || !passes || !core.edits()) return Py_NewRef(Py_None);
    object read = read_edits(core, *edge, fields_of(given), given.verdict);
    if (!read) {
      PyErr_SetString(PyExc_RuntimeError, "the edits of this request cannot be written");
    }
    return read.release().ptr();
  }

  // As the handler edits it.
  PyObject* apply_edits(const answer& given, PyObject* request) const noexcept override {
    const object read = take(edits(given));
    if (!read) return nullptr;
    if (!read.is_none() && !request_editor(hold(request), names, *edge).apply(read)) return nullptr;
    return Py_NewRef(Py_None);
  }

  PyObject* log_line(const answer& given) const noexcept override {
    log_text members;
    if (given.asked != nullptr) core.write_log(fields_of(given).view(), given.verdict, members);
    if (members.view().empty()) return Py_NewRef(Py_None);
    const object text = make_str(members.view());
    return text ? PyUnicode_FromFormat("{%U}", text.ptr()) : nullptr;
  }

  PyObject* answer_challenge(std::string_view challenge, std::string_view client,
                             std::int64_t now) const noexcept override {
    challenge_proof proof;
    if (!core.answer_challenge(challenge, client, now, proof)) return Py_NewRef(Py_None);
    return make_str(proof.view()).release().ptr();
  }

  std::unique_ptr<const edge_names> edge;  // null when at_edge() is false

 private:
  static const edge_fields& fields_of(const answer& given) noexcept {
    return static_cast<const edge_question&>(*given.asked).fields;
  }
};

// ---- the handler ----------------------------------------------------------------------------

const char* latency_of(std::int64_t nanoseconds) noexcept {
  if (nanoseconds < 100'000) return "<0.1ms";
  if (nanoseconds < 1'000'000) return "<1ms";
  if (nanoseconds < 10'000'000) return "<10ms";
  return nanoseconds < 100'000'000 ? "<100ms" : ">=100ms";
}

// `members`: of the log line; empty when this decision is not logged.
bool log_decision(const handler_parts& parts, const edge_names& edge, std::string_view members,
                  PyObject* event, std::int64_t taken) noexcept {
  if (members.empty() || !parts.told.log) return true;
  const object begin = make_str(members);
  const object id = find_request_id(event, parts.gate->names, edge);
  if (!begin) return PyErr_Clear(), true;
  return call_listener(
      parts.told.log,
      take(PyUnicode_FromFormat("{%U%s%V,\"latency\":\"%s\"}", begin.ptr(),
                                id ? ",\"requestId\":" : "", id.ptr(), "", latency_of(taken))));
}

PyObject* answer_event(PyObject* self, PyObject* const* arguments, Py_ssize_t count) noexcept {
  const handler_parts* parts = find_parts(self, count);
  if (parts == nullptr) return nullptr;
  const std::int64_t begun = read_nanoseconds();
  const std::int64_t now = read_clock();
  const auto& gate = static_cast<const edge_door&>(*parts->gate);
  const verifier& core = gate.core;
  if (gate.edge == nullptr) {
    judged_event judged = judge_event(gate, arguments[0], now);
    const object answered = answer_of(gate, judged);
    const std::int64_t taken = read_nanoseconds() - begun;
    if (!answered || !tell_decision(parts->told.on_decision, judged.verdict, taken)) return nullptr;
    return Py_NewRef(answered.ptr());
  }

  const object request = find_request(arguments[0], gate.names);
  const edge_fields fields(request, gate.names, *gate.edge);
  decision verdict = judge_at_edge(core, fields, now);

  const bool shadow = core.shadow();
  const bool goes_on = request && (verdict.allowed() || shadow);
  object answered;
  if (!goes_on) {
    answered = render_at_edge(core, *gate.edge, fields, verdict, now);
  } else if (!core.edits() || request_editor(request, gate.names, *gate.edge)
                                  .apply(read_edits(core, *gate.edge, fields, verdict))) {
    answered = request;
  } else {
    PyErr_Clear();
  }
  if (!answered) {
    verdict = decision::deny(reason::internal_error);
    answered =
        goes_on && shadow ? request : take(gate.responses.copy(core, reason::internal_error));
    if (!answered) return nullptr;
  }

  log_text members;
  if (parts->told.log) core.write_log(fields.view(), verdict, members);
  const std::int64_t taken = read_nanoseconds() - begun;
  if (!log_decision(*parts, *gate.edge, members, arguments[0], taken) ||
      !tell_decision(parts->told.on_decision, verdict, taken)) {
    return nullptr;
  }
  return answered.release().ptr();
}

// An open_edge_door.
door* open_door(std::string_view policy, policy_error& error) {
  auto made = verifier::from_policy(policy);
  if (!made) {
    error = made.error();
    return nullptr;
  }
  std::unique_ptr<edge_door> opened(new (std::nothrow) edge_door(*std::move(made)));
  if (opened == nullptr) return PyErr_NoMemory(), nullptr;
  return opened->prepare() ? opened.release() : nullptr;
}

// ---- responses ------------------------------------------------------------------------------

// JSON as str or bytes, or what Lambda would make JSON of. What JSON cannot express is none. The
// owner is empty, with the error set, for what is no Exception.
text_bytes render_response(PyObject* response) noexcept {
  object given = hold(response);
  if (!PyUnicode_Check(response) && !PyBytes_Check(response)) {
    const object dumps = import_member("json", "dumps");
    given = dumps ? take(PyObject_CallOneArg(dumps.ptr(), response)) : object();
    if (!given) {
      if (PyErr_ExceptionMatches(PyExc_Exception) == 0) return {};
      PyErr_Clear();
      given = make_str(" ");
      if (!given) return {};
    }
  }
  text_bytes text = view_text(given.ptr());
  if (!text.owner) PyErr_NoMemory();
  return text;
}

PyObject* find_response_faults(PyObject*, PyObject* arguments, PyObject* names) noexcept {
  static const char* const known[] = {"response", "event_type", "original", nullptr};
  PyObject* response = nullptr;
  PyObject* event = nullptr;
  PyObject* original = Py_None;
  if (!PyArg_ParseTupleAndKeywords(arguments, names, "OU|O:check_response",
                                   const_cast<char**>(known), &response, &event, &original)) {
    return nullptr;
  }
  event_type type{};
  if (!parse_event_type(view_text(event).bytes, type)) {
    PyErr_SetString(
        PyExc_ValueError,
        "event_type must be viewer-request, origin-request, origin-response or viewer-response");
    return nullptr;
  }
  const text_bytes text = render_response(response);
  if (!text.owner) return nullptr;
  text_bytes before;
  if (original != Py_None) {
    before = render_response(original);
    if (!before.owner) return nullptr;
  }

  const object told = take(PyList_New(0));
  if (!told) return nullptr;
  const auto add = [](void* list, const response_finding& finding) {
    if (PyErr_Occurred() != nullptr) return;
    const response_rule_row row = find_response_rule(finding.rule);
    dict_maker entry;
    entry.put("rule", make_str(row.name));
    entry.put("path", make_str(finding.path));
    entry.put("sentence", make_str(row.sentence));
    entry.put("source", make_str(row.source));
    const object made = entry.take();
    if (made) (void)PyList_Append(static_cast<PyObject*>(list), made.ptr());
  };
  check_response(type, text.bytes, before.bytes, add, told.ptr());
  return PyErr_Occurred() == nullptr ? told.inc_ref().ptr() : nullptr;
}

PyMethodDef functions[] = {
    {"check_response", as_method(find_response_faults), METH_VARARGS | METH_KEYWORDS,
     "As portcullis.check_response."},
    {},
};

int fill_module(PyObject* module) noexcept {
  const object capsule =
      take(PyCapsule_New(reinterpret_cast<void*>(open_door), edge_capsule_name, nullptr));
  return capsule ? PyModule_AddObjectRef(module, "door", capsule.ptr()) : -1;
}

PyModuleDef_Slot slots[] = PORTCULLIS_MODULE_SLOTS(fill_module);
PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_core_edge", nullptr, 0, functions, slots, nullptr, nullptr, nullptr};

}  // namespace
}  // namespace portcullis::python

PYBIND11_PLUGIN_IMPL(_core_edge) {
  PYBIND11_CHECK_PYTHON_VERSION
  return PyModuleDef_Init(&portcullis::python::definition);
}
