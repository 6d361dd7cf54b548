// BIGNUMs and Montgomery contexts in their owner's memory, which outlives the scratch arena.
#pragma once

#include "bn/bn_local.h"

// A number with room for `words` words at `memory`; it never grows beyond.
void portcullis_place_number(BIGNUM *number, BN_ULONG *memory, int words);

// For the odd modulus at `modulus`, which has `words` words, the last one not zero; `square` takes
// as many. 0 if the scratch arena is full.
int portcullis_place_montgomery(BN_MONT_CTX *montgomery, BN_ULONG *modulus, BN_ULONG *square,
                                int words, BN_CTX *context);
