// ossl_ec_wNAF_mul() as ECDSA verification calls it, for the sum of two multiples: without the
// ladder, which is for one secret factor, and without precomputed multiples of the base point.
#include <openssl/ec.h>

// Asks whether the group's order is known, before the ladder is taken.
#define BN_is_zero(number) 1
// Asks whether what was precomputed fits the base point.
#define EC_POINT_cmp(group, a, b, context) 1

#include "ec/ec_mult.c"
