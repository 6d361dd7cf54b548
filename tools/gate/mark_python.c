// mark(name) for Python, by ctypes.
#include "mark.h"

void mark(const char* name) { portcullis_gate_mark(name); }
