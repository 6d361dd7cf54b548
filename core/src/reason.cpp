#include "portcullis/reason.hpp"

namespace portcullis {
namespace {

constexpr reason_row rows[] = {
#define PORTCULLIS_REASON(name, http_status, rfc6750_error, sentence) \
  {#name, http_status, rfc6750_error},
#include "portcullis/reasons.def"
#undef PORTCULLIS_REASON
};

}  // namespace

const std::size_t reason_count = sizeof rows / sizeof rows[0];

const reason_row& find_reason(reason which) noexcept {
  const auto code = static_cast<std::size_t>(which);
  return rows[code < reason_count ? code : static_cast<std::size_t>(reason::internal_error)];
}

}  // namespace portcullis
