// The system that libcrypto finds in the module: none. There are no files, no environment and no
// clock, so that the module imports nothing. A verification asks for none of it; what is linked
// could (OpenSSL's stores, its logging, its random generator) and gets an error.
#include <errno.h>
#include <openssl/bn.h>
#include <stdint.h>
#include <wasi/api.h>

__wasi_errno_t __wasi_clock_time_get(__wasi_clockid_t clock, __wasi_timestamp_t precision,
                                     __wasi_timestamp_t *now) {
  (void)clock;
  (void)precision;
  *now = 0;
  return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t __wasi_environ_sizes_get(__wasi_size_t *count, __wasi_size_t *bytes) {
  *count = 0;
  *bytes = 0;
  return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t __wasi_environ_get(uint8_t **names, uint8_t *bytes) {
  (void)names;
  (void)bytes;
  return __WASI_ERRNO_SUCCESS;
}

__wasi_errno_t __wasi_fd_close(__wasi_fd_t file) {
  (void)file;
  return __WASI_ERRNO_BADF;
}

long __syscall_getdents64(long file, long entries, long size) {
  (void)file;
  (void)entries;
  (void)size;
  return -EBADF;
}

long __syscall_stat64(long path, long buffer) {
  (void)path;
  (void)buffer;
  return -ENOENT;
}

// The same user in both guises: OpenSSL asks whether the program runs with another's rights.
long __syscall_getuid32(void) { return 0; }
long __syscall_geteuid32(void) { return 0; }
long __syscall_getgid32(void) { return 0; }
long __syscall_getegid32(void) { return 0; }

// Links instead of OpenSSL's own (--wrap). Its elliptic curve code multiplies by random numbers, so
// that the time of a calculation does not tell a secret, and fails without a random generator.
// There is none in the module, and no secret: everything here is public. One is as good as any
// number.
int __wrap_BN_priv_rand_range_ex(BIGNUM *number, const BIGNUM *range, unsigned int strength,
                                 BN_CTX *context) {
  (void)range;
  (void)strength;
  (void)context;
  return BN_one(number);
}
