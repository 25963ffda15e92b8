// tusk: tests/live/regressions.cpp — what has gone wrong once, against real servers.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/coroutines.hpp"
#include "support/each_mode.hpp"
#include "support/onlooker.hpp"
#include "support/proxy.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using live::check_alive;
using live::each_mode;
using live::error_of;
using live::loop_with_connection;
using live::task;
using std::chrono::steady_clock;
using tusk::errc;
using tusk::fetch_size;
using tusk::sqlstate;
using namespace std::chrono_literals;

/// Cancels from another thread as soon as the backend is in pg_sleep.
class canceller {
 public:
  canceller(tusk::cancel_token token, std::uint32_t pid)
      : thread_([token = std::move(token), pid] {
          live::onlooker other;
          if (other.sees(pid, "PgSleep")) token.cancel();
        }) {}
  ~canceller() { thread_.join(); }

 private:
  std::thread thread_;
};

/// What the server calls it, or what we do when it was not even sent.
bool is_cancelled(tusk::error const& e) {
  return e.sqlstate() == sqlstate::query_canceled || (e.code() == asio::error::operation_aborted && e.safe_to_retry());
}

} // namespace

TEST_CASE("cancel_token: a stream ends with an error, behind the rows that had come") {
  each_mode([](auto open, auto wait) {
    auto db = open(live::options().cancel_timeout(500));
    auto const token = db.get_cancel_token();
    auto rows = wait(db.template stream<std::tuple<int, std::string_view>>(
        "select generate_series(1, 1000000000), repeat('x', 100)"));
    CHECK(wait(rows.next()) != nullptr);
    token.cancel(); // in the blocking mode it waits for the end in vain: nobody reads
    int n = 1;
    bool good = true;
    auto const e = error_of([&] {
      while (auto const* const row = wait(rows.next())) good = good && std::get<0>(*row) == ++n && n < 10'000'000;
    });
    CHECK(good);
    CHECK(e.sqlstate() == sqlstate::query_canceled);
    CHECK(wait(rows.next()) == nullptr);
    check_alive(wait, db);
    check_alive(wait, db);
  });
}

TEST_CASE("cancel_token: all of many coroutines") {
  loop_with_connection on;
  auto const token = on.db().get_cancel_token();
  std::string const much(30'000'000, 'x');
  std::vector<tusk::error> errors;
  auto const one = [&](asio::awaitable<tusk::command_tag> operation) -> task {
    try {
      co_await std::move(operation);
    } catch (tusk::error const& e) {
      errors.push_back(e);
    }
  };
  auto const before = steady_clock::now();
  for (int i = 0; i < 10; ++i) on.spawn(one(on.db().execute("select pg_sleep(60)")));
  on.spawn(one(on.db().execute("select pg_sleep(60), $1::text", much))); // stays here, as the server does not read
  for (int i = 0; i < 10; ++i) on.spawn(one(on.db().execute("select pg_sleep(60)")));
  std::optional<canceller> other;
  auto const cancel = [&]() -> task { // when all of them have been asked for
    other.emplace(token, on.db().backend_pid());
    co_return;
  };
  on.spawn(cancel());
  on.run();
  CHECK(steady_clock::now() - before < 30s);
  REQUIRE(errors.size() == 21);
  int unsent = 0;
  for (auto const& e : errors) {
    CHECK(is_cancelled(e));
    unsent += e.safe_to_retry();
  }
  CHECK(unsent >= 10);
  for (int i = 0; i < 3; ++i) {
    std::string words;
    on.spawn(live::tell_outcome(on.db().execute("select 1"), words));
    on.run();
    CHECK(words == "done");
  }
}

TEST_CASE("cancel_token: one that is asked for while a stream is open knows of that") {
  each_mode([](auto open, auto wait) {
    auto db = open(live::options().cancel_timeout(500));
    auto rows = wait(db.template stream<std::tuple<int, std::string_view>>(
        "select generate_series(1, 1000000000), repeat('x', 100)"));
    db.get_cancel_token().cancel();
    db.timeout(10s); // or it would go on for minutes
    int n = 0;
    auto const e = error_of([&] {
      while (wait(rows.next()) != nullptr && n < 10'000'000) ++n;
    });
    CHECK(e.sqlstate() == sqlstate::query_canceled);
    check_alive(wait, db);
  });
}

TEST_CASE("cancel_token: while nothing is under way it is about nothing") {
  loop_with_connection on;
  auto const token = on.db().get_cancel_token();
  auto const body = [&]() -> task {
    for (int i = 0; i < 20; ++i) {
      token.cancel();
      auto const got = co_await on.db().query_one<int>("select $1 from pg_sleep(0.005)", i);
      CHECK(got == i);
    }
  };
  on.spawn(body());
  on.run();
}

TEST_CASE("stream: one that was cancelled may rest as long as it likes between two rows", "[slow]") {
  loop_with_connection on(live::options().cancel_timeout(100));
  auto const token = on.db().get_cancel_token();
  auto const body = [&]() -> task {
    auto rows = co_await on.db().stream<std::tuple<int, std::string_view>>(
        "select generate_series(1, 1000000000), repeat('x', 100)");
    token.cancel();
    std::optional<tusk::error> error;
    try {
      for (int n = 0; co_await rows.next() != nullptr; ++n)
        if (n % 1000 == 999) co_await live::pause(200ms); // nobody reads meanwhile, and no clock must run
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

TEST_CASE("timeout: without a cancel_timeout the end of the statement is waited for") {
  each_mode([](auto open, auto wait) {
    auto db = open(live::options().cancel_timeout(0));
    db.timeout(30ms);
    CHECK(error_of([&] { wait(db.execute("select pg_sleep(60)")); }).code() == errc::timeout);
    db.timeout(0ms);
    check_alive(wait, db);
  });
}

TEST_CASE("timeout: the longest there is, in both modes") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    db.timeout(std::chrono::milliseconds::max());
    check_alive(wait, db);
    wait(db.execute("select pg_sleep(0.01)"));
  });
}

TEST_CASE("pipeline_each: one whose statement is refused does not touch others with the same text") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    std::vector<decltype(tusk::execute("select 1"))> commands;
    commands.push_back(tusk::execute("insert into later values (1)"));
    commands.push_back(tusk::execute("create temp table later(x int)"));
    commands.push_back(tusk::execute("insert into later values (1)"));
    auto const got = wait(db.pipeline_each(commands));
    REQUIRE_FALSE(got[0].has_value());
    CHECK(got[0].error().sqlstate() == sqlstate::undefined_table);
    CHECK(got[1].has_value());
    CHECK(got[2].has_value()); // alone it would have been
    CHECK(wait(db.template query_one<std::int64_t>("select count(*) from later")) == 1);
  });
}

TEST_CASE(
    "pipeline_each: what the server has forgotten behind our back is said of each that needs it, and then healed") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int)"));
    wait(db.execute("insert into t values (1)"));
    wait(db.template query_one<int>("select 7"));
    wait(db.script("do $$ begin execute 'deallocate ' || (select name from pg_prepared_statements"
                   " where statement = 'select 7'); end $$"));
    auto const run = [&] {
      return wait(db.pipeline_each(tusk::execute("insert into t values (1)"), tusk::query_one<int>("select 7"),
                                   tusk::execute("insert into t values (1)")));
    };
    auto const [one, two, three] = run();
    CHECK(one.has_value());
    REQUIRE_FALSE(two.has_value()); // behind the others it would be out of its order
    CHECK(two.error().sqlstate() == sqlstate::invalid_sql_statement_name);
    CHECK(two.error().safe_to_retry());
    CHECK(three.has_value());
    CHECK(std::get<1>(run()).has_value());
    CHECK(wait(db.template query_one<std::int64_t>("select count(*) from t")) == 5);
  });
}
