// Names instead of bytes when an expectation on a reason or a verdict fails.
#pragma once

#include <ostream>

#include "crypto/backend.hpp"
#include "portcullis/reason.hpp"

namespace portcullis {

inline void PrintTo(reason why, std::ostream* out) { *out << find_reason(why).name; }

inline void PrintTo(verdict told, std::ostream* out) {
  constexpr const char* names[] = {"valid", "invalid", "fault"};
  *out << names[static_cast<int>(told)];
}

}  // namespace portcullis
