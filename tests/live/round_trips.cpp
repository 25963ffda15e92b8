// tusk: tests/live/round_trips.cpp — one write and one round trip per query, proved by somebody in between.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"
#include "support/proxy.hpp"

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

using live::in_both_modes;

TEST_CASE("round trips: the one in between counts writes") {
  live::proxy between;
  auto socket = live::connect_tcp(std::stoi(*between.options().get("port")));
  int const on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  while (between.connections() == 0) {}
  // Three bytes: one more would be the length of a first message, and the server hangs up on a wrong one.
  live::send_all(socket.get(), "a");
  live::send_all(socket.get(), "b");
  live::send_all(socket.get(), "c");
  while (between.bytes_sent() < 3) {}
  CHECK(between.segments() == 3);
}

TEST_CASE("round trips: a query is one write, and the second time without Parse and Describe") {
  in_both_modes([](live::opener connect) {
    live::proxy between;
    auto db = connect(between.options());
    CHECK(between.sent() == "^");
    CHECK(between.segments() == 1);
    between.received();
    // The first one too: nothing is looked up before.
    for (unsigned i = 2; i < 6; ++i) {
      CHECK((db.query<std::string>("select $1::text || $2::int", "x", 1) == std::vector<std::string>{"x1"}));
      CHECK(between.sent() == (i == 2 ? "PDBES" : "BES"));
      CHECK(between.segments() == i);
      CHECK(between.received() == (i == 2 ? "1tT2DCZ" : "2DCZ"));
    }
    // Another verb, another row type, the same statement.
    CHECK(db.query_one<std::tuple<std::string>>("select $1::text || $2::int", "x", 2) == std::tuple("x2"));
    CHECK(db.execute("select $1::text || $2::int", "x", 2).text() == "SELECT 1");
    CHECK(between.sent() == "BESBES");
    CHECK(between.segments() == 7);
    // The types of the parameters are part of what it is.
    CHECK(db.query_one<std::string>("select $1::text || $2::int", "x", std::int64_t{3}) == "x3");
    CHECK(between.sent() == "PDBES");
  });
}

TEST_CASE("round trips: without a cache a query is one write of Parse, Bind, Describe, Execute and Sync") {
  in_both_modes([](live::opener connect) {
    live::proxy between;
    auto db = connect(between.options().set("statement_cache_size", "0"));
    CHECK(between.sent() == "^");
    CHECK(between.segments() == 1);
    between.received();
    // The first one too: nothing is looked up before.
    for (unsigned i = 2; i < 6; ++i) {
      CHECK((db.query<std::string>("select $1::text || $2::int", "x", 1) == std::vector<std::string>{"x1"}));
      CHECK(between.sent() == "PBDES");
      CHECK(between.segments() == i);
      CHECK(between.received() == "12TDCZ");
    }
    db.query_maybe<int>("select 1 where false");
    CHECK(between.sent() == "PBDES");
    CHECK(between.segments() == 6);
    db.execute("select $1::int", 1); // whose columns nobody wants to know
    CHECK(between.sent() == "PBES");
    CHECK(between.segments() == 7);
    db.script("select 1; select 2");
    CHECK(between.sent() == "Q");
    CHECK(between.segments() == 8);
    CHECK_THROWS_AS(db.query<int>("selec"), tusk::error);
    CHECK(between.sent() == "PBDES");
    CHECK(between.segments() == 9);
    CHECK(between.connections() == 1);
  });
}

TEST_CASE("round trips: preparing is one, running another") {
  in_both_modes([](live::opener connect) {
    live::proxy between;
    auto db = connect(between.options());
    between.sent();
    auto const s = db.prepare<int>("select $1");
    CHECK(between.sent() == "PDS");
    CHECK(between.segments() == 2);
    CHECK(db.query_one<int>(s, 1) == 1);
    CHECK(between.sent() == "BES");
    CHECK(between.segments() == 3);
    CHECK(db.query_one<int>(s, 2) == 2);
    CHECK(between.sent() == "BES");
    CHECK(between.segments() == 4);
  });
}

#if !defined(TUSK_NO_TLS)
TEST_CASE("round trips: over TLS a query is one write too") {
  in_both_modes([](live::opener connect) {
    live::proxy between(true);
    auto db = connect(between.options_with_tls());
    db.query<int>("select 1"); // whatever the handshake has left to send is gone with this
    auto const before = between.segments();
    for (unsigned i = 1; i < 5; ++i) {
      db.query<int>("select $1", 1);
      CHECK(between.segments() == before + i);
    }
  });
}
#endif

TEST_CASE("round trips: a login by each method") {
  in_both_modes([](live::opener connect) {
    live::proxy between;
    auto const login = [&](char const* role, char const* password) {
      auto const i = between.connections();
      connect(between.options().user(role).password(password));
      auto const types = between.sent(i);
      return types.substr(0, types.find('X'));
    };
    CHECK(login("tusk_trust", "") == "^");
    CHECK(login("tusk_clear", "secret clear") == "^p");
    CHECK(login("tusk_md5", "secret md5") == "^p");
    CHECK(login("tusk_scram", "secret scram") == "^pp");
  });
}
