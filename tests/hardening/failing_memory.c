/* Memory that runs out, and a clock and a random source that fail, for a process that this is preloaded into: what
 * one call takes is counted and fails from the outside, in the module that is tested, in its host and in libcrypto
 * alike. Nothing of it needs a header of the host. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void __libc_free(void *);

static __thread int armed = 0;
static __thread long calls = 0, failing = 0;
static __thread int onwards = 0;
static __thread long blocks = 0; /* taken and not given back, by this thread */

static int fails(void) {
  if (!armed) return 0;
  ++calls;
  if (calls != failing && !(onwards && calls > failing)) return 0;
  errno = ENOMEM;
  return 1;
}

void *malloc(size_t size) {
  void *memory = fails() ? NULL : __libc_malloc(size);
  blocks += memory != NULL;
  return memory;
}
void *calloc(size_t count, size_t size) {
  void *memory = fails() ? NULL : __libc_calloc(count, size);
  blocks += memory != NULL;
  return memory;
}
void *realloc(void *before, size_t size) {
  void *memory = fails() ? NULL : __libc_realloc(before, size);
  blocks += memory != NULL && before == NULL;
  return memory;
}
void free(void *memory) {
  blocks -= memory != NULL;
  __libc_free(memory);
}

long fault_blocks(void) { return blocks; }
void fault_arm(long which, int all_after) {
  calls = 0;
  failing = which;
  onwards = all_after;
  armed = 1;
}
long fault_disarm(void) {
  armed = 0;
  return calls;
}

/* Calls a Python callable with what its `which`-th allocation fails; 0: none. To be had with the GIL. */
void *fault_call(void *callable, long which, int all_after, long *counted) {
  static void *(*call)(void *);
  if (call == NULL) call = (void *(*)(void *))dlsym(RTLD_DEFAULT, "PyObject_CallNoArgs");
  fault_arm(which, all_after);
  void *told = call(callable);
  *counted = fault_disarm();
  return told;
}

/* The clocks: what they answer is set from outside. */
static int clock_answer = 0;          /* what clock_gettime gives: 0, or -1 for a failure */
static int clock_set = 0;
static struct timespec clock_shows;   /* when it is set */
void fault_clock(int answer, int set, long seconds) {
  clock_answer = answer;
  clock_set = set;
  clock_shows.tv_sec = seconds;
  clock_shows.tv_nsec = 0;
}
int clock_gettime(clockid_t which, struct timespec *now) {
  if (clock_answer != 0) {
    errno = EINVAL;
    return clock_answer;
  }
  if (clock_set && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) {
    *now = clock_shows;
    return 0;
  }
  static int (*real)(clockid_t, struct timespec *);
  if (real == NULL) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  return real(which, now);
}

/* getrandom, which the modules ask for by number. */
static int random_fails = 0;
void fault_random(int failing_now) { random_fails = failing_now; }
long syscall(long number, ...) {
  long a[6];
  va_list rest;
  va_start(rest, number);
  for (int i = 0; i < 6; ++i) a[i] = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_getrandom && random_fails) {
    errno = ENOSYS;
    return random_fails == 1 ? -1 : 7; /* none, or too few */
  }
  static long (*real)(long, ...);
  if (real == NULL) real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
