// tusk: tests/live/copy_in_coroutines.cpp — COPY among coroutines and in transactions, late, cancelled, destroyed.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using tusk::errc;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

namespace {

/// A table that another connection has locked: the server takes data and does nothing with them.
struct locked {
  explicit locked(char const* name) : table(name), holder(tusk::blocking::connect(live::options())) {
    holder.script("drop table if exists " + table + "; create table " + table + " (a int4)");
  }
  ~locked() {
    try {
      holder.script("rollback; drop table " + table);
    } catch (tusk::error const&) {} // the test has failed already
  }
  void lock() { holder.script("begin; lock table " + table); }
  std::string table;
  tusk::blocking::connection holder;
};

/// The test's coroutine, to its end.
template <class F> void run(F f) {
  tusk::executor loop;
  bool done = false;
  auto const body = [](F g, bool& to) -> asio::awaitable<void> {
    auto db = co_await tusk::connect(live::options());
    co_await g(db);
    to = true;
  };
  loop.spawn(body(f, done));
  loop.run();
  CHECK(done);
}
asio::awaitable<void> check_usable(tusk::connection& db) {
  auto const got1 = co_await db.query_one<int>("select 42");
  CHECK(got1 == 42);
  CHECK(db.transaction_status() == tusk::transaction_status::idle);
}
asio::awaitable<void> flood(tusk::connection& db, std::string sql) {
  auto in = co_await db.copy_in<int>(sql);
  for (;;) co_await in.write(1);
}

} // namespace

TEST_CASE("copy_in: in a transaction, which decides what becomes of the rows") {
  run([](tusk::connection& db) -> asio::awaitable<void> {
    co_await db.script("create temp table t (a int4)");
    {
      auto tx = co_await db.begin();
      auto in = co_await tx.copy_in<int>(tusk::table("t"));
      co_await in.write(1);
      auto const busy = co_await tusk::as_result(tx.execute("select 1"));
      CHECK(busy.error().code() == errc::connection_busy);
      auto const got2 = co_await in.finish();
      CHECK(got2 == 1);
      auto out = co_await tx.copy_out<int>(tusk::table("t"));
      auto const got3 = *co_await out.next();
      CHECK(got3 == 1);
      auto const got4 = co_await out.next();
      CHECK(got4 == nullptr);
      co_await tx.commit();
    }
    {
      auto tx = co_await db.begin();
      auto in = co_await tx.copy_in<int>(tusk::table("t"));
      co_await in.write(2);
      auto const got5 = co_await in.finish();
      CHECK(got5 == 1);
    } // rolled back
    auto const got6 = co_await db.query_one<std::int64_t>("select count(*) from t");
    CHECK(got6 == 1);
    {
      auto tx = co_await db.begin();
      {
        auto in = co_await tx.copy_in<int>(tusk::table("t"));
        co_await in.write(3);
      } // CopyFail is an error for the server
      auto const failed = co_await tusk::as_result(tx.execute("select 1"));
      CHECK(failed.error().sqlstate() == tusk::sqlstate::in_failed_sql_transaction);
    }
    co_await check_usable(db);
  });
}

TEST_CASE("copy_in: a transaction that ends before its COPY ends that") {
  run([](tusk::connection& db) -> asio::awaitable<void> {
    co_await db.script("create temp table t (a int4)");
    std::optional tx(co_await db.begin());
    auto in = co_await tx->copy_in<int>(tusk::table("t"));
    co_await in.write(1);
    tx.reset();
    auto const late = co_await tusk::as_result(in.finish());
    CHECK(late.error().code() == errc::connection_busy);
    auto const got7 = co_await db.query_one<std::int64_t>("select count(*) from t");
    CHECK(got7 == 0);
    co_await check_usable(db);
  });
}

TEST_CASE("copy_in: while the server takes nothing memory stays bounded, and a deadline ends it") {
  locked t("copy_in_locked");
  run([&](tusk::connection& db) -> asio::awaitable<void> {
    t.lock();
    // The lock is waited for before data are taken.
    auto const late = co_await tusk::as_result(
        tusk::with_timeout(200ms, db.copy_in<int>("copy copy_in_locked from stdin (format binary)")));
    CHECK(late.error().code() == errc::timeout);
    co_await check_usable(db);
  });
}

TEST_CASE("copy_in: whoever writes faster than the server reads waits, and may be given up there") {
  auto helper = tusk::blocking::connect(live::options());
  helper.script("drop table if exists copy_in_slow; create table copy_in_slow (a int4);"
                "create or replace function copy_in_slowly() returns trigger language plpgsql as "
                "$$begin perform pg_sleep(30); return new; end$$;"
                "create trigger slow before insert on copy_in_slow for each row execute function copy_in_slowly()");
  run([](tusk::connection& db) -> asio::awaitable<void> {
    auto const sql = std::string("copy copy_in_slow from stdin (format binary)");
    auto const begin = std::chrono::steady_clock::now();
    auto const late = co_await tusk::as_result(tusk::with_timeout(300ms, flood(db, sql)));
    CHECK(late.error().code() == errc::timeout);
    co_await check_usable(db);

    asio::steady_timer timer(co_await asio::this_coro::executor, 300ms);
    auto const first = co_await (flood(db, sql) || timer.async_wait(asio::use_awaitable));
    CHECK(first.index() == 1);
    co_await check_usable(db);

    db.timeout(300ms);
    auto const each = co_await tusk::as_result(flood(db, sql));
    CHECK(each.error().code() == errc::timeout);
    db.timeout(0ms);
    co_await check_usable(db);

    auto const token = db.get_cancel_token();
    asio::steady_timer soon(co_await asio::this_coro::executor, 300ms);
    soon.async_wait([&](asio::error_code) { token.cancel(); });
    auto const cancelled = co_await tusk::as_result(flood(db, sql));
    CHECK(!cancelled.has_value());
    co_await check_usable(db);
    CHECK(std::chrono::steady_clock::now() - begin < 20s);
    auto const got8 = co_await db.query_one<std::int64_t>("select count(*) from copy_in_slow");
    CHECK(got8 == 0);
  });
  helper.timeout(300ms);
  {
    auto in = helper.copy_in<int>("copy copy_in_slow from stdin (format binary)");
    auto const e = live::error_of([&] {
      for (;;) in.write(1);
    });
    CHECK(e.code() == errc::timeout);
  }
  helper.timeout(0ms);
  CHECK(helper.query_one<int>("select 42") == 42);
  helper.script("drop table copy_in_slow; drop function copy_in_slowly()");
}

TEST_CASE("copy_in: others' requests before it are answered, those during it refused") {
  run([](tusk::connection& db) -> asio::awaitable<void> {
    co_await db.script("create temp table t (a int4)");
    auto const ex = co_await asio::this_coro::executor;
    int answered = 0;
    auto const ask = [](tusk::connection& c, int& n) -> asio::awaitable<void> {
      n += co_await c.query_one<int>("select 1");
    };
    auto const copy = [](tusk::connection& c) -> asio::awaitable<std::uint64_t> {
      auto in = co_await c.copy_in<int>(tusk::table("t"));
      for (int i = 0; i < 100000; ++i) co_await in.write(i);
      co_return co_await in.finish();
    };
    for (int i = 0; i < 10; ++i) asio::co_spawn(ex, ask(db, answered), asio::detached);
    auto const got9 = co_await copy(db);
    CHECK(got9 == 100000);
    CHECK(answered == 10);
    co_await check_usable(db);
  });
}

TEST_CASE("copy_in: a connection that is lost or closed ends it") {
  run([](tusk::connection& db) -> asio::awaitable<void> {
    co_await db.script("create temp table t (a int4)");
    auto other = co_await tusk::connect(live::options());
    auto in = co_await db.copy_in<int>(tusk::table("t"));
    co_await in.write(1);
    co_await other.execute("select pg_terminate_backend($1)", static_cast<int>(db.backend_pid()));
    auto const lost = co_await tusk::as_result(in.finish());
    CHECK(!lost.has_value());
    CHECK(!db.is_open());

    co_await other.script("create temp table t (a int4)");
    auto second = co_await other.copy_in<int>(tusk::table("t"));
    other.close();
    auto const closed = co_await tusk::as_result(second.finish());
    CHECK(closed.error().code() == errc::connection_closed);
  });
}

TEST_CASE("copy_out: a deadline while the server is silent") {
  run([](tusk::connection& db) -> asio::awaitable<void> {
    auto out = co_await db.copy_out<int>("copy (select case when n > 2000 then (pg_sleep(30)::text || n)::int else n "
                                         "end from generate_series(1, 3000) n) "
                                         "to stdout (format binary)");
    auto const read = [&]() -> asio::awaitable<int> {
      int n = 0;
      while (co_await out.next() != nullptr) ++n;
      co_return n;
    };
    auto const late = co_await tusk::as_result(tusk::with_timeout(500ms, read()));
    CHECK(late.error().code() == errc::timeout);
    auto const got10 = co_await out.next();
    CHECK(got10 == nullptr);
    co_await check_usable(db);
  });
}
