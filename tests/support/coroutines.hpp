// tusk tests: one connection on a loop, for tests of what only coroutines can do.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/live.hpp"

#include <asio/experimental/awaitable_operators.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace live {

using task = asio::awaitable<void>;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

inline task connect_into(std::optional<tusk::connection>& db, tusk::options o) {
  auto connected = co_await connect_asynchronously(std::move(o));
  db.emplace(std::move(connected));
}

/// A loop and one connection on it, which many coroutines use. `run` runs until all of them have ended.
class loop_with_connection {
 public:
  explicit loop_with_connection(tusk::options o = options()) {
    loop_.spawn(connect_into(db_, std::move(o)));
    loop_.run();
  }
  tusk::connection& db() { return *db_; }
  tusk::executor& loop() { return loop_; }
  template <class T> void spawn(asio::awaitable<T> t) { loop_.spawn(std::move(t)); }
  void run() { loop_.run(); }

 private:
  tusk::executor loop_;
  std::optional<tusk::connection> db_;
};

/// What became of an operation: "done", "cancelled", or the words of its error.
template <class T> asio::awaitable<std::string> outcome_of(asio::awaitable<T> operation) {
  try {
    co_await std::move(operation);
    co_return "done";
  } catch (std::system_error const& e) {
    if (e.code() == asio::error::operation_aborted) co_return "cancelled";
    co_return e.what();
  }
}
template <class T> task tell_outcome(asio::awaitable<T> operation, std::string& to) {
  to = co_await outcome_of(std::move(operation));
}

/// Waits.
inline task pause(milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

/// Runs `operation` for no longer than `time` and tells whether it has ended in that time. What it throws is thrown.
template <class T> asio::awaitable<bool> within(milliseconds time, asio::awaitable<T> operation) {
  using namespace asio::experimental::awaitable_operators;
  auto const first = co_await (std::move(operation) || pause(time));
  co_return first.index() == 0;
}

} // namespace live
