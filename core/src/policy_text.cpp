#include "policy_text.hpp"

#include <cstddef>
#include <string_view>

#include "crypto/algorithm.hpp"
#include "limits.hpp"

namespace portcullis {
namespace {

// One after the other: a pointer for each would treble a module's relocations.
constexpr char sentences[] =
#define PORTCULLIS_POLICY_TEXT(id, sentence) sentence "\0"
#include "policy_texts.def"
#undef PORTCULLIS_POLICY_TEXT
    ;
constexpr std::size_t sentence_count =
#define PORTCULLIS_POLICY_TEXT(id, sentence) +1
#include "policy_texts.def"
#undef PORTCULLIS_POLICY_TEXT
    ;
static_assert(sentence_count < 0x80);  // a number is one byte of UTF-8

constexpr std::string_view find_sentence(policy_text which) noexcept {
  const char* sentence = sentences;
  for (auto before = static_cast<std::size_t>(which); before != 0; --before) {
    sentence += std::string_view(sentence).size() + 1;
  }
  return sentence;
}

// What the sentences say of limits and algorithms is so.
static_assert(limits::max_policy_bytes == 524288 && limits::max_policy_values == 16384 &&
              limits::max_policy_depth == 32 && limits::max_policy_members == 512 &&
              limits::max_issuers == 64 && limits::max_list_entries == 256 &&
              limits::max_named_claims == 32 && limits::max_string_bytes == 1024 &&
              limits::max_tenant_bytes == 64 && limits::max_realm_bytes == 64 &&
              limits::max_clock_tolerance == 300 && limits::max_token_age == 315360000 &&
              limits::max_keys == 1000 && limits::max_kid_bytes == 256 &&
              limits::max_secret_bytes == 1024 && limits::min_rsa_bits == 2048 &&
              limits::max_rsa_bits == 8192 && limits::max_rsa_exponent_bytes == 8 &&
              limits::max_sources == 8 && limits::max_header_name_bytes == 64 &&
              limits::max_claim_headers == 16 && limits::max_routes == 1000 &&
              limits::max_route_segments == 8192 && limits::max_wildcard_routes == 64 &&
              limits::max_pattern_bytes == 1024 && limits::max_methods == 16 &&
              limits::max_origins == 64 && limits::max_cors_headers == 64 &&
              limits::max_challenge_lifetime == 86400 && limits::max_limiter_entries == 65536 &&
              limits::max_cache_entries == 4096);

constexpr bool ends_with_algorithms(policy_text which) noexcept {
  std::string_view sentence = find_sentence(which);
  for (std::size_t i = algorithms.size(); i-- != 0;) {
    const std::string_view before = i == 0 ? " of " : ", ";
    if (!sentence.ends_with(algorithms[i].name)) return false;
    sentence.remove_suffix(algorithms[i].name.size());
    if (!sentence.ends_with(before)) return false;
    sentence.remove_suffix(before.size());
  }
  return true;
}
static_assert(ends_with_algorithms(policy_text::algorithm_list) &&
              ends_with_algorithms(policy_text::algorithm));

}  // namespace

void set_text(policy_error::text& out, policy_text which) noexcept {
  out.clear();
#if PORTCULLIS_TEXTS_OUTSIDE
  out.append(static_cast<char>(which));
#else
  out.append("expected ");
  out.append(find_sentence(which));
#endif
}

}  // namespace portcullis
