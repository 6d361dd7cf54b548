// Names instead of bytes when an expectation on a reason fails.
#pragma once

#include <ostream>

#include "portcullis/reason.hpp"

namespace portcullis {

inline void PrintTo(reason why, std::ostream* out) { *out << find_reason(why).name; }

}  // namespace portcullis
