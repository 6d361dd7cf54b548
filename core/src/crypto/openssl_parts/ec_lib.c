// The inverse modulo the order without precautions for secrets.
#include "crypto/bn.h"

#define bn_mod_exp_mont_fixed_top BN_mod_exp_mont

#include "ec/ec_lib.c"
