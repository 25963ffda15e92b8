// tusk: tests/live/transaction_coroutines.cpp — transactions among many coroutines, and those that are cancelled.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/coroutines.hpp"
#include "support/onlooker.hpp"
#include "support/proxy.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using live::loop_with_connection;
using live::milliseconds;
using live::pause;
using live::task;
using live::within;
using tusk::errc;
using tusk::transaction_status;
using namespace std::chrono_literals;

task make_table(tusk::connection& db) { co_await db.script("create temp table t(x int)"); }

/// The connection is free, in no transaction, and the table t is empty.
task check_untouched(tusk::connection& db) {
  auto const n = co_await db.query_one<std::int64_t>("select count(*) from t");
  CHECK(n == 0);
  CHECK(db.transaction_status() == transaction_status::idle);
}

template <class Body> void quickly(loop_with_connection& on, Body const& body) {
  auto const before = live::steady_clock::now();
  on.spawn(body());
  on.run();
  CHECK(live::steady_clock::now() - before < 20s);
}

} // namespace

TEST_CASE("transaction: many coroutines use it at once, in one write") {
  live::proxy between;
  loop_with_connection on(between.options());
  on.spawn(make_table(on.db()));
  on.run();
  std::optional<tusk::transaction> tx;
  auto const begin = [&]() -> task { tx.emplace(co_await on.db().begin()); };
  on.spawn(begin());
  on.run();
  std::vector<std::string> got(50);
  std::string outsider;
  auto const segments = between.segments();
  for (int i = 0; i < 50; ++i)
    on.spawn(live::tell_outcome(tx->execute("insert into t values ($1)", i), got[static_cast<std::size_t>(i)]));
  on.spawn(live::tell_outcome(on.db().execute("select 1"), outsider));
  on.run();
  CHECK(between.segments() == segments + 2); // the first at once, the others together
  for (auto const& words : got) CHECK(words == "done");
  CHECK_THAT(outsider, ContainsSubstring("a transaction is open"));
  auto const end = [&]() -> task {
    co_await tx->commit();
    auto const n = co_await on.db().query_one<std::int64_t>("select count(*) from t");
    CHECK(n == 50);
  };
  on.spawn(end());
  on.run();
}

TEST_CASE("transaction: what others asked for before it is begun is done before it") {
  loop_with_connection on;
  std::vector<std::string> got(5);
  for (auto& to : got) on.spawn(live::tell_outcome(on.db().execute("select pg_sleep(0.01)"), to));
  auto const body = [&]() -> task {
    auto tx = co_await on.db().begin();
    auto const n = co_await tx.query_one<int>("select 5");
    CHECK(n == 5);
    co_await tx.commit();
  };
  std::string late;
  on.spawn(body());
  on.spawn(live::tell_outcome(on.db().execute("select 1"), late)); // comes while BEGIN is on its way
  on.run();
  for (auto const& words : got) CHECK(words == "done");
  CHECK_THAT(late, ContainsSubstring("a transaction is open"));
}

TEST_CASE("transaction: its beginning is cancelled, and leaves nothing open") {
  loop_with_connection on;
  on.spawn(make_table(on.db()));
  on.run();
  for (int round = 0; round < 10; ++round) {
    std::string sleeper, beginner;
    on.spawn(live::tell_outcome(on.db().execute("select pg_sleep(0.02)"), sleeper));
    auto const begin = [&]() -> task {
      auto const done = co_await within(milliseconds(round * 3), on.db().begin());
      beginner = done ? "done" : "cancelled"; // when it was in time it has been rolled back by now
    };
    on.spawn(begin());
    on.run();
    CHECK(sleeper == "done");
    CHECK_FALSE(beginner.empty());
    quickly(on, [&]() -> task { co_await check_untouched(on.db()); });
  }
}

TEST_CASE("transaction: its beginning is cancelled before anything of it was sent") {
  loop_with_connection on;
  on.spawn(make_table(on.db()));
  on.run();
  live::gate gate;
  std::string const much(30'000'000, 'x');
  std::string first, second, beginner;
  on.spawn(live::tell_outcome(on.db().execute(gate.sql()), first));
  on.spawn(live::tell_outcome(on.db().query_one<int>("select length($1)", much), second)); // most of it stays here
  auto const begin = [&]() -> task {
    auto const done = co_await within(10ms, on.db().begin());
    beginner = done ? "done" : "cancelled";
    gate.open();
  };
  on.spawn(begin());
  on.run();
  CHECK(first == "done");
  CHECK(second == "done");
  CHECK(beginner == "cancelled");
  quickly(on, [&]() -> task { co_await check_untouched(on.db()); });
}

TEST_CASE("transaction: a statement in it is cancelled, and nothing can be committed") {
  loop_with_connection on;
  on.spawn(make_table(on.db()));
  on.run();
  quickly(on, [&]() -> task {
    auto tx = co_await on.db().begin();
    co_await tx.execute("insert into t values (1)");
    auto const done = co_await within(20ms, tx.execute("select pg_sleep(60)"));
    CHECK_FALSE(done);
    auto const committed = co_await tusk::as_result(tx.commit());
    CHECK_FALSE(committed.has_value());
    if (!committed.has_value()) CHECK(committed.error().code() == errc::transaction_failed);
    co_await check_untouched(on.db());
  });
}

TEST_CASE("transaction: its coroutine is cancelled in a statement, and it is rolled back") {
  loop_with_connection on;
  on.spawn(make_table(on.db()));
  on.run();
  quickly(on, [&]() -> task {
    auto const work = [&]() -> task {
      auto tx = co_await on.db().begin();
      co_await tx.execute("insert into t values (1)");
      co_await tx.execute("select pg_sleep(60)");
    };
    auto const done = co_await within(30ms, work());
    CHECK_FALSE(done);
    co_await check_untouched(on.db());
  });
}

TEST_CASE("transaction: its coroutine is cancelled at any moment, and the next one begins") {
  loop_with_connection on;
  on.spawn(make_table(on.db()));
  on.run();
  int committed = 0;
  quickly(on, [&]() -> task {
    for (int round = 0; round < 60; ++round) {
      auto const work = [&]() -> task {
        auto tx = co_await on.db().begin();
        co_await tx.execute("insert into t values ($1)", round);
        co_await tx.execute("select pg_sleep(0.001)");
        co_await tx.commit();
      };
      using namespace asio::experimental::awaitable_operators;
      asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::microseconds(round * 60));
      auto const first = co_await (work() || timer.async_wait(asio::use_awaitable));
      auto const here = co_await on.db().query_one<std::int64_t>("select count(*) from t where x = $1", round);
      CHECK(on.db().transaction_status() == transaction_status::idle);
      if (first.index() == 0) CHECK(here == 1); // who was told that it is committed must find it
      committed += here != 0;
    }
    auto const all = co_await on.db().query_one<std::int64_t>("select count(*) from t");
    CHECK(all == committed);
  });
  INFO(committed << " of 60 were committed");
  CHECK(on.db().is_open());
}

TEST_CASE("transaction: a task to begin one that is never awaited begins none") {
  live::proxy between;
  loop_with_connection on(between.options());
  between.sent();
  { auto const never = on.db().begin(); }
  quickly(on, [&]() -> task { co_await on.db().execute("select 1"); });
  CHECK(between.sent() == "PDBES");
}

TEST_CASE("transaction: the loop ends in the middle of one") {
  for (int steps : {0, 1, 2, 3, 5, 8, 13, 100}) {
    loop_with_connection on;
    auto const body = [&]() -> task {
      auto tx = co_await on.db().begin();
      co_await tx.execute("select pg_sleep(60)");
      co_await tx.commit();
    };
    on.spawn(body());
    for (int i = 0; i < steps; ++i) on.loop().context().poll_one();
    CHECK(on.db().is_open());
  }
}
