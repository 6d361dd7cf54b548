// What runs for each request of a policy about tokens alone.
#pragma once

#include "door.hpp"

namespace portcullis::python {

// What Python calls a Verifier.
struct verifier_object {
  PyObject head;
  PyObject* weak_references;
  door* gate;  // null until __init__
  PyTypeObject* decision_type;
};

// handler(event, context) of create_handler: `self` is a Verifier whose door is for such a policy.
[[nodiscard]] PyObject* answer_event(PyObject* self, PyObject* const* arguments,
                                     Py_ssize_t count) noexcept;

}  // namespace portcullis::python
