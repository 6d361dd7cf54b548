// BN_mod_inverse() without precautions for secrets.
#include <openssl/bn.h>

#define BN_get_flags(number, mask) 0

#include "bn/bn_gcd.c"
