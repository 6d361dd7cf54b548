#include "crypto/openssl_parts/scratch.hpp"

#include <string.h>

// RSA with 8192 bits and P-521 take most, little more than half of it.
#define SCRATCH_BYTES 32768
#define GRAIN 8

static _Alignas(GRAIN) unsigned char scratch[SCRATCH_BYTES];
static size_t used;
static int refused;

void *portcullis_scratch_take(size_t size) {
  void *memory = scratch + used;

  if (size > sizeof(scratch) - used) {
    refused = 1;
    return NULL;
  }
  used += (size + GRAIN - 1) / GRAIN * GRAIN;
  return memset(memory, 0, size);
}

void portcullis_scratch_reset(void) {
  used = 0;
  refused = 0;
}

int portcullis_scratch_was_refused(void) { return refused; }
