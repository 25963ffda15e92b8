// tusk: tests/live/statement.cpp — prepared statements.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"
#include "support/proxy.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace statement_test {

struct user {
  std::int64_t id;
  std::string name;
  std::optional<double> balance;
};
struct stranger {
  int id;
  std::string nickname;
};

} // namespace statement_test

using live::error_of;
using live::in_both_modes;
using statement_test::user;
using tusk::errc;
using namespace std::string_literals;

TEST_CASE("statement: with every verb") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create temp table users(id int8, name text, balance float8);"
              "insert into users values (1, 'ann', null), (2, 'bob', 2.5)");
    auto const by_id = db.prepare<std::int64_t>("select * from users where id >= $1 order by id");
    CHECK(db.query<user>(by_id, 1).size() == 2);
    CHECK(db.query_one<user>(by_id, 2).name == "bob");
    CHECK(db.query_maybe<user>(by_id, 2)->balance == 2.5);
    CHECK_FALSE(db.query_maybe<user>(by_id, 3).has_value());
    CHECK(error_of([&] { db.query_one<user>(by_id, 1); }).code() == errc::too_many_rows);
    CHECK(error_of([&] { db.query_one<user>(by_id, 3); }).code() == errc::no_rows);
    CHECK(db.query<tusk::row>(by_id, 1).at(1)["name"].as<std::string>() == "bob");
    CHECK((std::get<1>(db.query_one<std::tuple<std::int64_t, std::string, std::optional<double>>>(by_id, 2)) == "bob"));
    CHECK(db.execute(by_id, 1).rows_affected() == 2);

    auto const insert = db.prepare<std::int64_t, std::optional<std::string>>("insert into users values ($1, $2)");
    CHECK(db.execute(insert, 3, "eve").text() == "INSERT 0 1");
    CHECK(db.execute(insert, 4, tusk::null).rows_affected() == 1);
    CHECK(db.query_one<std::int64_t>("select count(*) from users where id > 2") == 2);
  });
}

TEST_CASE("statement: a second run sends neither Parse nor Describe") {
  in_both_modes([](live::opener connect) {
    live::proxy between;
    auto db = connect(between.options());
    between.sent();
    between.received();
    auto const by_id = db.prepare<int>("select $1::int8 as id, 'x' as name, null::float8 as balance");
    CHECK(between.sent() == "PDS");
    CHECK(between.received() == "1tTZ");
    for (int i = 0; i < 5; ++i) {
      CHECK(db.query_one<user>(by_id, i).id == i);
      CHECK(between.sent() == "BES");
      CHECK(between.received() == "2DCZ");
    }
    db.execute(by_id, 1);
    CHECK(between.sent() == "BES");
  });
}

TEST_CASE("statement: its columns and parameters") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const s = db.prepare<int, std::string>("select $1 as number, $2::text as words, 1.5::numeric");
    REQUIRE(s.columns().size() == 3);
    CHECK(s.columns()[0].name == "number");
    CHECK(s.columns()[0].type == tusk::oid::int4);
    CHECK(s.columns()[1].type == tusk::oid::text);
    CHECK(s.columns()[2].name == "numeric");
    CHECK((s.parameters() == std::vector{tusk::oid::int4, tusk::oid::text}));
    auto const none = db.prepare<>("create temp table t(x int)");
    CHECK(none.columns().empty());
    CHECK(none.parameters().empty());
  });
}

TEST_CASE("statement: arguments that lose nothing") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const wide = db.prepare<std::int64_t>("select $1");
    CHECK(db.query_one<std::int64_t>(wide, 5) == 5);
    CHECK(db.query_one<std::int64_t>(wide, std::int16_t{-5}) == -5);
    CHECK(db.query_one<std::int64_t>(wide, std::optional(7)) == 7);
    CHECK_FALSE(db.query_one<std::optional<std::int64_t>>(wide, std::optional<int>()).has_value());
    auto const real = db.prepare<double>("select $1");
    CHECK(db.query_one<double>(real, 1.5f) == 1.5);
    CHECK(db.query_one<double>(real, 3) == 3.0);
    auto const text = db.prepare<std::string>("select $1::text");
    CHECK(db.query_one<std::string>(text, "literal") == "literal");
    auto const list = db.prepare<std::vector<int>>("select 2 = any($1)");
    CHECK(db.query_one<bool>(list, std::vector{1, 2}));
  });
}

TEST_CASE("statement: a row type that does not fit is refused before it runs") {
  in_both_modes([](live::opener connect) {
    live::proxy between;
    auto db = connect(between.options());
    db.script("create temp table t(x int)");
    auto const insert = db.prepare<int>("insert into t values ($1) returning x as id");
    between.sent();
    auto const e = error_of([&] { db.query<statement_test::stranger>(insert, 1); });
    CHECK(e.code() == errc::column_mismatch);
    CHECK(e.safe_to_retry());
    CHECK_THAT(e.what(), ContainsSubstring("no column for member \"nickname\""));
    CHECK(error_of([&] { db.query_one<std::string>(insert, 1); }).code() == errc::column_mismatch);
    CHECK(between.sent() == "CPDSCPDS"); // described anew, not run
    CHECK(db.query_one<std::int64_t>("select count(*) from t") == 0);
    CHECK(db.query_one<int>(insert, 1) == 1);
  });
}

TEST_CASE("statement: several row types take turns") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const s = db.prepare<>("select 1 as id, 'n' as nickname");
    for (int i = 0; i < 3; ++i) {
      CHECK(db.query_one<statement_test::stranger>(s).nickname == "n");
      CHECK((db.query_one<std::pair<int, std::string>>(s) == std::pair(1, "n"s)));
      CHECK(db.query_one<tusk::row>(s)[0].as<int>() == 1);
    }
  });
}

TEST_CASE("statement: the wrong number of parameters") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const few = error_of([&] { db.prepare<int>("select $1 + $2"s); });
    CHECK(few.code() == errc::parameter_mismatch);
    CHECK_THAT(few.what(), ContainsSubstring("the statement has 2 parameters, prepare was given 1 types"));
    live::check_usable(db);
    CHECK(error_of([&] { db.prepare<int, int>("select $1"s); }).code() == errc::parameter_mismatch);
    live::check_usable(db);
    CHECK(db.query_one<std::int64_t>("select count(*) from pg_prepared_statements where statement in ($1, $2)",
                                     "select $1 + $2", "select $1") == 0); // the refused ones are closed
  });
}

TEST_CASE("statement: SQL that cannot be prepared") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK(error_of([&] { db.prepare<>("selec"s); }).sqlstate() == tusk::sqlstate::syntax_error);
    live::check_usable(db);
    CHECK(error_of([&] { db.prepare<>("select 1; select 2"); }).sqlstate() == tusk::sqlstate::syntax_error);
    live::check_usable(db);
    CHECK(error_of([&] { db.prepare<>("select * from nosuch"); }).sqlstate() == tusk::sqlstate::undefined_table);
    live::check_usable(db);
  });
}

TEST_CASE("statement: an error when it runs leaves it as it was") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const s = db.prepare<int>("select 10 / $1");
    CHECK(db.query_one<int>(s, 5) == 2);
    CHECK(error_of([&] { db.query_one<int>(s, 0); }).sqlstate() == tusk::sqlstate::division_by_zero);
    CHECK(db.query_one<int>(s, 2) == 5);
    CHECK(error_of([&] { db.query_one<int>(s, tusk::null); }).code() == errc::unexpected_null);
    CHECK(db.query_one<int>(s, 1) == 10);
  });
}

TEST_CASE("statement: its end is told to the server with the next request") {
  in_both_modes([](live::opener connect) {
    live::proxy between;
    auto db = connect(between.options());
    auto const count = [&] {
      return db.query_one<std::int64_t>(
          "select count(*) from pg_prepared_statements where statement not like '%pg_prepared_statements%'");
    };
    {
      auto const one = db.prepare<>("select 1");
      auto const two = db.prepare<>("select 2");
      CHECK(count() == 2);
      between.sent();
    }
    CHECK(between.sent().empty()); // a destructor sends nothing
    auto const segments = between.segments();
    CHECK(count() == 0);
    CHECK(between.sent() == "CSCSBES");
    CHECK(between.segments() == segments + 1);
  });
}

TEST_CASE("statement: moves") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto one = db.prepare<int>("select $1 + 1");
    auto two = db.prepare<int>("select $1 + 2");
    auto moved = std::move(one);
    CHECK(db.query_one<int>(moved, 1) == 2);
    CHECK(error_of([&] { db.query_one<int>(one, 1); }).code() == errc::statement_closed);
    moved = std::move(two);
    CHECK(db.query_one<int>(moved, 1) == 3);
    live::check_usable(db);
  });
}

TEST_CASE("statement: on another connection") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto other = connect();
    auto const s = db.prepare<int>("select $1");
    for (auto const& e : {error_of([&] { other.query<int>(s, 1); }), error_of([&] { other.query_one<int>(s, 1); }),
                          error_of([&] { other.query_maybe<int>(s, 1); }), error_of([&] { other.execute(s, 1); })}) {
      CHECK(e.code() == errc::statement_closed);
      CHECK(e.safe_to_retry());
      CHECK_THAT(e.what(), ContainsSubstring("prepared on another connection"));
    }
    live::check_usable(other);
    CHECK(db.query_one<int>(s, 1) == 1);
  });
}

TEST_CASE("statement: after its connection is closed") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const s = db.prepare<int>("select $1");
    db.close();
    CHECK(error_of([&] { db.query_one<int>(s, 1); }).code() == errc::connection_closed);
  });
}

TEST_CASE("statement: a table that changes under it") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create temp table t(x int); insert into t values (1)");
    auto const s = db.prepare<>("select * from t");
    CHECK(db.query_one<int>(s) == 1);
    db.script("alter table t add column y text");
    // It is prepared again, and then has two columns.
    CHECK(error_of([&] { db.query_one<int>(s); }).code() == errc::column_mismatch);
    CHECK(db.query_one<std::pair<int, std::optional<std::string>>>(s).first == 1);
    live::check_usable(db);
    // In a transaction the error has ended that: nothing can be done again.
    db.script("begin; alter table t drop column y");
    using both = std::pair<int, std::optional<std::string>>;
    CHECK(error_of([&] { db.query_one<both>(s); }).sqlstate() == tusk::sqlstate::feature_not_supported);
    db.script("rollback");
    CHECK(db.query_one<both>(s).first == 1);
  });
}
