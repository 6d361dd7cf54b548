#include "portcullis/reason.hpp"

namespace portcullis {

std::string_view find_sentence(reason which) noexcept {
  static constexpr std::string_view sentences[] = {
#define PORTCULLIS_REASON(name, http_status, rfc6750_error, sentence) sentence,
#include "portcullis/reasons.def"
#undef PORTCULLIS_REASON
  };
  const auto code = static_cast<std::size_t>(which);
  return sentences[code < reason_count ? code : static_cast<std::size_t>(reason::internal_error)];
}

}  // namespace portcullis
