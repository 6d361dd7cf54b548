#include "edge/challenge.hpp"

#include "encoding/base64url.hpp"

namespace portcullis {
namespace {

constexpr std::size_t mac_bytes = 32;
constexpr std::size_t encoded_mac_bytes = base64url_encoded_size(mac_bytes);
constexpr std::size_t max_digits = 19;  // of an int64_t

constexpr std::string_view label("portcullis challenge 1\0", 23);
using signed_text = fixed_text<label.size() + 2 + max_digits + 1 + max_challenged_client_bytes>;

// What is signed. The zero bytes keep the parts apart: only the last may have one.
bool write_signed_text(challenge_kind kind, std::string_view digits, std::string_view client,
                       signed_text& out) noexcept {
  if (client.size() > max_challenged_client_bytes) return false;
  out.append(label);
  out.append(static_cast<char>(kind));
  out.append('\0');
  out.append(digits);
  out.append('\0');
  out.append(client);
  return true;
}

// A number without a leading zero or sign; negative if it is none.
std::int64_t parse_expiration(std::string_view digits) noexcept {
  if (digits.empty() || digits.size() > max_digits) return -1;
  if (digits[0] == '0' && digits.size() != 1) return -1;
  std::uint64_t value = 0;  // nineteen digits fit
  for (const char c : digits) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return static_cast<std::int64_t>(value);  // beyond the largest one: negative
}

}  // namespace

bool make_challenge(challenge_kind kind, const hmac_key& key, std::string_view client,
                    std::int64_t expiration, challenge_text& out) noexcept {
  out.clear();
  if (expiration < 0) return false;

  char buffer[max_digits];
  std::size_t at = sizeof buffer;
  for (auto rest = static_cast<std::uint64_t>(expiration); at == sizeof buffer || rest != 0;
       rest /= 10) {
    buffer[--at] = static_cast<char>('0' + rest % 10);
  }
  const std::string_view digits(buffer + at, sizeof buffer - at);

  signed_text message;
  unsigned char mac[mac_bytes];
  if (!write_signed_text(kind, digits, client, message) || !key.sign(message, mac)) return false;

  char encoded[encoded_mac_bytes];
  encode_base64url({reinterpret_cast<const char*>(mac), sizeof mac}, encoded);
  out.append(static_cast<char>(kind));
  out.append(digits);
  out.append('.');
  out.append(std::string_view(encoded, sizeof encoded));
  return true;
}

verdict check_challenge(challenge_kind kind, const hmac_key& key, std::string_view client,
                        std::string_view text, std::int64_t now, std::int64_t longest) noexcept {
  if (text.size() <= 2 + encoded_mac_bytes || text[0] != static_cast<char>(kind)) {
    return verdict::invalid;
  }
  const std::size_t point = text.size() - encoded_mac_bytes - 1;
  if (text[point] != '.') return verdict::invalid;

  const std::string_view digits = text.substr(1, point - 1);
  const std::int64_t expiration = parse_expiration(digits);
  std::int64_t left = 0;
  if (expiration < 0 || __builtin_sub_overflow(expiration, now, &left) || left <= 0 ||
      left > longest) {
    return verdict::invalid;
  }

  char mac[mac_bytes];
  if (!decode_base64url(text.substr(point + 1), mac)) return verdict::invalid;
  signed_text message;
  if (!write_signed_text(kind, digits, client, message)) return verdict::invalid;
  return key.verify(message, {mac, sizeof mac});
}

}  // namespace portcullis
