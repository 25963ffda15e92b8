// tusk: tests/live/statement_cache_coroutines.cpp — kept statements that many coroutines run at once.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/coroutines.hpp"
#include "support/onlooker.hpp"
#include "support/proxy.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using live::loop_with_connection;
using live::task;
using live::tell_outcome;
using namespace std::chrono_literals;

task add(tusk::connection& db, std::string sql, int n, int& good) {
  auto const got = co_await db.query_one<int>(sql, n);
  good += got == n + 1;
}

/// How many statements the server has.
std::int64_t count_on_server(loop_with_connection& on) {
  std::int64_t n = -1;
  auto const body = [&]() -> task {
    auto const r = co_await on.db().script("select count(*) from pg_prepared_statements");
    n = std::stoll(r.at(0).rows().at(0)[0].as<std::string>());
  };
  on.spawn(body());
  on.run();
  return n;
}

} // namespace

TEST_CASE("statement cache: the first of many coroutines has it prepared for all") {
  live::proxy between;
  loop_with_connection on(between.options());
  between.sent();
  int good = 0;
  for (int i = 0; i < 50; ++i) on.spawn(add(on.db(), "select $1 + 1", i, good));
  on.run();
  CHECK(good == 50);
  auto const sent = between.sent();
  CHECK(std::count(sent.begin(), sent.end(), 'P') == 1);
  CHECK(std::count(sent.begin(), sent.end(), 'B') == 50);
  CHECK(count_on_server(on) == 1);
}

TEST_CASE("statement cache: a text that is refused is tried anew by those who come later") {
  loop_with_connection on;
  std::vector<std::string> got(20);
  for (auto& to : got) on.spawn(tell_outcome(on.db().execute("select x from pg_temp.nosuch"), to));
  on.run();
  for (auto const& words : got) CHECK_THAT(words, ContainsSubstring("does not exist"));
  auto const create = [&]() -> task { co_await on.db().script("create temp table nosuch as select 5 as x"); };
  on.spawn(create());
  on.run();
  for (auto& to : got) on.spawn(tell_outcome(on.db().execute("select x from pg_temp.nosuch"), to));
  on.run();
  for (auto const& words : got) CHECK(words == "done");
}

TEST_CASE("statement cache: more texts at once than are kept") {
  for (auto const* size : {"0", "1", "7"}) {
    loop_with_connection on(live::options().set("statement_cache_size", size));
    for (int round = 0; round < 3; ++round) {
      int good = 0;
      for (int i = 0; i < 100; ++i) {
        auto const offset = std::to_string(i % 20);
        on.spawn(add(on.db(), "select " + offset + " + $1 + 1 - " + offset, i, good));
      }
      on.run();
      CHECK(good == 100);
      CHECK(count_on_server(on) <= std::stoi(size));
    }
  }
}

TEST_CASE("statement cache: the one who has it prepared is cancelled, those behind him need it") {
  loop_with_connection on;
  for (int round = 0; round < 20; ++round) {
    auto const sql = "select $1 + 1 from pg_sleep(0.003) where " + std::to_string(round) + " >= 0";
    int good = 0;
    auto const first = [&]() -> task {
      asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::microseconds(round * 300));
      using namespace asio::experimental::awaitable_operators;
      auto operation = on.db().query_one<int>(sql, 0);
      (void)co_await (std::move(operation) || timer.async_wait(asio::use_awaitable));
    };
    on.spawn(first());
    for (int i = 0; i < 3; ++i) on.spawn(add(on.db(), sql, i, good));
    on.run();
    CHECK(good == 3);
  }
  CHECK(on.db().is_open());
}

TEST_CASE("statement cache: the one who has it prepared is cancelled before it was sent") {
  live::gate gate;
  loop_with_connection on;
  std::string const much(30'000'000, 'x');
  std::string first, second, third;
  int good = 0;
  on.spawn(tell_outcome(on.db().execute(gate.sql()), first));
  on.spawn(tell_outcome(on.db().query_one<int>("select length($1)", much), second)); // most of it stays here
  auto const cancelled = [&]() -> task {
    auto const done = co_await live::within(10ms, on.db().query_one<int>("select $1 + 1", 1));
    third = done ? "done" : "cancelled";
    gate.open();
  };
  on.spawn(cancelled());
  for (int i = 0; i < 5; ++i) on.spawn(add(on.db(), "select $1 + 1", i, good));
  on.run();
  CHECK(first == "done");
  CHECK(second == "done");
  CHECK(third == "cancelled");
  CHECK(good == 5);
}

TEST_CASE("statement cache: all statements are closed while others are on their way") {
  loop_with_connection on;
  for (int round = 0; round < 10; ++round) {
    int good = 0;
    std::string closed;
    for (int i = 0; i < 5; ++i) on.spawn(add(on.db(), "select $1 + 1", i, good));
    on.spawn(tell_outcome(on.db().script(round % 2 == 0 ? "deallocate all" : "discard all"), closed));
    for (int i = 0; i < 5; ++i) on.spawn(add(on.db(), "select $1 + 1", i, good));
    for (int i = 0; i < 5; ++i) on.spawn(add(on.db(), "select 1 + $1", i, good));
    on.run();
    CHECK(good == 15);
    CHECK(closed == "done");
  }
  CHECK(count_on_server(on) <= 20);
}
