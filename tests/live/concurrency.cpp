// tusk: tests/live/concurrency.cpp — many coroutines on one connection.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/coroutines.hpp"
#include "support/proxy.hpp"

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace {

using live::loop_with_connection;
using live::task;
using tusk::errc;

task twice(tusk::connection& db, int n, int& to) { to = co_await db.query_one<int>("select $1 * 2", n); }

/// One that fails in its own way each time, or not.
task mixed(tusk::connection& db, int i, std::string& to) {
  switch (i % 5) {
  case 0: to = co_await live::outcome_of(db.query_one<int>("select 1 / $1", 0)); break;
  case 1: to = co_await live::outcome_of(db.query<std::string>("select $1", i)); break;
  case 2: to = co_await live::outcome_of(db.execute("select $1::text", std::string("\0", 1))); break;
  case 3: to = co_await live::outcome_of(db.script("select 1; selec")); break;
  default: to = std::to_string(co_await db.query_one<int>("select $1", i));
  }
}

task many_in_turn(tusk::connection& db, int seed, int& good) {
  auto const square = co_await db.prepare<std::int64_t>("select $1 * $1");
  for (int i = 0; i < 20; ++i) {
    std::int64_t const n = seed * 100 + i;
    auto const by_statement = co_await db.query_one<std::int64_t>(square, n);
    auto const row = co_await db.query_one<std::tuple<std::int64_t, std::string>>("select $1, $2::text", n, "x");
    auto const tag = co_await db.execute("select generate_series(1, $1)", i);
    good += by_statement == n * n && std::get<0>(row) == n && tag.rows_affected() == static_cast<std::uint64_t>(i);
  }
}

} // namespace

TEST_CASE("concurrency: a hundred coroutines get each its own") {
  loop_with_connection on;
  std::vector<int> got(100);
  for (int i = 0; i < 100; ++i) on.spawn(twice(on.db(), i, got[static_cast<std::size_t>(i)]));
  on.run();
  for (int i = 0; i < 100; ++i) CHECK(got[static_cast<std::size_t>(i)] == 2 * i);
}

TEST_CASE("concurrency: the first writes at once, the others of the turn together") {
  live::proxy between;
  loop_with_connection on(between.options());
  auto const before = between.segments();
  between.sent();
  std::vector<int> got(100);
  for (int i = 0; i < 100; ++i) on.spawn(twice(on.db(), i, got[static_cast<std::size_t>(i)]));
  on.run();
  CHECK(between.segments() == before + 2);
  std::string all;
  // Nobody waits to hear that it is prepared, but each asks what the rows look like, should that one be cancelled.
  for (int i = 0; i < 100; ++i) all += i == 0 ? "PDBES" : "DBES";
  CHECK(between.sent() == all);
}

TEST_CASE("concurrency: an error in one does not touch the others") {
  loop_with_connection on;
  std::vector<std::string> got(100);
  for (int i = 0; i < 100; ++i) on.spawn(mixed(on.db(), i, got[static_cast<std::size_t>(i)]));
  on.run();
  for (int i = 0; i < 100; ++i) {
    auto const& words = got[static_cast<std::size_t>(i)];
    switch (i % 5) {
    case 0: CHECK_THAT(words, ContainsSubstring("division by zero")); break;
    case 1: CHECK_THAT(words, ContainsSubstring("does not fit std::string")); break;
    case 2: CHECK_THAT(words, ContainsSubstring("is NUL")); break;
    case 3: CHECK_THAT(words, ContainsSubstring("syntax error")); break;
    default: CHECK(words == std::to_string(i));
    }
  }
  CHECK(on.db().is_open());
}

TEST_CASE("concurrency: thirty coroutines with many queries each") {
  loop_with_connection on;
  int good = 0;
  for (int i = 0; i < 30; ++i) on.spawn(many_in_turn(on.db(), i, good));
  on.run();
  CHECK(good == 600);
}

TEST_CASE("concurrency: whoever leads and is done early hands the lead on") {
  loop_with_connection on;
  std::string order;
  auto const one = [&](char name, double seconds) -> task {
    co_await on.db().execute("select pg_sleep($1)", seconds);
    order += name;
  };
  on.spawn(one('a', 0));
  on.spawn(one('b', 0.02));
  on.spawn(one('c', 0));
  on.spawn(one('d', 0.01));
  on.run();
  CHECK(order == "abcd"); // and the answers come in the order of the questions
}

TEST_CASE("concurrency: one that comes while another waits is not kept waiting for more than its turn") {
  loop_with_connection on;
  std::string order;
  auto const first = [&]() -> task {
    co_await on.db().execute("select pg_sleep(0.03)");
    order += 'a';
  };
  auto const later = [&]() -> task {
    co_await live::pause(live::milliseconds(5));
    co_await on.db().execute("select 1");
    order += 'b';
  };
  on.spawn(first());
  on.spawn(later());
  on.run();
  CHECK(order == "ab");
}

TEST_CASE("concurrency: a transaction of one spans what others send meanwhile") {
  // One connection is one session: this is what it means, and why a pool exists.
  loop_with_connection on;
  auto const body = [&]() -> task {
    co_await on.db().script("create temp table t(x int)");
    co_await on.db().script("begin");
    CHECK(on.db().transaction_status() == tusk::transaction_status::in_transaction);
    co_await on.db().execute("insert into t values (1)");
    co_await on.db().script("rollback");
    auto const n = co_await on.db().query_one<std::int64_t>("select count(*) from t");
    CHECK(n == 0);
  };
  on.spawn(body());
  on.run();
}

TEST_CASE("concurrency: close() tells everybody who waits") {
  loop_with_connection on;
  std::vector<std::string> got(10);
  for (auto& to : got) on.spawn(live::tell_outcome(on.db().execute("select pg_sleep(60)"), to));
  auto const closer = [&]() -> task {
    co_await live::pause(live::milliseconds(20));
    on.db().close();
  };
  on.spawn(closer());
  auto const before = live::steady_clock::now();
  on.run();
  CHECK(live::steady_clock::now() - before < std::chrono::seconds(10));
  for (auto const& words : got) CHECK(words == "close() was called");
  CHECK_FALSE(on.db().is_open());
}

TEST_CASE("concurrency: the loss of the connection is told to everybody who waits") {
  loop_with_connection on;
  std::vector<tusk::result<tusk::command_tag>> got;
  auto const one = [&](std::string sql) -> task {
    auto r = co_await tusk::as_result(on.db().execute(sql));
    got.push_back(std::move(r));
  };
  on.spawn(one("select pg_terminate_backend(pg_backend_pid()), pg_sleep(5)"));
  for (int i = 0; i < 9; ++i) on.spawn(one("select 1"));
  on.run();
  REQUIRE(got.size() == 10);
  int by_the_server = 0;
  for (auto const& r : got) {
    REQUIRE_FALSE(r.has_value());
    by_the_server += r.error().code() != errc::connection_closed;
    CHECK(r.error().sqlstate() == tusk::sqlstate::admin_shutdown);
    CHECK_THAT(r.error().what(), ContainsSubstring("due to administrator command"));
  }
  CHECK(by_the_server == 1);
  CHECK_FALSE(on.db().is_open());
}

TEST_CASE("concurrency: what was not sent when the connection was lost may be tried again") {
  live::proxy between;
  loop_with_connection on(between.options());
  std::vector<tusk::error> errors;
  std::string const much(30'000'000, 'x');
  auto const one = [&](std::string_view text) -> task {
    auto r = co_await tusk::as_result(on.db().execute("select pg_sleep(60), $1::text", text));
    if (!r.has_value()) errors.push_back(r.error());
  };
  auto const cutter = [&]() -> task {
    co_await live::pause(live::milliseconds(20));
    between.cut();
  };
  on.spawn(one("first"));
  on.spawn(one(much)); // stays in our hands, as the server does not read while it sleeps
  on.spawn(one("third"));
  on.spawn(cutter());
  on.run();
  REQUIRE(errors.size() == 3);
  for (auto const& e : errors) CHECK(e.code() == errc::connection_closed);
  int unsent = 0;
  for (auto const& e : errors) unsent += e.safe_to_retry();
  CHECK(unsent == 1);
}

TEST_CASE("concurrency: statements come and go while others are at work") {
  loop_with_connection on;
  int good = 0;
  auto const worker = [&]() -> task {
    for (int i = 0; i < 10; ++i) {
      auto const s = co_await on.db().prepare<int>("select $1 + 1");
      good += co_await on.db().query_one<int>(s, i) == i + 1;
    }
  };
  for (int i = 0; i < 20; ++i) on.spawn(worker());
  on.run();
  CHECK(good == 200);
  std::int64_t left = -1;
  auto const count = [&]() -> task {
    left = co_await on.db().query_one<std::int64_t>(
        "select count(*) from pg_prepared_statements where statement = 'select $1 + 1'");
  };
  on.spawn(count());
  on.run();
  CHECK(left == 0);
}

TEST_CASE("concurrency: COPY to STDOUT among others' requests hurts nobody but itself") {
  loop_with_connection on;
  std::string copied;
  std::vector<std::string> got(10);
  on.spawn(live::tell_outcome(on.db().execute("copy (select 1) to stdout"), copied));
  for (std::size_t i = 0; i < got.size(); ++i)
    on.spawn(live::tell_outcome(on.db().query_one<int>("select $1", static_cast<int>(i)), got[i]));
  on.run();
  CHECK_THAT(copied, ContainsSubstring("COPY"));
  for (auto const& words : got) CHECK(words == "done");
  CHECK(on.db().is_open());
}

// What had been sent behind it the server takes for its data, and gives up; what had not is not touched.
TEST_CASE("concurrency: COPY from STDIN among others' requests ends the connection or hurts only itself") {
  loop_with_connection on;
  std::string copied;
  std::vector<std::string> got(10);
  auto const script = [&]() -> task { co_await on.db().script("create temp table t(x int)"); };
  on.spawn(script());
  on.run();
  SECTION("in a query") { on.spawn(live::tell_outcome(on.db().execute("copy t from stdin"), copied)); }
  SECTION("in a script") { on.spawn(live::tell_outcome(on.db().script("copy t from stdin"), copied)); }
  for (std::size_t i = 0; i < got.size(); ++i)
    on.spawn(live::tell_outcome(on.db().query_one<int>("select $1", static_cast<int>(i)), got[i]));
  on.run();
  CHECK_THAT(copied, ContainsSubstring("COPY"));
  for (auto const& words : got)
    if (on.db().is_open())
      CHECK(words == "done");
    else // the server's words, or ours for what it had certainly thrown away by then
      CHECK_THAT(words, ContainsSubstring("protocol synchronization was lost") || ContainsSubstring("was not run"));
}

TEST_CASE("concurrency: the loop ends when nobody waits any more") {
  loop_with_connection on;
  int n = 0;
  on.spawn(twice(on.db(), 4, n));
  on.run(); // a background task of the connection would keep it from returning
  CHECK(n == 8);
  CHECK(on.loop().poll() == 0);
  CHECK(on.db().is_open());
}
