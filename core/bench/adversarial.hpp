// The worst that a stranger, a token of an issuer's, or a policy can ask for, by the limit that
// bounds it (core/src/limits.hpp). tools/dev/adversaries.py has the same names with what each may
// cost; adversarial_bench.cpp times them, count_adversaries.cpp counts their instructions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "limits.hpp"
#include "portcullis/edge_request.hpp"
#include "portcullis/fixed_text.hpp"
#include "subjects.hpp"

namespace portcullis::bench {

// Gives whether it was decided as it has to be.
using question = std::function<bool()>;

struct adversary {
  const char* name;
  std::size_t
      full;  // the limit, or what fits below it; measured at a quarter, a half and all of it
  question (*make)(std::size_t size);
};

namespace adversarial {

inline std::string garbage(std::size_t bytes) {
  return support::encode_base64url(std::string(bytes, 'g'));
}

inline std::string unsigned_token(const std::string& header, const std::string& payload,
                                  std::size_t signature = 32) {
  return support::signing_input(header, payload) + '.' + garbage(signature);
}

inline question decides(std::shared_ptr<verifier> gate, std::string token, reason why) {
  return [=] { return gate->verify_token(token, now).why() == why; };
}
inline question decides(std::string token, reason why) {
  return decides(std::make_shared<verifier>(make_verifier()), std::move(token), why);
}

inline const std::string plain_header = R"({"alg":"HS256","typ":"JWT"})";
inline const std::string good_claims = open_claims(0) + "\"}";
inline std::string claims_with(const std::string& value) {
  return open_claims(0) + "\",\"hostile\":" + value + '}';
}
inline question reads_claims(const std::string& value) {
  return decides(support::sign(plain_header, claims_with(value), secret), reason::ok);
}

inline std::string repeat_to(std::size_t bytes, std::string_view part) {
  std::string out;
  while (out.size() + part.size() <= bytes) out += part;
  return out;
}

// Names of one length with one first and one last character, which an escape makes slow to compare.
inline std::string hostile_members(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += (i == 0 ? "" : ",") + std::string("\"\\u0061") + std::to_string(100 + i) + "z\":0";
  }
  return out;
}

inline std::string listed(std::size_t count, const std::function<std::string(std::size_t)>& item) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "" : ",") + item(i);
  return '[' + out + ']';
}

// ---- tokens ----

inline question dots(std::size_t size) {
  return decides(repeat_to(size, "a."), reason::token_malformed);
}
inline question no_dots(std::size_t size) {
  return decides(std::string(size, 'A'), reason::token_malformed);
}
inline question header_escapes(std::size_t size) {
  return decides(
      unsigned_token(R"({"alg":"HS256","x":")" + repeat_to(size - 30, "\\u0061") + "\"}", "{}"),
      reason::signature_invalid);
}
inline question header_members(std::size_t size) {
  return decides(unsigned_token(R"({"alg":"HS256",)" + hostile_members(size - 1) + '}', "{}"),
                 reason::signature_invalid);
}
inline question claims_members(std::size_t size) {
  return reads_claims('{' + hostile_members(size - 9) + '}');
}
// Looked into before there is a signature: one of 64 issuers is to be chosen.
inline question unverified_members(std::size_t size) {
  const std::string entries = listed(limits::max_issuers, [](std::size_t i) {
    return R"({"algorithms":["HS256"],"issuer":"https://i)" + std::to_string(i) +
           R"(.example/","audience":null,"keys":[)" + shared_key() + "]}";
  });
  auto gate = std::make_shared<verifier>(make_verifier(R"({"issuers":)" + entries + '}'));
  return decides(gate,
                 unsigned_token(plain_header, '{' + hostile_members(size - 1) +
                                                  R"(,"iss":"https://i63.example/"})"),
                 reason::signature_invalid);
}
inline question claims_depth(std::size_t size) {
  constexpr std::size_t depth = limits::max_claims_depth - 2;
  const std::string one = std::string(depth, '[') + std::string(depth, ']') + ',';
  return reads_claims('[' + repeat_to(size, one) + "0]");
}
inline question claims_objects(std::size_t size) {
  return reads_claims('[' + repeat_to(size, R"({"a":1},)") + "0]");
}
inline question claims_space(std::size_t size) {
  return reads_claims(std::string(size, ' ') + '0');
}
inline question claims_escapes(std::size_t size) {
  return reads_claims('"' + repeat_to(size, "\\u0041") + '"');
}
inline question claims_number(std::size_t size) {
  return reads_claims("0." + std::string(size, '1'));
}
inline question expiration_digits(std::size_t size) {
  std::string claims = good_claims;
  claims.insert(claims.find("1700086400") + 10, '.' + std::string(size, '0'));
  return decides(support::sign(plain_header, claims, secret), reason::ok);
}
inline question grants(std::size_t size) {
  const auto name = [](std::size_t i) { return "\"p" + std::to_string(10000 + i) + '"'; };
  auto gate = std::make_shared<verifier>(make_verifier(
      R"({"algorithms":["HS256"],"issuer":null,"audience":null,"keys":[)" + shared_key() +
      R"(],"require":{"permissions":{"all_of":)" + listed(size, name) + "}}}"));
  const std::string held = listed(1300, [&](std::size_t i) { return name(1299 - i); });
  return decides(
      gate, support::sign(plain_header, R"({"exp":1700086400,"permissions":)" + held + '}', secret),
      reason::ok);
}
inline question scope_words(std::size_t size) {
  const auto name = [](std::size_t i) { return "p" + std::to_string(10000 + i); };
  auto gate = std::make_shared<verifier>(
      make_verifier(R"({"algorithms":["HS256"],"issuer":null,"audience":null,"keys":[)" +
                    shared_key() + R"(],"require":{"scope":{"all_of":)" +
                    listed(size, [&](std::size_t i) { return '"' + name(i) + '"'; }) + "}}}"));
  std::string held;
  for (std::size_t i = 0; i < 1600; ++i) held += name(1599 - i) + ' ';
  return decides(
      gate, support::sign(plain_header, R"({"exp":1700086400,"scope":")" + held + "\"}", secret),
      reason::ok);
}
inline question authorization_spaces(std::size_t size) {
  auto gate = std::make_shared<verifier>(make_verifier());
  const std::string value = "Bearer" + std::string(size - 8, ' ') + "x";
  return [=] {
    return gate->verify({{field_shape::single, value}}, now).why() == reason::token_malformed;
  };
}

// ---- floods: what is dear, with signatures of nothing ----

inline question es384_flood(std::size_t size) {
  auto gate = std::make_shared<verifier>(
      make_verifier("ES384", support::pair_of(key_type::p384).jwk().with("kid", "\"k\"").text()));
  const std::string header = R"({"alg":"ES384","kid":"k"})";
  return decides(gate, unsigned_token(header, std::string(size * 3 / 4 - 200, 'x'), 96),
                 reason::signature_invalid);
}
// The largest modulus; nobody has to have its key.
inline question rs512_flood(std::size_t size) {
  std::string modulus(1024, '\xb5');
  modulus.back() = '\x01';
  auto gate = std::make_shared<verifier>(make_verifier(
      "RS512",
      R"({"kty":"RSA","kid":"k","e":"AQAB","n":")" + support::encode_base64url(modulus) + "\"}"));
  return decides(
      gate,
      unsigned_token(R"({"alg":"RS512","kid":"k"})", std::string(size * 3 / 4 - 1200, 'x'), 1024),
      reason::signature_invalid);
}
inline std::string many_keys(std::size_t count, bool descending) {
  return listed(count, [=](std::size_t i) {
    return R"({"kty":"oct","kid":"key-)" + std::to_string(10000 + (descending ? count - i : i)) +
           R"(","k":")" + support::encode_base64url(secret) + "\"}";
  });
}
inline std::string policy_with(const std::string& keys, const std::string& more = {}) {
  return R"({"algorithms":["HS256"],"issuer":null,"audience":null,"keys":)" + keys + more + '}';
}
inline question kid_spray(std::size_t size) {
  auto gate = std::make_shared<verifier>(make_verifier(policy_with(many_keys(size, false))));
  const std::string id = "key-1" + std::string(limits::max_kid_bytes - 5, '0');
  return decides(gate, unsigned_token(R"({"alg":"HS256","kid":")" + id + "\"}", good_claims),
                 reason::key_not_found);
}

// ---- requests ----

struct edge_gate {
  edge_gate(const std::string& more, std::string_view named, std::string value)
      : gate(make_verifier(policy_with('[' + shared_key() + ']', more))), text(std::move(value)) {
    for (const std::string_view name : gate.fields()) {
      fields.push_back(name == named ? field_view{field_shape::single, text} : field_view{});
    }
  }
  [[nodiscard]] edge_request request(std::string_view path = "/", std::string_view query = {},
                                     std::string_view client = "192.0.2.1",
                                     std::string_view method = "GET") const {
    return {{field_shape::single, method},
            {field_shape::single, path},
            {field_shape::single, query},
            {field_shape::single, client},
            fields};
  }
  [[nodiscard]] reason ask(const edge_request& asked, std::int64_t when = now) const {
    return gate.verify_at_edge(asked, when).why();
  }
  verifier gate;
  std::string text;
  std::vector<field_view> fields;
};

inline const std::string edge_token = support::sign(plain_header, good_claims, secret);

// Found at the end, and taken out.
inline question cookies(std::size_t size) {
  auto own =
      std::make_shared<edge_gate>(R"(,"sources":[{"cookie":"session","strip":true}])", "cookie",
                                  repeat_to(size - 600, "sessioo=1; ") + "session=" + edge_token);
  return [=] {
    static fixed_text<65536> out;
    const edge_request asked = own->request();
    const decision judged = own->gate.verify_at_edge(asked, now);
    own->gate.write_edits(asked, judged, out);
    return judged.allowed() && out.view().size() > 2;
  };
}
inline question query(std::size_t size) {
  auto own = std::make_shared<edge_gate>(
      R"(,"sources":[{"query":"token","strip":true}])", "",
      repeat_to(size - 600, "tokeo=1&%74oken%3d=2&") + "token=" + edge_token);
  return [=] {
    static fixed_text<65536> out;
    const edge_request asked = own->request("/", own->text);
    const decision judged = own->gate.verify_at_edge(asked, now);
    own->gate.write_edits(asked, judged, out);
    return judged.allowed() && out.view().size() > 2;
  };
}
inline question request_bytes(std::size_t size) {
  auto own = std::make_shared<edge_gate>(R"(,"sources":[{"cookie":"session"}])", "cookie",
                                         repeat_to(size - 100, "a=;"));
  return [=] { return !own->gate.verify_at_edge(own->request(), now).allowed(); };
}
// All patterns with `*` stay possible along the path, which can be read in every way there is.
inline question path_readings(std::size_t size) {
  const std::string routes = listed(limits::max_wildcard_routes, [](std::size_t i) {
    std::string path;
    for (std::size_t bit = 0; bit < 6; ++bit) path += (i >> bit & 1) != 0 ? "/*" : "/a";
    return "{\"path\":\"" + path + support::repeat("/a", 121) + "/*\"}";
  });
  auto own = std::make_shared<edge_gate>(R"(,"routes":)" + routes, "",
                                         support::repeat("/a", size - 1) + "/A;x");
  return [=] {
    const reason why = own->ask(own->request(own->text));
    return why != reason::ok && why != reason::internal_error;
  };
}
inline question path_escapes(std::size_t size) {
  auto own = std::make_shared<edge_gate>(
      R"(,"routes":[{"path":"/a/*/b"},{"path":"/**","access":"public"}])", "",
      repeat_to(size, '/' + support::repeat("%C3%A9", 20)));
  return [=] { return own->ask(own->request(own->text)) == reason::ok; };
}
inline question route_misses(std::size_t size) {
  const std::string routes =
      listed(size, [](std::size_t i) { return "{\"path\":\"/r" + std::to_string(i) + "/a/b\"}"; });
  auto own =
      std::make_shared<edge_gate>(R"(,"routes":)" + routes, "", "/r17/a/" + std::string(8000, 'c'));
  return [=] { return own->ask(own->request(own->text)) == reason::route_not_found; };
}
// Segments that have one hash, FNV-1a as core/src/edge/routes.cpp takes it: a sequence of pairs, either
// of which leads from the state before to the same one.
inline const std::vector<std::string>& colliding_segments() {
  static const auto made = [] {
    // Spread over all there are: near each other they have no collisions.
    const auto spell = [](std::uint32_t number) {
      std::string letters(8, 'a');
      std::uint64_t rest = number * 0x9e3779b97f4a7c15;
      for (char& letter : letters) {
        letter = static_cast<char>('a' + rest % 26);
        rest /= 26;
      }
      return letters;
    };
    const auto hash = [](std::uint32_t state, std::string_view text) {
      for (const char c : text) state = (state ^ static_cast<unsigned char>(c)) * 0x01000193;
      return state;
    };
    std::uint32_t state = 0x811c9dc5;
    std::vector<std::string> all{""};
    while (all.size() < limits::max_routes) {
      std::vector<std::uint32_t> seen(1u << 18);
      for (std::uint32_t number = 1;; ++number) {
        const std::string one = spell(number);
        const std::uint32_t next = hash(state, one);
        const std::uint32_t other = std::exchange(seen[next >> 14], number);
        if (other == 0 || hash(state, spell(other)) != next) continue;
        std::vector<std::string> longer;
        for (const std::string& begin : all) {
          longer.push_back(begin + one);
          longer.push_back(begin + spell(other));
        }
        all = std::move(longer);
        state = next;
        break;
      }
    }
    return all;
  }();
  return made;
}
// Where the hash tells no route from another, and the one that is asked for came last.
inline question route_collisions(std::size_t size) {
  const std::vector<std::string>& segments = colliding_segments();
  const std::string routes = listed(size, [&](std::size_t i) {
    return "{\"path\":\"/" + segments[i] + "\",\"access\":\"public\"}";
  });
  auto own = std::make_shared<edge_gate>(R"(,"routes":)" + routes, "", '/' + segments[size - 1]);
  return [=] { return own->ask(own->request(own->text)) == reason::ok; };
}
inline question preflight_headers(std::size_t size) {
  const std::string headers = listed(limits::max_cors_headers, [](std::size_t i) {
    return "\"x-header-" + std::to_string(10 + i) + '"';
  });
  auto own = std::make_shared<edge_gate>(
      R"(,"cors":{"origins":["https://a.example"],"headers":)" + headers + '}', "", "");
  auto list = std::make_shared<std::string>(repeat_to(size - 20, " ,") + "x-header-73");
  for (std::size_t i = 0; i < own->gate.fields().size(); ++i) {
    const std::string_view name = own->gate.fields()[i];
    if (name == "origin") own->fields[i] = {field_shape::single, "https://a.example"};
    if (name == "access-control-request-method") own->fields[i] = {field_shape::single, "GET"};
    if (name == "access-control-request-headers") own->fields[i] = {field_shape::single, *list};
  }
  return [=] {
    (void)list;
    return own->ask(own->request("/", {}, "192.0.2.1", "OPTIONS")) == reason::preflight_answered;
  };
}

// ---- tables that strangers fill ----

// As many clients as there is room for, and then others: each takes a place from another one.
inline question limiter_full(std::size_t size) {
  auto own = std::make_shared<edge_gate>(
      R"(,"rate_limit":{"address":{"requests":1,"seconds":60},"entries":)" + std::to_string(size) +
          '}',
      "", "");
  own->gate.seed(0x0123456789abcdef, 0xfedcba9876543210);
  auto next = std::make_shared<std::size_t>(0);
  const auto ask = [=] {
    const std::size_t n = (*next)++;
    const std::string client = "10." + std::to_string(n >> 16 & 255) + '.' +
                               std::to_string(n >> 8 & 255) + '.' + std::to_string(n & 255);
    return own->ask(own->request("/", {}, client)) != reason::internal_error;
  };
  for (std::size_t i = 0; i < size; ++i) ask();
  return ask;
}
// More tokens than there is room for, each of which passes and takes the place of another.
inline question cache_thrash(std::size_t size) {
  auto own = std::make_shared<edge_gate>(
      R"(,"token_cache":{"entries":)" + std::to_string(size) + '}', "authorization", "");
  own->gate.seed(0x0123456789abcdef, 0xfedcba9876543210);
  auto tokens = std::make_shared<std::vector<std::string>>();
  for (unsigned i = 0; i < 512; ++i) tokens->push_back("Bearer " + make_token(700, i));
  auto next = std::make_shared<std::size_t>(0);
  return [=] {
    own->fields[0] = {field_shape::single, (*tokens)[(*next)++ % tokens->size()]};
    return own->ask(own->request()) == reason::ok;
  };
}

// ---- policies ----

inline question reads_policy(std::string policy, bool good) {
  return [policy = std::move(policy), good] {
    return static_cast<bool>(verifier::from_policy(policy)) == good;
  };
}
inline question policy_keys(std::size_t size) {
  return reads_policy(policy_with(many_keys(size, true)), true);
}
inline question policy_space(std::size_t size) {
  return reads_policy(policy_with('[' + std::string(size - 1000, ' ') + shared_key() + ']'), true);
}
inline question policy_values(std::size_t size) {
  const std::string entries = listed(size / 256, [](std::size_t i) {
    return R"({"algorithms":["HS256"],"issuer":"https://i)" + std::to_string(i) +
           R"(.example/","audience":)" +
           listed(240, [](std::size_t j) { return '"' + std::to_string(j) + '"'; }) +
           R"(,"keys":[)" + shared_key() + "]}";
  });
  return reads_policy(R"({"issuers":)" + entries + '}', true);
}
inline question policy_members(std::size_t size) {
  return reads_policy(R"({"algorithms":["HS256"],)" + hostile_members(size - 1) + '}', false);
}
inline question policy_routes(std::size_t size) {
  const std::string routes = listed(size, [](std::size_t i) {
    return "{\"path\":\"/%C3%A9/B/c/d/*d/e/r" + std::to_string(i) + "\"}";
  });
  std::string text = routes;
  for (std::size_t at = 0; (at = text.find("/*d", at)) != std::string::npos;)
    text.replace(at, 3, "/d");
  return reads_policy(policy_with('[' + shared_key() + ']', R"(,"routes":)" + text), true);
}
// One path for all, told apart by their methods.
inline question policy_methods(std::size_t size) {
  const std::string routes = listed(size, [](std::size_t i) {
    return R"({"path":"/a","methods":)" +
           listed(limits::max_methods,
                  [=](std::size_t j) {
                    return "\"M" + std::to_string(100000 + i * limits::max_methods + j) + '"';
                  }) +
           '}';
  });
  return reads_policy(policy_with('[' + shared_key() + ']', R"(,"routes":)" + routes), true);
}

}  // namespace adversarial

inline constexpr adversary adversaries[] = {
    {"dots", limits::max_token_bytes, adversarial::dots},
    {"no_dots", limits::max_token_bytes, adversarial::no_dots},
    {"header_escapes", limits::max_header_bytes, adversarial::header_escapes},
    {"header_members", limits::max_header_members, adversarial::header_members},
    {"claims_members", limits::max_claims_members, adversarial::claims_members},
    {"unverified_members", limits::max_claims_members, adversarial::unverified_members},
    {"claims_depth", 11520, adversarial::claims_depth},
    {"claims_objects", 11520, adversarial::claims_objects},
    {"claims_space", 11520, adversarial::claims_space},
    {"claims_escapes", 11520, adversarial::claims_escapes},
    {"claims_number", 11520, adversarial::claims_number},
    {"expiration_digits", 11520, adversarial::expiration_digits},
    {"grants", limits::max_list_entries, adversarial::grants},
    {"scope_words", limits::max_list_entries, adversarial::scope_words},
    {"authorization_spaces", limits::max_authorization_bytes, adversarial::authorization_spaces},
    {"es384_flood", limits::max_token_bytes, adversarial::es384_flood},
    {"rs512_flood", limits::max_token_bytes, adversarial::rs512_flood},
    {"kid_spray", limits::max_keys, adversarial::kid_spray},
    {"cookies", limits::max_field_bytes, adversarial::cookies},
    {"query", limits::max_field_bytes, adversarial::query},
    {"request_bytes", limits::max_request_bytes, adversarial::request_bytes},
    {"path_readings", 128, adversarial::path_readings},
    {"path_escapes", limits::max_path_bytes, adversarial::path_escapes},
    {"route_misses", limits::max_routes, adversarial::route_misses},
    {"route_collisions", limits::max_routes, adversarial::route_collisions},
    {"preflight_headers", limits::max_field_bytes, adversarial::preflight_headers},
    {"limiter_full", limits::max_limiter_entries, adversarial::limiter_full},
    {"cache_thrash", limits::max_cache_entries, adversarial::cache_thrash},
    {"policy_keys", limits::max_keys, adversarial::policy_keys},
    {"policy_space", limits::max_policy_bytes, adversarial::policy_space},
    {"policy_values", limits::max_policy_values, adversarial::policy_values},
    {"policy_members", limits::max_policy_members, adversarial::policy_members},
    {"policy_routes", limits::max_routes, adversarial::policy_routes},
    {"policy_methods", 848, adversarial::policy_methods},
};

}  // namespace portcullis::bench
