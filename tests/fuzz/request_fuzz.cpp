// A policy with an edge layer and an event, in and out: the same decision, response, edits and log
// line from every backend and from the C++ door as from the C door, from a verifier that knows the
// token as from one that does not; what is generated passes our own checker; and the small parsers
// of a request (cookies, query, client address, challenge) read what a second reading does.
//
// An input is {"policy": …, "event": …, "now": …}, as a case of tests/vectors/edge.
#include <arpa/inet.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "edge/challenge.hpp"
#include "edge/check_response.hpp"
#include "edge/client_address.hpp"
#include "edge/cloudfront_event.hpp"
#include "edge/find_credential.hpp"
#include "limits.hpp"
#include "portcullis/verifier.hpp"
#include "support/check.hpp"
#include "support/edge_walk.hpp"
#include "support/json_mutator.hpp"
#include "support/other_core.hpp"
#include "support/samples.hpp"

using namespace portcullis;
using fuzz::json;

namespace {

constexpr std::size_t text_bytes = 131072;
constexpr char seed_bytes[17] = "sixteen bytes of";

// ---- the small parsers ------------------------------------------------------------------------

std::string trim(std::string text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

struct part {
  std::string name;
  std::string value;
};

std::vector<part> split(std::string_view text, char separator) {
  std::vector<part> parts;
  std::string rest(text);
  while (!rest.empty()) {
    const auto end = rest.find(separator);
    const std::string one = rest.substr(0, end);
    rest.erase(0, end == std::string::npos ? end : end + 1);
    const auto equals = one.find('=');
    parts.push_back({trim(one.substr(0, equals)),
                     equals == std::string::npos ? "" : trim(one.substr(equals + 1))});
  }
  return parts;
}

void check_named(std::string_view text, char separator) {
  if (text.size() > limits::max_field_bytes) return;
  const auto parts = split(text, separator);
  for (std::size_t i = 0; i != std::min<std::size_t>(parts.size(), 4); ++i) {
    const std::string& name = parts[i].name;
    const auto same = [&](const part& other) { return other.name == name; };
    const auto count = std::count_if(parts.begin(), parts.end(), same);
    const auto first = std::find_if(parts.begin(), parts.end(), same);
    const named_part found =
        separator == ';' ? find_cookie(text, name) : find_parameter(text, name);
    fuzz::check(found.count == static_cast<std::size_t>(count) && found.value == first->value,
                "a second reading finds the same cookies and parameters");

    std::string rest(text.size() + text.size() / 2 + 1, '\0');
    rest.resize(without_named(text, name, separator, rest.data()));
    const auto left = split(rest, separator);
    fuzz::check(std::none_of(left.begin(), left.end(), same), "what is taken out is out");
    std::vector<std::string> wanted;
    for (const auto& each : parts) {
      if (each.name != name && !(each.name.empty() && each.value.empty())) {
        wanted.push_back(each.name + '=' + each.value);
      }
    }
    std::vector<std::string> kept;
    for (const auto& each : left) {
      if (!(each.name.empty() && each.value.empty())) kept.push_back(each.name + '=' + each.value);
    }
    fuzz::check(kept == wanted, "everything else stays");
  }
}

void check_address(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return;
  const client_key key = parse_client_address(text, 128);
  unsigned char four[4];
  unsigned char sixteen[16];
  const std::string terminated(text);
  const bool is_four = inet_pton(AF_INET, terminated.c_str(), four) == 1;
  const bool is_sixteen = inet_pton(AF_INET6, terminated.c_str(), sixteen) == 1;
  fuzz::check((key.size != 0) == (is_four || is_sixteen), "an address is one to inet_pton as well");
  if (key.size == 4) {
    fuzz::check(std::memcmp(key.bytes, is_four ? four : sixteen + 12, 4) == 0, "the same address");
  } else if (key.size == 16) {
    fuzz::check(std::memcmp(key.bytes, sixteen, 16) == 0, "the same address");
  }
  const client_key network = parse_client_address(text, 64);
  fuzz::check(network.size == key.size, "a network is of its addresses' kind");
  for (std::size_t i = 0; network.size == 16 && i != 16; ++i) {
    fuzz::check(network.bytes[i] == (i < 8 ? key.bytes[i] : 0), "and is their beginning");
  }
}

void check_challenges(std::string_view client, std::string_view text, std::int64_t now) {
  static const hmac_key& key = []() -> const hmac_key& {
    auto& made = *new hmac_key;
    fuzz::check(made.import_secret(hash::sha256, support::secret), "a key");
    return made;
  }();
  constexpr std::int64_t longest = limits::max_challenge_lifetime;
  challenge_text made;
  for (const auto kind : {challenge_kind::challenge, challenge_kind::proof}) {
    if (now >= 0 && now < (std::int64_t{1} << 52) &&
        make_challenge(kind, key, client, now + 60, made)) {
      const auto told = [&](std::string_view of, std::int64_t at, challenge_kind as) {
        return check_challenge(as, key, client, of, at, longest) == verdict::valid;
      };
      const auto other =
          kind == challenge_kind::proof ? challenge_kind::challenge : challenge_kind::proof;
      fuzz::check(told(made.view(), now, kind), "what is made is valid");
      fuzz::check(!told(made.view(), now + 60, kind), "for its time");
      fuzz::check(!told(made.view(), now, other), "for what it is");
    }
    fuzz::check(check_challenge(kind, key, client, text, now, longest) != verdict::valid ||
                    text == made.view(),
                "nothing else is valid");
  }
}

// ---- decisions --------------------------------------------------------------------------------

struct told {
  std::int32_t judged = 0;
  std::string response;
  std::string edits;
  std::string log;
  bool operator==(const told&) const = default;
};

template <class Write>
std::string read(Write write) {
  static std::vector<char> room(text_bytes);
  const std::size_t size = write(room.data(), room.size());
  fuzz::check(size <= room.size(), "every text fits");
  return {room.data(), size};
}

told ask(const fuzz::other_verifier& gate, const fuzz::edge_walk& walk, double now) {
  const auto& core = gate.core();
  const support::exact_copy copy(walk.text());
  const char* const request = copy.view().data();
  const std::size_t size = copy.view().size();
  told answer;
  answer.judged = core.judge_request(gate.get(), request, size, now);
  answer.response = read([&](char* out, std::size_t room) {
    return core.write_edge_response(gate.get(), request, size, answer.judged, now, out, room);
  });
  answer.edits = read([&](char* out, std::size_t room) {
    return core.write_edge_edits(gate.get(), request, size, answer.judged, out, room);
  });
  answer.log = read([&](char* out, std::size_t room) {
    return core.write_edge_log(gate.get(), request, size, answer.judged, out, room);
  });
  return answer;
}

void refuse_finding(void*, const response_finding& finding) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(finding.path.view().size()),
               finding.path.view().data());
  fuzz::check(false, find_response_rule(finding.rule).name);
}

void check_texts(const told& answer, bool allowed) {
  fuzz::check(answer.log.empty() || json::accept('{' + answer.log + '}'), "a log line is JSON");
  if (allowed) {
    fuzz::check(answer.edits.empty() || json::accept(answer.edits), "edits are JSON");
    return;
  }
  fuzz::check(json::accept(answer.response), "a response is JSON");
  const support::exact_copy copy(answer.response);
  check_response(event_type::viewer_request, copy.view(), {}, refuse_finding, nullptr);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  return fuzz::mutate_json(data, size, max_size, seed,
                           {"policy",
                            "event",
                            "now",
                            "Records",
                            "cf",
                            "request",
                            "headers",
                            "key",
                            "value",
                            "uri",
                            "method",
                            "querystring",
                            "clientIp",
                            "cookie",
                            "origin",
                            "sources",
                            "header",
                            "query",
                            "scheme",
                            "repeated",
                            "strip",
                            "first",
                            "refuse",
                            "routes",
                            "path",
                            "methods",
                            "access",
                            "public",
                            "deny",
                            "token",
                            "cors",
                            "origins",
                            "credentials",
                            "max_age",
                            "expose",
                            "login",
                            "page",
                            "url",
                            "mode",
                            "shadow",
                            "log",
                            "claim_headers",
                            "x-user",
                            "sub",
                            "entries",
                            "GET",
                            "OPTIONS",
                            "HEAD",
                            "/a/**",
                            "/*",
                            "/",
                            "::ffff:1.2.3.4",
                            "2001:db8::1",
                            "a=b; c=d",
                            "a=b&c=d",
                            "token_cache",
                            "rate_limit",
                            "challenge",
                            "return_parameter",
                            "authorization",
                            "access-control-request-method",
                            "access-control-request-headers"});
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const json asked = json::parse(data, data + size, nullptr, false);
  if (!asked.is_object() || !asked.contains("policy") || !asked.contains("event")) return -1;
  constexpr auto replace = json::error_handler_t::replace;
  // Text that is no UTF-8 does not come out of a JSON reader.
  const std::string policy = asked["policy"].dump(-1, ' ', false, replace);
  const json& event = asked["event"];
  const json when = asked.value("now", json());
  const std::int64_t now = when.is_number_integer() && !when.is_number_unsigned() ? 0
                           : when.is_number_unsigned() && when.get<std::uint64_t>() < 1u << 31
                               ? when.get<std::int64_t>()
                               : support::now;

  auto made = verifier::from_policy(support::exact_copy(policy).view());
  if (!made) return 0;
  const verifier gate = std::move(*made);
  const fuzz::edge_walk walk(event, gate.fields());
  const edge_request& request = walk.fields();
  check_named(request.querystring.value, '&');
  for (const auto& field : request.headers) check_named(field.value, ';');
  check_address(request.client.value);
  for (const auto& field : walk.all()) {
    check_challenges(request.client.value.substr(0, 64), field.value, now);
  }
  if (!gate.at_edge()) return 0;

  std::vector<told> answers;
  {
    std::vector<fuzz::other_verifier> others;
    for (const auto* core : fuzz::all_cores()) {
      others.emplace_back(*core, policy);
      fuzz::check(bool(others.back()), "a policy is one to every backend");
      core->seed_edge(others.back().get(), seed_bytes);
      answers.push_back(ask(others.back(), walk, static_cast<double>(now)));
      fuzz::check(answers.front() == answers.back(), "all backends answer alike");
    }
    const auto kind = static_cast<decision_kind>(answers.front().judged >> 8 & 3);
    check_texts(answers.front(), kind == decision_kind::allow);

    // Known by now, where the policy keeps tokens; limits have counted it.
    if (!asked["policy"].contains("rate_limit")) {
      for (const auto& other : others) {
        fuzz::check(ask(other, walk, static_cast<double>(now)) == answers.front(),
                    "a known token changes nothing");
      }
    }
  }
  for (const auto* core : fuzz::all_cores()) core->forget_keys();

  // The C++ door, where fields are handed over by themselves.
  if (walk.has_nul()) return 0;
  verifier direct = std::move(*verifier::from_policy(policy));
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::memcpy(&first, seed_bytes, sizeof first);
  std::memcpy(&second, seed_bytes + sizeof first, sizeof second);
  direct.seed(first, second);
  const decision judged = direct.verify_at_edge(request, now);
  const told& answer = answers.front();
  fuzz::check(judged.why() != reason::internal_error, "nothing fails");
  fuzz::check(static_cast<std::int32_t>(judged.why()) == (answer.judged & 0xff) &&
                  static_cast<std::int32_t>(judged.kind()) == (answer.judged >> 8 & 3),
              "both doors decide alike");
  const auto text = std::make_unique<fixed_text<text_bytes>>();
  if (!judged.allowed()) {
    direct.write_response(request, judged, now, *text);
    fuzz::check(text->view() == answer.response, "both doors respond alike");
    fuzz::check(direct.passed_token(request, judged).empty(), "no token has passed");
  }
  return 0;
}
