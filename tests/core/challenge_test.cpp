#include "edge/challenge.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "support/exact_copy.hpp"
#include "support/print.hpp"
#include "support/signing.hpp"
#include "support/tokens.hpp"

namespace portcullis {
namespace {

using support::exact_copy;

constexpr std::string_view secret = "a secret of the challenge's own!";
constexpr std::string_view client("\xc0\0\2\1", 4);
constexpr std::int64_t now = 1'700'000'000;
constexpr std::int64_t longest = 300;
constexpr challenge_kind kinds[] = {challenge_kind::challenge, challenge_kind::proof};

class challenge : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(key_.import_secret(hash::sha256, secret)); }

  std::string make(std::int64_t expiration, challenge_kind kind = challenge_kind::challenge,
                   std::string_view who = client) const {
    challenge_text out;
    out.append("what was there before");
    EXPECT_TRUE(make_challenge(kind, key_, who, expiration, out));
    return std::string(out.view());
  }

  verdict check(std::string_view text, std::int64_t at = now,
                challenge_kind kind = challenge_kind::challenge,
                std::string_view who = client) const {
    const exact_copy copy(text);
    const exact_copy who_copy(who);
    return check_challenge(kind, key_, who_copy.view(), copy.view(), at, longest);
  }

  // With a MAC that is right for whatever the text says.
  static std::string forge(std::string_view kind, std::string_view digits) {
    std::string message("portcullis challenge 1\0", 23);
    message.append(kind).append(1, '\0').append(digits).append(1, '\0').append(client);
    return std::string(kind) + std::string(digits) + '.' +
           support::encode_base64url(support::hmac_sha256(secret, message));
  }

  hmac_key key_;
};

TEST_F(challenge, is_written_as_documented) {
  EXPECT_EQ(make(now + 60), forge("c", "1700000060"));
  EXPECT_EQ(make(now + 60, challenge_kind::proof), forge("p", "1700000060"));
  EXPECT_EQ(make(0), forge("c", "0"));
  const auto last = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(make(last), forge("c", "9223372036854775807"));
  EXPECT_EQ(make(last).size(), 64u);
}

TEST_F(challenge, is_valid_until_the_second_it_expires) {
  for (const challenge_kind kind : kinds) {
    const std::string text = make(now + 60, kind);
    EXPECT_EQ(check(text, now, kind), verdict::valid);
    EXPECT_EQ(check(text, now + 59, kind), verdict::valid);
    EXPECT_EQ(check(text, now + 60, kind), verdict::invalid);
    EXPECT_EQ(check(text, now + 61, kind), verdict::invalid);
    EXPECT_EQ(check(text, std::numeric_limits<std::int64_t>::max(), kind), verdict::invalid);
  }
}

TEST_F(challenge, has_no_longer_life_than_allowed) {
  EXPECT_EQ(check(make(now + longest)), verdict::valid);
  EXPECT_EQ(check(make(now + longest + 1)), verdict::invalid);
  EXPECT_EQ(check(make(now + longest + 1), now + 1), verdict::valid);
  const auto last = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(check(make(last)), verdict::invalid);
  EXPECT_EQ(check(make(last), last - 1), verdict::valid);
  for (const std::int64_t early : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::min()}) {
    EXPECT_EQ(check(make(last), early), verdict::invalid);
  }
  EXPECT_EQ(check(make(10), -10), verdict::valid);
  for (const std::int64_t none : {std::int64_t{0}, std::int64_t{-1}}) {
    EXPECT_EQ(check_challenge(challenge_kind::challenge, key_, client, make(now + 1), now, none),
              verdict::invalid);
  }
}

TEST_F(challenge, is_invalid_with_any_bit_or_byte_changed) {
  const std::string text = make(now + 60);
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string other = text;
      other[at] = static_cast<char>(c);
      EXPECT_EQ(check(other), other == text ? verdict::valid : verdict::invalid) << at << ' ' << c;
    }
    EXPECT_EQ(check(text.substr(0, at)), verdict::invalid) << at;
    EXPECT_EQ(check(text.substr(at + 1)), verdict::invalid) << at;
    EXPECT_EQ(check(std::string(text).insert(at, "0")), verdict::invalid) << at;
  }
  for (const char more : {'\0', ' ', '=', 'A', '.'}) {
    EXPECT_EQ(check(text + more), verdict::invalid);
    EXPECT_EQ(check(more + text), verdict::invalid);
  }
  EXPECT_EQ(check(text + text), verdict::invalid);
}

TEST_F(challenge, belongs_to_one_client) {
  const std::string text = make(now + 60);
  for (std::size_t bit = 0; bit < 8 * client.size(); ++bit) {
    std::string other(client);
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(check(text, now, challenge_kind::challenge, other), verdict::invalid) << bit;
  }
  for (std::size_t size = 0; size < client.size(); ++size) {
    EXPECT_EQ(check(text, now, challenge_kind::challenge, client.substr(0, size)),
              verdict::invalid);
  }
  const std::string longer = std::string(client) + '\0';
  EXPECT_EQ(check(text, now, challenge_kind::challenge, longer), verdict::invalid);
  const std::string for_none = make(now + 60, challenge_kind::challenge, "");
  EXPECT_EQ(check(for_none), verdict::invalid);
  EXPECT_EQ(check(for_none, now, challenge_kind::challenge, ""), verdict::valid);
}

TEST_F(challenge, knows_clients_up_to_a_length) {
  const std::string most(max_challenged_client_bytes, '\xff');
  const std::string text = make(now + 60, challenge_kind::proof, most);
  EXPECT_EQ(check(text, now, challenge_kind::proof, most), verdict::valid);
  EXPECT_EQ(check(text, now, challenge_kind::proof, most + '\xff'), verdict::invalid);
  challenge_text out;
  out.append("x");
  EXPECT_FALSE(make_challenge(challenge_kind::proof, key_, most + 'x', now, out));
  EXPECT_EQ(out.view(), "");
}

// Who has been sent away has proven nothing yet.
TEST_F(challenge, is_no_proof) {
  const std::string text = make(now + 60, challenge_kind::challenge);
  const std::string proof = make(now + 60, challenge_kind::proof);
  EXPECT_EQ(check(text, now, challenge_kind::proof), verdict::invalid);
  EXPECT_EQ(check(proof, now, challenge_kind::challenge), verdict::invalid);
  EXPECT_EQ(check('p' + text.substr(1), now, challenge_kind::proof), verdict::invalid);
  EXPECT_EQ(check('c' + proof.substr(1), now, challenge_kind::challenge), verdict::invalid);
}

// A MAC of our own does not make another spelling good.
TEST_F(challenge, has_one_spelling) {
  ASSERT_EQ(check(forge("c", "1700000060")), verdict::valid);
  for (const std::string_view digits :
       {"", "01700000060", "+1700000060", "-1700000060", " 1700000060", "1700000060 ",
        "1700000060.0", "17000000.60", "1.70000006e9", "0x6553f13c", "0000000001700000060",
        "00000000001700000060", "9223372036854775808", "9999999999999999999",
        "18446744075409551676", "1700000060.", "c1700000060"}) {
    EXPECT_EQ(check(forge("c", digits)), verdict::invalid) << digits;
  }
  EXPECT_EQ(check(forge("c", "00"), -10), verdict::invalid);
  EXPECT_EQ(check(forge("c", "0"), -10), verdict::valid);
  for (const std::string_view kind : {"", "C", "x", "cc", "p"}) {
    EXPECT_EQ(check(forge(kind, "1700000060")), verdict::invalid) << kind;
  }

  // 32 bytes leave two bits of the last character unused.
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::string text = make(now + 60);
  const std::size_t value = alphabet.find(text.back());
  ASSERT_EQ(value % 4, 0u);
  for (std::size_t stray = 1; stray < 4; ++stray) {
    EXPECT_EQ(check(text.substr(0, text.size() - 1) + alphabet[value + stray]), verdict::invalid);
  }
}

TEST_F(challenge, needs_its_key) {
  const std::string text = make(now + 60);
  hmac_key other;
  ASSERT_TRUE(other.import_secret(hash::sha256, "another"));
  EXPECT_EQ(check_challenge(challenge_kind::challenge, other, client, text, now, longest),
            verdict::invalid);
  ASSERT_TRUE(other.import_secret(hash::sha512, secret));
  EXPECT_EQ(check_challenge(challenge_kind::challenge, other, client, text, now, longest),
            verdict::invalid);
  challenge_text out;
  EXPECT_FALSE(make_challenge(challenge_kind::challenge, other, client, now, out));
  const hmac_key none;
  EXPECT_FALSE(make_challenge(challenge_kind::challenge, none, client, now, out));
  EXPECT_EQ(out.view(), "");
  EXPECT_EQ(check_challenge(challenge_kind::challenge, none, client, text, now, longest),
            verdict::invalid);
}

TEST_F(challenge, has_no_expiration_before_the_epoch) {
  challenge_text out;
  out.append("x");
  for (const std::int64_t early : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::min()}) {
    EXPECT_FALSE(make_challenge(challenge_kind::challenge, key_, client, early, out));
    EXPECT_EQ(out.view(), "");
  }
}

}  // namespace
}  // namespace portcullis
