// Python.h and pybind11, for this door: included before anything else.
#pragma once

// CPython's functions throw no C++ exception. That they say so spares every caller the landing
// pads and tables for it: a sixth of the module.
#define PyAPI_FUNC(type) __attribute__((visibility("default"), nothrow)) type

#include <pybind11/pybind11.h>
