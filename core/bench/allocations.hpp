// Counts what is taken from the heap, by whatever name: malloc is below all of them.
#pragma once

#include <cstddef>
#include <optional>

namespace portcullis::bench {

// Since the program began. Nothing where malloc belongs to somebody else: a sanitizer, another
// libc.
[[nodiscard]] std::optional<std::size_t> allocation_count() noexcept;

}  // namespace portcullis::bench
