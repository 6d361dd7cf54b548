#include "answer_event.hpp"

namespace portcullis::python {
namespace {

// Where the UTF-8 bytes of a str that is nothing but ASCII are: those of the str itself, as in
// every token. Other strings are view_text's.
[[nodiscard]] bool is_ascii(PyObject* text) noexcept {
  return PyUnicode_IS_READY(text) && PyUnicode_IS_COMPACT_ASCII(text);
}

[[nodiscard]] decision judge_value(const verifier& core, PyObject* value,
                                   std::int64_t now) noexcept {
  if (is_ascii(value)) {
    const auto size = static_cast<std::size_t>(PyUnicode_GET_LENGTH(value));
    const auto* bytes = static_cast<const char*>(PyUnicode_DATA(value));
    return core.verify(request_view{{field_shape::single, {bytes, size}}}, now);
  }
  const text_bytes authorization = view_text(value);
  if (!authorization.owner) return decision::deny(reason::internal_error);
  return core.verify(request_view{{field_shape::single, authorization.bytes}}, now);
}

}  // namespace

judged_event judge_event(const door& gate, PyObject* event, std::int64_t now) noexcept {
  event_view view = read_event(event, gate.names);
  const decision verdict = view.shape == field_shape::single
                               ? judge_value(gate.core, view.value.ptr(), now)
                               : gate.core.verify(request_view{{view.shape, {}}}, now);
  return {std::move(view), verdict};
}

PyObject* answer_event(PyObject* self, PyObject* const* arguments, Py_ssize_t count) noexcept {
  if (!check_arguments(count)) return nullptr;
  const door& gate = *reinterpret_cast<const verifier_object*>(self)->gate;
  judged_event judged = judge_event(gate, arguments[0], read_clock());
  if (!judged.verdict.allowed()) return gate.responses.copy(gate.core, judged.verdict.why());
  return judged.event.request.release().ptr();
}

}  // namespace portcullis::python
