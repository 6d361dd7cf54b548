#include "jose/signature.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/exact_copy.hpp"
#include "support/print.hpp"
#include "support/signing.hpp"
#include "support/verified_payload.hpp"

namespace portcullis {
namespace {

using support::exact_copy;
using support::hmac_sha256;
using support::hs256_key;

unverified_jws jws_of(std::string_view signature) {
  unverified_jws jws;
  jws.signing_input = "header.payload";
  jws.payload = "payload";
  jws.signature = signature;
  return jws;
}

reason reason_of(std::string_view signature, const verification_key& key) {
  const exact_copy copy(signature);
  const auto verified = verify_signature(jws_of(copy.view()), algorithm::hs256, key);
  return verified ? reason::ok : verified.error();
}

TEST(signature, hands_over_the_payload_that_was_signed) {
  const std::string signature = hmac_sha256(support::secret, "header.payload");
  const auto verified =
      verify_signature(jws_of(signature), algorithm::hs256, hs256_key(support::secret));
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->payload(), "payload");
}

TEST(signature, fits_one_key_and_one_input) {
  const hs256_key key(support::secret);
  EXPECT_EQ(reason_of(hmac_sha256(support::secret, "header.payload"), key), reason::ok);
  EXPECT_EQ(reason_of(hmac_sha256(support::secret, "header.payloae"), key),
            reason::signature_invalid);
  EXPECT_EQ(reason_of(hmac_sha256(support::secret, "headerpayload"), key),
            reason::signature_invalid);
  EXPECT_EQ(reason_of(hmac_sha256(support::other_secret, "header.payload"), key),
            reason::signature_invalid);
  EXPECT_EQ(reason_of(std::string(32, '\0'), key), reason::signature_invalid);
}

TEST(signature, has_exactly_32_bytes) {
  const hs256_key key(support::secret);
  const std::string signature = hmac_sha256(support::secret, "header.payload");
  for (std::size_t size = 0; size < 32; ++size) {
    EXPECT_EQ(reason_of(signature.substr(0, size), key), reason::signature_invalid) << size;
  }
  EXPECT_EQ(reason_of(signature + '\0', key), reason::signature_invalid);
  EXPECT_EQ(reason_of(signature + signature, key), reason::signature_invalid);
}

}  // namespace
}  // namespace portcullis
