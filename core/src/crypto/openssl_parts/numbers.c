#include "crypto/openssl_parts/numbers.hpp"

#include <string.h>

void portcullis_place_number(BIGNUM *number, BN_ULONG *memory, int words) {
  number->d = memory;
  number->top = 0;
  number->dmax = words;
  number->neg = 0;
  number->flags = BN_FLG_STATIC_DATA;
}

int portcullis_place_montgomery(BN_MONT_CTX *montgomery, BN_ULONG *modulus, BN_ULONG *square,
                                int words, BN_CTX *context) {
  BN_MONT_CTX *made = BN_MONT_CTX_new();

  portcullis_place_number(&montgomery->N, modulus, words);
  montgomery->N.top = words;
  if (made == NULL || !BN_MONT_CTX_set(made, &montgomery->N, context)) return 0;
  portcullis_place_number(&montgomery->RR, square, words);
  montgomery->RR.top = words;
  memcpy(square, made->RR.d, words * sizeof(square[0]));  // padded with zeros
  montgomery->ri = made->ri;
  montgomery->n0[0] = made->n0[0];
  montgomery->n0[1] = made->n0[1];
  montgomery->flags = 0;
  return 1;
}
