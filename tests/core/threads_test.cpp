// What threads share while it changes: verifiers that are made, asked, exchanged and let go at the
// same time, and what each of them keeps. ThreadSanitizer is what these are for; the first has to
// be first, as libcrypto is looked for once.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "portcullis/verifier.hpp"
#include "portcullis/verify_signature.hpp"
#include "support/edge_requests.hpp"
#include "support/key_pairs.hpp"
#include "support/print.hpp"
#include "support/samples.hpp"
#include "support/signing.hpp"

namespace portcullis {
namespace {

using support::edge_event;
using support::object_text;
using support::other_secret;
using support::sample_claims;
using support::sample_header;
using support::sample_policy;
using support::secret;
using support::sign;

constexpr std::size_t thread_count = 4;

// Runs `work(number)` in each of so many threads, which begin together.
template <typename Work>
void together(Work work) {
  std::atomic<std::size_t> ready = 0;
  std::vector<std::thread> threads;
  for (std::size_t number = 0; number != thread_count; ++number) {
    threads.emplace_back([&, number] {
      ++ready;
      while (ready != thread_count) std::this_thread::yield();
      work(number);
    });
  }
  for (auto& thread : threads) thread.join();
}

verifier make(const object_text& policy) {
  auto made = verifier::from_policy(policy.text());
  EXPECT_TRUE(made) << made.error().message();
  return std::move(*made);
}

TEST(threads, find_the_library_together) {
  std::atomic<int> found = 0;
  together([&](std::size_t) { found += has_library(); });
  EXPECT_EQ(found, static_cast<int>(thread_count));
}

TEST(threads, make_verifiers_of_public_keys_together) {
  const algorithm_row& row = *find_algorithm("ES256");
  const std::string jwk = support::jwk_for(row).text();
  const object_text policy =
      sample_policy().with("algorithms", R"(["ES256"])").with("keys", '[' + jwk + ']');
  const std::string input = support::signing_input(sample_header().with("alg", R"("ES256")").text(),
                                                   sample_claims().text());
  const std::string signature = support::sign_bytes(row, input);
  const std::string token = input + '.' + support::encode_base64url(signature);
  std::atomic<int> wrong = 0;
  together([&](std::size_t) {
    for (int i = 0; i != 5; ++i) {
      auto gate = verifier::from_policy(policy.text());
      if (!gate || !gate->verify_token(token, support::now).allowed()) ++wrong;
      const auto raw = verify_signature("ES256", jwk, input, signature);
      if (!raw || *raw != signature_verdict::valid) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0);
}

// As a program does that gets new keys: who has the old verifier keeps it until it is done.
TEST(threads, exchange_a_verifier_that_others_are_asking) {
  struct gate {
    verifier judge;
    std::size_t key;
  };
  const std::string_view secrets[] = {secret, other_secret};
  std::string tokens[2];
  for (std::size_t key = 0; key != 2; ++key) {
    tokens[key] = sign(sample_header(), sample_claims(), secrets[key]);
  }
  const auto renewed = [&](std::size_t key) {
    return std::make_shared<const gate>(
        gate{make(sample_policy().with("keys", '[' + support::raw_key(secrets[key]) + ']')), key});
  };

  std::mutex exchanging;
  std::shared_ptr<const gate> current = renewed(0);
  std::atomic<int> wrong = 0;
  std::atomic<std::size_t> asking = thread_count - 1;
  together([&](std::size_t number) {
    if (number == 0) {
      for (std::size_t i = 1; asking != 0; ++i) {
        auto next = renewed(i % 2);
        const std::lock_guard lock(exchanging);
        current.swap(next);
      }
      return;
    }
    for (int i = 0; i != 40; ++i) {
      const auto taken = [&] {
        const std::lock_guard lock(exchanging);
        return current;
      }();
      for (int j = 0; j != 20; ++j) {
        wrong += !taken->judge.verify_token(tokens[taken->key], support::now).allowed();
        wrong += taken->judge.verify_token(tokens[1 - taken->key], support::now).why() !=
                 reason::signature_invalid;
      }
    }
    --asking;
  });
  EXPECT_EQ(wrong, 0);
}

// Headers that are not known yet, more tokens than the cache has places, and subjects and addresses
// that collide.
TEST(threads, share_all_that_a_verifier_keeps) {
  const verifier gate = make(
      sample_policy()
          .with("keys", '[' + support::raw_key(secret, "a") + ',' +
                            support::raw_key(other_secret, "b") + ']')
          .with("token_cache", R"({"entries":16})")
          .with("log", R"({"decisions":"all","claims":["sub"]})")
          .with(
              "rate_limit",
              R"({"address":{"requests":1000000,"seconds":1},"subject":{"requests":1000000,"seconds":1}})"));
  struct asked {
    std::string good;
    std::string forged;
  };
  std::vector<asked> tokens;
  for (int i = 0; i != 48; ++i) {
    const bool first = i % 2 == 0;
    const object_text header =
        sample_header().with("kid", first ? R"("a")" : R"("b")").with("n", std::to_string(i % 12));
    const std::string good =
        sign(header, sample_claims().with("sub", '"' + std::to_string(i) + '"'),
             first ? secret : other_secret);
    std::string forged = good;
    // Not the end, by which the cache finds its place.
    char& changed = forged[good.rfind('.') + 1];
    changed = changed == 'A' ? 'B' : 'A';
    tokens.push_back({"Bearer " + good, "Bearer " + forged});
  }
  std::atomic<int> wrong = 0;
  together([&](std::size_t number) {
    fixed_text<16384> out;
    for (std::size_t i = 0; i != 400; ++i) {
      const asked& one = tokens[(i * (number + 1)) % tokens.size()];
      edge_event event("/x");
      event.from("192.0.2." + std::to_string(i % 200));
      event.with("authorization", one.good);
      const edge_request request = event.request(gate);
      const decision judged = gate.verify_at_edge(request, support::now);
      wrong += !judged.allowed();
      out.clear();
      gate.write_log(request, judged, out);
      event.with("authorization", one.forged);
      const edge_request other = event.request(gate);
      const decision denied = gate.verify_at_edge(other, support::now);
      wrong += denied.why() != reason::signature_invalid;
      out.clear();
      gate.write_response(other, denied, support::now, out);
      wrong += out.view().empty();
    }
  });
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace portcullis
