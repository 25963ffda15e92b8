// tusk: tests/live/statement_cache.cpp — statements that are kept prepared, and what happens when they are not there.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/each_mode.hpp"
#include "support/proxy.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace live;

namespace {

/// The texts of the statements that the server has, in their order. Asked by a script, which keeps none.
template <class Wait, class Connection> std::vector<std::string> on_server(Wait const& wait, Connection& db) {
  std::vector<std::string> texts;
  auto const results = wait(db.script("select statement from pg_prepared_statements order by statement"));
  for (auto const& r : results.at(0).rows()) texts.push_back(r[0].template as<std::string>());
  return texts;
}

/// Has the server forget all statements in a way that the driver cannot see.
constexpr char const* forget_secretly = "do $$ begin execute 'deallocate all'; end $$";

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("statement cache: the second run sends no Parse and no Describe") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    between.sent();
    std::string const sql = "select $1::text || 'x'";
    for (auto const* expected : {"PDBES", "BES", "BES"}) {
      auto const elsewhere = sql; // it is the text that counts, not where it is
      CHECK(wait(db.template query_one<std::string>(elsewhere, "a")) == "ax");
      CHECK(between.sent() == expected);
    }
    CHECK(wait(db.template query<tusk::row>(sql, "b")).size() == 1);
    wait(db.execute(sql, "c"));
    CHECK(between.sent() == "BESBES");
    CHECK(on_server(wait, db) == texts{sql});
  });
}

TEST_CASE("statement cache: other types of arguments make another statement") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    between.sent();
    for (auto const* expected : {"PDBES", "BES"}) {
      CHECK(wait(db.template query_one<int>("select $1", 5)) == 5);
      CHECK(between.sent() == expected);
      CHECK(wait(db.template query_one<std::int64_t>("select $1", std::int64_t{5'000'000'000})) == 5'000'000'000);
      CHECK(between.sent() == expected);
      CHECK(wait(db.template query_one<std::string>("select $1", "text")) == "text");
      CHECK(between.sent() == expected);
    }
    CHECK(on_server(wait, db).size() == 3);
  });
}

TEST_CASE("statement cache: whatever was not used for the longest time goes, on the server too") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options().set("statement_cache_size", "3"));
    auto const run = [&](int n) {
      auto const sql = "select " + std::to_string(n);
      CHECK(wait(db.template query_one<int>(sql)) == n);
    };
    for (int n : {1, 2, 3, 1}) run(n);
    CHECK((on_server(wait, db) == texts{"select 1", "select 2", "select 3"}));
    between.sent();
    auto const segments = between.segments();
    run(4);
    CHECK(between.sent() == "CSPDBES"); // it is closed in the same write
    CHECK(between.segments() == segments + 1);
    CHECK((on_server(wait, db) == texts{"select 1", "select 3", "select 4"}));
    run(2); // in place of 3, as 1 has been used again
    CHECK((on_server(wait, db) == texts{"select 1", "select 2", "select 4"}));
    for (int n = 10; n < 50; ++n) run(n);
    CHECK((on_server(wait, db) == texts{"select 47", "select 48", "select 49"}));
  });
}

TEST_CASE("statement cache: with 0 nothing is left on the server") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options().set("statement_cache_size", "0"));
    between.sent();
    for (int i = 0; i < 3; ++i) {
      CHECK(wait(db.template query_one<int>("select $1", i)) == i);
      CHECK(between.sent() == "PBDES");
      CHECK(between.received().ends_with("12TDCZ"));
    }
    auto const s = wait(db.template prepare<int>("select $1 + 1"));
    for (int i = 0; i < 3; ++i) {
      CHECK(wait(db.template query_one<int>(s, i)) == i + 1);
      check_alive(wait, db); // something else takes the server's unnamed statement meanwhile
    }
    CHECK(s.columns().size() == 1);
    auto rows = wait(db.template stream<int>(s, 5));
    CHECK(*wait(rows.next()) == 6);
    CHECK(wait(rows.next()) == nullptr);
    wait(db.pipeline(tusk::query_one<int>("select 1"), tusk::query_one<int>(s, 1)));
    CHECK(on_server(wait, db).empty());
  });
}

TEST_CASE("statement cache: a very long text is run and not kept") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto const sql = "select length('" + std::string(40'000, 'x') + "')";
    for (int i = 0; i < 2; ++i) CHECK(wait(db.template query_one<int>(sql)) == 40'000);
    CHECK(on_server(wait, db).empty());
  });
}

TEST_CASE("statement cache: a row type that does not fit is refused before the second run") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    wait(db.script("create temp table t(x int)"));
    CHECK(wait(db.template query_one<int>("insert into t values ($1) returning x", 1)) == 1);
    between.sent();
    auto const e =
        error_of([&] { wait(db.template query_one<std::string>("insert into t values ($1) returning x", 2)); });
    CHECK(e.code() == errc::column_mismatch);
    CHECK(e.safe_to_retry());
    CHECK(between.sent() == "CPDS"); // described anew, not run
    CHECK(wait(db.template query_one<std::int64_t>("select count(*) from t")) == 1);
    CHECK(wait(db.template query_one<int>("insert into t values ($1) returning x", 3)) == 3);
  });
}

TEST_CASE("statement cache: a row type that fits only since the table was altered is refused once") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int); insert into t values (1)"));
    auto const s = wait(db.template prepare<>("select * from t order by x"));
    CHECK(wait(db.template query_one<int>("select * from t")) == 1);
    CHECK(wait(db.template query_one<int>(s)) == 1);
    wait(db.script("alter table t alter column x type text"));
    auto const kept = [&] { return wait(db.template query_one<std::string>("select * from t")); };
    auto const prepared = [&] { return wait(db.template query_one<std::string>(s)); };
    auto const streamed = [&] {
      auto rows = wait(db.template stream<std::string_view>("select * from t"));
      return std::string(*wait(rows.next()));
    };
    CHECK(error_of(kept).code() == errc::column_mismatch);
    CHECK(kept() == "1");
    CHECK(error_of(prepared).code() == errc::column_mismatch);
    CHECK(prepared() == "1");
    wait(db.script("alter table t alter column x type int using x::int"));
    CHECK(wait(db.template query_one<tusk::row>("select * from t")).size() == 1);
    wait(db.script("alter table t alter column x type text"));
    CHECK(error_of(streamed).code() == errc::column_mismatch);
    CHECK(streamed() == "1");
    auto const both = [&] {
      return std::get<0>(wait(db.pipeline(tusk::query_one<int>("select * from t"), tusk::execute("select 1"))));
    };
    CHECK(error_of(both).code() == errc::column_mismatch);
    wait(db.script("alter table t alter column x type int using x::int"));
    CHECK(error_of(both).code() == errc::column_mismatch);
    CHECK(both() == 1);
  });
}

TEST_CASE("statement cache: the wrong number of arguments is refused before the second run is sent") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    std::string const sql = "select $1::int";
    CHECK(wait(db.template query_one<int>(sql, 1)) == 1);
    between.sent();
    CHECK(error_of([&] { wait(db.template query_one<int>(sql, 1, 2)); }).code() == errc::parameter_mismatch);
    CHECK(between.sent().empty());
    CHECK_THROWS_AS(wait(db.template query_one<int>(sql)), tusk::error);
    check_alive(wait, db);
  });
}

TEST_CASE("statement cache: a table that changes is noticed, and the statement prepared again") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    wait(db.script("create temp table t(x int); insert into t values (1)"));
    auto const read = [&] { return wait(db.template query_one<tusk::row>("select * from t")); };
    CHECK(read().size() == 1);
    auto const s = wait(db.template prepare<>("select * from t order by x"));
    wait(db.script("alter table t add column y text"));
    between.sent();
    CHECK(read().size() == 2);
    CHECK(between.sent() == "BESCPDSBES");
    CHECK(read().size() == 2);
    CHECK(between.sent() == "BES");
    CHECK(wait(db.template query_one<tusk::row>(s)).size() == 2);
    CHECK((wait(db.template query_one<std::pair<int, std::optional<std::string>>>(s)).first == 1));
    CHECK(s.columns().size() == 2);
    wait(db.script("alter table t drop column y; alter table t alter column x type text"));
    CHECK(wait(db.template query_one<tusk::row>("select * from t"))[0].template as<std::string>() == "1");
    CHECK(wait(db.template query_one<std::string>("select * from t")) == "1");
    CHECK(wait(db.template query_one<tusk::row>(s)).size() == 1);
    wait(db.script("alter table t add column z int default 7"));
    int n = 0;
    auto rows = wait(db.template stream<tusk::row>("select * from t"));
    while (auto const* const row = wait(rows.next())) n += row->operator[]("z").template as<int>();
    CHECK(n == 7);
    wait(db.script("alter table t drop column z"));
    auto const [one, two] = wait(db.pipeline(tusk::query_one<tusk::row>("select * from t"), tusk::execute("select 1")));
    CHECK(one.size() == 1);
    CHECK(two.text() == "SELECT 1");
  });
}

TEST_CASE("statement cache: a table that changes in a transaction is an error of that transaction") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int); insert into t values (1)"));
    CHECK(wait(db.template query<tusk::row>("select * from t")).size() == 1);
    auto tx = wait(db.begin());
    wait(tx.script("alter table t add column y text"));
    auto const e = error_of([&] { wait(tx.template query<tusk::row>("select * from t")); });
    CHECK(e.sqlstate() == sqlstate::feature_not_supported);
    CHECK(error_of([&] { wait(tx.execute("select 1")); }).sqlstate() == sqlstate::in_failed_sql_transaction);
    wait([&] { return tx.rollback(); });
    CHECK(wait(db.template query_one<int>("select * from t")) == 1);
    auto again = wait(db.begin());
    wait(again.script("alter table t add column y text"));
    CHECK(wait(again.template query<tusk::row>("select *, 1 as one from t"))[0].size() ==
          3); // another text is not known
    wait([&] { return again.commit(); });
    CHECK(wait(db.template query<tusk::row>("select * from t"))[0].size() == 2);
  });
}

TEST_CASE("statement cache: a transaction that is rolled back takes its tables, and no statements") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    for (int round = 0; round < 3; ++round) {
      auto tx = wait(db.begin());
      wait(tx.script("create temp table t(x int)"));
      CHECK(wait(tx.template query<int>("select x from t")).empty());
      wait([&] { return tx.rollback(); });
      CHECK(error_of([&] { wait(db.template query<int>("select x from t")); }).sqlstate() == sqlstate::undefined_table);
      check_alive(wait, db);
    }
  });
}

TEST_CASE("statement cache: all statements are closed by the user") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto const run = [&] {
      CHECK(wait(db.template query_one<int>("select $1 + 1", 1)) == 2);
      return between.sent();
    };
    run();
    for (auto const* sql : {"deallocate all", "discard all"}) {
      wait(db.execute(sql));
      between.sent();
      CHECK(run() == "CPDBES"); // it is known that the server has it no more
      CHECK(run() == "BES");
      wait(db.script(sql));
      between.sent();
      CHECK(run() == "CPDBES");
      wait(db.script("select 1; " + std::string("deallocate all") + "; select 2"));
      between.sent();
      CHECK(run() == "CPDBES");
      auto tx = wait(db.begin());
      CHECK(wait(tx.template query_one<int>("select $1 + 1", 1)) == 2);
      wait(tx.execute("deallocate all"));
      CHECK(wait(tx.template query_one<int>("select $1 + 1", 1)) == 2); // in a transaction it could not be healed
      wait([&] { return tx.commit(); });
    }
  });
}

TEST_CASE("statement cache: all statements are closed behind our back") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto const s = wait(db.template prepare<int>("select $1 + 2"));
    CHECK(wait(db.template query_one<int>("select $1 + 1", 1)) == 2);
    wait(db.execute("select 1"));
    for (int round = 0; round < 2; ++round) {
      wait(db.script(forget_secretly));
      between.sent();
      CHECK(wait(db.template query_one<int>("select $1 + 1", 1)) == 2);
      CHECK(between.sent() == "BESCPDBES"); // once more, and of that nobody hears
      CHECK(wait(db.template query_one<int>(s, 1)) == 3);
      CHECK(between.sent() == "BESCPDBES");
      CHECK(wait(db.template query_one<int>(s, 1)) == 3);
      CHECK(between.sent() == "BES");
      wait(db.script(forget_secretly));
      auto rows = wait(db.template stream<int>(s, 5));
      CHECK(*wait(rows.next()) == 7);
      CHECK(wait(rows.next()) == nullptr);
      auto const [one, two] = wait(db.pipeline(tusk::query_one<int>("select $1 + 1", 4), tusk::query_one<int>(s, 4)));
      CHECK(one == 5);
      CHECK(two == 6);
    }
    auto tx = wait(db.begin());
    wait(tx.script(forget_secretly));
    auto const e = error_of([&] { wait(tx.template query_one<int>("select $1 + 1", 1)); });
    CHECK(e.sqlstate() == sqlstate::invalid_sql_statement_name);
    wait([&] { return tx.rollback(); });
    CHECK(wait(db.template query_one<int>("select $1 + 1", 1)) == 2);
    CHECK(wait(db.template query_one<int>(s, 1)) == 3);
  });
}

TEST_CASE("statement cache: a session begins anew with reset()") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto const s = wait(db.template prepare<int>("select $1 + 2"));
    CHECK(wait(db.template query_one<int>("select $1 + 1", 1)) == 2);
    for (auto const* before : {"select 1", "begin", "begin; select 1 / 0"}) {
      wait(db.script("create temp table t(x int); set application_name = 'changed'"));
      try {
        wait(db.script(before));
      } catch (tusk::error const& e) {
        CHECK(e.sqlstate() == sqlstate::division_by_zero);
      }
      wait([&] { return db.reset(); });
      CHECK(db.transaction_status() == tusk::transaction_status::idle);
      CHECK(on_server(wait, db).empty());
      CHECK(db.parameter("application_name") != "changed");
      CHECK(wait(db.template query_one<bool>("select to_regclass('pg_temp.t') is null")));
      CHECK(wait(db.template query_one<int>("select $1 + 1", 1)) == 2);
      CHECK(wait(db.template query_one<int>(s, 1)) == 3);
    }
    db.close();
    CHECK(error_of([&] { wait([&] { return db.reset(); }); }).code() == errc::connection_closed);
  });
}

TEST_CASE("statement cache: what a function raises is never taken for a lost statement") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp sequence runs; select nextval('runs');"
                   "create function pg_temp.raise_it(code text) returns int language plpgsql as "
                   "$$ begin perform nextval('runs'); raise exception using errcode = code; end $$"));
    std::int64_t before = 1;
    // A sequence counts what is rolled back too.
    auto const once = [&](auto verb, char const* code) {
      auto const e = error_of([&] { wait(verb()); });
      CHECK(e.sqlstate().view() == code);
      CHECK(wait(db.template query_one<std::int64_t>("select nextval('runs')")) == before + 2);
      before += 2;
    };
    auto const s = wait(db.template prepare<std::string>("select pg_temp.raise_it($1)"));
    for (auto const* code : {"26000", "0A000", "42P05"})
      for (int round = 0; round < 2; ++round) {
        once([&] { return db.execute("select pg_temp.raise_it($1)", code); }, code);
        once([&] { return db.template query<int>("select pg_temp.raise_it($1::text)", code); }, code);
        once([&] { return db.execute(s, code); }, code);
        once([&] { return db.template stream<int>(s, code); }, code);
        once([&] { return db.pipeline(tusk::execute("select 1"), tusk::execute(s, code)); }, code);
        once([&] { return db.script("select pg_temp.raise_it('" + std::string(code) + "')"); }, code);
      }
  });
}
