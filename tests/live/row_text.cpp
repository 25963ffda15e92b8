// tusk: tests/live/row_text.cpp — any result as text, as a tool prints it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The judge is the server: x::text beside x. The built-in types, value by value, stand in type_table.cpp.
#include "support/each_mode.hpp"
#include "support/proxy.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace {

using live::each_mode;
using live::error_of;
using live::in_both_modes;
using tusk::errc;
using tusk::row;

enum class colour { red, green };
struct place {
  std::string street;
  std::optional<int> number;
};

/// A schema of its own for each mode, with types in it. `script` runs one.
class types_made {
 public:
  explicit types_made(std::function<void(std::string_view)> script) : script_(std::move(script)) {
    script_("drop schema if exists printed cascade; create schema printed; set search_path = printed, public;"
            "create type colour as enum ('red', 'green');"
            "create type place as (street text, number int);"
            "create type span as range (subtype = text);"
            "create domain short as varchar(5);"
            "create extension if not exists hstore with schema public;"
            "create extension if not exists ltree with schema public;"
            "create extension if not exists citext with schema public;"
            "create table t (id int, c colour)");
  }
  ~types_made() {
    try {
      script_("drop schema printed cascade");
    } catch (tusk::error const&) {}
  }

 private:
  std::function<void(std::string_view)> script_;
};
tusk::options admin() { return live::options().user("tusk_admin"); }

/// Expressions of types that a driver cannot know.
constexpr std::string_view unknown[] = {
    "'red'::colour",
    "array['red', null]::colour[]",
    "row('a \"b\"', 5)::place",
    "array[row('x', null)::place]",
    "span('a', 'b c')",
    "'abc'::short",
    "array['abc']::short[]",
    "'a=>1, b=>NULL'::hstore",
    "'Top.Science'::ltree",
    "'MiXed'::citext",
    "row(1, 'x y', row(null))",
    "array[row(1, 2)]",
    "'pg_class'::regclass",
    "array['int4', 'text']::regtype[]",
    "'1234.5'::numeric::money",
    "'=r/tusk_admin'::aclitem",
    "'10:20:10,14,15'::txid_snapshot",
    "(select conbin from pg_constraint where conbin is not null limit 1)",
};

} // namespace

template <> struct tusk::enum_labels<colour> {
  static constexpr auto value = std::array{"red", "green"};
};
template <> struct tusk::codec<place> : tusk::composite<place> {};

TEST_CASE("row text: of whatever type, it is what the server says") {
  in_both_modes([](live::opener connect) {
    for (char const* cache : {"256", "0"}) {
      auto db = connect(admin().set("statement_cache_size", cache));
      types_made const made([&](std::string_view sql) { db.script(sql); });
      for (auto const one : unknown) {
        INFO(one);
        auto const sql = "select " + std::string(one) + " as x, " + std::string(one) + "::text as t";
        for (int i = 0; i < 2; ++i) {
          auto const r = db.query_one<row>(sql);
          CHECK(r["x"].is_null() == r["t"].is_null());
          if (!r["t"].is_null()) CHECK(r["x"].text() == r["t"].as<std::string>());
        }
      }
    }
  });
}

TEST_CASE("row text: through every verb that has rows") {
  each_mode([](auto open, auto wait) {
    auto db = open(admin());
    types_made const made([&](std::string_view sql) { wait(db.script(sql)); });
    std::string const sql = "select n, 'green'::colour as c from generate_series(1, 3) n";
    auto const check = [](row const& r, int n) {
      CHECK(r["n"].text() == std::to_string(n));
      CHECK(r["n"].as<int>() == n);
      CHECK(r["c"].text() == "green");
      CHECK(r["c"].as<colour>() == colour::green);
      CHECK(r["c"].as<std::string_view>() == "green");
    };
    auto const rows = wait(db.template query<row>(sql));
    for (int n = 1; n <= 3; ++n) check(rows.at(static_cast<std::size_t>(n) - 1), n);
    check(*wait(db.template query_maybe<row>("select 1 as n, 'green'::colour as c")), 1);
    auto const s = wait(db.template prepare<int>("select $1 as n, 'green'::colour as c"));
    check(wait(db.template query_one<row>(s, 7)), 7);
    check(wait(db.template query_one<row>(s, 8)), 8);
    int n = 0;
    auto streamed = wait(db.template stream<row>(sql));
    while (auto const* r = wait(streamed.next())) check(*r, ++n);
    auto prepared = wait(db.template stream<row>(s, 4));
    check(*wait(prepared.next()), 4);
    CHECK(wait(prepared.next()) == nullptr);
    auto tx = wait(db.begin());
    auto fetched = wait(tx.template stream<row>(tusk::fetch_size(2), "select n, 'green'::colour as c "
                                                                     "from generate_series(4, 6) n"));
    while (auto const* r = wait(fetched.next())) check(*r, ++n);
    CHECK(n == 6);
    wait([&] { return tx.commit(); });
    check(wait(db.script(sql))[0].rows().at(2), 3);
  });
}

TEST_CASE("row text: in a pipeline all is binary, and what that does not tell is an error") {
  each_mode([](auto open, auto wait) {
    auto db = open(admin());
    types_made const made([&](std::string_view sql) { wait(db.script(sql)); });
    for (int i = 0; i < 2; ++i) {
      auto const [r] =
          wait(db.pipeline(tusk::query_one<row>("select 7 as n, 'red'::colour as c, 'red'::colour::text as t")));
      CHECK(r["n"].text() == "7");
      CHECK(r["t"].text() == "red");
      CHECK(r["c"].template as<colour>() == colour::red);
      auto const e = error_of([&] { r["c"].text(); });
      CHECK(e.code() == errc::column_mismatch);
      CHECK_THAT(e.what(), ContainsSubstring("cast it to text in the query"));
    }
  });
}

TEST_CASE("row text: in a transaction that has altered the table") {
  each_mode([](auto open, auto wait) {
    auto db = open(admin());
    types_made const made([&](std::string_view sql) { wait(db.script(sql)); });
    wait(db.execute("insert into t values (1, 'red')"));
    CHECK(wait(db.template query_one<row>("select * from t")).size() == 2);
    auto tx = wait(db.begin());
    wait(tx.script("alter table t drop column c"));
    // As of every statement: the error is told, and the next one shows the new columns.
    CHECK(error_of([&] { wait(tx.template query_one<row>("select * from t")); }).sqlstate() ==
          tusk::sqlstate::feature_not_supported);
    wait([&] { return tx.rollback(); });
    auto const r = wait(db.template query_one<row>("select * from t"));
    CHECK(r["id"].text() + "|" + r["c"].text() == "1|red");
  });
}

TEST_CASE("row text: the first run of a text is described before, and the second is one round trip") {
  in_both_modes([](live::opener connect) {
    live::proxy between;
    auto db = connect(between.options());
    between.sent();
    auto const run = [&] { return db.query_one<row>("select 1, 'pg_class'::regclass as c where $1", true); };
    CHECK(run()["c"].text() == "pg_class");
    CHECK(between.sent() == "PDSBES");
    CHECK(between.segments() == 3);
    CHECK(run()["c"].text() == "pg_class");
    CHECK(between.sent() == "BES");
    CHECK(between.segments() == 4);
    CHECK(db.query_one<std::tuple<int, tusk::oid>>("select 1, 'pg_class'::regclass as c where $1", true) ==
          std::tuple(1, tusk::oid(1259)));
    CHECK(between.sent() == "BES"); // the same statement, all binary

    auto without = connect(between.options().set("statement_cache_size", "0"));
    between.sent(1);
    CHECK(without.query_one<row>("select 2 as n")["n"].text() == "2");
    CHECK(between.sent(1) == "PDSPDBES");
  });
}

TEST_CASE("row text: a table that is altered shows its new columns at once") {
  in_both_modes([](live::opener connect) {
    auto db = connect(admin());
    types_made const made([&](std::string_view sql) { db.script(sql); });
    auto const all = [&] {
      std::string line;
      auto const r = db.query_one<row>("select * from t");
      for (std::size_t i = 0; i < r.size(); ++i) line += (i == 0 ? "" : "|") + r[i].text();
      return line;
    };
    db.execute("insert into t values (1, 'red')");
    CHECK(all() == "1|red");
    CHECK(all() == "1|red");
    db.script("alter table t add column p place default row('x', 1)");
    CHECK(all() == "1|red|(x,1)");
    db.script("alter table t alter column id type text using id || '!'");
    CHECK(all() == "1!|red|(x,1)");
    db.script("alter table t drop column c");
    CHECK(all() == "1!|(x,1)");
    db.script("alter table t alter column id type place using row(id, 2)::place");
    auto const r = db.query_one<row>("select * from t");
    CHECK(r["id"].as<place>().street == "1!");
  });
}

TEST_CASE("row text: errors are the server's, and the connection is usable") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK(error_of([&] { db.query<row>("selec 1"); }).sqlstate() == tusk::sqlstate::syntax_error);
    CHECK(error_of([&] { db.query<row>("select 1 / $1", 0); }).sqlstate() == tusk::sqlstate::division_by_zero);
    CHECK(error_of([&] { db.query<row>(std::string("select $1::int + $2"), 1, 2, 3); }).code() ==
          errc::parameter_mismatch);
    CHECK(db.query<row>("select where false").empty());
    CHECK(db.query<row>("create temp table nothing ()").empty());
    live::check_usable(db);
  });
}
