/// @file
/// A value or the reason why there is none.
///
/// C++20 has no std::expected; this is the part of it that the core needs. Reading the side that is
/// not there is undefined, as with std::optional: ask has_value() first.
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

namespace portcullis {

/// A Value or an Error.
template <class Value, class Error>
class [[nodiscard]] result {
  static_assert(!std::is_same_v<Value, Error>, "value and error must be told apart by type");

 public:
  /// Of a value.
  result(Value value) : content_(std::in_place_index<0>, std::move(value)) {}
  /// Of an error.
  result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

  /// Whether there is a value.
  [[nodiscard]] bool has_value() const noexcept { return content_.index() == 0; }
  /// The same.
  explicit operator bool() const noexcept { return has_value(); }

  /// @{
  /// The value. Only when has_value().
  Value& operator*() & noexcept { return *std::get_if<0>(&content_); }
  const Value& operator*() const& noexcept { return *std::get_if<0>(&content_); }
  Value&& operator*() && noexcept { return std::move(*std::get_if<0>(&content_)); }
  Value* operator->() noexcept { return std::get_if<0>(&content_); }
  const Value* operator->() const noexcept { return std::get_if<0>(&content_); }

  /// @}

  /// @{
  /// The error. Only when not has_value().
  Error& error() noexcept { return *std::get_if<1>(&content_); }
  const Error& error() const noexcept { return *std::get_if<1>(&content_); }
  /// @}

 private:
  std::variant<Value, Error> content_;
};

}  // namespace portcullis
