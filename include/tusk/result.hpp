// tusk: result.hpp — errors as values, for those who do not want exceptions at a call.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// `as_result` turns what an operation throws as `error` into a value. Everything else, such as being cancelled or out
// of memory, is still thrown: it is no answer to the question that was asked.
#pragma once

#include <tusk/error.hpp>
#include <tusk/net/asio.hpp>

#include <type_traits>
#include <utility>
#include <variant>

namespace tusk {

/// A T, or the error that took its place.
template <class T> class [[nodiscard]] result {
 public:
  using value_type = T;
  result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  result(tusk::error e) : held_(std::in_place_index<1>, std::move(e)) {}

  bool has_value() const noexcept { return held_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  /// The value; throws the error where there is none.
  T& value() & {
    check();
    return *std::get_if<0>(&held_);
  }
  T const& value() const& {
    check();
    return *std::get_if<0>(&held_);
  }
  T&& value() && {
    check();
    return std::move(*std::get_if<0>(&held_));
  }
  T& operator*() & { return value(); }
  T const& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  T const* operator->() const { return &value(); }
  /// A copy of the value, or `other`.
  T value_or(T other) const& { return has_value() ? *std::get_if<0>(&held_) : std::move(other); }
  /// The error, where there is no value; else throws std::bad_variant_access.
  tusk::error const& error() const& { return std::get<1>(held_); }

 private:
  void check() const {
    if (auto const* e = std::get_if<1>(&held_)) throw tusk::error(*e);
  }
  std::variant<T, tusk::error> held_;
};

/// Nothing, or the error that came instead.
template <> class [[nodiscard]] result<void> {
 public:
  using value_type = void;
  result() = default;
  result(tusk::error e) : held_(std::move(e)) {}
  bool has_value() const noexcept { return held_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const {
    if (auto const* e = std::get_if<1>(&held_)) throw tusk::error(*e);
  }
  tusk::error const& error() const& { return std::get<1>(held_); }

 private:
  std::variant<std::monostate, tusk::error> held_;
};

/// `co_await as_result(db.query<user>(...))` does not throw `error`, unless its code is asio::error::operation_aborted.
template <class T, class Executor>
asio::awaitable<result<T>, Executor> as_result(asio::awaitable<T, Executor> operation) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(operation);
      co_return result<T>();
    } else {
      co_return result<T>(co_await std::move(operation));
    }
  } catch (error const& e) {
    if (e.code() == asio::error::operation_aborted) throw;
    co_return result<T>(e);
  }
}

template <class T> inline constexpr bool is_awaitable = false;
template <class T, class Executor> inline constexpr bool is_awaitable<asio::awaitable<T, Executor>> = true;

/// `as_result([&] { return db.query<user>(...); })`, for the blocking mode: what it returns, or the `error` it throws.
template <class F>
  requires std::is_invocable_v<F>
auto as_result(F&& operation) -> result<std::remove_cvref_t<std::invoke_result_t<F>>> {
  using value_type = std::remove_cvref_t<std::invoke_result_t<F>>;
  static_assert(!is_awaitable<value_type>,
                "tusk: this function only makes the operation, it fails later: pass the operation itself, as in "
                "co_await as_result(db.query<user>(...))");
  try {
    if constexpr (std::is_void_v<value_type>) {
      std::forward<F>(operation)();
      return {};
    } else {
      return std::forward<F>(operation)();
    }
  } catch (error const& e) {
    return e;
  }
}

} // namespace tusk
