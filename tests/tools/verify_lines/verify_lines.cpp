// The C++ door as a program for outside conformance suites: one JSON line in, one JSON line out.
// README.md beside this file tells the members; the other doors' programs answer the same.
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <portcullis/verifier.hpp>
#include <portcullis/verify_signature.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "event_walk.hpp"

namespace portcullis::test {
namespace {

constexpr std::size_t longest_line = 4194304;
constexpr int deepest_line = 128;
constexpr std::int64_t farthest_now = 9007199254740991;
constexpr std::size_t most_verifiers = 64;

// What is wrong with a line: the whole answer but for the id.
struct bad_line {
  std::string text;
};

constexpr const char* not_an_object =
    "line: expected a JSON object in UTF-8, at most 128 levels deep";
constexpr const char* too_long = "line: expected at most 4194304 bytes";

std::string quote(std::string_view text) {
  return json(text).dump(-1, ' ', true, json::error_handler_t::replace);
}

// ---- the line -------------------------------------------------------------------------------

// Steps over JSON text that is known to be right, or may be anything as long as only depth is
// asked.
class text_walk {
 public:
  explicit text_walk(std::string_view text) noexcept : text_(text) {}

  [[nodiscard]] bool done() const noexcept { return at_ >= text_.size(); }
  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  [[nodiscard]] char peek() const noexcept { return done() ? '\0' : text_[at_]; }
  char take() noexcept { return text_[at_++]; }

  void skip_space() noexcept {
    while (peek() == ' ' || peek() == '\t' || peek() == '\r' || peek() == '\n') ++at_;
  }

  // From the opening quote to behind the closing one.
  void skip_string() noexcept {
    for (++at_; !done() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  void skip_value() noexcept {
    if (peek() == '"') return skip_string();
    int depth = 0;
    while (!done()) {
      const char c = peek();
      if (c == '"') {
        skip_string();
        continue;
      }
      if (c == '}' || c == ']' || c == ',') {
        if (depth == 0) return;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
      if (depth == 0 && (c == '}' || c == ']')) return;
    }
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

bool is_too_deep(std::string_view line) noexcept {
  int depth = 0;
  for (text_walk walk(line); !walk.done();) {
    if (walk.peek() == '"') {
      walk.skip_string();
      continue;
    }
    const char c = walk.take();
    if ((c == '{' || c == '[') && ++depth > deepest_line) return true;
    if (c == '}' || c == ']') --depth;
  }
  return false;
}

// nlohmann-json takes a byte order mark for nothing and a NUL for the end.
bool is_json(std::string_view line) {
  return line.substr(0, 1) != "\xef" && line.find('\0') == std::string_view::npos &&
         !is_too_deep(line) && json::accept(line);
}

// The members as the text that stands in the line, so that a policy, a key and an id stay what they
// are. Of members with one name the last counts.
class members {
 public:
  explicit members(std::string_view line) {
    if (!is_json(line)) throw bad_line{not_an_object};
    text_walk walk(line);
    walk.skip_space();
    if (walk.peek() != '{') throw bad_line{not_an_object};
    walk.take();
    for (walk.skip_space(); walk.peek() == '"'; walk.skip_space()) {
      const std::size_t name = walk.at();
      walk.skip_string();
      const std::string_view quoted = line.substr(name, walk.at() - name);
      walk.skip_space();
      walk.take();  // the colon
      walk.skip_space();
      const std::size_t value = walk.at();
      walk.skip_value();
      std::string_view raw = line.substr(value, walk.at() - value);
      raw = raw.substr(0, raw.find_last_not_of(" \t\r\n") + 1);
      found_[json::parse(quoted).get<std::string>()] = raw;
      walk.skip_space();
      if (walk.peek() == ',') walk.take();
    }
  }

  [[nodiscard]] std::optional<std::string_view> find(const std::string& name) const {
    const auto at = found_.find(name);
    if (at == found_.end()) return std::nullopt;
    return at->second;
  }

  [[nodiscard]] std::string read_string(const std::string& name, const char* expected) const {
    const auto raw = find(name);
    if (!raw || raw->front() != '"') throw bad_line{name + ": " + expected};
    return json::parse(*raw).get<std::string>();
  }

  [[nodiscard]] std::string read_hex(const std::string& name) const {
    const char* const expected = "expected a string of two hexadecimal digits for each byte";
    const std::string text = read_string(name, expected);
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
      const int high = digit(text[i]);
      const int low = i + 1 < text.size() ? digit(text[i + 1]) : -1;
      if (high < 0 || low < 0) throw bad_line{name + ": " + expected};
      bytes.push_back(static_cast<char>(high * 16 + low));
    }
    return bytes;
  }

  // JSON text: what a string holds, or any other value as it stands.
  [[nodiscard]] std::string read_document(const std::string& name, const char* expected) const {
    const auto raw = find(name);
    if (!raw) throw bad_line{name + ": " + expected};
    return raw->front() == '"' ? json::parse(*raw).get<std::string>() : std::string(*raw);
  }

  [[nodiscard]] std::int64_t read_now() const {
    const auto raw = find("now");
    const std::string_view text = raw.value_or("");
    const std::string_view digits = text.substr(text.substr(0, 1) == "-" ? 1 : 0);
    std::int64_t now = 0;
    bool good = !digits.empty() && digits.size() <= 16;
    for (const char c : digits) {
      good = good && c >= '0' && c <= '9';
      if (good) now = now * 10 + (c - '0');
    }
    if (!good || now > farthest_now) {
      throw bad_line{"now: expected an integer from -9007199254740991 to 9007199254740991"};
    }
    return digits.size() == text.size() ? now : -now;
  }

  [[nodiscard]] bool read_flag(const std::string& name) const {
    const std::string_view raw = find(name).value_or("false");
    if (raw != "true" && raw != "false") throw bad_line{name + ": expected true or false"};
    return raw == "true";
  }

 private:
  static int digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  }

  std::map<std::string, std::string_view> found_;
};

// ---- the answer: what follows the id ----------------------------------------------------------

const verifier& find_verifier(const std::string& policy) {
  static std::map<std::string, verifier> verifiers;
  const auto known = verifiers.find(policy);
  if (known != verifiers.end()) return known->second;
  auto made = verifier::from_policy(exact_copy(policy).view());
  if (!made) throw bad_line{made.error().message()};
  if (verifiers.size() == most_verifiers) verifiers.clear();
  return verifiers.emplace(policy, *std::move(made)).first->second;
}

std::string render(const decision& told, bool with_claims) {
  std::string out =
      told.allowed() ? R"(,"decision":"allow","reason":)" : R"(,"decision":"deny","reason":)";
  out += quote(find_reason(told.why()).name);
  if (with_claims && told.allowed()) {
    std::string claims = *told.claims_json();
    for (char& c : claims) {
      if (c == '\n' || c == '\r') c = ' ';  // between values: inside a string none is allowed
    }
    out += R"(,"claims":)" + claims;
  }
  return out;
}

std::string verify(const members& line) {
  const std::int64_t now = line.read_now();
  const std::string policy = line.read_document("policy", "expected an object or JSON text");
  const bool with_claims = line.read_flag("claims");
  const auto event = line.find("event");
  if (event && line.find("token")) throw bad_line{"event: expected no token beside it"};
  if (event) {
    const walked_event walked = read_event(json::parse(*event));
    const exact_copy value(walked.value);
    return render(find_verifier(policy).verify({{walked.shape, value.view()}}, now), with_claims);
  }
  const exact_copy token(line.read_string("token", "expected a string, or an event instead"));
  return render(find_verifier(policy).verify_token(token.view(), now), with_claims);
}

std::string verify_raw(const members& line) {
  const std::string name = line.read_string("alg", "expected a string");
  const exact_copy jwk(line.read_document("jwk", "expected an object or JSON text"));
  const exact_copy message(line.read_hex("message_hex"));
  const exact_copy signature(line.read_hex("signature_hex"));
  const auto told = verify_signature(name, jwk.view(), message.view(), signature.view());
  if (!told) {
    const policy_error& error = told.error();
    const std::string text =
        std::string(error.path.view()) + ": " + std::string(error.expected.view());
    return R"(,"valid":false,"error":)" + quote(text);
  }
  if (*told == signature_verdict::failed) throw bad_line{"verify_raw: the library failed"};
  return *told == signature_verdict::valid ? R"(,"valid":true)" : R"(,"valid":false)";
}

std::string answer(std::string_view text) {
  std::string out = R"({"id":)";
  std::string_view id = "null";
  std::string rest;
  try {
    if (text.size() > longest_line) throw bad_line{too_long};
    const members line(text);
    id = line.find("id").value_or("null");
    const std::string_view op = line.find("op").value_or("\"verify\"");
    const std::string named = op.front() == '"' ? json::parse(op).get<std::string>() : "";
    if (named != "verify" && named != "verify_raw") {
      throw bad_line{"op: expected \"verify\" or \"verify_raw\""};
    }
    rest = named == "verify" ? verify(line) : verify_raw(line);
  } catch (const bad_line& bad) {
    rest = R"(,"error":)" + quote(bad.text);
  }
  out += id;
  return out + rest + "}\n";
}

// ---- the pipe -------------------------------------------------------------------------------

bool write_all(std::string& out) {
  std::size_t sent = 0;
  while (sent < out.size()) {
    const ssize_t count = ::write(STDOUT_FILENO, out.data() + sent, out.size() - sent);
    if (count < 0 && errno != EINTR && errno != EAGAIN) return false;
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
  out.clear();
  return true;
}

// Answers are held back only while there is input at hand.
int run() {
  std::string line;
  std::string out;
  char chunk[65536];
  for (;;) {
    if (!write_all(out)) return 1;
    const ssize_t count = ::read(STDIN_FILENO, chunk, sizeof chunk);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) break;
    std::string_view rest(chunk, static_cast<std::size_t>(count));
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      const std::string_view part = rest.substr(0, end);
      // One byte more than fits shows that a line is too long; what follows it is skipped.
      if (line.size() <= longest_line) line += part.substr(0, longest_line + 1 - line.size());
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
      out += answer(line);
      line.clear();
    }
  }
  if (!line.empty()) out += answer(line);
  return write_all(out) ? 0 : 1;
}

}  // namespace
}  // namespace portcullis::test

int main() { return portcullis::test::run(); }
