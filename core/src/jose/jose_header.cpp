#include "jose/jose_header.hpp"

#include "encoding/json_scanner.hpp"
#include "encoding/name_table.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

constexpr json_bounds bounds{limits::max_header_depth, limits::max_header_members};

enum class parameter : std::uint8_t {
  algorithm,
  type,
  key_id,
  critical,   // an extension that must be understood, and none is
  encrypted,  // makes it a JWE, or compressed: not a signed JWT
  other
};

constexpr name_row<parameter> rows[] = {
    {"alg", parameter::algorithm}, {"typ", parameter::type},
    {"kid", parameter::key_id},    {"crit", parameter::critical},  // RFC 7515 section 4.1.11
    {"b64", parameter::critical},   // RFC 7797 section 7: not with JWT
    {"enc", parameter::encrypted},  // RFC 7516 section 9
    {"zip", parameter::encrypted},  // RFC 7516 section 4.1.3
};

constexpr unsigned bit_of(parameter which) noexcept { return 1u << static_cast<unsigned>(which); }

}  // namespace

result<jose_header, reason> parse_jose_header(std::string_view json) noexcept {
  if (json.size() > limits::max_header_bytes) return reason::header_invalid;

  json_scanner scanner(json, bounds);
  if (!scanner.enter_object()) return reason::header_invalid;

  json_text texts[3];  // by parameter
  unsigned given = 0;  // a bit for each parameter
  bool acceptable = true;
  for (json_text name; scanner.next_member(name);) {
    const parameter found = find_meaning(rows, name, parameter::other);
    const bool string = scanner.peek() == json_kind::string;
    json_text text;
    if (!(string ? scanner.read_string(text) : scanner.skip_value())) break;
    given |= bit_of(found);
    if (found < parameter::critical) {
      texts[static_cast<std::size_t>(found)] = text;
      acceptable = acceptable && string;
    }
  }
  const auto has = [&](parameter which) { return (given & bit_of(which)) != 0; };
  if (!scanner.finish() || !acceptable || has(parameter::encrypted) || !has(parameter::algorithm)) {
    return reason::header_invalid;
  }
  if (has(parameter::critical)) return reason::critical_header_unsupported;
  jose_header header;
  header.algorithm = texts[0];
  if (has(parameter::type)) header.type = texts[1];
  if (has(parameter::key_id)) header.key_id = texts[2];
  return header;
}

}  // namespace portcullis
