#include "answer_event.hpp"

namespace portcullis::python {

PyObject* answer_event(PyObject* self, PyObject* const* arguments, Py_ssize_t count) noexcept {
  if (!check_arguments(count)) return nullptr;
  const door& gate = *reinterpret_cast<const verifier_object*>(self)->gate;
  event_view event = read_event(arguments[0], gate.names);
  const decision verdict = judge_event(gate.core, event, read_clock());
  if (!verdict.allowed()) return gate.responses.copy(gate.core, verdict.why());
  return event.request.release().ptr();
}

}  // namespace portcullis::python
