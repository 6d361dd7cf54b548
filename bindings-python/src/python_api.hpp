// Python.h and pybind11, for this door: included before anything else.
#pragma once

// CPython's functions throw no C++ exception. That they say so spares every caller the landing
// pads and tables for it: 1.4 KB of the zip.
#define PyAPI_FUNC(type) __attribute__((visibility("default"), nothrow)) type

#include <pybind11/pybind11.h>

// Not PYBIND11_MODULE: it makes pybind11's tables of C++ types, in which these modules have none.
// They are 39 KB of the zip.
//
// Sub-interpreters that share the GIL can have these modules; those with a GIL of their own get an
// ImportError, from 3.12 on, where there are such. Free-threaded builds are refused (CMakeLists.txt).
#if PY_VERSION_HEX >= 0x030C0000
#define PORTCULLIS_MODULE_SLOTS(fill)                                                   \
  {                                                                                     \
    {Py_mod_exec, reinterpret_cast<void*>(fill)},                                       \
        {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED}, {}, \
  }
#else
#define PORTCULLIS_MODULE_SLOTS(fill) \
  { {Py_mod_exec, reinterpret_cast<void*>(fill)}, {}, }
#endif
