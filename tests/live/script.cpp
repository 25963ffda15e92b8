// tusk: tests/live/script.cpp — many statements at once, by the simple protocol.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"
#include "support/proxy.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using live::error_of;
using live::in_both_modes;

std::vector<std::string> texts(std::vector<tusk::script_result> const& results) {
  std::vector<std::string> out;
  for (auto const& r : results) out.push_back(r.text());
  return out;
}

} // namespace

TEST_CASE("script: a result for each statement") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK((texts(db.script("create temp table a(x int); create temp table b(y int);"
                           "insert into a select generate_series(1, 3); select * from a; update a set x = 0")) ==
           std::vector<std::string>{"CREATE TABLE", "CREATE TABLE", "INSERT 0 3", "SELECT 3", "UPDATE 3"}));
    CHECK(db.query_one<std::int64_t>("select count(*) from a, b") == 0);
  });
}

TEST_CASE("script: rows and columns of each statement") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const results = db.script("create temp table a(id int, name text); insert into a values (1, 'Ada'), (2, null);"
                                   "select id, name as \"the name\" from a order by id; select 5 as five where false;"
                                   "delete from a returning id; update a set id = 0");
    REQUIRE(results.size() == 6);
    for (std::size_t none : {0, 1, 5}) {
      CHECK(results[none].columns().empty());
      CHECK(results[none].rows().empty());
    }
    CHECK(results[1].rows_affected() == 2);
    auto const& selected = results[2];
    REQUIRE(selected.columns().size() == 2);
    CHECK(selected.columns()[0].name == "id");
    CHECK(selected.columns()[1].name == "the name");
    REQUIRE(selected.rows().size() == 2);
    CHECK(selected.rows_affected() == 2);
    CHECK(selected.rows()[0]["id"].as<std::string>() == "1");
    CHECK(selected.rows()[0]["the name"].as<std::string>() == "Ada");
    CHECK(selected.rows()[1]["the name"].is_null());
    CHECK(selected.rows()[1][1].as<std::optional<std::string>>() == std::nullopt);
    CHECK(error_of([&] { selected.rows()[1][1].as<std::string>(); }).code() == tusk::errc::unexpected_null);
    REQUIRE(results[3].columns().size() == 1);
    CHECK(results[3].columns()[0].name == "five");
    CHECK(results[3].rows().empty());
    REQUIRE(results[4].rows().size() == 2);
    CHECK(results[4].text() == "DELETE 2");
  });
}

TEST_CASE("script: values are text, and are taken for nothing else") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const results =
        db.script("select 1000 as i, true as b, '{1,2}'::int[] as a, '\\xff00'::bytea as y, 0.5::float8 as f");
    auto const& row = results.at(0).rows().at(0);
    CHECK(row["i"].as<std::string>() == "1000");
    CHECK(row["i"].as<std::string_view>() == "1000");
    CHECK(row["b"].as<std::string>() == "t");
    CHECK(row["a"].as<std::string>() == "{1,2}");
    CHECK(row["y"].as<std::string>() == "\\xff00");
    CHECK(row["f"].as<std::string>() == "0.5");
    // Four characters are as long as a binary int4.
    CHECK(row["i"].as<int>() == 1000);
    CHECK(row["b"].as<bool>());
    CHECK(row["a"].as<std::vector<int>>() == std::vector{1, 2});
    CHECK(row["y"].as<std::vector<std::byte>>().size() == 2);
    CHECK(row["f"].as<double>() == 0.5);
    CHECK(row["i"].as<std::int64_t>() == 1000);
    CHECK(error_of([&] { row["i"].as<std::int16_t>(); }).code() == tusk::errc::column_mismatch);
  });
}

TEST_CASE("script: an error says which statement it is about") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const words = [&](std::string const& sql) { return live::words_of([&] { db.script(sql); }); };
    CHECK_THAT(words("select 1; select 2; select 1 / 0; select 4"), ContainsSubstring("statement 3: division by zero"));
    CHECK_THAT(words("select nosuch"), ContainsSubstring("statement 1: ") && ContainsSubstring("nosuch"));
    CHECK_THAT(words("create temp table a(x int); insert into a values ('x')"), ContainsSubstring("statement 2: "));
    CHECK_THAT(words("select generate_series(1, 3); select 1 / (2 - g) from generate_series(1, 3) as g"),
               ContainsSubstring("statement 2: division by zero"));
    auto const deferred = words("create temp table u(x int unique deferrable initially deferred);"
                                "insert into u values (1), (1); select 1");
    CHECK_THAT(deferred,
               ContainsSubstring("statement 3: ") && ContainsSubstring("u_x_key")); // that is when it is noticed
    // The text is read as a whole before any of it is run: there is a place, but no statement.
    auto const e = error_of([&] { db.script("create temp table b(x int); selec 2"); });
    CHECK(e.sqlstate() == tusk::sqlstate::syntax_error);
    CHECK(std::string(e.what()).find("statement") == std::string::npos);
    REQUIRE(e.server() != nullptr);
    CHECK(e.server()->position == 29);
    CHECK_THAT(words("select 1; copy (select 1) to stdout; select 2"), ContainsSubstring("COPY"));
    live::check_usable(db);
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
      auto const results = db.script(nothing);
      CHECK(results.size() <= 1);
      for (auto const& r : results) {
        CHECK(r.text().empty());
        CHECK(r.rows().empty());
      }
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

TEST_CASE("script: many rows, and long ones") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const results = db.script("select g, repeat('x', g % 100) from generate_series(1, 20000) as g;"
                                   "select repeat('y', 5000000)");
    REQUIRE(results.size() == 2);
    REQUIRE(results[0].rows().size() == 20'000);
    CHECK(results[0].rows()[19'998][0].as<std::string>() == "19999");
    CHECK(results[0].rows()[19'998][1].as<std::string>() == std::string(99, 'x'));
    CHECK(results[1].rows().at(0)[0].as<std::string>().size() == 5'000'000);
    live::check_usable(db);
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
