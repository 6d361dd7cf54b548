// BN_mod_exp_mont() as verification calls it: the Montgomery context comes with the key, so that
// none is made, and no exponent is secret.
#include <openssl/bn.h>

#define BN_get_flags(number, mask) 0
#define BN_MONT_CTX_new() NULL
#define BN_MONT_CTX_set(montgomery, modulus, context) 0

#include "bn/bn_exp.c"
