// Preloaded: the clocks that CLOCKS_BROKEN names, one digit each, fail once break_clocks was
// called. Python itself reads clocks when it starts.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <time.h>

static const char* broken = "";

void break_clocks(const char* which) { broken = which; }

int clock_gettime(clockid_t clock, struct timespec* time) {
  static int (*original)(clockid_t, struct timespec*);
  if (original == NULL) {
    original = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  }
  if (clock >= 0 && clock <= 9 && strchr(broken, '0' + clock) != NULL) {
    errno = EINVAL;
    return -1;
  }
  return original(clock, time);
}
