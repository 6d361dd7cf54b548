#include "jose/signature.hpp"

namespace portcullis {

verdict check_signature(const algorithm_row& row, const verification_key& key,
                        std::string_view message, std::string_view signature) noexcept {
  if (signature.size() != signature_size(row, key) || !key.usable_for.contains(row.id))
    return verdict::invalid;
  if (row.key != key_type::secret) return key.public_part.verify(row, message, signature);
  return key.secrets[static_cast<std::size_t>(row.digest)]->verify(message, signature);
}

void started_check::start(const algorithm_row& row, const verification_key& key,
                          std::string_view message) noexcept {
  if constexpr (can_start_mac) {
    if (row.key != key_type::secret || !key.usable_for.contains(row.id)) return;
    secret_ = key.secrets[static_cast<std::size_t>(row.digest)].get();
    message_ = message;
    secret_->start(message, run_);
  }
}

bool started_check::is_of(const algorithm_row& row, const verification_key& key,
                          std::string_view message) const noexcept {
  return secret_ != nullptr && secret_ == key.secrets[static_cast<std::size_t>(row.digest)].get() &&
         message_.data() == message.data() && message_.size() == message.size();
}

namespace {

verdict check(const unverified_jws& jws, const algorithm_row& row, const verification_key& key,
              started_check* started) noexcept {
  if constexpr (can_start_mac) {
    if (started != nullptr && started->is_of(row, key, jws.signing_input)) {
      return started->finish(jws.signature);
    }
  }
  return check_signature(row, key, jws.signing_input, jws.signature);
}

}  // namespace

result<verified_jws, reason> verify_signature(const unverified_jws& jws, algorithm chosen,
                                              const verification_key& key,
                                              started_check* started) noexcept {
  switch (check(jws, row_of(chosen), key, started)) {
    case verdict::valid:
      return verified_jws(jws.payload);
    case verdict::invalid:
      return reason::signature_invalid;
    case verdict::fault:
      break;
  }
  return reason::internal_error;
}

}  // namespace portcullis
