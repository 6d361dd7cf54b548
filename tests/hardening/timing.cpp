// Whether the time of a comparison tells where two secrets differ, by the method of dudect
// (Reparaz, Balasch, Verbauwhede: "Dude, is my code constant time?", 2017): two classes of input in
// random order, one that is always the same and one that is drawn anew, and Welch's t-test of their
// cycles, once with all of them and once for each of several bounds above which a measurement is
// taken for an interruption.
//
// Neither class is right: one is wrong at its last byte, the other nearly always at its first, so
// that both take the way of a denial. Prints a line for each comparison: its name and the largest
// |t|. What is named "planted" compares as one must not, behind the same work.
//
//     portcullis_timing MEASUREMENTS
#include <x86intrin.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/constant_time.hpp"
#include "early_exit.hpp"
#include "edge/challenge.hpp"
#include "portcullis/verifier.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"
#include "token_cache.hpp"

namespace portcullis {
namespace {

constexpr std::string_view long_secret =
    "a secret of at least 64 bytes, as it takes for HS512, and this one is";
constexpr std::string_view client = "192.0.2.1";

using bytes = std::string;
std::mt19937_64 randomness(20220101);

// ---- the statistic -------------------------------------------------------------------------

class welch {
 public:
  void add(int which, double value) {
    auto& one = classes_[which];
    one.count += 1;
    const double delta = value - one.mean;
    one.mean += delta / one.count;
    one.squares += delta * (value - one.mean);
  }
  [[nodiscard]] double t() const {
    const auto& [a, b] = classes_;
    if (a.count < 1000 || b.count < 1000) return 0;
    const double variance =
        a.squares / (a.count - 1) / a.count + b.squares / (b.count - 1) / b.count;
    return variance == 0 ? 0 : std::fabs(a.mean - b.mean) / std::sqrt(variance);
  }

 private:
  struct moments {
    double count = 0;
    double mean = 0;
    double squares = 0;
  };
  std::array<moments, 2> classes_;
};

std::uint64_t cycles() {
  _mm_lfence();
  const std::uint64_t now = __rdtsc();
  _mm_lfence();
  return now;
}

struct comparison {
  const char* name;
  std::function<bytes()> fixed;
  std::function<bytes()> drawn;
  std::function<bool(const bytes&)> asked;  // false: not equal
};

double largest_t(const comparison& one, std::size_t measurements) {
  constexpr std::size_t batch = 5000;
  std::vector<bytes> inputs(batch);
  std::vector<int> classes(batch);
  std::vector<double> taken(batch);
  std::vector<double> bounds;
  std::array<welch, 33> tests;  // the first without a bound
  for (std::size_t done = 0; done < measurements + batch; done += batch) {
    for (std::size_t i = 0; i != batch; ++i) {
      classes[i] = static_cast<int>(randomness() & 1);
      inputs[i] = classes[i] == 0 ? one.fixed() : one.drawn();
    }
    for (std::size_t i = 0; i != batch; ++i) {
      const std::uint64_t begin = cycles();
      const bool equal = one.asked(inputs[i]);
      taken[i] = static_cast<double>(cycles() - begin);
      if (equal) std::abort();
    }
    if (bounds.empty()) {  // the first batch warms up and gives the bounds
      std::vector<double> sorted = taken;
      std::sort(sorted.begin(), sorted.end());
      for (std::size_t i = 1; i != tests.size(); ++i) {
        const double share = 1 - std::pow(0.5, 10.0 * static_cast<double>(i) / (tests.size() - 1));
        bounds.push_back(sorted[static_cast<std::size_t>(share * (batch - 1))]);
      }
      continue;
    }
    for (std::size_t i = 0; i != batch; ++i) {
      tests[0].add(classes[i], taken[i]);
      for (std::size_t at = 0; at != bounds.size(); ++at) {
        if (taken[i] < bounds[at]) tests[at + 1].add(classes[i], taken[i]);
      }
    }
  }
  double largest = 0;
  for (const welch& test : tests) largest = std::max(largest, test.t());
  return largest;
}

// ---- what is compared ----------------------------------------------------------------------

bytes draw(std::size_t size) {
  bytes out(size, '\0');
  for (char& c : out) c = static_cast<char>(randomness());
  return out;
}

bytes wrong_at_the_end(bytes right) {
  right.back() ^= 1;
  return right;
}

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

comparison of_words() {
  static const bytes right = draw(64);
  return {
      "64 bytes", [] { return wrong_at_the_end(right); }, [] { return draw(64); },
      [](const bytes& given) { return equal_in_constant_time(octets(right), octets(given), 64); }};
}

// A decision about a token, all of it: what a stranger can measure.
comparison of_tokens(const char* name, hash digest) {
  const std::string quoted = '"' + std::string(name) + '"';
  auto made = verifier::from_policy(support::sample_policy()
                                        .with("algorithms", '[' + quoted + ']')
                                        .with("keys", '[' + support::raw_key(long_secret) + ']')
                                        .text());
  const auto gate = std::make_shared<verifier>(std::move(*made));
  const std::string input = support::signing_input(
      support::sample_header().with("alg", quoted).text(), support::sample_claims().text());
  const bytes mac = support::hmac(digest, long_secret, input);
  const auto token = [input](const bytes& code) {
    return input + '.' + support::encode_base64url(code);
  };
  if (!gate->verify_token(token(mac), support::now).allowed())
    std::abort();  // its header is known then
  return {name, [=] { return token(wrong_at_the_end(mac)); },
          [=] { return token(draw(mac.size())); },
          [gate](const bytes& given) { return gate->verify_token(given, support::now).allowed(); }};
}

// Tokens that end alike and are as long, so that the entry is found and compared.
comparison of_cached_tokens() {
  static token_cache cache;
  static const bytes token = draw(600);
  static constexpr hash_key seed{1, 2};
  cache.reserve(4);
  cache.add(token, {}, seed);
  const auto with_end = [](bytes begin) { return begin + token.substr(begin.size()); };
  return {"token cache", [=] { return with_end(wrong_at_the_end(token.substr(0, 584))); },
          [=] { return with_end(draw(584)); },
          [](const bytes& given) { return cache.find(given, nullptr, seed).has_value(); }};
}

hmac_key& challenge_key() {
  static hmac_key key;
  if (!key.import_secret(hash::sha256, long_secret)) std::abort();
  return key;
}

comparison of_challenges() {
  static const hmac_key& key = challenge_key();
  challenge_text made;
  if (!make_challenge(challenge_kind::challenge, key, client, support::now + 60, made))
    std::abort();
  const std::string begin(made.view().substr(0, made.view().size() - 43));
  const auto with_mac = [begin](const bytes& mac) {
    return begin + support::encode_base64url(mac);
  };
  bytes mac(32, '\0');
  const std::string digits = begin.substr(1, begin.size() - 2);
  mac = support::hmac_sha256(long_secret, std::string("portcullis challenge 1\0c\0", 25) + digits +
                                              '\0' + std::string(client));
  const auto ask = [](const bytes& text) {
    return check_challenge(challenge_kind::challenge, key, client, text, support::now, 60) ==
           verdict::valid;
  };
  if (!ask(with_mac(mac))) std::abort();
  return {"challenge", [=] { return with_mac(wrong_at_the_end(mac)); },
          [=] { return with_mac(draw(32)); }, ask};
}

// As verifying a MAC, but for how it is compared.
comparison of_planted_macs() {
  static const hmac_key& key = challenge_key();
  static const std::string message(200, 'm');
  static const bytes mac = support::hmac_sha256(long_secret, message);
  return {"planted: MAC", [] { return wrong_at_the_end(mac); }, [] { return draw(32); },
          [](const bytes& given) {
            unsigned char code[32];
            return key.sign(message, code) &&
                   support::equal_until_they_differ(code, octets(given), 32);
          }};
}

comparison of_planted_tokens() {
  static const bytes token = draw(600);
  return {"planted: token", [] { return wrong_at_the_end(token); }, [] { return draw(600); },
          [](const bytes& given) {
            return support::equal_until_they_differ(octets(token), octets(given), token.size());
          }};
}

}  // namespace
}  // namespace portcullis

int main(int count, char** words) {
  using namespace portcullis;
  const std::size_t measurements = count == 2 ? std::strtoull(words[1], nullptr, 10) : 100000;
  const comparison all[] = {
      of_words(),
      of_tokens("HS256", hash::sha256),
      of_tokens("HS384", hash::sha384),
      of_tokens("HS512", hash::sha512),
      of_cached_tokens(),
      of_challenges(),
      of_planted_macs(),
      of_planted_tokens(),
  };
  for (const comparison& each : all)
    std::printf("%s\t%.1f\n", each.name, largest_t(each, measurements));
  return 0;
}
