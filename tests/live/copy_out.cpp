// tusk: tests/live/copy_out.cpp — COPY TO STDOUT: rows and bytes of tables and queries, and what is left when they end.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live_copy.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using live::check_usable;
using live::error_of;
using live::in_both_modes;
using tusk::errc;

namespace {

struct item {
  std::string name;
  std::int64_t id;
  std::optional<double> price;
};
constexpr auto items =
    "create temp table items (id int4 not null, name text, price float8);"
    "insert into items select n, 'item ' || n, case when n % 2 = 0 then n / 4.0 end from generate_series(1, 1000) n";

/// All that comes, as one text.
std::string all_of(live::copy_out<tusk::raw>& out) {
  std::string text;
  while (auto const* piece = out.next()) text += piece->text();
  return text;
}

} // namespace

TEST_CASE("copy_out: rows of a table and of a query, members by name") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script(items);
    std::int64_t sum = 0;
    double prices = 0;
    int nulls = 0;
    {
      live::copy_out<item> out(db, "copy items to stdout (format binary)");
      while (auto const* i = out.next()) {
        sum += i->id;
        CHECK(i->name == "item " + std::to_string(i->id));
        i->price ? prices += *i->price : ++nulls;
      }
      CHECK(out.next() == nullptr);
    }
    CHECK(sum == 500500);
    CHECK(nulls == 500);
    CHECK(prices == 62625);
    {
      live::copy_out<item> out(
          db, "copy (select price, id, name from items where id > 998 order by id) to stdout (format binary)");
      CHECK(out.next()->id == 999);
      CHECK(out.next()->price == 250.0);
      CHECK(out.next() == nullptr);
    }
    {
      live::copy_out<item> out(db, tusk::table("items"));
      CHECK(out.next()->name == "item 1");
    }
    check_usable(db);
  });
}

TEST_CASE("copy_out: tuples, single values, views and dynamic rows") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script(items);
    {
      live::copy_out<std::tuple<int, std::string_view>> out(db, tusk::table("items", "id", "name"));
      auto const* first = out.next();
      CHECK(std::get<1>(*first) == "item 1");
    }
    {
      live::copy_out<int> out(db, "copy (select 7) to stdout (format binary)");
      CHECK(*out.next() == 7);
      CHECK(out.next() == nullptr);
    }
    {
      live::copy_out<tusk::row> out(db, "copy (select 7 as a, 'x'::text as b) to stdout (format binary)");
      auto const* row = out.next();
      CHECK((*row)["a"].as<int>() == 7);
      CHECK((*row)["b"].text() == "x");
    }
    check_usable(db);
  });
}

TEST_CASE("copy_out: raw text, CSV and binary") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script(items);
    {
      live::copy_out<tusk::raw> out(db, "copy (select 1, 'a', null) to stdout");
      CHECK(all_of(out) == "1\ta\t\\N\n");
    }
    {
      live::copy_out<tusk::raw> out(db, "copy (select 1 as x, 'a, b' as y) to stdout (format csv, header)");
      CHECK(all_of(out) == "x,y\n1,\"a, b\"\n");
    }
    {
      live::copy_out<tusk::raw> out(db, "copy (select 1) to stdout (format binary)");
      CHECK(all_of(out).starts_with("PGCOPY\n"));
    }
    {
      live::copy_out<tusk::raw> out(db, tusk::table("items", "id"));
      CHECK(all_of(out).starts_with("1\n2\n3\n"));
    }
    {
      live::copy_out<tusk::raw> out(db, "copy (select 1 where false) to stdout");
      CHECK(all_of(out).empty());
    }
    check_usable(db);
  });
}

TEST_CASE("copy_out: what is copied out as raw bytes goes in again") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto second = connect();
    db.script(items);
    second.script("create temp table copied (id int4, name text, price float8)");
    live::copy_out<tusk::raw> out(db, "copy items to stdout (format binary)");
    live::copy_in<tusk::raw> in(second, "copy copied from stdin (format binary)");
    while (auto const* piece = out.next()) in.write(piece->bytes);
    CHECK(in.finish() == 1000);
    CHECK(second.query_one<std::int64_t>("select sum(id) from copied") == 500500);
    check_usable(db);
  });
}

TEST_CASE("copy_out: what does not fit is refused before the first row") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script(items);
    auto const mismatch = error_of([&] { live::copy_out<std::tuple<std::int16_t>>(db, tusk::table("items", "id")); });
    CHECK(mismatch.code() == errc::column_mismatch);
    CHECK_THAT(mismatch.what(), ContainsSubstring("\"id\" (int4) does not fit"));
    check_usable(db);
    auto const refused = [&](auto f) {
      CHECK(error_of(f).code() == errc::wrong_verb);
      check_usable(db);
    };
    refused([&] { live::copy_out<int>(db, "copy (select 1) to stdout"); });
    refused([&] { live::copy_out<int>(db, "copy items (id) from stdin (format binary)"); });
    refused([&] { live::copy_out<tusk::raw>(db, "copy items from stdin"); });
    refused([&] { live::copy_out<tusk::raw>(db, "select 1"); });
    refused([&] {
      live::copy_out<tusk::raw> out(db, "copy (select 1) to stdout; select 2");
      all_of(out);
    });
    CHECK(error_of([&] { live::copy_out<int>(db, "copy nothing to stdout (format binary)"); }).sqlstate() ==
          tusk::sqlstate::undefined_table);
    check_usable(db);
  });
}

TEST_CASE("copy_out: errors in the middle, the server's and ours") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    {
      live::copy_out<int> out(
          db, "copy (select 100 / (50000 - n) from generate_series(1, 100000) n) to stdout (format binary)");
      int rows = 0;
      auto const e = error_of([&] {
        while (out.next() != nullptr) ++rows;
      });
      CHECK(e.sqlstate() == tusk::sqlstate::division_by_zero);
      CHECK(rows == 49999);
      check_usable(db);
    }
    {
      live::copy_out<int> out(
          db, "copy (select nullif(n, 10000) from generate_series(1, 1000000) n) to stdout (format binary)");
      int rows = 0;
      auto const e = error_of([&] {
        while (out.next() != nullptr) ++rows;
      });
      CHECK(e.code() == errc::unexpected_null);
      CHECK_THAT(e.what(), ContainsSubstring("row 10000, column \"nullif\" (int4)"));
      CHECK(rows == 9999);
      CHECK(out.next() == nullptr);
      check_usable(db);
    }
  });
}

TEST_CASE("copy_out: destroyed early, the connection is usable and nothing is read for long") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    for (int rows : {0, 1, 10}) {
      {
        live::copy_out<std::string> out(
            db, "copy (select repeat('x', 1000) from generate_series(1, 100000000)) to stdout (format binary)");
        for (int i = 0; i < rows; ++i) CHECK(out.next()->size() == 1000);
      }
      check_usable(db);
    }
  });
}

TEST_CASE("copy_out: has the connection to itself until its end") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script(items);
    live::copy_out<tusk::raw> out(db, "copy items to stdout");
    live::check_refused([&] { db.execute("select 1"); }, errc::connection_busy, "a COPY is under way");
    all_of(out);
    check_usable(db);
  });
}

TEST_CASE("copy_out: a row larger than the receive buffer, and one larger than a message may be") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    {
      live::copy_out<std::string> out(db, "copy (select repeat('x', 3000000)) to stdout (format binary)");
      CHECK(out.next()->size() == 3'000'000);
      CHECK(out.next() == nullptr);
    }
    auto o = live::options();
    o.set("max_message_size", "100000");
    auto careful = connect(o);
    auto const e = error_of([&] {
      live::copy_out<std::string> out(careful, "copy (select repeat('x', 200000)) to stdout (format binary)");
      out.next();
    });
    CHECK(e.code() == errc::message_too_large);
    CHECK(!careful.is_open());
  });
}

TEST_CASE("copy_out: progress") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    std::vector<tusk::copy_progress> told;
    live::copy_out<int> out(db, "copy (select generate_series(1, 50000)) to stdout (format binary)");
    out.on_progress([&](tusk::copy_progress const& p) { told.push_back(p); });
    while (out.next() != nullptr) {}
    REQUIRE(told.size() > 5);
    CHECK(told.back().finished);
    CHECK(told.back().rows == 50000);
    CHECK(told.back().bytes == 500000);
    for (std::size_t i = 1; i < told.size(); ++i) CHECK(told[i].rows > told[i - 1].rows - (told[i].finished ? 1 : 0));
  });
}
