// A module that does nothing: what any pybind11 module costs to import. load.py compares
// portcullis with it.
#include <pybind11/pybind11.h>

PYBIND11_MODULE(portcullis_empty, module) {
  module.def("answer", [] { return true; });
}
