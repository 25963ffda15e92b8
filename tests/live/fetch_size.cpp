// tusk: tests/live/fetch_size.cpp — streams that fetch their rows in portions, with other queries in between.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/coroutines.hpp"
#include "support/each_mode.hpp"
#include "support/proxy.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

using namespace live;

namespace {

using tusk::fetch_size;

constexpr std::string_view portals = "select count(*) from pg_cursors where name like 'tusk_portal_%'";

} // namespace

TEST_CASE("fetch_size: portions are fetched when they are needed") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto tx = wait(db.begin());
    for (auto const* first : {"PDBES", "CSBES"}) {
      between.sent();
      between.received();
      auto rows = wait(tx.template stream<int>(fetch_size(10), "select generate_series(1, $1)", 25));
      CHECK(between.sent() == first);
      for (int i = 1; i <= 10; ++i) {
        auto const* const row = wait(rows.next());
        REQUIRE(row != nullptr);
        CHECK(*row == i);
      }
      CHECK(between.sent().empty());
      auto const* const eleventh = wait(rows.next());
      REQUIRE(eleventh != nullptr);
      CHECK(*eleventh == 11);
      CHECK(between.sent() == "ES");
      int sum = 0;
      wait([&] { return rows.for_each([&](int n) { sum += n; }); });
      CHECK(sum == 25 * 26 / 2 - 11 * 12 / 2);
      CHECK(between.sent() == "ES");
      CHECK(wait(rows.next()) == nullptr);
      CHECK(wait(rows.next()) == nullptr);
      CHECK(between.sent().empty());
    }
    CHECK(between.connections() == 1);
  });
}

TEST_CASE("fetch_size: other queries run between the portions, and rows that borrow stay valid meanwhile") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int)"));
    auto tx = wait(db.begin());
    auto rows = wait(tx.template stream<std::tuple<int, std::string_view>>(
        fetch_size(7), "select g, 'row ' || g from generate_series(1, 100) as g"));
    int n = 0;
    bool good = true;
    while (auto const* const row = wait(rows.next())) {
      wait(tx.execute("insert into t values ($1)", std::get<0>(*row)));
      wait(tx.template query<std::string>("select repeat('other', 1000)"));
      ++n;
      good = good && std::get<0>(*row) == n && std::get<1>(*row) == "row " + std::to_string(n);
    }
    CHECK(good);
    CHECK(n == 100);
    wait([&] { return tx.commit(); });
    CHECK(wait(db.template query_one<std::int64_t>("select sum(x) from t")) == 5050);
  });
}

TEST_CASE("fetch_size: two at a time") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto up = wait(tx.template stream<int>(fetch_size(3), "select generate_series(1, $1)", 50));
    auto down = wait(tx.template stream<int>(fetch_size(5), "select 51 - generate_series(1, $1)", 50));
    int n = 0;
    bool good = true;
    for (;;) {
      auto const* const a = wait(up.next());
      auto const* const b = wait(down.next());
      if (a == nullptr || b == nullptr) break;
      ++n;
      good = good && *a == n && *b == 51 - n;
    }
    CHECK(good);
    CHECK(n == 50);
  });
}

TEST_CASE("fetch_size: a stream without one still has the transaction to itself") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto portions = wait(tx.template stream<int>(fetch_size(3), "select generate_series(1, 10)"));
    {
      auto rows = wait(tx.template stream<int>("select generate_series(1, 10)"));
      for (int i = 1; i <= 3; ++i) REQUIRE(*wait(portions.next()) == i); // those are here already
      CHECK(error_of([&] { wait(portions.next()); }).code() == errc::connection_busy);
      while (wait(rows.next()) != nullptr) {}
    }
    wait([&] { return tx.rollback(); });
    check_alive(wait, db);
  });
}

TEST_CASE("fetch_size: outside of a transaction it is refused, however few rows there are") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    between.sent();
    for (int i = 0; i < 2; ++i) {
      check_refused([&] { wait(db.template stream<int>(fetch_size(100), "select 1")); }, errc::wrong_verb,
                    "needs a transaction");
      CHECK(between.sent().empty());
    }
    check_alive(wait, db);
    // One that was begun by hand is one.
    wait(db.script("begin"));
    int sum = 0;
    auto many = wait(db.template stream<int>(fetch_size(100), "select generate_series(1, 1000)"));
    wait([&] { return many.for_each([&](int n) { sum += n; }); });
    CHECK(sum == 500'500);
    wait(db.script("commit"));
  });
}

TEST_CASE("fetch_size: without a transaction and behind other requests it ends with its first portion") {
  loop_with_connection on;
  std::string words;
  auto const other = [&]() -> task { co_await on.db().execute("select pg_sleep(0.01)"); };
  auto const body = [&]() -> task {
    std::optional<tusk::error> error;
    try {
      auto rows = co_await on.db().stream<int>(fetch_size(100), "select generate_series(1, 10)");
    } catch (tusk::error const& e) {
      error.emplace(e);
    }
    REQUIRE(error.has_value());
    CHECK(error->code() == errc::wrong_verb);
    CHECK_FALSE(error->safe_to_retry()); // it has run
  };
  on.spawn(other());
  on.spawn(body());
  on.run();
  on.spawn(tell_outcome(on.db().execute("select 1"), words));
  on.run();
  CHECK(words == "done");
}

TEST_CASE("fetch_size: at least one row is meant") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto tx = wait(db.begin());
    between.sent();
    for (int size : {0, -1}) {
      check_refused([&] { wait(tx.template stream<int>(fetch_size(size), "select 1")); }, errc::invalid_parameter);
    }
    CHECK(between.sent().empty());
    auto rows = wait(tx.template stream<int>(fetch_size(1), "select generate_series(1, 3)"));
    for (int i = 1; i <= 3; ++i) CHECK(*wait(rows.next()) == i);
    CHECK(wait(rows.next()) == nullptr);
  });
}

TEST_CASE("fetch_size: destroyed early it is closed on the server, with the next request") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto tx = wait(db.begin());
    {
      auto rows = wait(tx.template stream<int>(fetch_size(10), "select generate_series(1, 1000000000)"));
      CHECK(*wait(rows.next()) == 1);
      CHECK(wait(tx.template query_one<std::int64_t>(portals)) == 1);
      between.sent();
    }
    CHECK(between.sent().empty()); // a destructor sends nothing
    auto const segments = between.segments();
    CHECK(wait(tx.template query_one<std::int64_t>(portals)) == 0);
    CHECK(between.sent() == "CSBES");
    CHECK(between.segments() == segments + 1);
    CHECK(between.connections() == 1); // there was nothing to be cancelled
    wait([&] { return tx.commit(); });
    check_alive(wait, db);
  });
}

TEST_CASE("fetch_size: read to its end it does not stay on the server either") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    for (int i = 0; i < 5; ++i) {
      auto rows = wait(tx.template stream<int>(fetch_size(10), "select generate_series(1, 25)"));
      while (wait(rows.next()) != nullptr) {}
    }
    CHECK(wait(tx.template query_one<std::int64_t>(portals)) == 0);
  });
}

TEST_CASE("fetch_size: it ends with its transaction") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto rows = wait(tx.template stream<int>(fetch_size(2), "select generate_series(1, 10)"));
    CHECK(*wait(rows.next()) == 1);
    wait([&] { return tx.commit(); });
    CHECK(*wait(rows.next()) == 2); // which is here already
    CHECK(error_of([&] { wait(rows.next()); }).code() == errc::connection_busy);
    check_alive(wait, db);
  });
}

TEST_CASE("fetch_size: errors") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    {
      auto tx = wait(db.begin());
      auto rows = wait(tx.template stream<int>(fetch_size(4), "select 1 / (10 - g) from generate_series(1, 20) as g"));
      auto const e = error_of([&] {
        while (wait(rows.next()) != nullptr) {}
      });
      CHECK(e.sqlstate() == sqlstate::division_by_zero);
      CHECK(error_of([&] { wait(tx.execute("select 1")); }).sqlstate() == sqlstate::in_failed_sql_transaction);
    }
    check_alive(wait, db);
    {
      auto tx = wait(db.begin());
      auto rows = wait(tx.template stream<int>(fetch_size(4), "select nullif(generate_series(1, 20), 6)"));
      int n = 0;
      auto const e = error_of([&] {
        while (wait(rows.next()) != nullptr) ++n;
      });
      CHECK(n == 5);
      CHECK(e.code() == errc::unexpected_null);
      CHECK_THAT(e.what(), ContainsSubstring("row 6"));
      CHECK(wait(tx.template query_one<int>("select 5")) == 5); // nothing has gone wrong on the server
    }
    check_alive(wait, db);
    auto tx = wait(db.begin());
    for (int i = 0; i < 2; ++i)
      CHECK(error_of([&] { wait(tx.template stream<int>(fetch_size(4), "select 'text'")); }).code() ==
            errc::column_mismatch);
    wait([&] { return tx.commit(); });
    check_alive(wait, db);
  });
}

TEST_CASE("fetch_size: without kept statements") {
  each_mode([](auto open, auto wait) {
    auto db = open(options().set("statement_cache_size", "0"));
    auto tx = wait(db.begin());
    for (int i = 0; i < 2; ++i) {
      int sum = 0;
      auto rows = wait(tx.template stream<int>(fetch_size(10), "select generate_series(1, $1)", 100));
      wait(tx.execute("select 1"));
      wait([&] { return rows.for_each([&](int n) { sum += n; }); });
      CHECK(sum == 5050);
    }
  });
}

TEST_CASE("fetch_size: the connection is lost between two portions") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto tx = wait(db.begin());
    auto rows = wait(tx.template stream<int>(fetch_size(2), "select generate_series(1, 10)"));
    between.cut();
    CHECK(*wait(rows.next()) == 1);
    CHECK(*wait(rows.next()) == 2);
    CHECK(error_of([&] { wait(rows.next()); }).code() == errc::connection_closed);
    CHECK_FALSE(db.is_open());
  });
}

TEST_CASE("fetch_size: after an error the cursor is at its end") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto rows = wait(tx.template stream<int>(fetch_size(3), "select 1 / (5 - g) from generate_series(1, 10) as g"));
    auto const e = error_of([&] {
      while (wait(rows.next()) != nullptr) {}
    });
    CHECK(e.sqlstate() == sqlstate::division_by_zero);
    CHECK(wait(rows.next()) == nullptr);
    CHECK(wait(rows.next()) == nullptr);
  });
}
