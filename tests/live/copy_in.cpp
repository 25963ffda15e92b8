// tusk: tests/live/copy_in.cpp — COPY FROM STDIN: rows and bytes into tables, errors from either side, what it leaves.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live_copy.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using live::check_usable;
using live::error_of;
using live::in_both_modes;
using tusk::errc;

namespace {

struct trade {
  std::int64_t ts;
  std::string symbol;
  std::optional<double> price;
};
constexpr auto trades = "create temp table trades (ts int8 not null, symbol text not null, price float8)";

enum class mood { sad, ok, happy };
struct address {
  std::string street;
  std::optional<int> number;
};
struct person {
  int id;
  mood feels;
  std::optional<address> home;
  std::vector<std::string> tags;
};

std::int64_t count(live::connection& db, char const* table) {
  return db.query_one<std::int64_t>(std::string("select count(*) from ") + table);
}

} // namespace

template <> struct tusk::enum_labels<mood> {
  static constexpr auto value = std::array{"sad", "ok", "happy"};
};
template <> struct tusk::codec<address> : tusk::composite<address> {};

TEST_CASE("copy_in: rows of a struct, by a statement or by the table's name") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script(trades);
    {
      live::copy_in<trade> in(db, "copy trades (ts, symbol, price) from stdin (format binary)");
      in.write(trade{1, "A", 1.5});
      std::vector<trade> const more{{2, "B", std::nullopt}, {3, "", -0.0}};
      in.write(std::span<trade const>(more));
      CHECK(in.finish() == 3);
    }
    {
      live::copy_in<trade> in(db, tusk::table("trades"));
      in.write(trade{4, "tab\t\\N\n", 2.5});
      CHECK(in.finish() == 1);
    }
    {
      auto in =
          live::copy_in<trade>(db, "copy trades (price, ts, symbol) from stdin (format binary)"); // in another order
      in.write(trade{5, "E", std::nullopt});
      CHECK(in.finish() == 1);
    }
    auto const found =
        db.query<std::tuple<std::int64_t, std::string, std::optional<double>>>("select * from trades order by ts");
    REQUIRE(found.size() == 5);
    CHECK(found[0] == std::tuple<std::int64_t, std::string, std::optional<double>>(1, "A", 1.5));
    CHECK(!std::get<2>(found[1]));
    CHECK(std::get<1>(found[3]) == "tab\t\\N\n");
    CHECK(std::get<1>(found[4]) == "E");
    check_usable(db);
  });
}

TEST_CASE("copy_in: tuples, single values, and named columns") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create temp table t (a int4 default 7, b text, \"C c\" int8)");
    {
      live::copy_in<std::tuple<std::string_view, int>> in(db, tusk::table("t", "b", "C c"));
      in.write(std::tuple<std::string_view, int>("x", 1)); // an int in a column of int8
      CHECK(in.finish() == 1);
    }
    {
      live::copy_in<std::int32_t> in(db, "copy t (a) from stdin (format binary)");
      for (int i = 0; i < 10; ++i) in.write(i);
      CHECK(in.finish() == 10);
    }
    CHECK(db.query_one<std::string>("select a || b || \"C c\" from t where b is not null") == "7x1");
    CHECK(db.query_one<std::int64_t>("select sum(a) from t") == 52);
  });
}

TEST_CASE("copy_in: no row at all") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script(trades);
    live::copy_in<trade> in(db, tusk::table("trades"));
    CHECK(in.finish() == 0);
    check_usable(db);
  });
}

TEST_CASE("copy_in: types of users travel as text") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("drop table if exists pg_temp.person; create type pg_temp.mood as enum ('sad', 'ok', 'happy');"
              "create type pg_temp.address as (street text, number int4);"
              "create temp table person (id int4, feels pg_temp.mood, home pg_temp.address, tags text[])");
    live::copy_in<person> in(db, tusk::table("person"));
    in.write(person{1, mood::happy, address{"Long \"Lane\"\t, \\", 3}, {"a,b", "", "\\"}});
    in.write(person{2, mood::sad, std::nullopt, {}});
    CHECK(in.finish() == 2);
    auto const rows = db.query<person>("select * from person order by id");
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].feels == mood::happy);
    CHECK(rows[0].home->street == "Long \"Lane\"\t, \\");
    CHECK(rows[0].tags == std::vector<std::string>{"a,b", "", "\\"});
    CHECK(!rows[1].home);
    auto const e = error_of([&] { live::copy_in<person>(db, "copy person from stdin (format binary)"); });
    CHECK(e.code() == errc::column_mismatch);
    check_usable(db);
  });
}

TEST_CASE("copy_in: every built-in type with a binary form") {
  in_both_modes([](live::opener connect) {
    using namespace std::chrono;
    using all = std::tuple<bool, std::int16_t, float, tusk::numeric, std::vector<std::byte>, tusk::uuid, sys_days,
                           sys_time<microseconds>, tusk::interval, tusk::jsonb, tusk::inet, std::vector<int>,
                           tusk::range<int>, tusk::point, std::vector<std::optional<std::string>>, std::string>;
    auto db = connect();
    db.script("create temp table every (a bool, b int2, c float4, d numeric, e bytea, f uuid, g date, h timestamptz, "
              "i interval, j jsonb, k inet, l int4[], m int4range, n point, o text[], p json)");
    all const row(true, std::int16_t{-3}, 0.5F, tusk::numeric::parse("12345678901234567890.5"),
                  {std::byte{0}, std::byte{255}}, tusk::uuid::parse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
                  sys_days(2026y / 12 / 1), sys_time<microseconds>(microseconds(5)),
                  tusk::interval::parse("1 mon 2 days"), tusk::jsonb("{\"a\": 1}"), tusk::inet::parse("10.0.0.1/8"),
                  {1, 2, 3}, tusk::range<int>::parse("[1,6)"), tusk::point::parse("(1,2)"),
                  {std::string("x"), std::nullopt}, "[1]");
    live::copy_in<all> in(db, tusk::table("every"));
    in.write(row);
    CHECK(in.finish() == 1);
    CHECK(db.query_one<all>("select * from every") == row);
  });
}

TEST_CASE("copy_in: raw text, CSV and binary") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script(trades);
    {
      live::copy_in<tusk::raw> in(db, "copy trades from stdin");
      in.write(std::string_view("1\tA\t\\N\n2\t"));
      in.write(std::string_view("B\t2.5\n"));
      CHECK(in.finish() == 2);
    }
    {
      live::copy_in<tusk::raw> in(db, "copy trades from stdin with (format csv, header)");
      in.write(std::string_view("ts,symbol,price\n3,\"a, b\",\n"));
      CHECK(in.finish() == 1);
    }
    {
      live::copy_in<tusk::raw> in(db, tusk::table("trades", "ts", "symbol"));
      in.write(std::string_view("4\tD\n"));
      CHECK(in.finish() == 1);
    }
    CHECK(db.query_one<std::string>("select string_agg(symbol, '|' order by ts) from trades") == "A|B|a, b|D");
    std::string const much(5 << 20, 'x'); // longer than a message, and than what may be unsent
    {
      live::copy_in<tusk::raw> in(db, "copy trades (ts, symbol) from stdin");
      in.write(std::string_view("5\t" + much + "\n"));
      in.write(std::string_view());
      CHECK(in.finish() == 1);
    }
    CHECK(db.query_one<std::int64_t>("select length(symbol)::int8 from trades where ts = 5") == 5 << 20);
  });
}

TEST_CASE("copy_in: what does not fit the columns is refused before anything is done") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create temp table t (a int4, b text)");
    db.script("begin");
    auto const mismatch = [&](auto f, std::string const& words) {
      auto const e = error_of(f);
      CHECK(e.code() == errc::column_mismatch);
      CHECK_THAT(e.what(), ContainsSubstring(words));
    };
    using wrong = std::tuple<std::int64_t, std::string>;
    mismatch([&] { live::copy_in<wrong>(db, tusk::table("t")); }, "column 1 \"a\" (int4) takes no std::int64_t");
    mismatch([&] { live::copy_in<wrong>(db, "copy t (a, b) from stdin (format binary)"); }, "\"a\" (int4)");
    mismatch([&] { live::copy_in<int>(db, tusk::table("t")); }, "2 columns (\"a\", \"b\") where 1 is expected");
    CHECK(db.transaction_status() == tusk::transaction_status::in_transaction);
    db.script("rollback");
    CHECK(error_of([&] { live::copy_in<int>(db, tusk::table("no such")); }).sqlstate() ==
          tusk::sqlstate::undefined_table);
    CHECK(error_of([&] { live::copy_in<int>(db, tusk::table("t", "z")); }).sqlstate() ==
          tusk::sqlstate::undefined_column);
    check_usable(db);
  });
}

TEST_CASE("copy_in: other statements, other formats, several statements") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create temp table t (a int4)");
    auto const refused = [&](auto f) {
      CHECK(error_of(f).code() == errc::wrong_verb);
      check_usable(db);
    };
    refused([&] { live::copy_in<int>(db, "select 1"); });
    refused([&] { live::copy_in<int>(db, "copy t to stdout"); });
    refused([&] { live::copy_in<int>(db, "copy t from stdin"); });
    refused([&] { live::copy_in<tusk::raw>(db, "select 1"); });
    refused([&] { live::copy_in<tusk::raw>(db, "copy t to stdout"); });
    refused([&] { live::copy_in<tusk::raw>(db, "set search_path = public; copy t from stdin"); });
    refused([&] { live::copy_in<tusk::raw>(db, ""); });
    refused([&] {
      live::copy_in<tusk::raw> in(db, "copy t from stdin; copy t from stdin");
      in.write(std::string_view("1\n"));
      in.finish();
    });
    CHECK(error_of([&] { live::copy_in<tusk::raw>(db, "copy nothing from stdin"); }).sqlstate() ==
          tusk::sqlstate::undefined_table);
    CHECK(error_of([&] { live::copy_in<tusk::raw>(db, std::string("copy t\0 from stdin", 18)); }).code() ==
          errc::invalid_parameter);
    CHECK(count(db, "t") == 0);
    check_usable(db);
  });
}

TEST_CASE("copy_in: destroyed unfinished, nothing is inserted") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script(trades);
    for (int rows : {0, 1, 100000}) {
      {
        live::copy_in<trade> in(db, tusk::table("trades"));
        for (int i = 0; i < rows; ++i) in.write(trade{i, "gone", 1.0});
      }
      CHECK(count(db, "trades") == 0);
      check_usable(db);
    }
  });
}

TEST_CASE("copy_in: a row that cannot be sent is refused, the others go on") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script(trades);
    live::copy_in<trade> in(db, tusk::table("trades"));
    in.write(trade{1, "A", 1.0});
    auto const e = error_of([&] { in.write(trade{2, std::string("B\0", 2), 1.0}); });
    CHECK(e.code() == errc::invalid_parameter);
    CHECK_THAT(e.what(), ContainsSubstring("row 2, column \"symbol\" (text), cannot be sent"));
    in.write(trade{3, "C", 1.0});
    CHECK(in.finish() == 2);
    check_usable(db);
  });
}

TEST_CASE("copy_in: the server's error ends it, at the latest with finish, and long before where there is much") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create temp table t (a int4 check (a <> 3))");
    {
      live::copy_in<int> in(db, tusk::table("t"));
      for (int i = 0; i < 10; ++i) in.write(i);
      auto const e = error_of([&] { in.finish(); });
      CHECK(e.sqlstate() == tusk::sqlstate::check_violation);
      CHECK_THAT(e.server()->where, ContainsSubstring("line 4"));
      CHECK(error_of([&] { in.write(1); }).code() == errc::connection_busy);
      CHECK(error_of([&] { in.finish(); }).code() == errc::connection_busy);
      check_usable(db);
    }
    {
      live::copy_in<int> in(db, tusk::table("t"));
      int written = 0;
      auto const e = error_of([&] {
        for (; written < 100'000'000; ++written) in.write(written);
      });
      CHECK(e.sqlstate() == tusk::sqlstate::check_violation);
      CHECK(written < 10'000'000);
      check_usable(db);
    }
    {
      live::copy_in<tusk::raw> in(db, "copy t from stdin");
      in.write(std::string_view("1\nno number\n"));
      CHECK(error_of([&] { in.finish(); }).sqlstate() == tusk::sqlstate::invalid_text_representation);
      check_usable(db);
    }
    CHECK(count(db, "t") == 0);
  });
}

TEST_CASE("copy_in: has the connection to itself until its end") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script(trades);
    live::copy_in<trade> in(db, tusk::table("trades"));
    live::check_refused([&] { db.execute("select 1"); }, errc::connection_busy, "a COPY is under way");
    in.write(trade{1, "A", 1.0});
    CHECK(in.finish() == 1);
    check_usable(db);
    live::copy_in<trade> first(db, tusk::table("trades"));
    live::check_refused([&] { live::copy_in<trade>(db, tusk::table("trades")); }, errc::connection_busy,
                        "a COPY is under way");
    first.write(trade{2, "B", 1.0});
    live::copy_in<trade> moved = std::move(first);
    CHECK(moved.finish() == 1);
  });
}

TEST_CASE("copy_in: a prepared statement that is closed meanwhile does not get between the data") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script(trades);
    std::optional s(db.prepare<int>("select $1::int4"));
    CHECK(db.query_one<int>(*s, 1) == 1);
    live::copy_in<trade> in(db, tusk::table("trades"));
    in.write(trade{1, "A", 1.0});
    s.reset();
    for (int i = 0; i < 100000; ++i) in.write(trade{i, "B", 2.0});
    CHECK(in.finish() == 100001);
    check_usable(db);
  });
}

TEST_CASE("copy_in: progress is told, and its rows, bytes and time grow") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create temp table t (a int4)");
    std::vector<tusk::copy_progress> told;
    live::copy_in<int> in(db, tusk::table("t"));
    in.on_progress([&](tusk::copy_progress const& p) { told.push_back(p); });
    for (int i = 0; i < 50000; ++i) in.write(i);
    CHECK(in.finish() == 50000);
    REQUIRE(told.size() > 5);
    for (std::size_t i = 1; i < told.size(); ++i) {
      CHECK(told[i].rows >= told[i - 1].rows);
      CHECK(told[i].bytes > told[i - 1].bytes);
    }
    CHECK(told.back().finished);
    CHECK(told.back().rows == 50000);
    CHECK(told.back().bytes == 19 + 50000 * 10 + 2);
    CHECK(told.back().elapsed.count() > 0);
  });
}

TEST_CASE("copy_in: generated columns are not copied, and have to be left out by name") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create temp table t (a int4, b int4 generated always as (a * 2) stored)");
    CHECK(error_of([&] { live::copy_in<int>(db, tusk::table("t")); }).code() == errc::column_mismatch);
    live::copy_in<int> in(db, tusk::table("t", "a"));
    in.write(21);
    CHECK(in.finish() == 1);
    CHECK(db.query_one<int>("select b from t") == 42);
  });
}

TEST_CASE("copy_in: a million rows, and what the process keeps of them", "[slow]") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script(trades);
    live::copy_in<trade> in(db, tusk::table("trades"));
    for (int i = 0; i < 1'000'000; ++i) in.write(trade{i, "SYM", 0.5});
    CHECK(in.finish() == 1'000'000);
    CHECK(db.query_one<std::int64_t>("select sum(ts)::int8 from trades") == 499999500000);
  });
}
