// tusk: tests/live/command_tag.cpp — execute, and what commands report.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"

#include <string>

using live::in_both_modes;

TEST_CASE("execute: the rows that a command has touched") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const create = db.execute("create temp table t(x int)");
    CHECK(create.text() == "CREATE TABLE");
    CHECK(create.rows_affected() == 0);
    auto const insert = db.execute("insert into t select generate_series(1, $1)", 10);
    CHECK(insert.text() == "INSERT 0 10");
    CHECK(insert.rows_affected() == 10);
    CHECK(db.execute("update t set x = x + 1 where x > $1", 7).rows_affected() == 3);
    CHECK(db.execute("delete from t where x = 1").text() == "DELETE 1");
    CHECK(db.execute("select * from t").text() == "SELECT 9");
    CHECK(db.execute("create temp table u as select * from t").rows_affected() == 9);
    auto const merge = "merge into t using u on t.x = u.x when matched then delete";
    if (live::main_server().version() >= 15)
      CHECK(db.execute(merge).text() == "MERGE 9");
    else
      CHECK(live::error_of([&] { db.execute(merge); }).sqlstate() == tusk::sqlstate::syntax_error);
  });
}

TEST_CASE("execute: rows are dropped, whatever their types") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK(db.execute("select point(1, 2), null, 'x'::tsvector from generate_series(1, 1000)").rows_affected() == 1000);
    db.execute("create temp table t(x int)");
    CHECK(db.execute("insert into t values (1), (2) returning x, x::text").rows_affected() == 2);
  });
}

TEST_CASE("execute: nothing to run") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK(db.execute("").text().empty());
    CHECK(db.execute("  -- a comment\n").rows_affected() == 0);
    live::check_usable(db);
  });
}

TEST_CASE("execute: transactions and settings") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK(db.execute("begin").text() == "BEGIN");
    CHECK(db.transaction_status() == tusk::transaction_status::in_transaction);
    CHECK(db.execute("rollback").text() == "ROLLBACK");
    CHECK(db.execute("commit").text() == "COMMIT"); // with a warning
    CHECK(db.execute("set local work_mem = '1MB'").text() == "SET");
  });
}
