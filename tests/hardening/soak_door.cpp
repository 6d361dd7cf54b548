// The core under soak: portcullis_soak WORKLOAD DECISIONS [leak]. soak_door.py tells what is done
// and printed.
#include <malloc.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "edge_walk.hpp"

namespace portcullis::test {
namespace {

constexpr std::size_t seldom_rounds = 200;
constexpr std::size_t deep_rounds = 32;
constexpr std::size_t sample_count = 60;
constexpr std::uint64_t leak_decisions = 16;  // of which one leaks when that is asked for

verifier make(const std::string& policy) {
  auto made = verifier::from_policy(exact_copy(policy).view());
  if (!made) throw std::runtime_error(made.error().message());
  if (made->at_edge()) made->seed(0x0123456789abcdef, 0xfedcba9876543210);
  return std::move(*made);
}

struct step {
  step(const json& told, const verifier& gate)
      : now(told.at("now")), kind(told.at("kind")), reason(told.at("reason")) {
    status = told.at("status").is_null() ? 0 : told.at("status").get<int>();
    route = told.at("route").is_null() ? decision::no_route : told.at("route").get<std::uint32_t>();
    if (gate.at_edge()) {
      edge.emplace(told.at("event"), gate);
    } else {
      const walked_event walked = read_event(told.at("event"));
      shape = walked.shape;
      value = std::make_unique<exact_copy>(walked.value);
    }
  }

  [[nodiscard]] decision ask(const verifier& gate, std::int64_t later) const {
    if (edge) return gate.verify_at_edge(edge->fields(), now + later);
    return gate.verify({{shape, value->view()}}, now + later);
  }

  // Everything else that can be told of a decision.
  [[nodiscard]] std::string read(const verifier& gate, const decision& judged) const {
    std::string told = judged.claims_json().value_or("");
    if (!edge) return told + to_json(gate.respond(judged.why())).dump();
    fixed_text<65536> text;
    gate.write_response(edge->fields(), judged, now, text);
    if (gate.edits()) gate.write_edits(edge->fields(), judged, text);
    gate.write_log(edge->fields(), judged, text);
    return told.append(text.view());
  }

  std::int64_t now;
  std::string kind, reason;
  int status;
  std::uint32_t route;
  std::optional<walked_request> edge;
  field_shape shape{};
  std::unique_ptr<exact_copy> value;
  std::optional<std::string> first;  // what was read the first time
};

struct asked {
  std::string id;
  std::size_t policy;
  bool fresh;
  std::int64_t tick;
  std::list<step> steps;
};

class soak {
 public:
  soak(const std::string& path, bool leaks) : leaks_(leaks) {
    std::ifstream file(path);
    const json work = json::parse(file);
    for (const json& text : work.at("policies")) {
      policies_.push_back(text);
      verifiers_.push_back(make(policies_.back()));
    }
    often_ = load(work.at("often"));
    seldom_ = load(work.at("seldom"));
  }

  json run(std::uint64_t wanted) {
    json samples = json::array({sample()});
    for (;; ++round_) {
      if (round_ % seldom_rounds == 0) sweep(seldom_);
      sweep(often_);
      const std::size_t policy = round_ % verifiers_.size();
      verifiers_[policy] = make(policies_[policy]);
      if (decisions_ * sample_count >= samples.size() * wanted) samples.push_back(sample());
      if (decisions_ >= wanted) break;
    }
    return {{"door", "core"},
            {"decisions", decisions_},
            {"rounds", round_ + 1},
            {"samples", std::move(samples)}};
  }

 private:
  std::vector<asked> load(const json& cases) {
    std::vector<asked> made;
    for (const json& one : cases) {
      asked next{
          one.at("id"), one.at("policy"), one.value("fresh", false), one.value("tick", 0), {}};
      for (const json& each : one.at("steps"))
        next.steps.emplace_back(each, verifiers_[next.policy]);
      made.push_back(std::move(next));
    }
    return made;
  }

  void sweep(std::vector<asked>& cases) {
    for (asked& one : cases) {
      std::optional<verifier> own;
      if (one.fresh) own.emplace(make(policies_[one.policy]));
      const verifier& gate = own ? *own : verifiers_[one.policy];
      const auto later = static_cast<std::int64_t>(round_) * one.tick;
      for (step& each : one.steps) {
        const decision judged = each.ask(gate, later);
        ++decisions_;
        static constexpr const char* kinds[] = {"allow", "deny", "challenge", "answer"};
        bool right = kinds[static_cast<std::size_t>(judged.kind())] == each.kind &&
                     find_reason(judged.why()).name == each.reason;
        if (round_ % deep_rounds == 0) {
          right = right && judged.status() == each.status && judged.route() == each.route;
          const std::string told = each.read(gate, judged);
          if (!each.first) each.first = told;
          right = right && (one.tick != 0 || *each.first == told);
        }
        if (!right) {
          throw std::runtime_error("round " + std::to_string(round_) + ", " + one.id + ": " +
                                   std::string(find_reason(judged.why()).name));
        }
        if (leaks_ && decisions_ % leak_decisions == 0) leaked_.push_back(new char[48]);
      }
    }
  }

  [[nodiscard]] json sample() const {
    std::ifstream file("/proc/self/statm");
    std::size_t total = 0, resident = 0;
    file >> total >> resident;
    const struct mallinfo2 heap = mallinfo2();
    return json::array({decisions_,
                        {{"rss", resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE))},
                         {"heap", heap.uordblks + heap.hblkhd}}});
  }

  bool leaks_;
  std::vector<std::string> policies_;
  std::vector<verifier> verifiers_;
  std::vector<asked> often_, seldom_;
  std::vector<char*> leaked_;
  std::uint64_t decisions_ = 0;
  std::size_t round_ = 0;
};

}  // namespace
}  // namespace portcullis::test

int main(int count, char** arguments) {
  if (count < 3) return 2;
  try {
    portcullis::test::soak soak(arguments[1], count > 3);
    const auto start = std::chrono::steady_clock::now();
    auto told = soak.run(std::strtoull(arguments[2], nullptr, 10));
    told["seconds"] =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::cout << told.dump() << '\n';
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
