// tusk: tests/live/notices.cpp — what a server says without being asked: notices, notifications, reports.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"
#include "support/proxy.hpp"
#include "support/stranger.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace {

using live::error_of;
using live::in_both_modes;
using namespace std::string_literals;

/// Notices of a connection, as they come.
struct heard {
  std::vector<tusk::notice> all;
  void listen_to(live::connection& db) {
    db.on_notice([this](tusk::notice const& n) { all.push_back(n); });
  }
};

} // namespace

TEST_CASE("notices: with their fields") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    heard h;
    h.listen_to(db);
    db.script("do $$ begin raise notice 'number %', 7 using hint = 'none', detail = 'd', errcode = 'TK001'; end $$");
    REQUIRE(h.all.size() == 1);
    CHECK(h.all[0].severity == "NOTICE");
    CHECK(h.all[0].message == "number 7");
    CHECK(h.all[0].hint == "none");
    CHECK(h.all[0].detail == "d");
    using namespace tusk::literals;
    CHECK(h.all[0].code == "TK001"_sqlstate);
    db.script("do $$ begin raise warning 'w'; end $$");
    REQUIRE(h.all.size() == 2);
    CHECK(h.all[1].severity == "WARNING");
    CHECK(h.all[1].code == tusk::sqlstate::warning);
  });
}

TEST_CASE("notices: among rows and before an error") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    heard h;
    h.listen_to(db);
    db.script("create function pg_temp.say(n int) returns int language plpgsql as "
              "$$ begin raise notice 'n %', n; return 10 / (5 - n); end $$");
    CHECK(db.query<int>("select pg_temp.say(g) from generate_series(1, 4) as g").size() == 4);
    CHECK(h.all.size() == 4);
    CHECK_THROWS_AS(db.query<int>("select pg_temp.say(g) from generate_series(1, 9) as g"), tusk::error);
    REQUIRE(h.all.size() == 9);
    CHECK(h.all.back().message == "n 5");
    live::check_usable(db);
  });
}

TEST_CASE("notices: many of them") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    heard h;
    h.listen_to(db);
    db.script("do $$ begin for i in 1..20000 loop raise notice '% %', i, repeat('x', 100); end loop; end $$");
    REQUIRE(h.all.size() == 20'000);
    CHECK(h.all.back().message.starts_with("20000 x"));
  });
}

TEST_CASE("notices: nobody listens, or no more") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("do $$ begin for i in 1..1000 loop raise notice 'unheard'; end loop; end $$");
    heard h;
    h.listen_to(db);
    CHECK(h.all.empty());
    db.on_notice(nullptr);
    db.script("do $$ begin raise notice 'unheard'; end $$");
    CHECK(h.all.empty());
    live::check_usable(db);
  });
}

TEST_CASE("notices: one who listens may use what the connection tells of itself, and stop listening") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    int heard = 0;
    db.on_notice([&](tusk::notice const&) {
      ++heard;
      CHECK(db.is_open());
      CHECK(db.parameter("TimeZone") == "UTC");
      if (heard == 2) db.on_notice(nullptr);
    });
    for (int i = 0; i < 4; ++i) db.script("do $$ begin raise notice 'n'; end $$");
    CHECK(heard == 2);
  });
}

TEST_CASE("notices: a notification of another session is harmless") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto other = connect();
    db.script("listen jobs");
    for (int i = 0; i < 50; ++i) {
      other.execute("select pg_notify('jobs', $1)", "payload " + std::to_string(i));
      CHECK(db.query_one<int>("select $1", i) == i);
    }
    db.script("notify jobs, 'to myself'; select 1");
    live::check_usable(db);
    db.script("begin; notify jobs; unlisten *; commit");
    live::check_usable(db);
  });
}

TEST_CASE("notices: whatever may come at any time, after every single message") {
  in_both_modes([](live::opener connect) {
    live::proxy between;
    auto db = connect(between.options());
    heard h;
    h.listen_to(db);
    auto const statement = db.prepare<int>("select $1 as x from generate_series(1, 3)");
    between.interleave(live::message('A', live::int32(7) + "channel\0payload\0"s) +
                       live::message('N', live::said("NOTICE", "00000", "by the way")) +
                       live::message('S', "weather\0rain\0"s));
    CHECK(db.query<int>("select generate_series(1, 3)").size() == 3);
    CHECK(h.all.size() == 9); // 1 t T 2 D D D C Z
    CHECK(db.query<int>(statement, 5).size() == 3);
    CHECK(db.script("select 1; select 2").size() == 2);
    CHECK(error_of([&] { db.query<int>("selec"); }).sqlstate() == tusk::sqlstate::syntax_error);
    CHECK(error_of([&] { db.query<int>("select null::int"); }).code() == tusk::errc::unexpected_null);
    CHECK(error_of([&] { db.execute("copy (select 1) to stdout"); }).code() == tusk::errc::wrong_verb);
    auto const another = db.prepare<>("select 5");
    CHECK(db.query_one<int>(another) == 5);
    CHECK(db.parameter("weather") == "rain");
    between.interleave("");
    live::check_usable(db);
  });
}

TEST_CASE("notices: during the login") {
  in_both_modes([](live::opener connect) {
    live::proxy between;
    // Only from AuthenticationOk on, which comes first where nobody asks for a password.
    between.interleave(live::message('N', live::said("WARNING", "01000", "welcome")) +
                       live::message('S', "weather\0sun\0"s));
    auto db = connect(between.options());
    CHECK(db.parameter("weather") == "sun");
    live::check_usable(db);
  });
}
