// Cuts callgrind's count: what was counted since the last mark is written under the name of this
// one. Costs nothing that is counted, and does nothing outside of valgrind.
#ifndef PORTCULLIS_GATE_MARK_H
#define PORTCULLIS_GATE_MARK_H

#include <valgrind/callgrind.h>

static inline void portcullis_gate_mark(const char* name) { CALLGRIND_DUMP_STATS_AT(name); }

#endif
