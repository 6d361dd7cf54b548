#include "jose/pem_key.hpp"

#include "encoding/der.hpp"

namespace portcullis {
namespace {

// The AlgorithmIdentifiers of RFC 3279 section 2.3 and RFC 8410 section 3, whole: with parameters,
// so that another spelling of them is another key type.
struct identifier_row {
  std::string_view contents;
  key_type type;
};

using namespace std::string_view_literals;

constexpr identifier_row identifiers[] = {
    // rsaEncryption, NULL
    {"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"sv, key_type::rsa},
    // id-ecPublicKey, namedCurve
    {"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"sv,
     key_type::p256},
    {"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22"sv, key_type::p384},
    {"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23"sv, key_type::p521},
    // id-Ed25519
    {"\x06\x03\x2b\x65\x70"sv, key_type::ed25519},
};

// RSAPublicKey, RFC 8017 appendix A.1.1: the contents of its SEQUENCE.
bool parse_rsa_key(std::string_view contents, public_numbers& out) noexcept {
  der_reader reader(contents);
  out.type = key_type::rsa;
  return reader.read_positive(out.first) && reader.read_positive(out.second) && reader.at_end();
}

// Goes into the SEQUENCE that all of `der` is.
bool enter_sequence(std::string_view& der) noexcept {
  der_reader reader(der);
  return reader.read(der_tag::sequence, der) && reader.at_end();
}

// SubjectPublicKeyInfo, RFC 5280 section 4.1: the contents of its SEQUENCE.
bool parse_key_info(std::string_view contents, public_numbers& out) noexcept {
  der_reader reader(contents);
  std::string_view identifier;
  std::string_view key;
  if (!reader.read(der_tag::sequence, identifier) || !reader.read(der_tag::bit_string, key) ||
      !reader.at_end() || key.empty() || key.front() != 0) {  // unused bits
    return false;
  }
  key.remove_prefix(1);
  for (const auto& row : identifiers) {
    if (row.contents != identifier) continue;
    out = {row.type, key, {}};
    if (row.type == key_type::rsa) return enter_sequence(key) && parse_rsa_key(key, out);
    if (row.type == key_type::ed25519) return true;
    // SEC 1 section 2.3.3: an uncompressed point.
    const std::size_t side = key.size() / 2;
    if (key.size() % 2 == 0 || key.front() != 4) return false;
    out.first = {key.data() + 1, side};
    out.second = {key.data() + 1 + side, side};
    return true;
  }
  return false;
}

// Certificate, RFC 5280 section 4.1: version, serialNumber, signature, issuer, validity and subject
// stand before the key.
bool parse_certificate(std::string_view contents, public_numbers& out) noexcept {
  der_reader certificate(contents);
  std::string_view part;
  if (!certificate.read(der_tag::sequence, part)) return false;
  der_reader reader(part);
  for (int skipped = reader.next_is(der_tag::explicit_0) ? 0 : 1; skipped < 6; ++skipped) {
    if (!reader.skip()) return false;
  }
  return reader.read(der_tag::sequence, part) && parse_key_info(part, out);
}

}  // namespace

std::optional<public_numbers> parse_pem_key(std::string_view text, pem_buffer& buffer) noexcept {
  const auto block = parse_pem(text, buffer);
  if (!block) return std::nullopt;
  public_numbers out{};
  std::string_view contents = block->der;
  if (!enter_sequence(contents) ||
      !(block->label == "RSA PUBLIC KEY" ? parse_rsa_key(contents, out)
        : block->label == "PUBLIC KEY"
            ? parse_key_info(contents, out)
            : block->label == "CERTIFICATE" && parse_certificate(contents, out))) {
    return std::nullopt;
  }
  return out;
}

}  // namespace portcullis
