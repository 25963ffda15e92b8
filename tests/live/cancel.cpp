// tusk: tests/live/cancel.cpp — cancelled operations leave a connection that works, and no trace on others.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/coroutines.hpp"
#include "support/onlooker.hpp"
#include "support/proxy.hpp"
#include "support/stranger.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using live::loop_with_connection;
using live::milliseconds;
using live::task;
using live::within;
using namespace std::chrono_literals;

/// Runs `body` on a connection of its own and checks that it does not take as long as what it cancels would.
template <class Body> void quickly(loop_with_connection& on, Body const& body) {
  auto const before = live::steady_clock::now();
  on.spawn(body());
  on.run();
  CHECK(live::steady_clock::now() - before < 10s);
}

task check_usable(tusk::connection& db, int n) {
  CHECK(db.is_open());
  auto const got = co_await db.query_one<int>("select $1", n);
  CHECK(got == n);
}

task tell_if_in_time(tusk::connection& db, double seconds, milliseconds time, std::string& to) {
  auto const done = co_await within(time, db.execute("select pg_sleep($1)", seconds));
  to = done ? "done" : "cancelled";
}

} // namespace

TEST_CASE("cancel: the only query, which runs") {
  loop_with_connection on;
  quickly(on, [&]() -> task {
    auto const done = co_await within(20ms, on.db().query<tusk::row>("select pg_sleep(60)"));
    CHECK_FALSE(done);
    co_await check_usable(on.db(), 1);
    co_await check_usable(on.db(), 2);
  });
}

TEST_CASE("cancel: the server is asked to end it, over TLS if the session is") {
  bool const secure = live::over_tls();
  live::proxy between(secure);
  loop_with_connection on(secure ? between.options_with_tls() : between.options());
  quickly(on, [&]() -> task {
    auto const done = co_await within(20ms, on.db().execute("select pg_sleep(60)"));
    CHECK_FALSE(done);
    co_await check_usable(on.db(), 1);
  });
  REQUIRE(between.connections() == 2);
  CHECK(between.sent(1) == (secure ? "?" : "!")); // the key is seen by nobody
}

TEST_CASE("cancel: one that ends in time is left alone") {
  live::proxy between;
  loop_with_connection on(between.options());
  quickly(on, [&]() -> task {
    auto const done = co_await within(10s, on.db().execute("select 1"));
    CHECK(done);
    co_await check_usable(on.db(), 1);
  });
  CHECK(between.connections() == 1);
}

TEST_CASE("cancel: the leader, with others behind it") {
  live::proxy between;
  loop_with_connection on(between.options());
  std::string first;
  std::vector<std::string> others(5);
  on.spawn(tell_if_in_time(on.db(), 0.3, 30ms, first));
  for (auto& to : others) on.spawn(live::tell_outcome(on.db().execute("select 1"), to));
  on.run();
  CHECK(first == "cancelled");
  for (auto const& words : others) CHECK(words == "done");
  CHECK(between.connections() == 1); // the late signal of a CancelRequest would have hit one of them
  quickly(on, [&]() -> task { co_await check_usable(on.db(), 1); });
}

TEST_CASE("cancel: one behind a leader") {
  loop_with_connection on;
  std::string first, second;
  on.spawn(live::tell_outcome(on.db().execute("select pg_sleep(0.1)"), first));
  on.spawn(tell_if_in_time(on.db(), 60, 30ms, second));
  quickly(on, [&]() -> task { co_return; });
  CHECK(first == "done");
  CHECK(second == "cancelled");
  quickly(on, [&]() -> task { co_await check_usable(on.db(), 1); });
}

TEST_CASE("cancel: all of many") {
  loop_with_connection on;
  std::vector<std::string> got(20);
  for (auto& to : got) on.spawn(tell_if_in_time(on.db(), 60, 20ms, to));
  quickly(on, []() -> task { co_return; });
  for (auto const& words : got) CHECK(words == "cancelled");
  quickly(on, [&]() -> task { co_await check_usable(on.db(), 1); });
}

TEST_CASE("cancel: some of many, again and again") {
  loop_with_connection on;
  quickly(on, [&]() -> task {
    for (int round = 0; round < 20; ++round) {
      auto const done = co_await within(2ms, on.db().execute("select pg_sleep(60)"));
      CHECK_FALSE(done);
      co_await check_usable(on.db(), round);
    }
  });
}

TEST_CASE("cancel: at about the moment when it ends") {
  loop_with_connection on;
  int both = 0;
  quickly(on, [&]() -> task {
    for (int round = 0; round < 100; ++round) {
      auto const time = std::chrono::microseconds(round * 30);
      auto query = on.db().query_one<int>("select $1 from pg_sleep(0.001)", round);
      using namespace asio::experimental::awaitable_operators;
      asio::steady_timer timer(co_await asio::this_coro::executor, time);
      auto const first = co_await (std::move(query) || timer.async_wait(asio::use_awaitable));
      if (first.index() == 0) {
        CHECK(std::get<0>(first) == round);
        ++both;
      }
      co_await check_usable(on.db(), round);
    }
  });
  INFO(both << " of 100 have ended in time");
  CHECK(on.db().is_open());
}

TEST_CASE("cancel: what was not written is withdrawn and never runs") {
  loop_with_connection on;
  std::string const much(30'000'000, 'x');
  std::string sleeper, sender, writer;
  quickly(on, [&]() -> task { co_await on.db().script("create temp table t(x int)"); });
  // The server does not read while it waits, so that most of the second request, and all of the third, stay here.
  live::gate gate;
  on.spawn(live::tell_outcome(on.db().execute(gate.sql()), sleeper));
  on.spawn(live::tell_outcome(on.db().query_one<int>("select length($1)", much), sender));
  auto const insert = [&]() -> task {
    auto const done = co_await within(30ms, on.db().execute("insert into t values (1)"));
    writer = done ? "done" : "cancelled";
    gate.open();
  };
  on.spawn(insert());
  quickly(on, []() -> task { co_return; });
  CHECK(sleeper == "done");
  CHECK(sender == "done");
  CHECK(writer == "cancelled");
  quickly(on, [&]() -> task {
    auto const rows = co_await on.db().query_one<std::int64_t>("select count(*) from t");
    CHECK(rows == 0);
  });
}

TEST_CASE("cancel: nothing is sent while a CancelRequest may still take effect") {
  live::proxy between;
  loop_with_connection on(between.options());
  quickly(on, [&]() -> task { co_await on.db().script("create temp table t(x int)"); });
  between.sent();
  std::string sleeper, writer;
  auto const body = [&]() -> task {
    auto const done = co_await within(20ms, on.db().execute("select pg_sleep(60)"));
    sleeper = done ? "done" : "cancelled";
  };
  auto const insert = [&]() -> task {
    between.hold_replies(true); // neither the end of the statement nor that of the request to cancel it gets through
    while (between.connections() < 2) co_await live::pause(1ms);
    auto const done = co_await within(30ms, on.db().execute("insert into t values (1)"));
    writer = done ? "done" : "cancelled";
    CHECK(between.sent() == "PDBES"); // of the one that sleeps
    between.hold_replies(false);
  };
  on.spawn(body());
  on.spawn(insert());
  quickly(on, []() -> task { co_return; });
  CHECK(sleeper == "cancelled");
  CHECK(writer == "cancelled");
  quickly(on, [&]() -> task {
    auto const rows = co_await on.db().query_one<std::int64_t>("select count(*) from t");
    CHECK(rows == 0);
  });
}

TEST_CASE("cancel: whoever sends the CancelRequest for another is cancelled meanwhile") {
  live::proxy between(live::over_tls());
  loop_with_connection on(live::over_tls() ? between.options_with_tls() : between.options());
  std::string leader, follower, third;
  on.spawn(live::tell_outcome(on.db().execute("select pg_sleep(0.1)"), leader));
  on.spawn(tell_if_in_time(on.db(), 60, 20ms, follower));
  quickly(on, []() -> task { co_return; });
  CHECK(leader == "done");
  CHECK(follower == "cancelled");
  // The abandoned statement runs now. The next verb has to end it first, and is itself given up before it could.
  auto const body = [&]() -> task {
    between.hold_replies(true);
    auto const done = co_await within(30ms, on.db().execute("select 1"));
    third = done ? "done" : "cancelled";
  };
  auto const release = [&]() -> task {
    co_await live::pause(60ms);
    between.hold_replies(false);
  };
  on.spawn(body());
  on.spawn(release());
  quickly(on, []() -> task { co_return; });
  CHECK(third == "cancelled");
  quickly(on, [&]() -> task {
    for (int i = 0; i < 10; ++i) co_await check_usable(on.db(), i);
  });
}

TEST_CASE("cancel: a server that does not end the statement loses the connection after cancel_timeout") {
  live::proxy between;
  loop_with_connection on(between.options().cancel_timeout(100));
  std::string words;
  quickly(on, [&]() -> task {
    auto const sleeping = [&]() -> task {
      auto const done = co_await within(20ms, on.db().execute("select pg_sleep(60)"));
      CHECK_FALSE(done);
    };
    auto const hold = [&]() -> task {
      co_await live::pause(5ms);
      between.hold_replies(true);
    };
    using namespace asio::experimental::awaitable_operators;
    co_await (sleeping() && hold());
    words = co_await live::outcome_of(on.db().execute("select 1"));
  });
  between.hold_replies(false);
  CHECK_THAT(words, ContainsSubstring("the connection is closed: ") && ContainsSubstring("cancel_timeout"));
  CHECK_FALSE(on.db().is_open());
}

TEST_CASE("cancel: a prepared statement, a script and a large result") {
  loop_with_connection on;
  quickly(on, [&]() -> task {
    auto const s = co_await on.db().prepare<double>("select pg_sleep($1)");
    auto const statement_done = co_await within(20ms, on.db().execute(s, 60.0));
    CHECK_FALSE(statement_done);
    co_await check_usable(on.db(), 1);
    auto const script_done = co_await within(20ms, on.db().script("select 1; select pg_sleep(60); select 2"));
    CHECK_FALSE(script_done);
    co_await check_usable(on.db(), 2);
    auto const result_done = co_await within(20ms, on.db().execute("select generate_series(1, 100000000)"));
    CHECK_FALSE(result_done);
    co_await check_usable(on.db(), 3);
    auto const again = co_await within(10s, on.db().execute(s, 0.0));
    CHECK(again);
  });
}

TEST_CASE("cancel: a request that is lost is repeated") {
  live::proxy between;
  loop_with_connection on(between.options());
  between.lose_cancels(2);
  quickly(on, [&]() -> task {
    auto const done = co_await within(20ms, on.db().execute("select pg_sleep(60)"));
    CHECK_FALSE(done);
    co_await check_usable(on.db(), 1);
  });
  CHECK(between.connections() == 4);
}

TEST_CASE("cancel: a request that the server has missed is repeated") {
  // Whether it misses one is up to the server: PostgreSQL does while it compiles an expression, and before it begins.
  loop_with_connection on;
  quickly(on, [&]() -> task {
    co_await on.db().script("set jit = on; set jit_above_cost = 0; set jit_optimize_above_cost = 0");
    for (int round = 0; round < 3; ++round) {
      auto const time = milliseconds(1 + 10 * round);
      auto const done = co_await within(time, on.db().execute("select sum(g) from generate_series(1, 100000000) as g"));
      CHECK_FALSE(done);
      co_await check_usable(on.db(), round);
    }
  });
}

TEST_CASE("cancel: in a transaction, which has failed then") {
  loop_with_connection on;
  quickly(on, [&]() -> task {
    co_await on.db().script("begin");
    auto const done = co_await within(20ms, on.db().execute("select pg_sleep(60)"));
    CHECK_FALSE(done);
    co_await on.db().script("rollback");
    co_await check_usable(on.db(), 1);
  });
}

TEST_CASE("cancel: a coroutine can be cancelled a second time") {
  loop_with_connection on;
  asio::cancellation_signal stop;
  int cancelled = 0;
  auto const body = [&]() -> task {
    for (int i = 0; i < 2; ++i) {
      try {
        co_await on.db().execute("select pg_sleep(60)");
      } catch (std::system_error const& e) {
        if (e.code() == asio::error::operation_aborted) ++cancelled;
      }
      co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    }
    co_await check_usable(on.db(), 1);
  };
  auto const stopper = [&]() -> task {
    for (int i = 0; i < 2; ++i) {
      int const before = cancelled;
      co_await live::pause(20ms);
      stop.emit(asio::cancellation_type::terminal);
      while (cancelled == before) co_await live::pause(1ms);
    }
  };
  asio::co_spawn(on.loop().context(), body(), asio::bind_cancellation_slot(stop.slot(), [](std::exception_ptr failed) {
                   if (failed) std::rethrow_exception(failed);
                 }));
  quickly(on, stopper);
  CHECK(cancelled == 2);
}

TEST_CASE("cancel: a connection that is being made") {
  live::stranger const silent([](int fd) { live::receive_to_the_end(fd); });
  auto const body = [&]() -> task {
    auto const before = live::steady_clock::now();
    auto const done = co_await within(20ms, tusk::connect(silent.options()));
    CHECK_FALSE(done);
    CHECK(live::steady_clock::now() - before < 5s);
  };
  tusk::run(body());
}

TEST_CASE("cancel: a task that is never awaited has no effect") {
  live::proxy between;
  loop_with_connection on(between.options());
  quickly(on, [&]() -> task {
    co_await on.db().script("create temp table t(x int)");
    between.sent();
    {
      auto const never = on.db().execute("insert into t values (1)");
      auto const nor_this = on.db().prepare<>("insert into t values (2)");
    }
    auto const rows = co_await on.db().query_one<std::int64_t>("select count(*) from t");
    CHECK(rows == 0);
  });
  CHECK(between.sent() == "PDBES");
}
