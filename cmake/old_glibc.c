// dlopen and dlsym by their first version. glibc 2.34 gave them a second one when they moved into
// libc.so, and a module that asks for that loads on nothing older. The linker takes these for the
// others (--wrap). A file of C, without -flto: an optimised whole has no place for .symver.
#include <dlfcn.h>

__asm__(".symver first_dlopen, dlopen@GLIBC_2.2.5");
__asm__(".symver first_dlsym, dlsym@GLIBC_2.2.5");
void* first_dlopen(const char* file, int mode);
void* first_dlsym(void* library, const char* name);

void* __wrap_dlopen(const char* file, int mode);
void* __wrap_dlsym(void* library, const char* name);

void* __wrap_dlopen(const char* file, int mode) { return first_dlopen(file, mode); }
void* __wrap_dlsym(void* library, const char* name) { return first_dlsym(library, name); }
