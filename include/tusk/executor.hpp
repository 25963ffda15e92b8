// tusk: executor.hpp — a loop for coroutines, for programs that have none of their own.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A thin handle on an asio::io_context for one thread: run to the end, or give it a slice of every frame. Programs with
// a loop of their own spawn on that and need nothing of this. Knows nothing of PostgreSQL.
#pragma once

#include <tusk/net/asio.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace tusk {

/// Runs coroutines on the thread that calls run, poll or poll_for. What a spawned coroutine throws leaves through the
/// call that ran it; the others can be run on.
class executor {
 public:
  executor() : context_(1) {}

  /// Begins `task` at the next run or poll; its result, if it has one, is dropped.
  template <class T> void spawn(asio::awaitable<T> task) {
    auto const tell = [this](std::exception_ptr failed) {
      if (!failed) return;
      failed_.push_back(std::move(failed));
      context_.stop();
    };
    if constexpr (std::is_void_v<T>)
      asio::co_spawn(context_, std::move(task), tell);
    else
      asio::co_spawn(context_, drop(std::move(task)), tell);
  }
  /// Runs until every spawned coroutine has ended. Returns how many steps were run.
  std::size_t run() {
    return running([this] { return context_.run(); });
  }
  /// Runs what can be run without waiting. Returns how many steps that were.
  std::size_t poll() {
    return running([this] { return context_.poll(); });
  }
  /// Runs what can be run without waiting, for about `limit` at most: it ends after the step during which the time is
  /// up.
  std::size_t poll_for(std::chrono::nanoseconds limit) {
    return running([this, limit] {
      auto const begin = std::chrono::steady_clock::now(); // no sum with `limit`, which may be the largest there is
      std::size_t steps = 0;
      while (context_.poll_one() != 0) {
        ++steps;
        if (std::chrono::steady_clock::now() - begin >= limit) break;
      }
      return steps;
    });
  }
  /// For Asio's functions and I/O objects.
  asio::io_context& context() noexcept { return context_; }
  asio::any_io_executor get_executor() noexcept { return context_.get_executor(); }

 private:
  /// Asio itself would make a T by default to tell of a failure.
  template <class T> static asio::awaitable<void> drop(asio::awaitable<T> task) { (void)co_await std::move(task); }

  /// Coroutines that end in one step may all have thrown: their exceptions leave one by one, each through a call.
  template <class F> std::size_t running(F steps) {
    context_.restart();
    auto const n = failed_.empty() ? steps() : 0;
    if (failed_.empty()) return n;
    auto const first = std::move(failed_.front());
    failed_.erase(failed_.begin());
    std::rethrow_exception(first);
  }

  std::vector<std::exception_ptr> failed_;
  asio::io_context context_;
};

/// Awaits `task` and puts its result into `to`.
template <class T> asio::awaitable<void> put_result(asio::awaitable<T> task, std::optional<T>& to) {
  to.emplace(co_await std::move(task));
}

/// Runs one coroutine, and what it spawns, to the end on a loop of its own. Returns its result, which must not need
/// that loop any more, or throws what it throws; std::system_error of asio::error::operation_aborted if the loop is
/// stopped before.
template <class T> T run(asio::awaitable<T> task) {
  if constexpr (std::is_void_v<T>) {
    executor loop;
    std::error_code const stopped = asio::error::operation_aborted;
    auto failed = std::make_exception_ptr(std::system_error(stopped));
    asio::co_spawn(loop.context(), std::move(task), [&failed](std::exception_ptr e) { failed = e; });
    loop.run();
    if (failed) std::rethrow_exception(failed);
  } else {
    std::optional<T> value;
    run(put_result(std::move(task), value));
    return std::move(*value);
  }
}

} // namespace tusk
