// A comparison that timing_test.py has to see in an object.
#include <cstddef>
#include <cstring>

namespace portcullis::support {

bool equal_by_a_call(const unsigned char* left, const unsigned char* right, std::size_t size);

bool equal_by_a_call(const unsigned char* left, const unsigned char* right, std::size_t size) {
  return std::memcmp(left, right, size) == 0;
}

}  // namespace portcullis::support
