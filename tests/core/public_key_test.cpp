#define OPENSSL_SUPPRESS_DEPRECATED
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/sha.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "crypto/backend.hpp"
#include "crypto/openssl/libcrypto.hpp"
#include "support/exact_copy.hpp"
#include "support/key_pairs.hpp"
#include "support/print.hpp"

namespace portcullis {
namespace {

using support::algorithms_of;
using support::demand;
using support::exact_copy;
using support::key_pair;
using support::number;
using support::other_pair_of;
using support::pair_of;
using support::public_key_types;
using support::set_of;
using support::to_bytes;
using support::to_number;

constexpr std::string_view message = "header.payload";

// Import and verification see buffers with nothing behind them.
verdict import(public_key& key, key_type type, std::string_view first, std::string_view second,
               algorithm_set serves) {
  const exact_copy first_copy(first);
  const exact_copy second_copy(second);
  return key.import_numbers({type, first_copy.view(), second_copy.view()}, serves);
}

verdict import(public_key& key, const key_pair& pair, algorithm_set serves) {
  return import(key, pair.type(), pair.first(), pair.second(), serves);
}

verdict judge(const public_key& key, const algorithm_row& row, std::string_view text,
              std::string_view signature) {
  const exact_copy text_copy(text);
  const exact_copy signature_copy(signature);
  return key.verify(row, text_copy.view(), signature_copy.view());
}

// A key that serves all algorithms of its type.
struct imported {
  explicit imported(const key_pair& pair) {
    EXPECT_EQ(import(key, pair, algorithms_of(pair.type())), verdict::valid);
  }
  [[nodiscard]] verdict operator()(const algorithm_row& row, std::string_view signature,
                                   std::string_view text = message) const {
    return judge(key, row, text, signature);
  }
  public_key key;
};

std::string flip(std::string bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
  return bytes;
}

// The row of another name for the same signatures.
bool same_signatures(const algorithm_row& left, const algorithm_row& right) {
  return left.id == right.id || (left.key == key_type::ed25519 && right.key == key_type::ed25519);
}

class public_key_of : public testing::TestWithParam<algorithm_row> {};

TEST_P(public_key_of, takes_its_signature_of_its_message_alone) {
  const algorithm_row& row = GetParam();
  const key_pair& pair = pair_of(row.key);
  const imported key(pair);
  for (const std::size_t size : {0u, 1u, 55u, 64u, 127u, 128u, 12288u}) {
    const std::string text(size, 'm');
    const std::string signature = pair.sign(row, text);
    EXPECT_EQ(key(row, signature, text), verdict::valid) << size;
    EXPECT_EQ(key(row, signature, text), verdict::valid) << size;  // and leaves nothing behind
    EXPECT_EQ(key(row, signature, text + 'm'), verdict::invalid) << size;
    EXPECT_EQ(key(row, signature, std::string(size, 'm') + '\0'), verdict::invalid) << size;
    if (size == 0) continue;
    EXPECT_EQ(key(row, signature, std::string(size - 1, 'm')), verdict::invalid) << size;
    EXPECT_EQ(key(row, signature, flip(text, size * 8 - 1)), verdict::invalid) << size;
  }
}

TEST_P(public_key_of, refuses_the_signature_of_another_key) {
  const algorithm_row& row = GetParam();
  const key_pair& other = other_pair_of(row.key);
  EXPECT_EQ(imported(pair_of(row.key))(row, other.sign(row, message)), verdict::invalid);
  EXPECT_EQ(imported(other)(row, other.sign(row, message)), verdict::valid);
}

TEST_P(public_key_of, refuses_every_flipped_bit) {
  const algorithm_row& row = GetParam();
  const imported key(pair_of(row.key));
  const std::string signature = pair_of(row.key).sign(row, message);
  // A step that is prime to 8, so that all places in a byte are met.
  const std::size_t step = row.key == key_type::rsa || row.key == key_type::p521 ? 7 : 1;
  for (std::size_t bit = 0; bit < signature.size() * 8; bit += step) {
    EXPECT_EQ(key(row, flip(signature, bit)), verdict::invalid) << bit;
  }
}

TEST_P(public_key_of, refuses_what_looks_like_no_signature) {
  const algorithm_row& row = GetParam();
  const imported key(pair_of(row.key));
  const std::size_t size = pair_of(row.key).sign(row, message).size();
  std::string one(size, '\0');
  one.back() = 1;
  EXPECT_EQ(key(row, std::string(size, '\0')), verdict::invalid);
  EXPECT_EQ(key(row, std::string(size, '\xff')), verdict::invalid);
  EXPECT_EQ(key(row, std::string(size, '\x7f')), verdict::invalid);
  EXPECT_EQ(key(row, std::string(size, '\x80')), verdict::invalid);
  EXPECT_EQ(key(row, one), verdict::invalid);
  EXPECT_EQ(key(row, pair_of(row.key).sign(row, message)), verdict::valid);
}

// Algorithms of one key type do not stand for one another, even where the key would do.
TEST_P(public_key_of, serves_what_it_was_imported_for) {
  const algorithm_row& row = GetParam();
  const key_pair& pair = pair_of(row.key);
  const std::string signature = pair.sign(row, message);
  const imported all(pair);
  public_key alone;
  ASSERT_EQ(import(alone, pair, set_of({row.id})), verdict::valid);
  for (const auto& other : algorithms) {
    if (other.key != row.key) {
      EXPECT_EQ(judge(alone, other, message, signature), verdict::invalid) << other.name;
      continue;
    }
    EXPECT_EQ(judge(alone, other, message, pair.sign(other, message)),
              other.id == row.id ? verdict::valid : verdict::invalid)
        << other.name;
    EXPECT_EQ(all(other, signature),
              same_signatures(row, other) ? verdict::valid : verdict::invalid)
        << other.name;
  }
}

// Nobody asks a key for algorithms of another type; if somebody did, it would have none of them.
TEST_P(public_key_of, serves_nothing_of_another_type) {
  const algorithm_row& row = GetParam();
  const std::string signature = pair_of(row.key).sign(row, message);
  for (const key_type type : public_key_types) {
    public_key key;
    ASSERT_EQ(import(key, pair_of(type), support::every_algorithm()), verdict::valid);
    EXPECT_EQ(judge(key, row, message, signature),
              type == row.key ? verdict::valid : verdict::invalid);
    EXPECT_EQ(judge(key, row, message, ""), verdict::invalid);
  }
}

TEST_P(public_key_of, verifies_nothing_without_a_key) {
  const algorithm_row& row = GetParam();
  const std::string signature = pair_of(row.key).sign(row, message);
  const public_key none;
  EXPECT_EQ(judge(none, row, message, signature), verdict::invalid);
  EXPECT_EQ(judge(none, row, message, std::string(signature.size(), '\0')), verdict::invalid);
  EXPECT_EQ(judge(none, row, "", ""), verdict::invalid);
  public_key serves_none;
  ASSERT_EQ(import(serves_none, pair_of(row.key), algorithm_set()), verdict::valid);
  EXPECT_EQ(judge(serves_none, row, message, signature), verdict::invalid);
}

TEST_P(public_key_of, is_used_by_many_threads_at_a_time) {
  const algorithm_row& row = GetParam();
  const key_pair& pair = pair_of(row.key);
  const imported key(pair);
  std::vector<std::string> texts;
  std::vector<std::string> signatures;
  for (int i = 0; i < 8; ++i) {
    texts.push_back(std::string(message) + std::to_string(i));
    signatures.push_back(pair.sign(row, texts.back()));
  }
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 6; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::size_t i = 0; i < 40; ++i) {
        const std::size_t at = (i + thread) % texts.size();
        const std::size_t other = (at + 1) % texts.size();
        if (key.key.verify(row, texts[at], signatures[at]) != verdict::valid) ++wrong;
        if (key.key.verify(row, texts[at], signatures[other]) != verdict::invalid) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

std::vector<algorithm_row> public_rows() {
  std::vector<algorithm_row> rows;
  for (const auto& row : algorithms) {
    if (row.key != key_type::secret) rows.push_back(row);
  }
  return rows;
}

INSTANTIATE_TEST_SUITE_P(algorithms, public_key_of, testing::ValuesIn(public_rows()),
                         [](const auto& row) { return std::string(row.param.name); });

// RSA

TEST(public_key, verifies_with_rsa_of_all_usual_sizes_and_exponents) {
  struct row {
    unsigned bits;
    unsigned exponent;
  };
  for (const auto& [bits, exponent] :
       {row{2048, 3}, row{2056, 17}, row{3072, 3}, row{3072, 65537}, row{4096, 65537}}) {
    const key_pair pair = key_pair::make_rsa(bits, exponent);
    ASSERT_EQ(pair.first().size(), bits / 8);
    const imported key(pair);
    for (const auto& each : algorithms) {
      if (each.key != key_type::rsa) continue;
      const std::string signature = pair.sign(each, message);
      EXPECT_EQ(key(each, signature), verdict::valid) << each.name << ' ' << bits;
      EXPECT_EQ(key(each, signature, "header.payloae"), verdict::invalid) << each.name;
      for (std::size_t bit = 0; bit < bits; bit += 61) {
        EXPECT_EQ(key(each, flip(signature, bit)), verdict::invalid) << each.name << ' ' << bit;
      }
    }
  }
}

// RFC 8017 sections 8.1.2 and 8.2.2: a signature is a number below the modulus.
TEST(public_key, refuses_an_rsa_signature_that_is_not_below_the_modulus) {
  // A modulus that leaves room for a second spelling of the same number in as many octets.
  std::optional<key_pair> pair;
  do {
    pair.emplace(key_pair::make_rsa(2048));
  } while (static_cast<unsigned char>(pair->first()[0]) >= 0xd0);
  const imported key(*pair);
  const number modulus = to_number(pair->first());
  for (const algorithm id : {algorithm::rs256, algorithm::ps256}) {
    const algorithm_row& row = row_of(id);
    int found = 0;
    for (int i = 0; found < 3; ++i) {
      ASSERT_LT(i, 1000);
      const std::string text = "message " + std::to_string(i);
      const std::string signature = pair->sign(row, text);
      const number sum = to_number(signature);
      demand(BN_add(sum.get(), sum.get(), modulus.get()) == 1);
      if (BN_num_bits(sum.get()) > 2048) continue;
      ++found;
      EXPECT_EQ(key(row, signature, text), verdict::valid);
      EXPECT_EQ(key(row, to_bytes(sum.get(), 256), text), verdict::invalid);
    }
    EXPECT_EQ(key(row, pair->first()), verdict::invalid);  // the modulus: 0 again
    std::string above = pair->first();
    above.back() = static_cast<char>(above.back() + 1);  // it is odd: 1 again
    EXPECT_EQ(key(row, above), verdict::invalid);
  }
}

TEST(public_key, refuses_an_rsa_signature_of_another_size) {
  const key_pair& pair = pair_of(key_type::rsa);
  const imported key(pair);
  for (const algorithm id : {algorithm::rs256, algorithm::ps256}) {
    const std::string signature = pair.sign(row_of(id), message);
    EXPECT_EQ(key(row_of(id), '\0' + signature), verdict::invalid);
    EXPECT_EQ(key(row_of(id), signature + '\0'), verdict::invalid);
    EXPECT_EQ(key(row_of(id), signature.substr(1)), verdict::invalid);
    EXPECT_EQ(key(row_of(id), signature.substr(0, 255)), verdict::invalid);
    EXPECT_EQ(key(row_of(id), ""), verdict::invalid);
  }
}

// RFC 7518 section 3.5: the salt is as long as the hash.
TEST(public_key, takes_one_length_of_salt) {
  const key_pair& pair = pair_of(key_type::rsa);
  const imported key(pair);
  for (const auto& row : algorithms) {
    if (!row.pss) continue;
    const int size = static_cast<int>(hash_bytes(row.digest));
    EXPECT_EQ(key(row, pair.sign(row, message, size)), verdict::valid) << row.name;
    for (const int salt : {0, 1, size - 1, size + 1, 2 * size, RSA_PSS_SALTLEN_MAX}) {
      EXPECT_EQ(key(row, pair.sign(row, message, salt)), verdict::invalid)
          << row.name << ' ' << salt;
    }
  }
}

// RFC 7518 section 3.5: the mask generation function has the same hash.
TEST(public_key, takes_one_mask) {
  const key_pair& pair = pair_of(key_type::rsa);
  const imported key(pair);
  const int as_hash = RSA_PSS_SALTLEN_DIGEST;
  for (const auto& row : algorithms) {
    if (!row.pss) continue;
    const EVP_MD* const own = support::digest_of(row.digest);
    for (const EVP_MD* const mask : {EVP_sha1(), EVP_sha256(), EVP_sha384(), EVP_sha512()}) {
      EXPECT_EQ(key(row, pair.sign(row, message, as_hash, mask)),
                mask == own ? verdict::valid : verdict::invalid)
          << row.name << ' ' << EVP_MD_get0_name(mask);
    }
  }
}

// The signature that opens to a block, whatever that says.
std::string sign_block(const key_pair& pair, const std::string& block) {
  const std::unique_ptr<EVP_PKEY_CTX, support::freeing<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_pkey(nullptr, pair.openssl(), nullptr));
  std::string out(block.size(), '\0');
  std::size_t size = out.size();
  demand(EVP_PKEY_sign_init(context.get()) == 1 &&
         EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1 &&
         EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                       reinterpret_cast<const unsigned char*>(block.data()), block.size()) == 1);
  return out;
}

// The block that a signature opens to.
std::string open_block(const key_pair& pair, const std::string& signature) {
  const number modulus = to_number(pair.first());
  const number power(BN_new());
  const support::number_context context(BN_CTX_new());
  demand(BN_mod_exp(power.get(), to_number(signature).get(), to_number(pair.second()).get(),
                    modulus.get(), context.get()) == 1);
  return to_bytes(power.get(), signature.size());
}

// What OpenSSL's own verification says, all of it behind EVP.
verdict judge_by_evp(const key_pair& pair, const algorithm_row& row, std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, support::freeing<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* inner = nullptr;
  demand(EVP_DigestVerifyInit(context.get(), &inner, support::digest_of(row.digest), nullptr,
                              pair.openssl()) == 1);
  if (row.pss) {
    demand(EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(inner, RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  const int told = EVP_DigestVerify(
      context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
      reinterpret_cast<const unsigned char*>(message.data()), message.size());
  return told == 1 ? verdict::valid : verdict::invalid;
}

// Moduli whose highest bit is at every place of an octet, and of a word, and both ways to the
// exponent.
const std::vector<key_pair>& rsa_pairs() {
  static const std::vector<key_pair> pairs = [] {
    std::vector<key_pair> made;
    for (const unsigned bits : {2048u, 2049u, 2050u, 2055u, 2056u, 2111u, 2112u, 2113u, 3072u}) {
      made.push_back(key_pair::make_rsa(bits));
    }
    made.push_back(key_pair::make_rsa(2048, 3));
    made.push_back(key_pair::make_rsa(2049, 17));
    return made;
  }();
  return pairs;
}

// Every octet of an encoded message, changed and signed: the block is well signed each time, so
// that the comparison alone refuses it.
TEST(public_key, agrees_with_openssl_on_every_octet_of_an_encoded_message) {
  for (const key_pair& pair : rsa_pairs()) {
    for (const algorithm id : {algorithm::rs256, algorithm::rs384, algorithm::rs512,
                               algorithm::ps256, algorithm::ps384, algorithm::ps512}) {
      const algorithm_row& row = row_of(id);
      const imported key(pair);
      const std::string signature = pair.sign(row, message);
      EXPECT_EQ(key(row, signature), verdict::valid) << row.name;
      const std::string block = open_block(pair, signature);
      ASSERT_EQ(sign_block(pair, block), signature);
      // The larger keys and the rarer hashes by samples, as signing takes its time.
      const std::size_t step =
          pair.first().size() == 256 && row.digest == hash::sha256 ? 1 : 1 + block.size() / 20;
      int refused = 0;
      for (std::size_t at = 0; at < block.size(); at += at < 2 ? 1 : step) {
        std::string changed = block;
        changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
        if (changed >= pair.first()) continue;
        const std::string forged = sign_block(pair, changed);
        const verdict told = key(row, forged);
        EXPECT_EQ(told, judge_by_evp(pair, row, forged)) << row.name << ' ' << at;
        refused += told == verdict::invalid ? 1 : 0;
      }
      EXPECT_GE(refused, 18) << row.name;
    }
  }
}

// Signatures that are odd as numbers: with words of zeros above or below, next to the modulus and
// to the powers of two that Montgomery's arithmetic goes by, and random ones.
TEST(public_key, agrees_with_openssl_on_odd_numbers_for_signatures) {
  const support::number_context context(BN_CTX_new());
  for (const key_pair& pair : rsa_pairs()) {
    const imported key(pair);
    const std::size_t size = pair.first().size();
    const number modulus = to_number(pair.first());
    std::vector<std::string> signatures = {pair.first()};
    const auto add = [&](const number& value) {
      if (BN_is_negative(value.get()) == 0 &&
          BN_num_bits(value.get()) <= static_cast<int>(8 * size)) {
        signatures.push_back(to_bytes(value.get(), size));
      }
    };
    for (int bits = 0; bits <= BN_num_bits(modulus.get()) + 1; bits += bits % 64 < 2 ? 1 : 31) {
      const number power(BN_new());
      const number rest(BN_new());
      demand(BN_set_bit(power.get(), bits) == 1 &&
             BN_mod(rest.get(), power.get(), modulus.get(), context.get()) == 1);
      add(power);
      add(rest);
      demand(BN_sub(rest.get(), modulus.get(), power.get()) == 1);
      add(rest);
      demand(BN_sub_word(power.get(), 1) == 1);
      add(power);
      demand(BN_rand_range(rest.get(), modulus.get()) == 1);
      add(rest);
    }
    for (const std::string& signature : signatures) {
      for (const algorithm id : {algorithm::rs256, algorithm::ps512}) {
        const algorithm_row& row = row_of(id);
        EXPECT_EQ(key(row, signature), verdict::invalid);
        EXPECT_EQ(judge_by_evp(pair, row, signature), verdict::invalid);
      }
    }
    // And it still takes good ones.
    for (int i = 0; i < 20; ++i) {
      const std::string text = "message " + std::to_string(i);
      for (const algorithm id : {algorithm::rs256, algorithm::ps512}) {
        EXPECT_EQ(key(row_of(id), pair.sign(row_of(id), text), text), verdict::valid);
      }
    }
  }
}

// A valid signature of which two thirds are zeros: the modulus is made to fit, which the exponent 3
// allows. There is no harm in such a key, which is its owner's alone.
TEST(public_key, takes_a_signature_that_is_a_small_number) {
  using namespace std::string_literals;
  std::string digest(32, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(message.data()), message.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  const std::string info =
      "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"s;
  const number encoded =
      to_number("\0\1"s + std::string(256 - 3 - 51, '\xff') + '\0' + info + digest);
  const support::number_context context(BN_CTX_new());
  const number base(BN_new());
  const number modulus(BN_new());
  // The least number above 2^683 whose cube less the encoded message is odd.
  demand(BN_set_bit(base.get(), 682) == 1 && BN_set_bit(base.get(), 681) == 1 &&
         BN_add_word(base.get(), BN_is_odd(encoded.get()) ? 2 : 1) == 1 &&
         BN_sqr(modulus.get(), base.get(), context.get()) == 1 &&
         BN_mul(modulus.get(), modulus.get(), base.get(), context.get()) == 1 &&
         BN_sub(modulus.get(), modulus.get(), encoded.get()) == 1);
  ASSERT_EQ(BN_num_bits(modulus.get()), 2048);
  ASSERT_TRUE(BN_is_odd(modulus.get()));
  public_key key;
  ASSERT_EQ(
      import(key, key_type::rsa, to_bytes(modulus.get(), 256), "\x03", set_of({algorithm::rs256})),
      verdict::valid);
  const algorithm_row& row = row_of(algorithm::rs256);
  const std::string signature = to_bytes(base.get(), 256);
  EXPECT_EQ(signature.substr(0, 170), std::string(170, '\0'));
  EXPECT_EQ(judge(key, row, message, signature), verdict::valid);
  EXPECT_EQ(judge(key, row, "another", signature), verdict::invalid);
  EXPECT_EQ(judge(key, row, message, flip(signature, 2047)), verdict::invalid);
}

// What the exponentiation of a signature gives is compared whole: no bytes that nobody looks at.
TEST(public_key, takes_one_padding_of_pkcs1) {
  const key_pair& pair = pair_of(key_type::rsa);
  const imported key(pair);
  std::string digest(32, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(message.data()), message.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  using namespace std::string_literals;
  const std::string with_null =
      "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
      "\x05\x00\x04\x20"s +
      digest;
  const std::string without_null =
      "\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20"s + digest;
  const auto padded = [](const std::string& start, char filler, const std::string& end) {
    return start + std::string(256 - start.size() - 1 - end.size(), filler) + '\0' + end;
  };
  const algorithm_row& row = row_of(algorithm::rs256);
  EXPECT_EQ(key(row, sign_block(pair, padded("\0\1"s, '\xff', with_null))), verdict::valid);
  EXPECT_EQ(key(row, sign_block(pair, padded("\0\2"s, '\xff', with_null))), verdict::invalid);
  EXPECT_EQ(key(row, sign_block(pair, padded("\0\1"s, '\xfe', with_null))), verdict::invalid);
  EXPECT_EQ(key(row, sign_block(pair, padded("\0\1"s, '\xff', without_null))), verdict::invalid);
  EXPECT_EQ(key(row, sign_block(pair, padded("\0\1"s, '\xff', digest))), verdict::invalid);
  // Rubbish behind the hash, which a small exponent would let anybody choose.
  const std::string rubbish = "\0\1\xff\xff\xff\xff\xff\xff\xff\xff\0"s + with_null;
  EXPECT_EQ(key(row, sign_block(pair, rubbish + std::string(256 - rubbish.size(), 'x'))),
            verdict::invalid);
}

// ECDSA

using curve = std::unique_ptr<EC_GROUP, support::freeing<EC_GROUP_free>>;
using point = std::unique_ptr<EC_POINT, support::freeing<EC_POINT_free>>;

curve make_curve(key_type type) {
  return curve(EC_GROUP_new_by_curve_name(EC_curve_nist2nid(support::curve_of(type))));
}

std::string order_of(key_type type) {
  return to_bytes(EC_GROUP_get0_order(make_curve(type).get()), pair_of(type).field_size());
}

// One added; no number here ends in 0xff bytes only.
std::string next(std::string bytes) {
  for (std::size_t i = bytes.size(); i-- != 0;) {
    bytes[i] = static_cast<char>(bytes[i] + 1);
    if (bytes[i] != 0) break;
  }
  return bytes;
}

constexpr algorithm ecdsa[] = {algorithm::es256, algorithm::es384, algorithm::es512};

TEST(public_key, refuses_r_and_s_outside_of_their_range) {
  for (const algorithm id : ecdsa) {
    const algorithm_row& row = row_of(id);
    const key_pair& pair = pair_of(row.key);
    const imported key(pair);
    const std::string signature = pair.sign(row, message);
    const std::size_t size = pair.field_size();
    const std::string r = signature.substr(0, size);
    const std::string s = signature.substr(size);
    const std::string order = order_of(row.key);
    for (const std::string& bad :
         {std::string(size, '\0'), order, next(order), std::string(size, '\xff')}) {
      EXPECT_EQ(key(row, bad + s), verdict::invalid) << row.name;
      EXPECT_EQ(key(row, r + bad), verdict::invalid) << row.name;
      EXPECT_EQ(key(row, bad + bad), verdict::invalid) << row.name;
    }
    EXPECT_EQ(key(row, s + r), verdict::invalid) << row.name;
    EXPECT_EQ(key(row, r + r), verdict::invalid) << row.name;
    EXPECT_EQ(key(row, signature), verdict::valid) << row.name;
  }
}

// P-521's numbers have room above them: the same ones again, an order higher.
TEST(public_key, refuses_r_and_s_modulo_the_order) {
  const algorithm_row& row = row_of(algorithm::es512);
  const key_pair& pair = pair_of(row.key);
  const imported key(pair);
  const std::string signature = pair.sign(row, message);
  const number order = to_number(order_of(row.key));
  const auto raised = [&](const std::string& bytes) {
    const number sum = to_number(bytes);
    demand(BN_add(sum.get(), sum.get(), order.get()) == 1);
    return to_bytes(sum.get(), 66);
  };
  const std::string r = signature.substr(0, 66);
  const std::string s = signature.substr(66);
  EXPECT_EQ(key(row, r + s), verdict::valid);
  EXPECT_EQ(key(row, raised(r) + s), verdict::invalid);
  EXPECT_EQ(key(row, r + raised(s)), verdict::invalid);
  EXPECT_EQ(key(row, raised(r) + raised(s)), verdict::invalid);
}

// Numbers with leading zero octets and with a set top bit: one valid signature in some hundred is
// of a kind that a handful of examples does not show.
TEST(public_key, takes_every_valid_ecdsa_signature) {
  for (const algorithm id : ecdsa) {
    const algorithm_row& row = row_of(id);
    const key_pair& pair = pair_of(row.key);
    const imported key(pair);
    for (int i = 0; i < 700; ++i) {
      const std::string text = "message " + std::to_string(i);
      ASSERT_EQ(key(row, pair.sign(row, text), text), verdict::valid) << row.name << ' ' << i;
    }
  }
}

// The public key for which (r, s) is a signature of the message: SEC 1 section 4.1.6.
struct recovered {
  std::string x;
  std::string y;
};
std::optional<recovered> recover_key(const algorithm_row& row, unsigned long r, const BIGNUM* s,
                                     std::string_view text) {
  const curve group = make_curve(row.key);
  const support::number_context context(BN_CTX_new());
  const point lifted(EC_POINT_new(group.get()));
  const point key(EC_POINT_new(group.get()));
  const number x(BN_new());
  demand(BN_set_word(x.get(), r) == 1);
  if (EC_POINT_set_compressed_coordinates(group.get(), lifted.get(), x.get(), 0, context.get()) !=
      1) {
    return std::nullopt;
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  demand(EVP_Digest(text.data(), text.size(), digest, &size, support::digest_of(row.digest),
                    nullptr) == 1);
  // No hash here is longer than the order.
  const number hashed(BN_bin2bn(digest, static_cast<int>(size), nullptr));
  const BIGNUM* const order = EC_GROUP_get0_order(group.get());
  const number inverse(BN_mod_inverse(nullptr, x.get(), order, context.get()));
  const number of_base(BN_new());
  const number of_lifted(BN_new());
  const number y(BN_new());
  demand(BN_mod_mul(of_base.get(), hashed.get(), inverse.get(), order, context.get()) == 1 &&
         BN_sub(of_base.get(), order, of_base.get()) == 1 &&
         BN_mod_mul(of_lifted.get(), s, inverse.get(), order, context.get()) == 1 &&
         EC_POINT_mul(group.get(), key.get(), of_base.get(), lifted.get(), of_lifted.get(),
                      context.get()) == 1 &&
         EC_POINT_get_affine_coordinates(group.get(), key.get(), x.get(), y.get(), context.get()) ==
             1);
  const std::size_t field = pair_of(row.key).field_size();
  return recovered{to_bytes(x.get(), field), to_bytes(y.get(), field)};
}

TEST(public_key, takes_the_smallest_and_the_largest_numbers_of_ecdsa) {
  for (const algorithm id : ecdsa) {
    const algorithm_row& row = row_of(id);
    const std::size_t size = pair_of(row.key).field_size();
    const number largest = to_number(order_of(row.key));
    demand(BN_sub_word(largest.get(), 1) == 1);
    std::vector<number> sides;
    for (const unsigned long s : {1ul, 127ul, 128ul, 255ul, 256ul, 32767ul, 32768ul, 8388608ul}) {
      sides.emplace_back(BN_new());
      demand(BN_set_word(sides.back().get(), s) == 1);
    }
    sides.emplace_back(BN_dup(largest.get()));
    int tried = 0;
    for (const unsigned long start : {1ul, 127ul, 128ul, 255ul, 256ul, 65530ul}) {
      for (const number& s : sides) {
        unsigned long r = start;
        auto numbers = recover_key(row, r, s.get(), message);
        while (!numbers) numbers = recover_key(row, ++r, s.get(), message);
        public_key key;
        ASSERT_EQ(import(key, row.key, numbers->x, numbers->y, set_of({id})), verdict::valid);
        const number first(BN_new());
        demand(BN_set_word(first.get(), r) == 1);
        const std::string signature = to_bytes(first.get(), size) + to_bytes(s.get(), size);
        EXPECT_EQ(judge(key, row, message, signature), verdict::valid) << row.name << ' ' << r;
        EXPECT_EQ(judge(key, row, "another", signature), verdict::invalid) << row.name << ' ' << r;
        ++tried;
      }
    }
    EXPECT_EQ(tried, 54);
  }
}

TEST(public_key, is_no_point_off_the_curve) {
  for (const algorithm id : ecdsa) {
    const key_pair& pair = pair_of(row_of(id).key);
    const std::size_t size = pair.field_size();
    const auto told = [&](std::string_view x, std::string_view y) {
      public_key key;
      const verdict imported_as = import(key, pair.type(), x, y, set_of({id}));
      // It then holds no key.
      EXPECT_EQ(judge(key, row_of(id), message, pair.sign(row_of(id), message)),
                imported_as == verdict::valid ? verdict::valid : verdict::invalid);
      return imported_as;
    };
    const std::string x = pair.first();
    const std::string y = pair.second();
    EXPECT_EQ(told(x, y), verdict::valid);
    EXPECT_EQ(told(y, x), verdict::invalid);
    EXPECT_EQ(told(x, x), verdict::invalid);
    EXPECT_EQ(told(x, flip(y, 8 * size - 8)), verdict::invalid);
    EXPECT_EQ(told(flip(x, 8 * size - 8), y), verdict::invalid);
    EXPECT_EQ(told(x, std::string(size, '\0')), verdict::invalid);
    EXPECT_EQ(told(std::string(size, '\0'), std::string(size, '\0')), verdict::invalid);
    EXPECT_EQ(told(std::string(size, '\xff'), std::string(size, '\xff')), verdict::invalid);
  }
}

// The coordinates of a point on another curve, in this one's size.
TEST(public_key, is_no_point_of_another_curve) {
  const key_pair& other = pair_of(key_type::p256);
  public_key key;
  EXPECT_EQ(import(key, key_type::p384, std::string(16, '\0') + other.first(),
                   std::string(16, '\0') + other.second(), set_of({algorithm::es384})),
            verdict::invalid);
}

// SEC 1 section 3.2.2.1: coordinates are below the prime, or one key would have two spellings.
TEST(public_key, is_no_point_with_a_coordinate_beyond_the_field) {
  struct row {
    algorithm id;
    const char* prime;
  };
  const row rows[] = {
      {algorithm::es256, "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"},
      {algorithm::es384,
       "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fff"
       "f"
       "ffff"},
      {algorithm::es512,
       "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
       "f"
       "ffffffffffffffffffffffffffffffffffffffff"},
  };
  for (const auto& [id, hex] : rows) {
    const key_type type = row_of(id).key;
    const std::size_t size = pair_of(type).field_size();
    BIGNUM* parsed = nullptr;
    demand(BN_hex2bn(&parsed, hex) != 0);
    const number prime(parsed);
    const auto told = [&, each = id](std::string_view x, std::string_view y) {
      public_key key;
      return import(key, type, x, y, set_of({each}));
    };
    EXPECT_EQ(told(to_bytes(prime.get(), size), pair_of(type).second()), verdict::invalid);
    EXPECT_EQ(told(pair_of(type).first(), to_bytes(prime.get(), size)), verdict::invalid);
    // A point with a small x, which fits in twice: as it is and with the prime added.
    const curve group = make_curve(type);
    const point lifted(EC_POINT_new(group.get()));
    const number x(BN_new());
    const number y(BN_new());
    unsigned long small = 1;
    do {
      demand(BN_set_word(x.get(), small++) == 1);
    } while (EC_POINT_set_compressed_coordinates(group.get(), lifted.get(), x.get(), 0, nullptr) !=
             1);
    demand(EC_POINT_get_affine_coordinates(group.get(), lifted.get(), x.get(), y.get(), nullptr) ==
           1);
    EXPECT_EQ(told(to_bytes(x.get(), size), to_bytes(y.get(), size)), verdict::valid);
    demand(BN_add(x.get(), x.get(), prime.get()) == 1);
    EXPECT_EQ(told(to_bytes(x.get(), size), to_bytes(y.get(), size)), verdict::invalid);
  }
}

TEST(public_key, takes_coordinates_with_leading_zeros) {
  // Points whose x or y begins with a zero octet come by chance: one in 128.
  int found = 0;
  for (int i = 0; i < 20000 && found < 4; ++i) {
    const key_pair pair = key_pair::make(key_type::p256);
    if (pair.first()[0] != 0 && pair.second()[0] != 0) continue;
    ++found;
    EXPECT_EQ(
        imported(pair)(row_of(algorithm::es256), pair.sign(row_of(algorithm::es256), message)),
        verdict::valid);
  }
  EXPECT_EQ(found, 4);
}

// Ed25519

// RFC 8032 section 5.1.7: S is below the order of the base point.
TEST(public_key, refuses_an_ed25519_signature_with_a_large_s) {
  const algorithm_row& row = row_of(algorithm::eddsa);
  const key_pair& pair = pair_of(row.key);
  const imported key(pair);
  BIGNUM* parsed = nullptr;
  demand(BN_hex2bn(&parsed, "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed") !=
         0);
  const number order(parsed);
  const std::string signature = pair.sign(row, message);
  const number s(
      BN_lebin2bn(reinterpret_cast<const unsigned char*>(signature.data()) + 32, 32, nullptr));
  for (int times = 1; times <= 14; ++times) {
    demand(BN_add(s.get(), s.get(), order.get()) == 1);
    std::string raised = signature;
    demand(BN_bn2lebinpad(s.get(), reinterpret_cast<unsigned char*>(raised.data()) + 32, 32) == 32);
    EXPECT_EQ(key(row, raised), verdict::invalid) << times;
  }
  EXPECT_EQ(key(row, signature), verdict::valid);
}

// Half of all strings are no point. Such a key may be imported, and verifies nothing.
TEST(public_key, verifies_nothing_with_an_ed25519_key_that_is_no_point) {
  const algorithm_row& row = row_of(algorithm::ed25519);
  const std::string signature = pair_of(key_type::ed25519).sign(row, message);
  int taken = 0;
  for (int i = 2; i < 40; ++i) {
    std::string y(32, '\0');
    y[0] = static_cast<char>(i);
    public_key key;
    if (import(key, key_type::ed25519, y, "", set_of({row.id})) != verdict::valid) continue;
    ++taken;
    EXPECT_EQ(judge(key, row, message, signature), verdict::invalid) << i;
    EXPECT_EQ(judge(key, row, message, std::string(64, '\0')), verdict::invalid) << i;
    EXPECT_EQ(judge(key, row, message, '\1' + std::string(63, '\0')), verdict::invalid) << i;
  }
  EXPECT_GT(taken, 0);
}

// Import

TEST(public_key, is_refused_when_a_number_is_too_large_for_the_backend) {
  public_key key;
  EXPECT_NE(
      import(key, key_type::rsa, std::string(1025, '\xff'), "\x03", set_of({algorithm::rs256})),
      verdict::valid);
  EXPECT_NE(import(key, key_type::rsa, std::string(256, '\xff'), std::string(9, '\xff'),
                   set_of({algorithm::rs256})),
            verdict::valid);
  EXPECT_NE(import(key, key_type::p521, std::string(67, '\1'), std::string(67, '\1'),
                   set_of({algorithm::es512})),
            verdict::valid);
  EXPECT_NE(import(key, key_type::p256, std::string(32, '\1'), std::string(31, '\1'),
                   set_of({algorithm::es256})),
            verdict::valid);
  for (const std::size_t size : {0u, 31u, 33u, 64u}) {
    EXPECT_NE(
        import(key, key_type::ed25519, std::string(size, '\2'), "", set_of({algorithm::eddsa})),
        verdict::valid)
        << size;
  }
  EXPECT_NE(import(key, key_type::secret, "secret", "", set_of({algorithm::hs256})),
            verdict::valid);
  EXPECT_EQ(judge(key, row_of(algorithm::eddsa), message, std::string(64, '\0')), verdict::invalid);
}

// A failed import leaves room for a good one.
TEST(public_key, is_imported_after_a_failure) {
  const key_pair& pair = pair_of(key_type::p256);
  public_key key;
  ASSERT_EQ(import(key, key_type::p256, pair.first(), pair.first(), set_of({algorithm::es256})),
            verdict::invalid);
  ASSERT_EQ(import(key, pair, set_of({algorithm::es256})), verdict::valid);
  EXPECT_EQ(
      judge(key, row_of(algorithm::es256), message, pair.sign(row_of(algorithm::es256), message)),
      verdict::valid);
}

TEST(public_key, needs_nobody_to_keep_the_numbers) {
  const key_pair& pair = pair_of(key_type::ed25519);
  public_key key;
  {
    std::string first = pair.first();
    ASSERT_EQ(key.import_numbers({key_type::ed25519, first, {}}, set_of({algorithm::eddsa})),
              verdict::valid);
    first.assign(first.size(), '\0');
  }
  EXPECT_EQ(
      judge(key, row_of(algorithm::eddsa), message, pair.sign(row_of(algorithm::eddsa), message)),
      verdict::valid);
}

// The error queue of the library that verifies, which is not the one that the tests sign with.
class error_queue {
 public:
  error_queue() : library_(dlopen("libcrypto.so.3", RTLD_LAZY | RTLD_NOLOAD)) {
    if (library_ == nullptr) return;
    find("ERR_get_error", get_);
    find("ERR_peek_error", peek_);
    find("EVP_DigestVerify", verify_);
  }
  ~error_queue() {
    if (library_ != nullptr) dlclose(library_);
  }
  error_queue(const error_queue&) = delete;
  error_queue& operator=(const error_queue&) = delete;

  [[nodiscard]] bool is_of(const libcrypto& table) const {
    return verify_ != nullptr && verify_ == table.EVP_DigestVerify;
  }
  [[nodiscard]] unsigned long first() const { return peek_(); }
  [[nodiscard]] unsigned long take() const { return get_(); }

 private:
  template <class Function>
  void find(const char* name, Function& out) {
    void* const found = dlsym(library_, name);
    std::memcpy(&out, &found, sizeof out);
  }
  void* library_;
  decltype(&::ERR_get_error) get_ = nullptr;
  decltype(&::ERR_peek_error) peek_ = nullptr;
  decltype(&::EVP_DigestVerify) verify_ = nullptr;
};

void fail_in_every_way() {
  for (const key_type type : public_key_types) {
    const key_pair& pair = pair_of(type);
    const imported key(pair);
    for (const auto& row : algorithms) {
      if (row.key != type) continue;
      const std::size_t size = pair.sign(row, message).size();
      EXPECT_EQ(key(row, pair.sign(row, message)), verdict::valid);
      EXPECT_EQ(key(row, pair.sign(row, "other")), verdict::invalid);
      EXPECT_EQ(key(row, std::string(size, '\0')), verdict::invalid);
      EXPECT_EQ(key(row, std::string(size, '\xff')), verdict::invalid);
    }
    public_key bad;
    EXPECT_NE(import(bad, type, std::string(type == key_type::ed25519 ? 31 : 66, '\xff'),
                     std::string(type == key_type::rsa ? 9 : 66, '\xff'), algorithms_of(type)),
              verdict::valid);
  }
}

TEST(public_key, leaves_no_error_behind) {
  const libcrypto* const table = find_libcrypto();
  ASSERT_NE(table, nullptr);
  const error_queue queue;
  ASSERT_TRUE(queue.is_of(*table)) << "another library was loaded";
  while (queue.take() != 0) {
  }
  fail_in_every_way();
  EXPECT_EQ(queue.first(), 0u);

  // And leaves alone what somebody else has not read yet.
  EXPECT_EQ(table->EVP_PKEY_CTX_new_from_name(nullptr, "no such type", nullptr), nullptr);
  const unsigned long others = queue.first();
  ASSERT_NE(others, 0u);
  fail_in_every_way();
  EXPECT_EQ(queue.take(), others);
  EXPECT_EQ(queue.take(), 0u);
}

TEST(libcrypto, is_found_once_and_whole) {
  const libcrypto* const table = find_libcrypto();
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(find_libcrypto(), table);
#define PORTCULLIS_FUNCTION(name) EXPECT_NE(table->name, nullptr) << #name;
  PORTCULLIS_LIBCRYPTO_FUNCTIONS
#undef PORTCULLIS_FUNCTION

  const libcrypto_sha256* const hashing = find_libcrypto_sha256();
  ASSERT_NE(hashing, nullptr);
  EXPECT_EQ(find_libcrypto_sha256(), hashing);
  EXPECT_GE(hashing->OpenSSL_version_num(), 0x30000000u);
#define PORTCULLIS_FUNCTION(name) EXPECT_NE(hashing->name, nullptr) << #name;
  PORTCULLIS_SHA256_FUNCTIONS
#undef PORTCULLIS_FUNCTION
}

}  // namespace
}  // namespace portcullis
