// tusk: tests/live/types_of_users.cpp — enums, composites, domains, ranges and extensions, which are made here.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// None of them is looked up: what the server can infer it infers, and what it sends is judged by the bytes.
#include "support/live.hpp"
#include "support/proxy.hpp"

#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

using live::error_of;
using live::in_both_modes;
using tusk::errc;

enum class mood { sad, ok, happy };

struct address {
  std::string street;
  std::optional<int> number;
  mood feels{};
  friend bool operator==(address const&, address const&) = default;
};
struct person {
  std::string name;
  std::optional<address> home;
  std::vector<address> others;
  friend bool operator==(person const&, person const&) = default;
};
struct pair_of {
  int a = 0;
  std::string b;
  friend bool operator==(pair_of const&, pair_of const&) = default;
};
struct row {
  int id = 0;
  mood feels{};
  std::optional<address> home;
};

/// Who may make schemas and extensions.
tusk::options admin() { return live::options().user("tusk_admin"); }

/// A schema of its own for each mode, with types in it. Dropped at the end.
class types_made {
 public:
  explicit types_made(live::connection& db) : db_(db) {
    db.script("drop schema if exists made cascade; create schema made; set search_path = made, public;"
              "create type mood as enum ('sad', 'ok', 'happy');"
              "create type address as (street text, number int, feels mood);"
              "create type person as (name text, home address, others address[]);"
              "create type textrange as range (subtype = text);"
              "create domain short as varchar(5) check (value <> 'no');"
              "create domain numbers as int[]");
  }
  ~types_made() {
    try {
      db_.script("drop schema made cascade");
    } catch (tusk::error const&) {}
  }

 private:
  live::connection& db_;
};

} // namespace

template <> struct tusk::enum_labels<mood> {
  static constexpr auto value = std::array{"sad", "ok", "happy"};
};
template <> struct tusk::codec<address> : tusk::composite<address> {};
template <> struct tusk::codec<person> : tusk::composite<person> {};
template <> struct tusk::codec<pair_of> : tusk::composite<pair_of> {};

TEST_CASE("types of users: enums, alone and in arrays") {
  in_both_modes([](live::opener connect) {
    auto db = connect(admin());
    types_made const made(db);
    CHECK(db.query_one<mood>("select 'ok'::mood") == mood::ok);
    CHECK(db.query_one<mood>("select $1::mood", mood::happy) == mood::happy);
    CHECK(db.query_one<std::string>("select 'ok'::mood") == "ok");
    CHECK(db.query_one<std::vector<mood>>("select enum_range(null::mood)") ==
          std::vector{mood::sad, mood::ok, mood::happy});
    CHECK(db.query_one<std::vector<std::string>>("select enum_range(null::mood)") ==
          std::vector<std::string>{"sad", "ok", "happy"});
    CHECK(db.query_one<bool>("select 'ok'::mood = any($1)", std::vector{mood::sad, mood::ok}));
    CHECK(db.query_one<bool>("select 'ok'::mood = $1", "ok")); // a text is whatever fits
    db.execute("create table felt (m mood)");
    db.execute("insert into felt values ($1), ($2)", mood::sad, std::optional<mood>());
    CHECK(db.query_one<mood>("select m from felt where m = $1", mood::sad) == mood::sad);
    db.script("alter type mood add value 'new'");
    auto const e = error_of([&] { db.query_one<mood>("select 'new'::mood"); });
    CHECK(e.code() == errc::invalid_value);
    CHECK(std::string(e.what()).find("it is none of the labels in enum_labels") != std::string::npos);
    CHECK(error_of([&] { db.query_one<int>("select 1 where $1::mood = 'sad'", "angry"); }).sqlstate() ==
          tusk::sqlstate::invalid_text_representation);
  });
}

TEST_CASE("types of users: composites, nested and in arrays") {
  in_both_modes([](live::opener connect) {
    auto db = connect(admin());
    types_made const made(db);
    address const home{"Long \"Street\", (x)", 5, mood::ok};
    CHECK(db.query_one<address>("select $1::address", home) == home);
    CHECK(db.query_one<std::string>("select ($1::address).street", home) == home.street);
    CHECK(db.query_one<address>("select row('a', null, 'sad')::address") == address{"a", std::nullopt, mood::sad});
    person const someone{"me", home, {home, {"", std::nullopt, mood::happy}}};
    CHECK(db.query_one<person>("select $1::person", someone) == someone);
    CHECK(db.query_one<std::vector<person>>("select array[$1::person, $1]", someone) == std::vector{someone, someone});
    CHECK(db.query_one<std::vector<address>>("select $1::address[]", someone.others) == someone.others);
    CHECK(db.query_one<std::optional<address>>("select null::address") == std::nullopt);
    // A record, whose type nobody has given a name.
    CHECK(db.query_one<pair_of>("select row(1, 'x'::text)") == pair_of{1, "x"});
    CHECK(db.query_one<std::vector<pair_of>>("select array_agg(t) from (values (1, 'x'::text), (2, 'y')) t(a, b)") ==
          std::vector<pair_of>{{1, "x"}, {2, "y"}});
    // A row that is one.
    db.execute("create table people of person");
    db.execute("insert into people values ($1, $2, $3)", someone.name, someone.home, someone.others);
    CHECK(db.query_one<person>("select people from people") == someone);
    auto const r = db.query_one<row>("select 7 as id, 'ok'::mood as feels, home from people");
    CHECK(r.id == 7);
    CHECK(r.feels == mood::ok);
    CHECK(r.home == home);

    CHECK(error_of([&] { db.query_one<pair_of>("select row(1, 2)"); }).code() == errc::column_mismatch);
    auto const e = error_of([&] { db.query_one<address>("select row(null, 1, 'ok')::address"); });
    CHECK(e.code() == errc::unexpected_null);
    CHECK(std::string(e.what()).find("attribute 1: NULL, use std::optional") != std::string::npos);
    CHECK(error_of([&] { db.query_one<pair_of>("select row(1)"); }).code() == errc::invalid_value);
    CHECK(db.query_one<int>("select 1") == 1);
  });
}

TEST_CASE("types of users: whatever is nested comes back, and the server writes it the same") {
  in_both_modes([](live::opener connect) {
    auto db = connect(admin());
    types_made const made(db);
    std::mt19937 random(29);
    auto const below = [&](unsigned n) { return random() % n; };
    auto const text = [&] {
      static char const* const parts[] = {"a", "NULL", "\"", "\\", ",", "(", ")",  "{",  "}",
                                          "[", "]",    " ",  "\n", "'", ";", "\t", "=>", "\xc3\xa9"};
      std::string out;
      for (auto n = below(5); n != 0; --n) out += parts[below(std::size(parts))];
      return out;
    };
    auto const home = [&] {
      return address{text(), below(2) == 0 ? std::nullopt : std::optional(static_cast<int>(random())),
                     static_cast<mood>(below(3))};
    };
    for (int i = 0; i < 100; ++i) {
      std::vector<std::optional<person>> people;
      for (auto n = below(4); n != 0; --n) {
        auto& p = people.emplace_back();
        if (below(4) == 0) continue;
        p.emplace().name = text();
        if (below(3) != 0) p->home = home();
        for (auto k = below(3); k != 0; --k) p->others.push_back(home());
      }
      std::string written;
      tusk::put_text(people, written);
      INFO(written);
      using both = std::pair<std::vector<std::optional<person>>, std::string>;
      CHECK(db.query_one<both>("select $1::person[], $1::person[]::text", people) == both(people, written));
      CHECK(tusk::from_text<std::vector<std::optional<person>>>(written) == people);

      using texts = tusk::range<std::string>;
      auto lower = text(), upper = text();
      if (db.query_one<bool>("select $1::text > $2::text", lower, upper)) std::swap(lower, upper);
      auto const some = std::vector{texts::closed(lower, upper), texts::at_least(upper), texts::below(lower)};
      written.clear();
      tusk::put_text(some, written);
      using ranges = std::pair<std::vector<texts>, std::string>;
      CHECK(db.query_one<ranges>("select $1::textrange[], $1::textrange[]::text", some) == ranges(some, written));
    }
  });
}

TEST_CASE("types of users: domains are what is below them, ranges over any type") {
  in_both_modes([](live::opener connect) {
    auto db = connect(admin());
    types_made const made(db);
    CHECK(db.query_one<std::string>("select $1::short", "yes") == "yes");
    CHECK(db.query_one<std::vector<int>>("select $1::numbers", std::vector{1, 2}) == std::vector{1, 2});
    CHECK(error_of([&] { db.query_one<std::string>("select $1::short", "no"); }).sqlstate() ==
          tusk::sqlstate::check_violation);
    using texts = tusk::range<std::string>;
    for (auto const& r : {texts("a", "b"), texts::closed("a\"b", "c\\d"), texts::at_least(""), texts()}) {
      CHECK(db.query_one<texts>("select $1::textrange", r) == r);
      CHECK(db.query_one<std::string>("select $1::textrange::text", r) == to_string(r));
    }
    CHECK(db.query_one<std::vector<texts>>("select array[textrange('a', 'b')]") == std::vector{texts("a", "b")});
  });
}

TEST_CASE("types of users: no round trip is made for them") {
  in_both_modes([](live::opener connect) {
    auto db = connect(admin());
    types_made const made(db);
    live::proxy between;
    auto through = connect(between.options().user("tusk_admin"));
    through.script("set search_path = made, public");
    between.sent();
    CHECK(through.query_one<person>("select $1::person", person{"me", std::nullopt, {}}).name == "me");
    CHECK(between.sent() == "PDBES");
    CHECK(through.query_one<mood>("select $1::mood", mood::ok) == mood::ok);
    CHECK(between.sent() == "PDBES");
    // Dropped and made again, with another number: nothing was remembered of it but the statement, which is healed.
    db.script("drop type mood cascade; create type mood as enum ('ok', 'sad', 'happy')");
    CHECK(through.query_one<mood>("select $1::mood", mood::happy) == mood::happy);
  });
}

TEST_CASE("types of users: in prepared statements, and in columns of many rows") {
  in_both_modes([](live::opener connect) {
    auto db = connect(admin());
    types_made const made(db);
    auto const s = db.prepare<mood, std::vector<address>>("select $1::mood, $2::address[]");
    using both = std::pair<mood, std::vector<address>>;
    std::vector<address> const homes{{"a", 1, mood::ok}, {"b", std::nullopt, mood::sad}};
    for (int i = 0; i < 2; ++i) CHECK(db.query_one<both>(s, mood::happy, homes) == both(mood::happy, homes));
    auto const [streets, numbers, moods] = tusk::columns_of(homes);
    CHECK(db.query<address>("select (u.s, u.n, u.m)::address from unnest($1::text[], $2::int[], $3::mood[]) "
                            "with ordinality u(s, n, m, i) order by i",
                            streets, numbers, moods) == homes);
  });
}

TEST_CASE("types of users: in pipelines") {
  live::connection owner(live::mode::blocking, admin());
  types_made const made(owner);
  auto db = tusk::blocking::connect(admin().set("options", "-c search_path=made,public"));
  std::vector<address> const homes{{"a", 1, mood::ok}, {"b", std::nullopt, mood::sad}};
  for (int i = 0; i < 2; ++i) {
    auto const [m, h] = db.pipeline(tusk::query_one<mood>("select $1::mood", mood::sad),
                                    tusk::query_one<std::vector<address>>("select $1::address[]", homes));
    CHECK(m == mood::sad);
    CHECK(h == homes);
  }
}

TEST_CASE("types of users: extensions") {
  in_both_modes([](live::opener connect) {
    auto db = connect(admin());
    db.script("begin; create extension if not exists hstore; create extension if not exists ltree;"
              "create extension if not exists citext; create extension if not exists cube");
    tusk::hstore const h{{"a", "1"}, {"b", std::nullopt}, {"c d", "\"x\"=>\\"}};
    CHECK(db.query_one<tusk::hstore>("select $1::hstore", h) == h);
    CHECK(db.query_one<std::string>("select $1::hstore::text", h) == to_string(h));
    CHECK(db.query_one<std::string>("select $1::hstore -> 'a'", h) == "1");
    CHECK(db.query_one<std::vector<tusk::hstore>>("select $1::hstore[]", std::vector{h, {}}) == std::vector{h, {}});
    CHECK(db.query_one<std::string>("select 'MiXed'::citext") == "MiXed");
    CHECK(db.query_one<bool>("select 'MiXed'::citext = $1", "mIxED"));
    CHECK(db.query_one<std::vector<std::string>>("select array['a'::citext, 'B']") ==
          std::vector<std::string>{"a", "B"});
    // What is not sent as text is not taken for one.
    auto const no_text = [&](char const* other) {
      auto const e = error_of([&] { db.query_one<std::string>(other); });
      CHECK(e.code() == errc::invalid_value);
      CHECK(std::string(e.what()).find("its type is not sent as text: cast it in the query") != std::string::npos);
    };
    no_text("select 'a=>1'::hstore");
    if (db.server_version() >= 130000) { // since when it has a binary form
      CHECK(db.query_one<tusk::ltree>("select $1::ltree", tusk::ltree("Top.Science")) == tusk::ltree("Top.Science"));
      CHECK(db.query_one<bool>("select 'Top.Science.Astronomy'::ltree ~ $1", tusk::lquery("*.Astronomy.*{0,2}")));
      CHECK(db.query_one<tusk::lquery>("select '*.a'::lquery") == tusk::lquery("*.a"));
      CHECK(db.query_one<tusk::ltxtquery>("select 'a & b*'::ltxtquery") == tusk::ltxtquery("a & b*"));
      no_text("select 'a.b'::ltree");
      CHECK(error_of([&] { db.query_one<mood>("select 'a.b'::ltree"); }).code() == errc::invalid_value);
      CHECK(error_of([&] { db.query_one<tusk::hstore>("select 'a.b'::ltree"); }).code() == errc::invalid_value);
      CHECK(error_of([&] { db.query_one<int>("select 'a.b'::ltree"); }).code() == errc::column_mismatch);
    }
    if (db.server_version() >= 150000) no_text("select '(1,2)'::cube");
    db.script("rollback");
  });
}
