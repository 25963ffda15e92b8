// tusk: tests/live/row.cpp — rows whose columns are found out at run time.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using live::error_of;
using live::in_both_modes;
using tusk::errc;

TEST_CASE("row: by name and by position") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const rows =
        db.query<tusk::row>("select 7 as id, 'ann' as name, null::float8 as balance, true as \"Ja/Nein\"");
    REQUIRE(rows.size() == 1);
    auto const& r = rows[0];
    CHECK(r.size() == 4);
    CHECK(r["id"].as<int>() == 7);
    CHECK(r[0].as<std::int64_t>() == 7);
    CHECK(r["name"].as<std::string>() == "ann");
    CHECK(r[1].as<std::string_view>() == "ann");
    CHECK(r[2].is_null());
    CHECK_FALSE(r["balance"].as<std::optional<double>>().has_value());
    CHECK(r["Ja/Nein"].as<bool>());
    CHECK_FALSE(r[0].is_null());
  });
}

TEST_CASE("row: what its columns are") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create temp table t(id int8 primary key, name varchar(20))");
    db.execute("insert into t values (1, 'x')");
    auto const r = db.query_one<tusk::row>("select name, id, 1.5::numeric(10,2) as price from t");
    auto const& c = r.columns();
    REQUIRE(c.size() == 3);
    CHECK(c[0].name == "name");
    CHECK(c[0].type == tusk::oid::varchar);
    CHECK(c[0].modifier == 24);
    CHECK(c[0].attribute == 2);
    CHECK(c[1].table == c[0].table);
    CHECK(c[1].size == 8);
    CHECK(c[2].type == tusk::oid::numeric);
    CHECK(c[2].table == tusk::oid::none);
    CHECK(r[0].description().name == "name");
  });
}

TEST_CASE("row: bytes of a type that the driver does not know") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const r = db.query_one<tusk::row>("select point(1, 2), null::point, inet '127.0.0.1', 1.5::numeric");
    CHECK(r[0].bytes().size() == 16);
    CHECK(r[1].bytes().empty());
    CHECK(r[2].bytes().size() == 8);
    CHECK(error_of([&] { r[0].as<double>(); }).code() == errc::column_mismatch);
    CHECK(error_of([&] { r[3].as<double>(); }).code() == errc::column_mismatch);
  });
}

TEST_CASE("row: bad requests") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const rows = db.query<tusk::row>("select g as id, nullif(g, 2) as odd from generate_series(1, 2) as g");
    auto const& r = rows.at(1);
    auto const name = error_of([&] { r["nosuch"]; });
    CHECK(name.code() == errc::column_mismatch);
    CHECK_THAT(name.what(), ContainsSubstring("there is no column \"nosuch\", the row has id, odd"));
    CHECK(error_of([&] { r[2]; }).code() == errc::column_mismatch);
    CHECK(error_of([&] { r[-1]; }).code() == errc::column_mismatch);
    auto const null = error_of([&] { r["odd"].as<int>(); });
    CHECK(null.code() == errc::unexpected_null);
    CHECK_THAT(null.what(), ContainsSubstring("row 2, column \"odd\" (int4)"));
    auto const type = error_of([&] { r["id"].as<std::string>(); });
    CHECK(type.code() == errc::column_mismatch);
    CHECK_THAT(type.what(), ContainsSubstring("int4"));
    live::check_usable(db);
  });
}

TEST_CASE("row: outlives its connection and its result") {
  in_both_modes([](live::opener connect) {
    tusk::row kept;
    {
      auto db = connect();
      auto rows = db.query<tusk::row>("select g as n, repeat('x', g) as t from generate_series(1, 100) as g");
      kept = rows.at(49);
    }
    CHECK(kept["n"].as<int>() == 50);
    CHECK(kept["t"].as<std::string_view>() == std::string(50, 'x'));
    CHECK(kept.columns()[1].name == "t");
  });
}

TEST_CASE("row: an empty one") {
  tusk::row const none;
  CHECK(none.size() == 0);
  CHECK(none.columns().empty());
  CHECK(error_of([&] { none[0]; }).code() == errc::column_mismatch);
}

TEST_CASE("row: through query_one and query_maybe") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK(db.query_one<tusk::row>("select 1 as x")["x"].as<int>() == 1);
    CHECK_FALSE(db.query_maybe<tusk::row>("select 1 as x where false").has_value());
    CHECK(db.query_maybe<tusk::row>("select 2 as x")->size() == 1);
  });
}
