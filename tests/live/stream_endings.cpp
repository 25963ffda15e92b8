// tusk: tests/live/stream_endings.cpp — streams that end before their rows do, and what is around them.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/coroutines.hpp"
#include "support/each_mode.hpp"
#include "support/long_streams.hpp"
#include "support/onlooker.hpp"
#include "support/proxy.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace live;

namespace {

using namespace std::chrono_literals;

task nothing() { co_return; }

} // namespace

TEST_CASE("stream: the server is killed in the middle") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    onlooker other;
    auto rows = wait(db.template stream<wide>(endless));
    CHECK(wait(rows.next()) != nullptr);
    REQUIRE(other.sees(db.backend_pid(), "ClientWrite"));
    other.terminate(db.backend_pid());
    auto const e = error_of([&] { count(wait, rows); });
    INFO(e.what());
    CHECK((e.code() == errc::connection_closed || e.sqlstate() == sqlstate::admin_shutdown));
    CHECK_FALSE(db.is_open());
    CHECK(wait(rows.next()) == nullptr);
    CHECK(error_of([&] { wait(db.execute("select 1")); }).code() == errc::connection_closed);
  });
}

TEST_CASE("stream: the server gives up in the middle and says why") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto rows = wait(db.template stream<int>(
        "select case when g = 50000 and pg_terminate_backend(pg_backend_pid()) then 0 else g end "
        "from generate_series(1, 1000000) as g"));
    auto const e = error_of([&] { count(wait, rows); });
    CHECK(e.sqlstate() == sqlstate::admin_shutdown);
    CHECK_FALSE(db.is_open());
  });
}

TEST_CASE("stream: the line is cut, and that is no end of the rows") {
  each_mode([](auto open, auto wait) {
    for (std::size_t const more : {0u, 30u, 100u, 1000u, 70'000u, 300'000u}) {
      proxy between;
      auto db = open(between.options());
      between.cut_after(between.bytes_received() + more);
      auto const e = error_of([&] {
        auto rows = wait(db.template stream<int>("select generate_series(1, 100000)"));
        count(wait, rows);
      });
      CHECK(e.code() == errc::connection_closed);
      CHECK_FALSE(db.is_open());
    }
  });
}

TEST_CASE("stream: the connection is closed under it") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto rows = wait(db.template stream<wide>(endless));
    CHECK(wait(rows.next()) != nullptr);
    SECTION("by close()") { db.close(); }
    SECTION("by its destructor") { auto const gone = std::move(db); }
    CHECK(error_of([&] { count(wait, rows); }).code() == errc::connection_closed);
    CHECK(wait(rows.next()) == nullptr);
  });
}

TEST_CASE("stream: in a transaction it has that to itself, and then goes on with it") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int)"));
    auto tx = wait(db.begin());
    {
      auto rows = wait(tx.template stream<int>("insert into t select generate_series(1, 5000) returning x"));
      CHECK(error_of([&] { wait(tx.execute("select 1")); }).code() == errc::connection_busy);
      CHECK(error_of([&] { wait(db.execute("select 1")); }).code() == errc::connection_busy);
      CHECK(error_of([&] { wait([&] { return tx.commit(); }); }).code() == errc::connection_busy);
      CHECK(count(wait, rows) == 5000);
    }
    CHECK(wait(tx.execute("delete from t where x > 10")).rows_affected() == 4990);
    CHECK(error_of([&] { wait(db.execute("select 1")); }).code() == errc::connection_busy);
    wait([&] { return tx.commit(); });
    CHECK(wait(db.template query_one<std::int64_t>("select count(*) from t")) == 10);
  });
}

TEST_CASE("stream: destroyed early in a transaction, that is over, for its statement has been cancelled") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int)"));
    {
      auto tx = wait(db.begin());
      wait(tx.execute("insert into t values (1)"));
      { auto const rows = wait(tx.template stream<wide>(endless)); }
      CHECK(error_of([&] { wait(tx.execute("select 1")); }).sqlstate() == sqlstate::in_failed_sql_transaction);
      CHECK(error_of([&] { wait([&] { return tx.commit(); }); }).code() == errc::transaction_failed);
    }
    {
      auto tx = wait(db.begin());
      { auto const rows = wait(tx.template stream<wide>(endless)); }
      wait([&] { return tx.rollback(); });
    }
    {
      auto tx = wait(db.begin());
      auto const rows = wait(tx.template stream<wide>(endless));
    }
    check_alive(wait, db);
    CHECK(db.transaction_status() == tusk::transaction_status::idle);
    CHECK(wait(db.template query_one<std::int64_t>("select count(*) from t")) == 0);
  });
}

TEST_CASE("stream: its transaction is destroyed before it") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    {
      auto tx = std::make_optional(wait(db.begin()));
      auto rows = wait(tx->template stream<wide>(endless));
      CHECK(wait(rows.next()) != nullptr);
      tx.reset();
      check_alive(wait, db); // while the cursor is still there
      CHECK(db.transaction_status() == tusk::transaction_status::idle);
      auto again = wait(db.begin());
      auto others = wait(again.template stream<int>("select generate_series(1, 3)"));
      { auto const gone = std::move(rows); } // which must not touch what is not its own
      CHECK(count(wait, others) == 3);
      wait([&] { return again.commit(); });
    }
    check_alive(wait, db);
  });
}

TEST_CASE("stream: notices come between the rows") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    std::vector<std::string> heard;
    db.on_notice([&](tusk::notice const& n) { heard.push_back(n.message); });
    wait(db.script("create function pg_temp.tell(n int) returns text language plpgsql as "
                   "$$ begin raise notice 'row %', n; return repeat('x', 10000); end $$"));
    auto rows = wait(db.template stream<std::string_view>("select pg_temp.tell(g) from generate_series(1, 500) as g"));
    CHECK(wait(rows.next()) != nullptr);
    CHECK_FALSE(heard.empty());
    CHECK(count(wait, rows) == 499);
    CHECK(heard.size() == 500);
    CHECK(heard.back() == "row 500");
    check_alive(wait, db);
  });
}

TEST_CASE("stream: a task that is never awaited opens none") {
  proxy between;
  loop_with_connection on(between.options());
  between.sent();
  { auto const never = on.db().stream<int>("select 1"); }
  auto const body = [&]() -> task { co_await on.db().execute("select 2"); };
  on.spawn(body());
  on.run();
  CHECK(between.sent() == "PDBES");
}

TEST_CASE("stream: one who waits for its next row is cancelled") {
  loop_with_connection on;
  auto const before = steady_clock::now();
  auto const body = [&]() -> task {
    auto rows = co_await on.db().stream<wide>(stalling);
    int came = 0;
    while (co_await within(20ms, rows.next())) ++came;
    CHECK(came <= 3);
    auto const n = co_await on.db().query_one<int>("select 5"); // while the cursor is still there
    CHECK(n == 5);
  };
  on.spawn(body());
  on.run();
  CHECK(steady_clock::now() - before < 20s);
}

TEST_CASE("stream: one who waits for its first row is cancelled") {
  loop_with_connection on;
  auto const before = steady_clock::now();
  auto const body = [&]() -> task {
    auto const came = co_await within(20ms, on.db().stream<tusk::row>("select pg_sleep(60)"));
    CHECK_FALSE(came);
    auto const n = co_await on.db().query_one<int>("select 5");
    CHECK(n == 5);
  };
  on.spawn(body());
  on.run();
  CHECK(steady_clock::now() - before < 20s);
}

TEST_CASE("stream: behind others' requests it waits for its turn, those who come later are refused") {
  loop_with_connection on;
  std::vector<std::string> got(5);
  int n = 0;
  for (auto& to : got) on.spawn(tell_outcome(on.db().execute("select pg_sleep(0.01)"), to));
  auto const body = [&]() -> task {
    auto rows = co_await on.db().stream<int>("select generate_series(1, 10000)");
    while (co_await rows.next() != nullptr) {
      ++n;
      if (n % 1000 == 0) co_await pause(1ms);
    }
  };
  on.spawn(body());
  std::string late;
  on.spawn(tell_outcome(on.db().execute("select 1"), late));
  on.run();
  for (auto const& words : got) CHECK(words == "done");
  CHECK(n == 10'000);
  CHECK_THAT(late, ContainsSubstring("a stream is open"));
  std::string after;
  on.spawn(tell_outcome(on.db().execute("select 1"), after));
  on.run();
  CHECK(after == "done");
}

TEST_CASE("stream: its coroutine is destroyed with the loop, at any moment") {
  for (int steps : {0, 1, 2, 3, 5, 8, 13, 100}) {
    loop_with_connection on;
    auto const body = [&]() -> task {
      auto rows = co_await on.db().stream<wide>(stalling);
      while (co_await rows.next() != nullptr) {}
    };
    on.spawn(body());
    for (int i = 0; i < steps; ++i) on.loop().context().poll_one();
  }
  loop_with_connection on; // nothing has been broken
  on.spawn(nothing());
  on.run();
}

TEST_CASE("stream: one that was cancelled may rest as long as it likes between two rows", "[slow]") {
  loop_with_connection on(options().cancel_timeout(100));
  auto const token = on.db().get_cancel_token();
  auto const body = [&]() -> task {
    auto rows = co_await on.db().stream<wide>(endless);
    token.cancel();
    std::optional<tusk::error> error;
    try {
      for (int n = 0; co_await rows.next() != nullptr; ++n)
        if (n % 1000 == 999) co_await pause(200ms); // nobody reads meanwhile, and no clock must run
    } catch (tusk::error const& e) {
      error.emplace(e);
    }
    REQUIRE(error.has_value());
    CHECK(error->sqlstate() == sqlstate::query_canceled);
    auto const n = co_await on.db().query_one<int>("select 5");
    CHECK(n == 5);
  };
  on.spawn(body());
  on.run();
}

TEST_CASE("stream: columns that do not fit end it at once, however many rows there are") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    db.timeout(10s);
    auto const e = error_of([&] { wait(db.template stream<int>("select generate_series(1, 1000000000), 'text'")); });
    CHECK(e.code() == errc::column_mismatch);
    check_alive(wait, db);
  });
}

TEST_CASE("stream: one whose transaction has ended before it does not pretend to be at its end") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = std::make_optional(wait(db.begin()));
    auto rows = wait(tx->template stream<int>("select generate_series(1, 1000000)"));
    CHECK(wait(rows.next()) != nullptr);
    tx.reset();
    CHECK(error_of([&] { wait(rows.next()); }).code() == errc::connection_busy);
    CHECK(wait(rows.next()) == nullptr);
    check_alive(wait, db);
  });
}
