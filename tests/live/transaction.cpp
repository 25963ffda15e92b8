// tusk: tests/live/transaction.cpp — transactions: committed, or as if they had never been.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/each_mode.hpp"
#include "support/onlooker.hpp"
#include "support/proxy.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace live;

namespace {

using tusk::isolation;
using tusk::transaction_options;
using tusk::transaction_status;

/// How many rows the table t has.
template <class Wait, class Verbs> std::int64_t rows(Wait const& wait, Verbs& on) {
  return wait(on.template query_one<std::int64_t>("select count(*) from t"));
}

} // namespace

TEST_CASE("transaction: committed") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int)"));
    auto tx = wait(db.begin());
    CHECK(tx.is_open());
    CHECK(db.transaction_status() == transaction_status::in_transaction);
    wait(tx.execute("insert into t values ($1)", 1));
    CHECK(rows(wait, tx) == 1);
    wait([&] { return tx.commit(); });
    CHECK_FALSE(tx.is_open());
    CHECK(db.transaction_status() == transaction_status::idle);
    CHECK(rows(wait, db) == 1);
  });
}

TEST_CASE("transaction: rolled back") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int)"));
    auto tx = wait(db.begin());
    wait(tx.script("insert into t values (1); insert into t values (2)"));
    wait([&] { return tx.rollback(); });
    CHECK_FALSE(tx.is_open());
    CHECK(db.transaction_status() == transaction_status::idle);
    CHECK(rows(wait, db) == 0);
  });
}

TEST_CASE("transaction: its destructor rolls back, ahead of the next request and in the same write") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    wait(db.script("create temp table t(x int)"));
    CHECK(rows(wait, db) == 0);
    for (int round = 0; round < 2; ++round) {
      {
        auto const segments = between.segments();
        between.sent();
        auto tx = wait(db.begin());
        CHECK(between.sent() == "Q");
        CHECK(between.segments() == segments + 1); // BEGIN is a round trip of its own
        wait(tx.execute("insert into t values (1)"));
        between.sent();
      }
      CHECK(between.sent().empty()); // a destructor sends nothing
      auto const segments = between.segments();
      CHECK(rows(wait, db) == 0);
      CHECK(between.sent() == "QBES");
      CHECK(between.segments() == segments + 1);
      CHECK(db.transaction_status() == transaction_status::idle);
    }
  });
}

TEST_CASE("transaction: destroyed and begun again") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int)"));
    for (int i = 0; i < 20; ++i) {
      auto tx = wait(db.begin());
      CHECK(rows(wait, tx) == 0);
      wait(tx.execute("insert into t values (1)"));
    }
    CHECK(rows(wait, db) == 0);
  });
}

TEST_CASE("transaction: its options are what the server has") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto const shown = [&](transaction_options const& o) {
      auto tx = wait(db.begin(o));
      auto const show = [&](char const* sql) { return wait(tx.template query_one<std::string>(sql)); };
      return show("show transaction_isolation") + ", read only " + show("show transaction_read_only") +
             ", deferrable " + show("show transaction_deferrable");
    };
    CHECK(shown({}) == "read committed, read only off, deferrable off");
    CHECK(shown({isolation::read_committed}) == "read committed, read only off, deferrable off");
    CHECK(shown({isolation::repeatable_read}) == "repeatable read, read only off, deferrable off");
    CHECK(shown({isolation::serializable}) == "serializable, read only off, deferrable off");
    CHECK(shown(transaction_options().read_only()) == "read committed, read only on, deferrable off");
    CHECK(shown(transaction_options(isolation::serializable).read_only().deferrable()) ==
          "serializable, read only on, deferrable on");
    wait(db.script("set default_transaction_isolation = 'repeatable read'; set default_transaction_read_only = on"));
    CHECK(shown({}) == "repeatable read, read only on, deferrable off");
    CHECK(shown(transaction_options(isolation::read_committed).read_only(false).deferrable(false)) ==
          "read committed, read only off, deferrable off");
  });
}

TEST_CASE("transaction: one that may only read") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin(transaction_options().read_only()));
    CHECK(wait(tx.template query_one<int>("select 1")) == 1);
    auto const e = error_of([&] { wait(tx.script("create table tusk_never_made(x int)")); });
    CHECK(e.sqlstate() == sqlstate::read_only_sql_transaction);
    wait([&] { return tx.rollback(); });
    check_alive(wait, db);
  });
}

TEST_CASE("transaction: the connection's own verbs are refused while it is open") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto const s = wait(db.template prepare<int>("select $1"));
    auto tx = wait(db.begin());
    between.sent();
    check_busy(wait, db, s, "a transaction is open on this connection");
    CHECK(between.sent().empty());
    CHECK(wait(tx.template query_one<int>(s, 5)) == 5); // the connection's statements are the transaction's too
    wait([&] { return tx.commit(); });
    check_alive(wait, db);
  });
}

TEST_CASE("transaction: once it has ended its verbs are refused") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto committed = wait(db.begin());
    wait([&] { return committed.commit(); });
    auto undone = wait(db.begin());
    wait([&] { return undone.rollback(); });
    auto const other = wait(db.begin()); // is not theirs either
    between.sent();
    for (auto* tx : {&committed, &undone}) {
      CHECK(error_of([&] { wait([&] { return tx->commit(); }); }).code() == errc::connection_busy);
      CHECK(error_of([&] { wait([&] { return tx->rollback(); }); }).code() == errc::connection_busy);
      auto const e = error_of([&] { wait(tx->execute("select 1")); });
      CHECK(e.code() == errc::connection_busy);
      CHECK_THAT(e.what(), ContainsSubstring("has ended"));
    }
    CHECK(between.sent().empty());
    CHECK(other.is_open());
  });
}

TEST_CASE("transaction: after a failed statement there is nothing to commit, and that is said") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int)"));
    auto tx = wait(db.begin());
    wait(tx.execute("insert into t values (1)"));
    CHECK(error_of([&] { wait(tx.execute("select 1 / 0")); }).sqlstate() == sqlstate::division_by_zero);
    CHECK(db.transaction_status() == transaction_status::failed);
    CHECK(error_of([&] { wait(tx.execute("select 1")); }).sqlstate() == sqlstate::in_failed_sql_transaction);
    auto const e = error_of([&] { wait([&] { return tx.commit(); }); });
    CHECK(e.code() == errc::transaction_failed);
    CHECK_FALSE(tx.is_open());
    CHECK(db.transaction_status() == transaction_status::idle);
    CHECK(rows(wait, db) == 0);
    {
      auto failing = wait(db.begin());
      CHECK(error_of([&] { wait(failing.execute("selec")); }).sqlstate() == sqlstate::syntax_error);
    }
    CHECK(rows(wait, db) == 0);
    CHECK(db.transaction_status() == transaction_status::idle);
    auto failing = wait(db.begin());
    CHECK(error_of([&] { wait(failing.execute("selec")); }).sqlstate() == sqlstate::syntax_error);
    wait([&] { return failing.rollback(); }); // of which nobody complains
    check_alive(wait, db);
  });
}

TEST_CASE("transaction: one that a statement of its own has ended has nothing to commit, and that is said") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int)"));
    auto tx = wait(db.begin());
    wait(tx.execute("insert into t values (1)"));
    wait(tx.execute("rollback"));
    auto const e = error_of([&] { wait([&] { return tx.commit(); }); });
    CHECK(e.code() == errc::transaction_failed);
    CHECK_FALSE(tx.is_open());
    CHECK(rows(wait, db) == 0);
    auto next = wait(db.begin());
    wait(next.execute("insert into t values (2)"));
    wait([&] { return next.commit(); });
    CHECK(rows(wait, db) == 1);
  });
}

TEST_CASE("transaction: a deferred constraint fails when it is committed") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int unique deferrable initially deferred)"));
    auto tx = wait(db.begin());
    wait(tx.execute("insert into t values (1), (1)"));
    CHECK(rows(wait, tx) == 2);
    auto const e = error_of([&] { wait([&] { return tx.commit(); }); });
    CHECK(e.sqlstate() == sqlstate::unique_violation);
    REQUIRE(e.server() != nullptr);
    CHECK(e.server()->constraint == "t_x_key");
    CHECK_FALSE(tx.is_open());
    CHECK(rows(wait, db) == 0);
    check_alive(wait, db);
  });
}

TEST_CASE("transaction: two that cannot be put in order") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto other = open();
    auto const name = "tusk_serial_" + std::to_string(db.backend_pid());
    wait(db.script("create table " + name + " as select 1 as x"));
    auto const update = "update " + name + " set x = x + 1";
    {
      auto one = wait(db.begin({isolation::repeatable_read}));
      auto two = wait(other.begin({isolation::repeatable_read}));
      wait(two.template query<int>("select x from " + name));
      wait(one.execute(update));
      wait([&] { return one.commit(); });
      auto const e = error_of([&] { wait(two.execute(update)); });
      CHECK(e.sqlstate() == sqlstate::serialization_failure);
      CHECK(e.retryable());
    }
    CHECK(wait(other.execute(update)).rows_affected() == 1);
    wait(db.script("drop table " + name));
  });
}

TEST_CASE("transaction: BEGIN that is refused leaves the connection to others") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    CHECK_THROWS_AS(wait(db.script("begin; select 1 / 0")), tusk::error);
    CHECK(db.transaction_status() == transaction_status::failed);
    CHECK(error_of([&] { wait(db.begin()); }).sqlstate() == sqlstate::in_failed_sql_transaction);
    wait(db.script("rollback")); // it was begun by hand, and so it ends
    check_alive(wait, db);
    auto const tx = wait(db.begin());
    CHECK(tx.is_open());
  });
}

TEST_CASE("transaction: moves") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto other = open();
    wait(db.script("create temp table t(x int)"));
    wait(other.script("create temp table t(x int)"));
    auto one = wait(db.begin());
    wait(one.execute("insert into t values (1)"));
    auto moved = std::move(one);
    CHECK(moved.is_open());
    CHECK_FALSE(one.is_open());
    CHECK(rows(wait, moved) == 1);
    moved = wait(other.begin()); // the one it was is rolled back
    CHECK(rows(wait, db) == 0);
    wait(moved.execute("insert into t values (1)"));
    wait([&] { return moved.commit(); });
    CHECK(rows(wait, other) == 1);
    auto last = wait(db.begin());
    auto elsewhere = std::move(db);
    wait(last.execute("insert into t values (1)"));
    wait([&] { return last.commit(); });
    CHECK(rows(wait, elsewhere) == 1);
  });
}

TEST_CASE("transaction: the connection is lost inside") {
  each_mode([](auto open, auto wait) {
    auto const name = "tusk_lost_" + std::to_string(::getpid());
    auto other = open();
    wait(other.script("create table " + name + "(x int)"));
    for (auto const* ending : {"commit", "rollback", "neither"}) {
      auto db = open();
      auto tx = wait(db.begin());
      wait(tx.execute("insert into " + name + " values (1)"));
      onlooker killer;
      killer.terminate(db.backend_pid());
      REQUIRE(killer.sees_end(db.backend_pid()));
      if (ending == std::string("commit"))
        CHECK_THROWS_AS(wait([&] { return tx.commit(); }), tusk::error);
      else if (ending == std::string("rollback"))
        CHECK_THROWS_AS(wait([&] { return tx.rollback(); }), tusk::error);
      else
        CHECK_THROWS_AS(wait(tx.execute("select 1")), tusk::error);
      CHECK_FALSE(db.is_open());
      CHECK(error_of([&] { wait(tx.execute("select 1")); }).code() == errc::connection_closed);
    }
    CHECK(wait(other.template query_one<std::int64_t>("select count(*) from " + name)) == 0);
    wait(other.script("drop table " + name));
  });
}

TEST_CASE("transaction: the line is cut when it is committed") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto tx = wait(db.begin());
    between.cut_after(between.bytes_received());
    auto const e = error_of([&] { wait([&] { return tx.commit(); }); });
    CHECK(e.code() == errc::connection_closed);
    CHECK_FALSE(e.safe_to_retry()); // it may have been committed
    CHECK_FALSE(db.is_open());
  });
}

TEST_CASE("transaction: its connection is closed or destroyed before it") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    SECTION("closed") { db.close(); }
    SECTION("destroyed") { auto const gone = std::move(db); }
    CHECK(error_of([&] { wait(tx.execute("select 1")); }).code() == errc::connection_closed);
    CHECK(error_of([&] { wait([&] { return tx.commit(); }); }).code() == errc::connection_closed);
  });
}

TEST_CASE("transaction: begun on a closed connection") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    db.close();
    for (int i = 0; i < 2; ++i) {
      auto const e = error_of([&] { wait(db.begin()); });
      CHECK(e.code() == errc::connection_closed);
      CHECK(e.safe_to_retry());
    }
  });
}
