// Memory of a verifier that has one owner.
#pragma once

#include <cstddef>
#include <memory>

namespace portcullis {

#if defined(__wasm__)

// A module's instance has one verifier: whoever drops the instance drops all of its memory, and
// what would take things apart before is never called.
struct left_to_the_host {
  template <class Type>
  void operator()(Type* /*object*/) const noexcept {}
};

template <class Type>
using owned = std::unique_ptr<Type, left_to_the_host>;

#else

template <class Type>
using owned = std::unique_ptr<Type>;

#endif

template <class Type>
[[nodiscard]] owned<Type> make_owned() {
  return owned<Type>(new Type());
}

template <class Type>
[[nodiscard]] owned<Type[]> make_owned_array(std::size_t count) {
  return owned<Type[]>(new Type[count]());
}

}  // namespace portcullis
