// Whether a decision's time grows with the token, with the number of keys, with the number of
// routes.
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "measure.hpp"
#include "portcullis/edge_request.hpp"
#include "subjects.hpp"

namespace portcullis::bench {
namespace {

// So many requests in turns, whatever the number of keys or routes: spread over all of them.
constexpr std::size_t request_count = 64;

std::size_t place_of(std::size_t request, std::size_t count) {
  return count - 1 - request * count / request_count;
}

std::string name_of(std::size_t number) {
  std::string digits = std::to_string(number);
  return std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

std::string secret_of(std::size_t key) { return name_of(key) + std::string(secret); }

struct keyed {
  verifier judge;
  std::vector<std::string> tokens;
};

keyed make_keyed(std::size_t count) {
  std::string keys;
  for (std::size_t key = 0; key < count; ++key) {
    keys += (key == 0 ? "" : ",") + std::string(R"({"kty":"oct","kid":"key-)") + name_of(key) +
            R"(","k":")" + support::encode_base64url(secret_of(key)) + "\"}";
  }
  keyed made{make_verifier("HS256", keys), {}};
  for (std::size_t i = 0; i < request_count; ++i) {
    const std::size_t key = place_of(i, count);
    made.tokens.push_back(
        make_token(400, 0, R"({"alg":"HS256","typ":"JWT","kid":"key-)" + name_of(key) + "\"}",
                   secret_of(key)));
  }
  return made;
}

struct routed {
  verifier judge;
  std::vector<std::string> paths;
};

routed make_routed(std::size_t count) {
  std::string routes;
  for (std::size_t route = 0; route < count; ++route) {
    routes +=
        (route == 0 ? "" : ",") + std::string(R"({"path":"/data/)") + name_of(route) + "/**\"}";
  }
  routed made{make_verifier("HS256", shared_key(), R"(,"routes":[)" + routes + ']'), {}};
  for (std::size_t i = 0; i < request_count; ++i) {
    made.paths.push_back("/data/" + name_of(place_of(i, count)) + "/report.json");
  }
  return made;
}

// A repetition calls its benchmark anew; what it measures is made once.
template <class Made>
const Made& once(std::size_t count, Made (*make)(std::size_t)) {
  static std::map<std::size_t, Made> made;
  const auto found = made.find(count);
  return found != made.end() ? found->second : made.emplace(count, make(count)).first->second;
}

void growth_token(benchmark::State& state) {
  const std::string token = make_token(static_cast<std::size_t>(state.range(0)));
  const verifier verifier = make_verifier();
  measure(state, [&] { return verifier.verify_token(token, now).allowed(); });
  set_token_counters(state, token);
}

void growth_keys(benchmark::State& state) {
  const keyed& subject = once(static_cast<std::size_t>(state.range(0)), make_keyed);
  for (const auto& token : subject.tokens) {
    require(state, subject.judge.verify_token(token, now).allowed());
  }
  std::size_t at = 0;
  measure(state, [&] {
    return subject.judge.verify_token(subject.tokens[at++ % request_count], now).allowed();
  });
}

void growth_routes(benchmark::State& state) {
  const routed& subject = once(static_cast<std::size_t>(state.range(0)), make_routed);
  const std::string authorization = "Bearer " + make_token(400);
  const std::vector<field_view> headers{{field_shape::single, authorization}};
  const auto allowed = [&](const std::string& path) {
    const edge_request request{{field_shape::single, "GET"},
                               {field_shape::single, path},
                               {field_shape::single, ""},
                               {field_shape::single, "192.0.2.1"},
                               headers};
    return subject.judge.verify_at_edge(request, now).allowed();
  };
  require(state, subject.judge.fields().size() == headers.size());
  for (const auto& path : subject.paths) require(state, allowed(path));
  std::size_t at = 0;
  measure(state, [&] { return allowed(subject.paths[at++ % request_count]); });
}

BENCHMARK(growth_token)
    ->Arg(343)
    ->Arg(700)
    ->Arg(1400)
    ->Arg(2800)
    ->Arg(5600)
    ->Arg(11200)
    ->Arg(16000);
BENCHMARK(growth_keys)->Arg(1)->Arg(4)->Arg(16)->Arg(64)->Arg(250)->Arg(1000);
BENCHMARK(growth_routes)->Arg(1)->Arg(4)->Arg(16)->Arg(64)->Arg(250)->Arg(1000);

}  // namespace
}  // namespace portcullis::bench
