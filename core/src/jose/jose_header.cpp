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

}  // namespace

result<jose_header, reason> parse_jose_header(std::string_view json) noexcept {
  if (json.size() > limits::max_header_bytes) return reason::header_invalid;

  json_scanner scanner(json, bounds);
  if (!scanner.enter_object()) return reason::header_invalid;

  jose_header header;
  bool algorithm_given = false;
  bool critical = false;
  bool acceptable = true;
  for (json_text name; scanner.next_member(name);) {
    const bool string = scanner.peek() == json_kind::string;
    json_text text;
    if (!(string ? scanner.read_string(text) : scanner.skip_value())) break;
    switch (find_meaning(rows, name, parameter::other)) {
      case parameter::algorithm:
        header.algorithm = text;
        algorithm_given = true;
        acceptable = acceptable && string;
        break;
      case parameter::type:
        header.type = text;
        acceptable = acceptable && string;
        break;
      case parameter::key_id:
        header.key_id = text;
        acceptable = acceptable && string;
        break;
      case parameter::critical:
        critical = true;
        break;
      case parameter::encrypted:
        acceptable = false;
        break;
      case parameter::other:
        break;
    }
  }
  if (!scanner.finish() || !acceptable || !algorithm_given) return reason::header_invalid;
  if (critical) return reason::critical_header_unsupported;
  return header;
}

}  // namespace portcullis
