// Every width of vectors decodes the same texts to the same bytes; what decodes has one spelling.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "encoding/base64url.hpp"
#include "support/check.hpp"
#include "support/exact_copy.hpp"

using namespace portcullis;

namespace {

std::optional<std::string> decode(std::string_view text, vectors by) {
  std::vector<char> out(base64url_decoded_size(text.size()));
  const auto length = decode_base64url(text, out.data(), by);
  if (!length) return std::nullopt;
  return std::string(out.data(), *length);
}

std::string encode(std::string_view bytes) {
  std::string out(base64url_encoded_size(bytes.size()), ' ');
  encode_base64url(bytes, out.data());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const support::exact_copy input({reinterpret_cast<const char*>(data), size});
  const auto plain = decode(input.view(), vectors::none);
  for (auto by = vectors::none; by <= widest_vectors();
       by = static_cast<vectors>(static_cast<int>(by) + 1)) {
    fuzz::check(decode(input.view(), by) == plain, "all vectors decode alike");
  }
  fuzz::check(decode_base64url(input.view()) == plain, "so does the form that takes memory");
  if (plain) fuzz::check(encode(*plain) == input.view(), "what decodes has one spelling");
  fuzz::check(decode(encode(input.view()), widest_vectors()) == std::string(input.view()),
              "what is encoded decodes");
  return 0;
}
