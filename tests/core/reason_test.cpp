#include "portcullis/reason.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <string_view>

namespace portcullis {
namespace {

// The codes are part of the C ABI: this table is written a second time on purpose.
struct row {
  std::string_view name;
  int http_status;
  std::string_view rfc6750_error;
};

constexpr row rows[] = {
    {"ok", 0, ""},
    {"credential_missing", 401, ""},
    {"credential_malformed", 401, "invalid_token"},
    {"token_too_large", 401, "invalid_token"},
    {"token_malformed", 401, "invalid_token"},
    {"header_invalid", 401, "invalid_token"},
    {"critical_header_unsupported", 401, "invalid_token"},
    {"algorithm_not_allowed", 401, "invalid_token"},
    {"type_not_allowed", 401, "invalid_token"},
    {"key_not_found", 401, "invalid_token"},
    {"signature_invalid", 401, "invalid_token"},
    {"claims_invalid", 401, "invalid_token"},
    {"claim_missing", 401, "invalid_token"},
    {"expired", 401, "invalid_token"},
    {"not_yet_valid", 401, "invalid_token"},
    {"issued_in_future", 401, "invalid_token"},
    {"issuer_mismatch", 401, "invalid_token"},
    {"audience_mismatch", 401, "invalid_token"},
    {"scope_insufficient", 403, "insufficient_scope"},
    {"request_malformed", 500, ""},
    {"internal_error", 500, ""},
    {"claim_mismatch", 401, "invalid_token"},
    {"token_too_old", 401, "invalid_token"},
    {"path_ambiguous", 400, ""},
    {"route_not_found", 403, ""},
    {"route_denied", 403, ""},
    {"issuer_not_allowed", 403, "insufficient_scope"},
    {"rate_limited", 429, ""},
    {"proof_missing", 401, ""},
    {"preflight_refused", 403, ""},
    {"preflight_answered", 204, ""},
};

TEST(reason, has_its_code_name_status_and_word) {
  ASSERT_EQ(reason_count, std::size(rows));
  for (std::size_t code = 0; code < reason_count; ++code) {
    const reason_row& found = find_reason(static_cast<reason>(code));
    EXPECT_EQ(found.name, rows[code].name);
    EXPECT_EQ(found.http_status, rows[code].http_status) << found.name;
    EXPECT_EQ(found.rfc6750_error, rows[code].rfc6750_error) << found.name;
  }
  EXPECT_EQ(static_cast<int>(reason::ok), 0);
  EXPECT_EQ(static_cast<int>(reason::internal_error), 20);
}

TEST(reason, has_a_name_and_a_sentence_of_its_own) {
  std::set<std::string_view> names;
  std::set<std::string_view> sentences;
  for (std::size_t code = 0; code < reason_count; ++code) {
    const reason_row& found = find_reason(static_cast<reason>(code));
    EXPECT_TRUE(names.insert(found.name).second) << found.name;
    const std::string_view sentence = find_sentence(static_cast<reason>(code));
    EXPECT_FALSE(sentence.empty()) << found.name;
    EXPECT_TRUE(sentences.insert(sentence).second) << sentence;
  }
}

TEST(reason, outside_the_table_is_internal_error) {
  for (const int code : {31, 32, 100, 255}) {
    EXPECT_EQ(find_reason(static_cast<reason>(code)).name, "internal_error") << code;
    EXPECT_EQ(find_sentence(static_cast<reason>(code)), find_sentence(reason::internal_error));
  }
}

}  // namespace
}  // namespace portcullis
