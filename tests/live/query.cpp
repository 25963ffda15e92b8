// tusk: tests/live/query.cpp — query, query_one and query_maybe, and what rows may become.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace query_test {

struct user {
  std::int64_t id;
  std::string name;
  std::optional<double> balance;
  friend bool operator==(user const&, user const&) = default;
};
struct wide {
  int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t;
};

} // namespace query_test

using live::error_of;
using live::in_both_modes;
using query_test::user;
using tusk::errc;

TEST_CASE("query: aggregates by column name, in any order") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    std::vector<user> const expected{{1, "ann", 1.5}, {2, "bob", std::nullopt}};
    db.script("create temp table users(name text, balance float8, id int8);"
              "insert into users values ('ann', 1.5, 1), ('bob', null, 2)");
    CHECK((db.query<user>("select id, name, balance from users order by id") == expected));
    CHECK((db.query<user>("select balance, id, name from users order by id") == expected));
    CHECK((db.query<user>("select * from users order by id") == expected));
    CHECK((db.query<user>("select id, name, balance from users where id > $1", 1).at(0) == expected[1]));
    CHECK(db.query<user>("select * from users where id > $1", 10).empty());
  });
}

TEST_CASE("query: more members than a straight line has") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const w = db.query_one<query_test::wide>(
        "select 20 as t, 1 as a, 2 as b, 3 as c, 4 as d, 5 as e, 6 as f, 7 as g, 8 as h, 9 as i, 10 as j, 11 as k, "
        "12 as l, 13 as m, 14 as n, 15 as o, 16 as p, 17 as q, 18 as r, 19 as s");
    CHECK(w.a == 1);
    CHECK(w.j == 10);
    CHECK(w.s == 19);
    CHECK(w.t == 20);
  });
}

TEST_CASE("query: tuples and pairs by position") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const rows = db.query<std::tuple<int, std::string, std::optional<bool>>>(
        "select * from (values (1, 'one', true), (2, 'two', null)) as v order by 1");
    REQUIRE(rows.size() == 2);
    CHECK((rows[0] == std::tuple(1, std::string("one"), std::optional(true))));
    CHECK((rows[1] == std::tuple(2, std::string("two"), std::optional<bool>())));
    CHECK((db.query_one<std::pair<int, std::string>>("select 1 as x, 'y' as x") == std::pair(1, std::string("y"))));
    CHECK((db.query_one<std::tuple<int>>("select 5") == std::tuple(5)));
  });
}

TEST_CASE("query: scalars and optional ones") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK((db.query<int>("select generate_series(1, 4)") == std::vector{1, 2, 3, 4}));
    CHECK((db.query<std::optional<int>>("select * from (values (1), (null), (3)) as v") ==
           std::vector<std::optional<int>>{1, std::nullopt, 3}));
    CHECK(db.query_one<std::string>("select 'text'") == "text");
    CHECK(db.query_one<std::int64_t>("select count(*) from pg_class") > 100);
    CHECK_FALSE(db.query_one<std::optional<int>>("select null::int").has_value());
  });
}

TEST_CASE("query: a narrower column widens, a wider one does not fit") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK(db.query_one<std::int64_t>("select 7::int4") == 7);
    CHECK(db.query_one<std::int64_t>("select -7::int2") == -7);
    CHECK(db.query_one<double>("select 0.5::float4") == 0.5);
    CHECK(error_of([&] { db.query_one<int>("select 7::int8"); }).code() == errc::column_mismatch);
    CHECK(error_of([&] { db.query_one<float>("select 7::float8"); }).code() == errc::column_mismatch);
    CHECK(error_of([&] { db.query_one<std::int16_t>("select 7"); }).code() == errc::column_mismatch);
    live::check_usable(db);
  });
}

TEST_CASE("query_one: exactly one row") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const none = error_of([&] { db.query_one<int>("select 1 where false"); });
    CHECK(none.code() == errc::no_rows);
    live::check_usable(db);
    auto const many = error_of([&] { db.query_one<int>("select generate_series(1, 1000)"); });
    CHECK(many.code() == errc::too_many_rows);
    CHECK_THAT(many.what(), ContainsSubstring("1000"));
    live::check_usable(db);
  });
}

TEST_CASE("query_maybe: one row or none") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK(db.query_maybe<int>("select 1") == 1);
    CHECK_FALSE(db.query_maybe<int>("select 1 where false").has_value());
    auto const u = db.query_maybe<user>("select 3::int8 as id, 'eve' as name, null::float8 as balance");
    REQUIRE(u.has_value());
    CHECK((*u == user{3, "eve", std::nullopt}));
    CHECK(error_of([&] { db.query_maybe<int>("select generate_series(1, 2)"); }).code() == errc::too_many_rows);
    live::check_usable(db);
  });
}

TEST_CASE("query: parameters of every kind of argument") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    std::string const text = "text";
    std::string_view const view = "view";
    char const* const pointer = "pointer";
    char array[] = "array";
    CHECK(db.query_one<std::string>("select concat_ws(' ', $1::text, $2::text, $3::text, $4::text, $5::text)", text,
                                    view, pointer, array, "literal") == "text view pointer array literal");
    std::optional<int> const some = 4;
    CHECK(db.query_one<int>("select $1 + $2", some, 1) == 5);
    CHECK(db.query_one<bool>("select $1::int is null and $2::text is null and $3::bool is null", std::optional<int>(),
                             tusk::null, std::nullopt));
    std::vector const ids{1, 3, 5};
    CHECK((db.query<int>("select g from generate_series(1, 9) as g where g = any($1)", ids) == ids));
    CHECK((db.query<int>("select g from generate_series(1, 9) as g where g = any($1)", std::span(ids).first(2)) ==
           std::vector{1, 3}));
    CHECK(db.query_one<std::string>("select $2 || $1 || $2", "a", "b") == "bab");
    CHECK(db.query_one<int>("select 1 /* $1 */ -- $2\n + length('$3')") == 3);
  });
}

TEST_CASE("query: text goes where a quoted literal could") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create type pg_temp.mood as enum ('sad', 'happy')");
    CHECK(db.query_one<bool>("select $1 = 'happy'::pg_temp.mood", "happy"));
    CHECK(db.query_one<bool>("select $1 = date '2024-02-29'", "2024-02-29"));
    CHECK(db.query_one<std::string>("select ($1::numeric * 2)::text", "1.25") == "2.50");
    CHECK(error_of([&] { db.query_one<bool>("select $1 = 'sad'::pg_temp.mood", "angry"); }).sqlstate() ==
          tusk::sqlstate::invalid_text_representation);
    live::check_usable(db);
  });
}

TEST_CASE("query: SQL that is made at run time") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    std::string sql = "select $1";
    sql += " * 2";
    CHECK(db.query_one<int>(sql, 21) == 42);
    CHECK(db.query_one<int>(std::string_view(sql), 4) == 8);
    CHECK(db.query_one<int>(sql.c_str(), 5) == 10);
  });
}

TEST_CASE("query: statements without rows, and without anything") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK(db.query<tusk::row>("create temp table t(x int)").empty());
    CHECK(db.query<tusk::row>("insert into t values (1)").empty());
    CHECK((db.query<int>("insert into t values (2), (3) returning x") == std::vector{2, 3}));
    CHECK(db.query<tusk::row>("").empty());
    CHECK(db.query<tusk::row>("-- nothing").empty());
    auto const columns = error_of([&] { db.query<int>("insert into t values (4)"); });
    CHECK(columns.code() == errc::column_mismatch);
    CHECK(db.query_one<std::int64_t>("select count(*) from t") == 4); // it has run, as the documentation says
    CHECK(db.query<tusk::row>("select from t").size() == 4);          // rows without columns
  });
}

TEST_CASE("query: several statements are not one") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK(error_of([&] { db.query<int>("select 1; select 2"); }).sqlstate() == tusk::sqlstate::syntax_error);
    live::check_usable(db);
  });
}

TEST_CASE("query: as many columns as a server has") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    std::string sql = "select 0 as c0";
    for (int i = 1; i < 1600; ++i) sql += ", " + std::to_string(i) + " as c" + std::to_string(i);
    auto const r = db.query_one<tusk::row>(sql);
    REQUIRE(r.size() == 1600);
    CHECK(r[1599].as<int>() == 1599);
    CHECK(r["c777"].as<int>() == 777);
  });
}
