// Memory of a verifier that has one owner.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

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

// Null when there is no memory: nothing in the core throws, and no policy is worth the process.
template <class Type>
[[nodiscard]] owned<Type> make_owned() noexcept {
  return owned<Type>(new (std::nothrow) Type());
}

template <class Type>
[[nodiscard]] owned<Type[]> make_owned_array(std::size_t count) noexcept {
  // cppcheck-suppress leakReturnValNotUsed ; it does not see the owner of an array
  return owned<Type[]>(new (std::nothrow) Type[count]());
}

}  // namespace portcullis
