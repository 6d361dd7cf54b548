#include "portcullis/reason.hpp"

namespace portcullis {
namespace {

// What a client is told: few kinds of it for many reasons.
struct answer {
  std::uint16_t http_status;
  std::string_view word;
};

constexpr answer answers[] = {
    {0, ""},
    {401, ""},
    {401, "invalid_token"},
    {403, "insufficient_scope"},
    {500, ""},
#if PORTCULLIS_EDGE
    {204, ""},
    {400, ""},
    {403, ""},
    {429, ""},
#endif
};

constexpr std::uint8_t find_answer(std::uint16_t http_status, std::string_view word) noexcept {
  std::uint8_t at = 0;
  while (answers[at].http_status != http_status || answers[at].word != word) ++at;
  return at;
}

constexpr std::uint8_t answer_of[] = {
#define PORTCULLIS_REASON(name, http_status, rfc6750_error, sentence) \
  find_answer(http_status, rfc6750_error),
#include "portcullis/reasons.def"
#undef PORTCULLIS_REASON
};

// One after the other: a pointer and a length for each would double them.
constexpr char names[] =
#define PORTCULLIS_REASON(name, http_status, rfc6750_error, sentence) #name "\0"
#include "portcullis/reasons.def"
#undef PORTCULLIS_REASON
    ;

}  // namespace

const std::size_t reason_count = sizeof answer_of;

reason_row find_reason(reason which) noexcept {
  const auto code = static_cast<std::size_t>(which);
  const std::size_t row =
      code < reason_count ? code : static_cast<std::size_t>(reason::internal_error);
  std::string_view name = names;
  for (std::size_t i = 0; i < row; ++i) name = name.data() + name.size() + 1;
  const answer& told = answers[answer_of[row]];
  return {name, told.http_status, told.word};
}

}  // namespace portcullis
