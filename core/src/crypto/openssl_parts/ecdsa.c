// ECDSA verification with the curves P-256, P-384 and P-521 (FIPS 186-5 section 6.4.2).
#include "ec/ec_local.h"

#include "crypto/openssl_parts/numbers.hpp"
#include "crypto/openssl_parts/scratch.hpp"
#include "crypto/openssl_parts/verification.hpp"

// The inverse by Euclid's algorithm rather than by Fermat's theorem, which takes longer so that it
// does not depend on the number.
static int invert_in_field(const EC_GROUP *group, BIGNUM *inverse, const BIGNUM *number,
                           BN_CTX *context) {
  return BN_mod_inverse(inverse, number, group->field, context) != NULL;
}

static int invert_modulo_order(const EC_GROUP *group, BIGNUM *inverse, const BIGNUM *number,
                               BN_CTX *context) {
  return BN_mod_inverse(inverse, number, group->order, context) != NULL;
}

// What OpenSSL's generic code needs of a method in order to verify: the fast reductions for NIST's
// primes, Jacobian coordinates, and ec_mult.c's multiplication. EC_GFp_nist_method() would link
// making keys, signing, ECDH and the ladder.
static const EC_METHOD method = {
    .field_type = NID_X9_62_prime_field,
    .point_init = ossl_ec_GFp_simple_point_init,
    .point_copy = ossl_ec_GFp_simple_point_copy,
    .point_set_to_infinity = ossl_ec_GFp_simple_point_set_to_infinity,
    .point_get_affine_coordinates = ossl_ec_GFp_simple_point_get_affine_coordinates,
    .add = ossl_ec_GFp_simple_add,
    .dbl = ossl_ec_GFp_simple_dbl,
    .invert = ossl_ec_GFp_simple_invert,
    .is_at_infinity = ossl_ec_GFp_simple_is_at_infinity,
    .is_on_curve = ossl_ec_GFp_simple_is_on_curve,
    .points_make_affine = ossl_ec_GFp_simple_points_make_affine,
    .field_mul = ossl_ec_GFp_nist_field_mul,
    .field_sqr = ossl_ec_GFp_nist_field_sqr,
    .field_inv = invert_in_field,
    .field_inverse_mod_ord = invert_modulo_order,
};

// A curve from the domain parameters of SP 800-186 section 3.2.1, least significant word first.
// OpenSSL takes them by pointers that are not const; nobody writes there.
#define WORDS(...) \
  { __VA_ARGS__ }
#define NUMBER(words) \
  { (BN_ULONG *)words, OSSL_NELEM(words), OSSL_NELEM(words), 0, BN_FLG_STATIC_DATA }
#define CURVE(name, count, p, a, b, x, y, n)                                     \
  static const BN_ULONG name##_words[][count] = {p, a, b, x, y, n};              \
  static const BIGNUM name##_numbers[] = {                                       \
      NUMBER(name##_words[0]), NUMBER(name##_words[1]), NUMBER(name##_words[2]), \
      NUMBER(name##_words[3]), NUMBER(name##_words[4]), NUMBER(name##_words[5]), \
  };

CURVE(p256, 8,
      WORDS(0xffffffff, 0xffffffff, 0xffffffff, 0x00000000, 0x00000000, 0x00000000, 0x00000001,
            0xffffffff),  // p
      WORDS(0xfffffffc, 0xffffffff, 0xffffffff, 0x00000000, 0x00000000, 0x00000000, 0x00000001,
            0xffffffff),  // a
      WORDS(0x27d2604b, 0x3bce3c3e, 0xcc53b0f6, 0x651d06b0, 0x769886bc, 0xb3ebbd55, 0xaa3a93e7,
            0x5ac635d8),  // b
      WORDS(0xd898c296, 0xf4a13945, 0x2deb33a0, 0x77037d81, 0x63a440f2, 0xf8bce6e5, 0xe12c4247,
            0x6b17d1f2),  // x
      WORDS(0x37bf51f5, 0xcbb64068, 0x6b315ece, 0x2bce3357, 0x7c0f9e16, 0x8ee7eb4a, 0xfe1a7f9b,
            0x4fe342e2),  // y
      WORDS(0xfc632551, 0xf3b9cac2, 0xa7179e84, 0xbce6faad, 0xffffffff, 0xffffffff, 0x00000000,
            0xffffffff))  // n

CURVE(p384, 12,
      WORDS(0xffffffff, 0x00000000, 0x00000000, 0xffffffff, 0xfffffffe, 0xffffffff, 0xffffffff,
            0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff),  // p
      WORDS(0xfffffffc, 0x00000000, 0x00000000, 0xffffffff, 0xfffffffe, 0xffffffff, 0xffffffff,
            0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff),  // a
      WORDS(0xd3ec2aef, 0x2a85c8ed, 0x8a2ed19d, 0xc656398d, 0x5013875a, 0x0314088f, 0xfe814112,
            0x181d9c6e, 0xe3f82d19, 0x988e056b, 0xe23ee7e4, 0xb3312fa7),  // b
      WORDS(0x72760ab7, 0x3a545e38, 0xbf55296c, 0x5502f25d, 0x82542a38, 0x59f741e0, 0x8ba79b98,
            0x6e1d3b62, 0xf320ad74, 0x8eb1c71e, 0xbe8b0537, 0xaa87ca22),  // x
      WORDS(0x90ea0e5f, 0x7a431d7c, 0x1d7e819d, 0x0a60b1ce, 0xb5f0b8c0, 0xe9da3113, 0x289a147c,
            0xf8f41dbd, 0x9292dc29, 0x5d9e98bf, 0x96262c6f, 0x3617de4a),  // y
      WORDS(0xccc52973, 0xecec196a, 0x48b0a77a, 0x581a0db2, 0xf4372ddf, 0xc7634d81, 0xffffffff,
            0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff))  // n

CURVE(p521, 17,
      WORDS(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
            0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
            0xffffffff, 0xffffffff, 0x000001ff),  // p
      WORDS(0xfffffffc, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
            0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
            0xffffffff, 0xffffffff, 0x000001ff),  // a
      WORDS(0x6b503f00, 0xef451fd4, 0x3d2c34f1, 0x3573df88, 0x3bb1bf07, 0x1652c0bd, 0xec7e937b,
            0x56193951, 0x8ef109e1, 0xb8b48991, 0x99b315f3, 0xa2da725b, 0xb68540ee, 0x929a21a0,
            0x8e1c9a1f, 0x953eb961, 0x00000051),  // b
      WORDS(0xc2e5bd66, 0xf97e7e31, 0x856a429b, 0x3348b3c1, 0xa2ffa8de, 0xfe1dc127, 0xefe75928,
            0xa14b5e77, 0x6b4d3dba, 0xf828af60, 0x053fb521, 0x9c648139, 0x2395b442, 0x9e3ecb66,
            0x0404e9cd, 0x858e06b7, 0x000000c6),  // x
      WORDS(0x9fd16650, 0x88be9476, 0xa272c240, 0x353c7086, 0x3fad0761, 0xc550b901, 0x5ef42640,
            0x97ee7299, 0x273e662c, 0x17afbd17, 0x579b4468, 0x98f54449, 0x2c7d1bd9, 0x5c8a5fb4,
            0x9a3bc004, 0x39296a78, 0x00000118),  // y
      WORDS(0x91386409, 0xbb6fb71e, 0x899c47ae, 0x3bb5c9b8, 0xf709a5d0, 0x7fcc0148, 0xbf2f966b,
            0x51868783, 0xfffffffa, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
            0xffffffff, 0xffffffff, 0x000001ff))  // n

static const BN_ULONG one_word = 1;
static const BIGNUM one = {(BN_ULONG *)&one_word, 1, 1, 0, BN_FLG_STATIC_DATA};

#define BASE_POINT(numbers)                                                                       \
  {                                                                                               \
    .meth = &method, .X = (BIGNUM *)&numbers[3], .Y = (BIGNUM *)&numbers[4], .Z = (BIGNUM *)&one, \
    .Z_is_one = 1,                                                                                \
  }
static const EC_POINT base_points[] = {BASE_POINT(p256_numbers), BASE_POINT(p384_numbers),
                                       BASE_POINT(p521_numbers)};

#define GROUP(index, numbers, reduction)                                                           \
  {                                                                                                \
    .meth = &method, .generator = (EC_POINT *)&base_points[index], .order = (BIGNUM *)&numbers[5], \
    .cofactor = (BIGNUM *)&one, .field = (BIGNUM *)&numbers[0], .a = (BIGNUM *)&numbers[1],        \
    .b = (BIGNUM *)&numbers[2], .a_is_minus3 = 1, .field_mod_func = reduction,                     \
  }
static const EC_GROUP groups[] = {
    GROUP(PORTCULLIS_P256, p256_numbers, BN_nist_mod_256),
    GROUP(PORTCULLIS_P384, p384_numbers, BN_nist_mod_384),
    GROUP(PORTCULLIS_P521, p521_numbers, BN_nist_mod_521),
};

// In bytes, of the field and so of x, y, r and s.
static const int lengths[] = {32, 48, 66};

struct portcullis_ec_key {
  enum portcullis_curve curve;
  EC_POINT point;
  BIGNUM x, y;
  BN_ULONG words[];
};

size_t portcullis_ec_key_size(enum portcullis_curve curve) {
  return sizeof(struct portcullis_ec_key) + 2 * sizeof(BN_ULONG) * groups[curve].field->top;
}

enum portcullis_outcome portcullis_ec_import(struct portcullis_ec_key *key,
                                             enum portcullis_curve curve, const unsigned char *x,
                                             size_t x_length, const unsigned char *y,
                                             size_t y_length) {
  const EC_GROUP *group = &groups[curve];
  const int words = group->field->top;
  BN_CTX *context = BN_CTX_new();
  int on_curve;

  if (context == NULL) return PORTCULLIS_FAULT;
  if (x_length != (size_t)lengths[curve] || y_length != x_length) return PORTCULLIS_INVALID;
  portcullis_place_number(&key->x, key->words, words);
  portcullis_place_number(&key->y, key->words + words, words);
  BN_bin2bn(x, lengths[curve], &key->x);  // fits
  BN_bin2bn(y, lengths[curve], &key->y);
  if (BN_ucmp(&key->x, group->field) >= 0 || BN_ucmp(&key->y, group->field) >= 0)
    return PORTCULLIS_INVALID;

  key->curve = curve;
  key->point.meth = &method;
  key->point.curve_name = 0;
  key->point.X = &key->x;
  key->point.Y = &key->y;
  key->point.Z = (BIGNUM *)&one;
  key->point.Z_is_one = 1;
  on_curve = EC_POINT_is_on_curve(group, &key->point, context);
  if (on_curve < 0) return PORTCULLIS_FAULT;
  return on_curve ? PORTCULLIS_VALID : PORTCULLIS_INVALID;
}

enum portcullis_outcome portcullis_ec_verify(const struct portcullis_ec_key *key,
                                             const unsigned char *digest, size_t digest_length,
                                             const unsigned char *signature) {
  const int length = lengths[key->curve];
  EC_KEY openssl_key = {.group = (EC_GROUP *)&groups[key->curve],
                        .pub_key = (EC_POINT *)&key->point};
  ECDSA_SIG sides = {BN_bin2bn(signature, length, NULL),
                     BN_bin2bn(signature + length, length, NULL)};
  int told;

  if (sides.r == NULL || sides.s == NULL) return PORTCULLIS_FAULT;
  told = ossl_ecdsa_simple_verify_sig(digest, (int)digest_length, &sides, &openssl_key);
  if (portcullis_scratch_was_refused()) return PORTCULLIS_FAULT;
  // With memory left, -1 says that the sum of the two multiples is the point at infinity, which no
  // valid signature leads to.
  return told == 1 ? PORTCULLIS_VALID : PORTCULLIS_INVALID;
}

const EC_GROUP *EC_KEY_get0_group(const EC_KEY *key) { return key->group; }

const EC_POINT *EC_KEY_get0_public_key(const EC_KEY *key) { return key->pub_key; }

int EC_KEY_can_sign(const EC_KEY *key) {
  (void)key;
  return 1;  // a property of the curve: all three are for signatures
}
