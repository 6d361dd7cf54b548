// Memory for one verification or one import: taken piece by piece, given back as a whole when the
// next one starts. OpenSSL's files get all their memory here.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Zeroed, aligned for any number; null when the arena is full.
void *portcullis_scratch_take(size_t size);

void portcullis_scratch_reset(void);

// Whether something was refused since the last reset: the result of a calculation then means
// nothing.
int portcullis_scratch_was_refused(void);

#ifdef __cplusplus
}
#endif
