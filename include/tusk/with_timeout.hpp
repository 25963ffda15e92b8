// tusk: with_timeout.hpp — a deadline for one operation.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Works on any asio::awaitable that honours Asio's cancellation, as the driver's do: the operation is cancelled when
// the time is up, ends in its own way, and the caller gets errc::timeout. Knows nothing of PostgreSQL.
#pragma once

#include <tusk/error.hpp>
#include <tusk/net/asio.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace tusk {

/// A timer and an operation, of which the first ends the second.
template <class Executor> class race {
 public:
  explicit race(Executor const& e) : timer_(e) {}

  static void begin(std::shared_ptr<race> const& self, std::chrono::milliseconds limit) {
    self->timer_.expires_after(limit);
    self->timer_.async_wait([self](asio::error_code failed) {
      if (failed || self->over_) return;
      self->late_ = true;
      self->stop_.emit(asio::cancellation_type::terminal);
    });
  }
  void end() noexcept {
    over_ = true;
    try {
      timer_.cancel();
    } catch (asio::system_error const&) {} // it rings in vain
  }
  asio::cancellation_signal& stop() noexcept { return stop_; }
  bool late() const noexcept { return late_; }

 private:
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> timer_;
  asio::cancellation_signal stop_;
  bool over_ = false;
  bool late_ = false;
};

/// Asio makes results out of nothing before it has them: those that cannot be made so are held in an optional.
template <class T, class Executor>
asio::awaitable<std::optional<T>, Executor> held(asio::awaitable<T, Executor> operation) {
  std::optional<T> result(co_await std::move(operation));
  co_return result;
}

/// `co_await with_timeout(2s, db.query<user>(...))`: the operation's result, or errc::timeout if it takes longer than
/// `limit`. An operation on a connection is then cancelled as usual, and the connection stays usable.
template <class T, class Executor>
asio::awaitable<T, Executor> with_timeout(std::chrono::milliseconds limit, asio::awaitable<T, Executor> operation) {
  auto const executor = co_await asio::this_coro::executor;
  auto const both = std::make_shared<race<Executor>>(executor);
  struct finish {
    race<Executor>& it;
    ~finish() { it.end(); }
  } const when_done{*both};
  race<Executor>::begin(both, limit);
  // Whoever cancels this coroutine cancels the operation.
  auto outer = co_await asio::this_coro::cancellation_state;
  if (outer.slot().is_connected())
    outer.slot().assign([both](asio::cancellation_type type) { both->stop().emit(type); });
  auto token = asio::bind_cancellation_slot(both->stop().slot(), asio::use_awaitable_t<Executor>());
  try {
    if constexpr (std::is_void_v<T> || std::is_default_constructible_v<T>)
      co_return co_await asio::co_spawn(executor, std::move(operation), std::move(token));
    else {
      auto result = co_await asio::co_spawn(executor, held(std::move(operation)), std::move(token));
      co_return std::move(*result);
    }
  } catch (std::system_error const& e) {
    std::error_code const aborted = asio::error::operation_aborted;
    if (!both->late() || e.code() != aborted) throw;
  }
  throw error(errc::timeout, "the operation did not end within " + std::to_string(limit.count()) + " ms");
}

} // namespace tusk
