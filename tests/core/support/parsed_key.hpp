// A key as the core reads it from its JSON text, or what is wrong with it.
#pragma once

#include <string>
#include <string_view>

#include "crypto/algorithm.hpp"
#include "encoding/json_document.hpp"
#include "jose/jwk.hpp"
#include "support/exact_copy.hpp"
#include "support/key_pairs.hpp"
#include "support/object_text.hpp"
#include "support/samples.hpp"

namespace portcullis::support {

struct parsed_key {
  explicit parsed_key(std::string_view json, algorithm_set allowed = every_algorithm()) {
    const exact_copy copy(json);
    if (!parse_document(copy.view(), document, error)) return;
    fit = parse_key(document, document.root(), allowed, key, error);
  }
  explicit parsed_key(const object_text& json, algorithm_set allowed = every_algorithm())
      : parsed_key(json.text(), allowed) {}

  // "$.k: expected ...", or "ok".
  [[nodiscard]] std::string told() const {
    return fit == key_fit::usable ? "ok" : support::told(error);
  }

  // "HS256 HS384", in the order of the table.
  [[nodiscard]] std::string serves() const {
    std::string out;
    for (const auto& row : algorithms) {
      if (!key.usable_for.contains(row.id)) continue;
      out += (out.empty() ? "" : " ") + std::string(row.name);
    }
    return out;
  }

  json_document document;
  verification_key key;
  policy_error error;
  key_fit fit = key_fit::broken;
};

}  // namespace portcullis::support
