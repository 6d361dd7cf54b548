// The client's address as a key: what counts as one client.
#pragma once

#include <cstddef>
#include <string_view>

namespace portcullis {

// The bytes by which a client is told from others: the four of an IPv4 address (also when it is
// written as ::ffff:192.0.2.1), the first `ipv6_prefix` bits of an IPv6 address (a subscriber has a
// whole network of them), or the text itself when it is neither.
struct client_key {
  unsigned char bytes[16] = {};
  std::size_t size = 0;   // 4 or 16; 0: `text` is the key
  std::string_view text;  // borrowed
  [[nodiscard]] std::string_view view() const noexcept {
    return size == 0 ? text : std::string_view(reinterpret_cast<const char*>(bytes), size);
  }
};

// `ipv6_prefix`: 1 to 128.
[[nodiscard]] client_key parse_client_address(std::string_view text, unsigned ipv6_prefix) noexcept;

}  // namespace portcullis
