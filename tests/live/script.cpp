// tusk: tests/live/script.cpp — many statements at once, by the simple protocol.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"
#include "support/proxy.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace {

using live::error_of;
using live::in_both_modes;

std::vector<std::string> texts(std::vector<tusk::command_tag> const& tags) {
  std::vector<std::string> out;
  for (auto const& t : tags) out.push_back(t.text());
  return out;
}

} // namespace

TEST_CASE("script: a tag for each statement") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK((texts(db.script("create temp table a(x int); create temp table b(y int);"
                           "insert into a select generate_series(1, 3); select * from a; update a set x = 0")) ==
           std::vector<std::string>{"CREATE TABLE", "CREATE TABLE", "INSERT 0 3", "SELECT 3", "UPDATE 3"}));
    CHECK(db.query_one<std::int64_t>("select count(*) from a, b") == 0);
  });
}

TEST_CASE("script: it is one Query message") {
  in_both_modes([](live::opener connect) {
    live::proxy between;
    auto db = connect(between.options());
    between.sent();
    between.received();
    db.script("select 1; select 2");
    CHECK(between.sent() == "Q");
    CHECK(between.received() == "TDCTDCZ");
  });
}

TEST_CASE("script: nothing to run") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    for (auto const* nothing : {"", ";", " ;; ", "-- comment"}) {
      auto const tags = db.script(nothing);
      CHECK(tags.size() <= 1);
      for (auto const& t : tags) CHECK(t.text().empty());
    }
    CHECK((texts(db.script("select 1;;select 2;")) == std::vector<std::string>{"SELECT 1", "SELECT 1"}));
    live::check_usable(db);
  });
}

TEST_CASE("script: an error undoes all of it") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const e = error_of([&] {
      db.script("create temp table a(x int); insert into a values (1); select 1 / 0; "
                "create temp table b(x int)");
    });
    CHECK(e.sqlstate() == tusk::sqlstate::division_by_zero);
    CHECK(db.query_one<bool>("select to_regclass('pg_temp.a') is null and to_regclass('pg_temp.b') is null"));
    live::check_usable(db);
  });
}

TEST_CASE("script: with a transaction of its own") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    using enum tusk::transaction_status;
    CHECK(db.transaction_status() == idle);
    db.script("create temp table a(x int); begin; insert into a values (1)");
    CHECK(db.transaction_status() == in_transaction);
    CHECK(error_of([&] { db.script("savepoint s; select nosuch"); }).sqlstate() == tusk::sqlstate::undefined_column);
    CHECK(db.transaction_status() == failed);
    db.script("rollback to s");
    CHECK(db.transaction_status() == in_transaction);
    db.script("commit");
    CHECK(db.transaction_status() == idle);
    CHECK(db.query_one<int>("select x from a") == 1);
  });
}

TEST_CASE("script: a thousand statements") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    std::string sql = "create temp table a(x int);";
    for (int i = 0; i < 1000; ++i) sql += "insert into a values (" + std::to_string(i) + ");";
    CHECK(db.script(sql).size() == 1001);
    CHECK(db.query_one<std::int64_t>("select sum(x) from a") == 499'500);
  });
}
