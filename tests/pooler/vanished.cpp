// tusk: tests/pooler/vanished.cpp — several statements in one go, or on one connection, when the servers change.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "pooler/two_servers.hpp"
#include "support/coroutines.hpp"
#include "support/each_mode.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using live::each_mode;
using namespace std::chrono_literals;

/// The statement of this text is kept, and then the server forgets it, without a word to the driver.
constexpr char forgotten[] = "select $1 + 3";
template <class Wait, class Db> void forget(Wait const& wait, Db& db) {
  wait(db.template query_one<int>(forgotten, 1));
  auto const name = wait(
      db.template query_one<std::string>("select name from pg_prepared_statements where statement = $1", forgotten));
  wait(db.script("deallocate " + name));
}

} // namespace

TEST_CASE("pooler: a pipeline of three statements that are kept runs on either server") {
  each_mode([](auto open, auto wait) {
    pooler::two_servers servers;
    auto db = open();
    for (int i = 0; i < 4; ++i) {
      auto const one = tusk::query_one<int>("select $1 + 1", i);
      auto const two = tusk::query_one<int>("select $1 + 2", i);
      auto const three = tusk::query_one<int>("select $1 + 3", i);
      CHECK(wait(db.pipeline(one, two, three)) == std::tuple(i + 1, i + 2, i + 3));
      servers.swap();
    }
  });
}

TEST_CASE("pooler: pipeline_each never runs twice what has succeeded") {
  each_mode([](auto open, auto wait) {
    auto db = open(pooler::sessions());
    wait(db.script("create temp table t (x int)"));
    forget(wait, db);
    auto const first = tusk::execute("insert into t values (1)");
    auto const second = tusk::query_one<int>(forgotten, 1);
    auto const got = wait(db.pipeline_each(first, second));
    CHECK(std::get<0>(got).has_value());
    CHECK(wait(db.template query_one<std::int64_t>("select count(*) from t")) == 1);
  });
}

TEST_CASE("pooler: what pipeline_each finds gone is told, and there the next time") {
  each_mode([](auto open, auto wait) {
    auto db = open(pooler::sessions());
    forget(wait, db);
    auto const first = tusk::query_one<int>(forgotten, 1);
    auto const second = tusk::query_one<int>("select $1 + 4", 1);
    // It is not run behind the second: those who stand apart still stand in their order.
    auto const got = wait(db.pipeline_each(first, second));
    REQUIRE_FALSE(std::get<0>(got).has_value());
    CHECK(std::get<0>(got).error().sqlstate() == tusk::sqlstate::invalid_sql_statement_name);
    CHECK(std::get<1>(got).has_value());
    auto const again = wait(db.pipeline_each(first, second));
    CHECK(std::get<0>(again).has_value());
  });
}

TEST_CASE("pooler: ten coroutines on each of four connections, with kept statements") {
  tusk::executor loop;
  std::vector<tusk::connection> all;
  std::vector<std::string> wrong;
  auto const connect = [&]() -> live::task {
    for (int i = 0; i < 4; ++i) {
      auto db = co_await live::connect_asynchronously(live::options());
      all.push_back(std::move(db));
    }
  };
  auto const ask = [&](tusk::connection& db, int number) -> live::task {
    for (int i = 0; i < 200; ++i) {
      auto const n = number * 1000 + i;
      try {
        auto const got = co_await db.query_one<int>("select $1 + 1", n);
        if (got != n + 1) wrong.push_back("not the answer to this question");
      } catch (tusk::error const& e) {
        wrong.push_back(e.what());
      }
    }
  };
  loop.spawn(connect());
  loop.run();
  for (int i = 0; i < 40; ++i) loop.spawn(ask(all[static_cast<std::size_t>(i % 4)], i));
  loop.run();
  CAPTURE(wrong.empty() ? "" : wrong.front());
  CHECK(wrong.empty());
}

TEST_CASE("pooler: a timeout while the client waits for a server leaves it usable") {
  auto one = tusk::blocking::connect(live::options());
  auto other = tusk::blocking::connect(live::options());
  auto db = tusk::blocking::connect(live::options());
  one.script("begin");
  other.script("begin");
  db.timeout(50ms);
  tusk::error e(tusk::errc::no_rows, "");
  {
    std::jthread const release([&] {
      std::this_thread::sleep_for(300ms);
      one.script("commit");
      other.script("commit");
    });
    e = live::error_of([&] { db.execute("select pg_sleep(20)"); });
  }
  CHECK(e.code() == tusk::errc::timeout);
  CHECK(db.is_open());
}

TEST_CASE("pooler: a pipeline with a commit in it is not run twice") {
  each_mode([](auto open, auto wait) {
    auto db = open(pooler::sessions());
    wait(db.script("create temp table t (x int)"));
    forget(wait, db);
    auto const first = tusk::execute("insert into t values (1)");
    auto const second = tusk::execute("commit");
    auto const third = tusk::query_one<int>(forgotten, 1);
    auto const e = live::error_of([&] { (void)wait(db.pipeline(first, second, third)); });
    CHECK(e.sqlstate() == tusk::sqlstate::invalid_sql_statement_name);
    CHECK(wait(db.template query_one<std::int64_t>("select count(*) from t")) == 1);
  });
}

TEST_CASE("pooler: what is prepared again does not pile up on the server") {
  each_mode([](auto open, auto wait) {
    pooler::two_servers servers;
    auto db = open();
    for (int i = 0; i < 100; ++i) {
      CHECK(wait(db.template query_one<int>("select $1 + 1 /* again and again */", i)) == i + 1);
      servers.swap();
    }
    auto raw = open(live::options().set("statement_cache_size", "0"));
    auto const left = wait(raw.template query_one<std::int64_t>(
        "select count(*) from pg_prepared_statements where statement like 'select $1 + 1 /* again%'"));
    CHECK(left <= 2);
  });
}
