// Preloaded, hides what MISSING names from dlsym: a function of OpenSSL, or `*` for the library as a whole.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static void* next(const char* name) {
  // The version that every glibc for x86-64 has.
  return dlvsym(RTLD_NEXT, name, "GLIBC_2.2.5");
}

static int is_hidden(const char* name) {
  const char* const missing = getenv("MISSING");
  if (missing == NULL) return 0;
  return strcmp(missing, "*") == 0 ? strcmp(name, "OpenSSL_version_num") == 0 : strcmp(name, missing) == 0;
}

void* dlsym(void* library, const char* name) {
  void* (*const real)(void*, const char*) = (void* (*)(void*, const char*))next("dlsym");
  return is_hidden(name) ? NULL : real(library, name);
}

void* dlopen(const char* file, int mode) {
  void* (*const real)(const char*, int) = (void* (*)(const char*, int))next("dlopen");
  const char* const missing = getenv("MISSING");
  if (file != NULL && missing != NULL && strcmp(missing, "*") == 0 && strstr(file, "libcrypto") != NULL) return NULL;
  return real(file, mode);
}
