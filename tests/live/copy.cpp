// tusk: tests/live/copy.cpp — COPY through a verb that cannot do it is an error, and nothing worse.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"

#include <cstdint>
#include <string>

using live::error_of;
using live::in_both_modes;
using tusk::errc;

namespace {

void check_refused(tusk::error const& e) {
  CHECK(e.code() == errc::wrong_verb);
  CHECK_THAT(e.what(), ContainsSubstring("COPY"));
}

} // namespace

TEST_CASE("copy: to STDOUT") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    check_refused(error_of([&] { db.execute("copy (select generate_series(1, 10000)) to stdout"); }));
    live::check_usable(db);
    check_refused(error_of([&] { db.query<tusk::row>("copy (select 1) to stdout (format binary)"); }));
    live::check_usable(db);
    check_refused(error_of([&] { db.query_one<int>("copy (select 1) to stdout"); }));
    live::check_usable(db);
    check_refused(error_of([&] { db.script("select 1; copy (select generate_series(1, 1000)) to stdout; select 2"); }));
    live::check_usable(db);
  });
}

TEST_CASE("copy: from STDIN") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create temp table t(x int)");
    check_refused(error_of([&] { db.execute("copy t from stdin"); }));
    live::check_usable(db);
    check_refused(error_of([&] { db.query<int>("copy t from stdin (format binary)"); }));
    live::check_usable(db);
    check_refused(error_of([&] { db.query_maybe<tusk::row>("copy t from stdin"); }));
    live::check_usable(db);
    check_refused(error_of([&] { db.script("select 1; copy t from stdin; insert into t values (1)"); }));
    live::check_usable(db);
    CHECK(db.query_one<std::int64_t>("select count(*) from t") == 0);
  });
}

TEST_CASE("copy: by a prepared statement") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create temp table t(x int)");
    auto const out = db.prepare<>("copy (select 1) to stdout");
    auto const in = db.prepare<>("copy t from stdin");
    for (int i = 0; i < 3; ++i) {
      check_refused(error_of([&] { db.execute(out); }));
      live::check_usable(db);
      check_refused(error_of([&] { db.execute(in); }));
      live::check_usable(db);
    }
  });
}

TEST_CASE("copy: in a transaction") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create temp table t(x int); begin");
    check_refused(error_of([&] { db.execute("copy (select 1) to stdout"); }));
    CHECK(db.transaction_status() == tusk::transaction_status::in_transaction);
    check_refused(error_of([&] { db.execute("copy t from stdin"); }));
    CHECK(db.transaction_status() == tusk::transaction_status::failed); // our refusal is an error for the server
    db.script("rollback");
    live::check_usable(db);
  });
}

TEST_CASE("copy: between the server and its own files it is a command as any other") {
  in_both_modes([](live::opener connect) {
    auto db = connect(live::options().user("tusk_admin"));
    CHECK(db.execute("copy (select generate_series(1, 10)) to program 'cat > /dev/null'").text() == "COPY 10");
    db.script("create temp table t(x int)");
    CHECK(db.execute("copy t from program 'echo 1; echo 2'").rows_affected() == 2);
  });
}
