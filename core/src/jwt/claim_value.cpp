#include "jwt/claim_value.hpp"

#include <cstdint>
#include <cstring>

#include "encoding/equal_bytes.hpp"

namespace portcullis {
#if !defined(__wasm__)  // where the reader of any array is all that there is room for

namespace {

// The first quotation mark from `at` on: there is one before `end`, or at it.
[[gnu::always_inline]] inline const char* find_mark(const char* at, const char* end) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101;
  for (; end - at >= 8; at += 8) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    // The lowest byte that has become zero, and borrows for the first time.
    const std::uint64_t differs = bytes ^ ones * '"';
    const std::uint64_t found = (differs - ones) & ~differs & ones << 7;
    if (found != 0) return at + __builtin_ctzll(found) / 8;
  }
  while (at != end && *at != '"') ++at;
  return at;
}

// The same for `"a","b"`, where every other mark ends a string.
bool has_item(std::string_view items, std::string_view wanted) noexcept {
  const char* at = items.data();
  const char* const end = at + items.size();
  while (at < end) {
    const char* const item = at + 1;
    const char* const mark = find_mark(item, end);
    const auto size = static_cast<std::size_t>(mark - item);
    if (size == wanted.size() && equal_bytes(item, wanted.data(), size)) return true;
    at = mark + 2;  // behind the comma
  }
  return false;
}

}  // namespace

#endif

[[gnu::hot]] bool contains(const claim_value& claim, std::string_view wanted,
                           matching how) noexcept {
  if (claim.type == claim_value::form::string) {
    return how == matching::words ? contains_word(claim.text, wanted) : equal(claim.text, wanted);
  }
  if (claim.type != claim_value::form::strings) return false;
#if !defined(__wasm__)
  if (!claim.text.escaped) return has_item(claim.text.raw, wanted);
#endif
  string_array_reader reader(claim.text.raw);
  for (json_text text; reader.next(text);) {
    if (equal(text, wanted)) return true;
  }
  return false;
}

bool read_claim_value(json_scanner& scanner, claim_value& out) noexcept {
  const json_kind kind = scanner.peek();
  if (kind == json_kind::string) {
    out.type = claim_value::form::string;
    return scanner.read_string(out.text);
  }

  out.type = claim_value::form::other;
  const char* begin = scanner.position();
  std::size_t brackets = 0;
  if (kind != json_kind::array) {
    if (!scanner.skip_value()) return false;
  } else {
    if (!scanner.enter_array()) return false;
    brackets = 1;
    while (scanner.next_item()) {
      if (scanner.peek() != json_kind::string) brackets = 0;
      if (!scanner.skip_value()) return false;
    }
    if (scanner.failed()) return false;
  }
  if (brackets != 0) {
    out.type = claim_value::form::strings;
    out.text.escaped = true;
  }
  begin += brackets;
  out.text.raw = {begin, static_cast<std::size_t>(scanner.position() - begin) - brackets};
  return true;
}

bool find_claim(std::string_view json, std::string_view name, reading_ends where,
                claim_value& out) noexcept {
  json_scanner scanner(json, claims_bounds);
  if (!scanner.enter_object()) return false;
  for (json_text member; scanner.next_member(member);) {
    const bool found = equal(member, name);
    if (!(found ? read_claim_value(scanner, out) : scanner.skip_value())) return false;
    if (found && where == reading_ends::with_the_claim) return true;
  }
  return scanner.finish();
}

}  // namespace portcullis
