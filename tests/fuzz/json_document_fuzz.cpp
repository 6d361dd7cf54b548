// The scanner and nlohmann-json accept the same documents, and read the same out of them; what is
// written as a string is read as it was.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "encoding/json_document.hpp"
#include "encoding/json_text.hpp"
#include "encoding/json_writer.hpp"
#include "encoding/utf8.hpp"
#include "portcullis/fixed_text.hpp"
#include "support/check.hpp"
#include "support/exact_copy.hpp"

using namespace portcullis;

namespace {

void compare(const json_node& one, const json_node& other) {
  fuzz::check(one.type == other.type && one.name == other.name && one.text == other.text &&
                  one.integer == other.integer && one.index == other.index &&
                  one.count == other.count,
              "both readers give the same node");
  const json_node* theirs = other.first;
  for (const json_node* ours = one.first; ours != nullptr; ours = ours->next) {
    fuzz::check(theirs != nullptr && ours->parent == &one, "both readers give the same children");
    compare(*ours, *theirs);
    theirs = theirs->next;
  }
  fuzz::check(theirs == nullptr, "neither reader gives more");
}

// The length of the valid UTF-8 that a text begins with, by a second reading of RFC 3629.
bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at != text.size();) {
    const auto byte = [&](std::size_t i) {
      return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
    };
    const unsigned lead = byte(0);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (length == 1) {
      ++at;
      continue;
    }
    if (lead < 0xc0 || lead >= 0xf8) return false;
    std::uint32_t point = lead & (0xffu >> (length + 1));
    for (std::size_t i = 1; i != length; ++i) {
      if (byte(i) >> 6 != 2) return false;
      point = point << 6 | (byte(i) & 0x3f);
    }
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < least[length] || point > 0x10ffff || point >> 11 == 0x1b) return false;
    char again[4];
    fuzz::check(render_utf8(point, again) == length &&
                    text.substr(at, length) == std::string_view(again, length),
                "a code point has one spelling");
    at += length;
  }
  return true;
}

void check_text(std::string_view text) {
  bool valid = true;
  for (const char* at = text.data(); valid && at != text.data() + text.size();) {
    const std::size_t length =
        static_cast<signed char>(*at) >= 0 ? 1 : find_utf8_sequence(at, text.data() + text.size());
    valid = length != 0;
    at += length;
  }
  fuzz::check(valid == is_utf8(text), "a second reading finds the same UTF-8");
  if (!valid) return;
  const auto out = std::make_unique<fixed_text<32768>>();
  append_json_string(*out, text);
  const auto read = nlohmann::json::parse('"' + std::string(out->view()) + '"', nullptr, false);
  fuzz::check(read.is_string() && read.get<std::string>() == text, "written is what is read");
  fuzz::check(decode(json_text{out->view(), true}) == text, "by our own reader as well");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const support::exact_copy input({reinterpret_cast<const char*>(data), size});
  check_text(input.view());
  json_document one;
  json_document other;
  policy_error error;
  policy_error other_error;
  const bool read = parse_document_by_scanner(input.view(), one, error);
  const bool other_read = parse_document_by_nlohmann(input.view(), other, other_error);
  fuzz::check(read == other_read, "both readers accept the same texts");
  if (read) {
    compare(one.root(), other.root());
  } else {
    fuzz::check(error.path.view() == other_error.path.view() &&
                    error.expected.view() == other_error.expected.view(),
                "both readers tell the same error");
    fuzz::check(error.path.view().starts_with('$') && !error.expected.view().empty(),
                "an error has a place and says what was expected");
  }
  return 0;
}
