// The scanner and nlohmann-json accept the same documents, and read the same out of them.
#include <cstddef>
#include <cstdint>
#include <string>

#include "encoding/json_document.hpp"
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const support::exact_copy input({reinterpret_cast<const char*>(data), size});
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
