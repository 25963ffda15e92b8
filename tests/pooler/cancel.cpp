// tusk: tests/pooler/cancel.cpp — timeouts and cancelling behind a pooler end the client's own statement and no other.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A pooler forwards a request to cancel to the server that the client has at that moment, and ignores it while the
// client waits for one.
#include "pooler/modes.hpp"
#include "support/coroutines.hpp"
#include "support/each_mode.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using live::each_mode;
using pooler::asynchronous;
using pooler::blocking;
using namespace std::chrono_literals;

/// Waits until some statement with `mark` in it sleeps.
void until_asleep(std::string const& mark) {
  auto other = tusk::blocking::connect(live::options());
  while (!other.query_one<bool>("select exists(select from pg_stat_activity where wait_event = 'PgSleep' and "
                                "position($1 in query) > 0)",
                                mark)) {}
}

/// Has its statements time out, again and again. They are short enough to end by themselves, should the request to
/// cancel them come while the client waits for a server.
template <class Mode> typename Mode::template task<void> sleep_too_long(typename Mode::connection& db, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    db.timeout(std::chrono::milliseconds(10 + 5 * (i % 4)));
    std::string words;
    try {
      (void)co_await Mode::result(db.execute("select pg_sleep(0.4)"));
    } catch (tusk::error const& e) {
      words = e.code() == tusk::errc::timeout ? "timeout" : e.what();
    }
    if (words != "timeout") throw std::logic_error("instead of a timeout: " + words);
    db.timeout(0ms);
    auto const got = co_await Mode::result(db.template query_one<int>("select $1 * 2", i));
    if (got != i * 2) throw std::logic_error("not the answer to this question");
  }
}
/// Asks as long as the others are busy.
template <class Mode>
typename Mode::template task<void> ask(typename Mode::connection& db, std::atomic<int> const& busy, int number) {
  for (int i = 0; busy != 0; ++i) {
    auto const question = number * 100'000 + i;
    auto const got = co_await Mode::result(db.template query_one<int>("select $1 from pg_sleep(0.001)", question));
    if (got != question) throw std::logic_error("not the answer to this question");
  }
}
template <class Mode> void cancel_among_others() {
  std::vector<pooler::conduct<Mode>> sleepers;
  std::vector<pooler::companion<Mode>> others;
  for (int i = 0; i < 2; ++i) sleepers.emplace_back([](auto& db) { return sleep_too_long<Mode>(db, 15); });
  for (int i = 0; i < 4; ++i) others.emplace_back([i](auto& db, auto& busy) { return ask<Mode>(db, busy, i); });
  pooler::side_by_side<Mode>(live::options().set("statement_cache_size", "0"), sleepers, others);
}

} // namespace

TEST_CASE("pooler: what times out is cancelled, and nothing that another client has asked") {
  SECTION("blocking") { cancel_among_others<blocking>(); }
  SECTION("asynchronous") { cancel_among_others<asynchronous>(); }
}

TEST_CASE("pooler: after a timeout in a transaction it is rolled back, and the connection goes on") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto const before = live::steady_clock::now();
    for (int i = 0; i < 3; ++i) {
      auto tx = wait(db.begin()); // from here on the client has a server
      db.timeout(50ms);
      auto const e = live::error_of([&] { wait(tx.execute("select pg_sleep(4)")); });
      CHECK(e.code() == tusk::errc::timeout);
      db.timeout(0ms);
      wait([&] { return tx.rollback(); });
      live::check_alive(wait, db);
    }
    CHECK(live::steady_clock::now() - before < 12s); // the server did end some of them
  });
}

TEST_CASE("pooler: a token cancels what runs, and does nothing to a client that is idle") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto const token = db.get_cancel_token();
    for (int i = 0; i < 3; ++i) {
      auto const mark = "mark " + std::to_string(i);
      std::thread other([&] {
        until_asleep(mark);
        token.cancel();
      });
      auto const e = live::error_of([&] { wait(db.execute("select pg_sleep(60) /* " + mark + " */")); });
      other.join();
      CHECK(e.sqlstate() == tusk::sqlstate::query_canceled);
      token.cancel();
      live::check_alive(wait, db);
    }
  });
}

TEST_CASE("pooler: an operation that was cancelled from outside leaves a connection that works") {
  live::loop_with_connection on;
  auto const body = [&]() -> live::task {
    for (int i = 0; i < 5; ++i) {
      auto const done = co_await live::within(20ms, on.db().execute("select pg_sleep(60)"));
      CHECK_FALSE(done);
      auto const got = co_await on.db().query_one<int>("select $1 + 1", i);
      CHECK(got == i + 1);
    }
  };
  on.spawn(body());
  on.run();
  CHECK(on.db().is_open());
}

TEST_CASE("pooler: a timeout while the client waits for a server") {
  auto const time_out = [](tusk::connection& db) -> live::task {
    try {
      co_await db.execute("select pg_sleep(60)");
      FAIL_CHECK("it has not timed out");
    } catch (tusk::error const& e) {
      CHECK(e.code() == tusk::errc::timeout);
    }
  };
  auto const release = [](tusk::connection& one, tusk::connection& other) -> live::task {
    co_await live::pause(150ms); // by a timer of the same loop as the timeout, which is therefore earlier
    co_await one.script("commit");
    co_await other.script("commit");
  };
  auto const body = [&]() -> live::task {
    auto one = co_await live::connect_asynchronously(live::options());
    auto other = co_await live::connect_asynchronously(live::options());
    auto db = co_await live::connect_asynchronously(live::options());
    co_await one.script("begin");
    co_await other.script("begin");
    db.timeout(30ms);
    using namespace asio::experimental::awaitable_operators;
    co_await (time_out(db) && release(one, other));
    db.timeout(0ms);
    CHECK(db.is_open());
    auto const got = co_await db.query_one<int>("select $1 + 1", 41);
    CHECK(got == 42);
  };
  tusk::run(body());
}
