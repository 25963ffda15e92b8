// tusk tests: one body for both modes, with the library's own types.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// live.hpp hides the modes behind a connection of its own. Here a body gets real connections, from which transactions,
// cursors and results come as users have them, and something that waits:
//
//   each_mode([](auto open, auto wait) {
//     auto db = open();
//     CHECK(wait(db.template query_one<int>("select 1")) == 1);
//     auto tx = wait(db.begin());
//     wait([&] { return tx.commit(); });   // whatever returns nothing in the blocking mode
//   });
//
// Where the modes differ a body asks `if constexpr (wait.asynchronous)`.
#pragma once

#include "support/live.hpp"

#include <concepts>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace live {

/// For the blocking mode: everything has been waited for.
struct blocking_wait {
  static constexpr bool asynchronous = false;
  template <class T> auto operator()(T&& done) const {
    if constexpr (std::invocable<T>)
      return std::forward<T>(done)();
    else
      return std::remove_cvref_t<T>(std::forward<T>(done));
  }
};

/// For the asynchronous mode: runs a loop until the operation, and whatever else was spawned, has ended.
class loop_wait {
 public:
  static constexpr bool asynchronous = true;
  explicit loop_wait(tusk::executor& loop) : loop_(&loop) {}

  template <class T> T operator()(asio::awaitable<T> operation) const {
    if constexpr (std::is_void_v<T>) {
      bool ended = false;
      loop_->spawn(note_end(std::move(operation), ended));
      loop_->run();
      if (!ended) throw std::logic_error("the loop has ended before the operation");
    } else {
      std::optional<T> result;
      loop_->spawn(tusk::put_result(std::move(operation), result));
      loop_->run(); // returns: nothing of a connection keeps a loop busy while nobody waits
      if (!result) throw std::logic_error("the loop has ended before the operation");
      return std::move(*result);
    }
  }
  template <std::invocable F> auto operator()(F operation) const { return (*this)(operation()); }
  tusk::executor& loop() const noexcept { return *loop_; }

 private:
  static asio::awaitable<void> note_end(asio::awaitable<void> operation, bool& ended) {
    co_await std::move(operation);
    ended = true;
  }
  tusk::executor* loop_;
};

/// Runs `body(open, wait)`, the rest of a test case, in each mode. `open` takes tusk::options, or none for those of the
/// server under test.
template <class Body> void each_mode(Body body) {
  SECTION("blocking") {
    body([](tusk::options const& o = options()) { return tusk::blocking::connect(o); }, blocking_wait());
  }
  SECTION("asynchronous") {
    tusk::executor loop; // outlives what the body makes on it
    loop_wait const wait(loop);
    body([wait](tusk::options const& o = options()) { return wait(connect_asynchronously(o)); }, wait);
  }
}

/// The connection of `db` has survived.
template <class Wait, class Connection> void check_alive(Wait const& wait, Connection& db) {
  CHECK(db.is_open());
  CHECK(wait(db.template query_one<int>("select $1 + 1", 41)) == 42);
}

/// While somebody has `db` to himself, all its verbs are refused, in these words. `s` takes a number.
template <class Wait, class Connection, class Statement>
void check_busy(Wait const& wait, Connection& db, Statement const& s, std::string const& words) {
  auto const busy = [&](auto verb) { check_refused([&] { wait(verb()); }, errc::connection_busy, words); };
  busy([&] { return db.execute("select 1"); });
  busy([&] { return db.template query<int>(s, 1); });
  busy([&] { return db.template query_maybe<int>("select 1"); });
  busy([&] { return db.script("select 1"); });
  busy([&] { return db.template prepare<>("select 1"); });
  busy([&] { return db.pipeline(tusk::execute("select 1")); });
  busy([&] { return db.pipeline_each(tusk::execute("select 1")); });
  busy([&] { return db.begin(); });
  busy([&] { return db.template stream<int>("select 1"); });
  busy([&] { return db.template stream<int>(tusk::fetch_size(1), "select 1"); });
  CHECK(error_of([&] { wait([&] { return db.reset(); }); }).code() == errc::connection_busy);
}

} // namespace live
