// tusk tests: net/dial.cpp — from options to a connection: what is tried, in which order, and what is told of it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/dialling.hpp"

using namespace dial;

TEST_CASE("each address of each host in turn, until one lets in") {
  dialling d;
  d.there[".1:"] = d.there[".2:"] = refuse;
  d.there[".3:"] = says({welcome()});
  auto const p = d.connect();
  CHECK(d.tried() == "123");
  CHECK(p->session().started());
  CHECK(p->session().backend_pid() == 7);
  CHECK(p->peer()->text() == "10.0.0.3:5433");
  CHECK(is_startup(d.last().got));
}

TEST_CASE("the first that lets in is the one") {
  dialling d;
  d.others = says({welcome()});
  auto const p = d.connect();
  CHECK(d.tried() == "1");
  CHECK(!d.first().closed);
}

TEST_CASE("failures on the way there go on to the next address") {
  dialling d;
  d.there[".2:"] = says({welcome()});
  SECTION("refused") { d.there[".1:"] = refuse; }
  SECTION("unreachable") {
    d.there[".1:"] = [](peer&) { tusk::net::throw_errno(EHOSTUNREACH, "connect"); };
  }
  SECTION("options that the socket does not take") {
    d.there[".1:"] = [](peer&) { tusk::net::throw_errno(EINVAL, "cannot set keepalives_count to 1000"); };
  }
  SECTION("no answer to connecting") {
    d.there[".1:"] = [](peer& p) { p.accepts = false; };
  }
  SECTION("no answer to anything") {
    d.there[".1:"] = [](peer&) {};
  }
  SECTION("no end of the login") { d.there[".1:"] = says({welcome().substr(0, welcome().size() - 6)}); }
  auto const p = d.connect();
  CHECK(d.tried() == "12");
}

TEST_CASE("a name without an address goes on to the next host") {
  dialling d;
  d.net.names.erase("a");
  d.there[".3:"] = says({welcome()});
  auto const p = d.connect();
  CHECK(d.tried() == "3");
}

TEST_CASE("a host that cannot be used is passed over, and told of when none lets in") {
  dialling d;
  d.settings.hosts[0].unusable = "port \"0\" is not a number from 1 to 65535";
  SECTION("the other lets in") {
    d.there[".3:"] = says({welcome()});
    auto const p = d.connect();
    CHECK(d.tried() == "3");
  }
  SECTION("none does") {
    d.there[".3:"] = refuse;
    CHECK_THAT(words(d.failure()), ContainsSubstring("connection to a failed: port \"0\" is not a number"));
    CHECK(d.tried() == "3");
  }
}

TEST_CASE("a server that is not ready goes on to the next host") {
  dialling d;
  d.there[".1:"] = says_and_ends(fatal("57P03", "the database system is starting up"));
  d.there[".3:"] = says({welcome()});
  auto const p = d.connect();
  CHECK(d.tried() == "13");
}

TEST_CASE("what a server says about the user, or that it is none, ends the attempt") {
  dialling d;
  std::error_code expected;
  SECTION("wrong password") {
    d.there[".1:"] = says_and_ends(fatal("28P01", "password authentication failed"));
    expected = make_error_code(tusk::sqlstate::invalid_password);
  }
  SECTION("too many connections") {
    d.there[".1:"] = says_and_ends(fatal("53300", "too many clients already"));
    expected = make_error_code(tusk::sqlstate::too_many_connections);
  }
  SECTION("not ready, but it has let in before") {
    d.there[".1:"] = says_and_ends(authentication_ok() + fatal("57P03", "shutting down"));
    expected = make_error_code(tusk::sqlstate::cannot_connect_now);
  }
  SECTION("not PostgreSQL") {
    d.there[".1:"] = says_and_ends("HTTP/1.1 400 Bad Request\r\n\r\n");
    expected = errc::protocol_violation;
  }
  SECTION("the end behind the startup message") {
    d.there[".1:"] = says_and_ends("");
    expected = errc::connection_closed;
  }
  SECTION("a reset") {
    d.there[".1:"] = [](peer& p) { p.fail_reads(ECONNRESET); };
    expected = errc::connection_closed;
  }
  SECTION("a method that is not to be used") {
    d.settings.require_auth.read("scram-sha-256");
    d.there[".1:"] = says({authentication(3)});
    expected = errc::authentication_failed;
  }
  SECTION("no TLS where it is demanded") {
    d.settings.sslmode = sslmode::require;
    d.there[".1:"] = says({"N"});
    expected = errc::tls_unavailable;
  }
  SECTION("no TLS, said by the end of the stream") {
    d.settings.sslmode = sslmode::prefer;
    d.there[".1:"] = says_and_ends("");
    expected = errc::connection_closed;
  }
  SECTION("a handshake that fails where TLS is demanded") {
    d.settings.sslmode = sslmode::require;
    d.there[".1:"] = says({"S", fake_tls::refusal});
    expected = errc::tls_failed;
  }
  CHECK(d.failure().code() == expected);
  CHECK(d.tried() == "1");
}

TEST_CASE("one failure keeps its code and says where; several are told together") {
  dialling d;
  SECTION("one") {
    d.only_first();
    d.others = refuse;
    auto const e = d.failure();
    CHECK(e.code() == std::errc::connection_refused);
    CHECK(words(e) == "connection to a port 5433 (10.0.0.1:5433) failed: connect: Connection refused");
  }
  SECTION("several") {
    d.net.names.erase("b");
    d.there[".1:"] = refuse;
    d.there[".2:"] = [](peer&) {};
    auto const e = d.failure();
    CHECK(e.code() == errc::connect_failed);
    CHECK(words(e) == "connection to a port 5433 (10.0.0.1:5433) failed: connect: Connection refused; "
                      "connection to a port 5433 (10.0.0.2:5433) failed: no answer within 1000 ms (connect_timeout); "
                      "connection to b port 5433 failed: host b has no address: the network of this test has no such "
                      "name");
  }
  SECTION("what the server said stays with the error") {
    d.others = says_and_ends(fatal("28000", "no entry in pg_hba.conf"));
    auto const e = d.failure();
    REQUIRE(e.server() != nullptr);
    CHECK(e.server()->message == "no entry in pg_hba.conf");
    CHECK(words(e).starts_with("connection to a port 5433 (10.0.0.1:5433) failed: no entry"));
  }
  SECTION("a connection that was lost") {
    d.others = [](peer& p) { p.fail_reads(ECONNRESET); };
    CHECK(words(d.failure()).ends_with("failed: the connection was lost: Connection reset by peer"));
  }
  SECTION("names are made printable") {
    d.only_first();
    d.settings.hosts[0].host = "a\nb";
    CHECK(words(d.failure()).starts_with("connection to a\\x0ab port 5433 failed: host a\\x0ab has no address"));
  }
}

TEST_CASE("hostaddr is where to connect, host is who is meant") {
  dialling d(sslmode::require);
  d.only_first();
  d.settings.hosts[0].hostaddr = "10.0.0.9";
  d.others = over_tls(fatal("28P01", "no"));
  CHECK(words(d.failure()).starts_with("connection to a port 5433 (10.0.0.9:5433) failed"));
  CHECK(d.tried() == "9");
  REQUIRE(d.tls.made().size() == 1);
  CHECK(d.tls.made()[0].host == "a");
  d.settings.hosts[0].host.clear();
  CHECK(words(d.failure()).starts_with("connection to 10.0.0.9 port 5433"));
}

TEST_CASE("a Unix socket never has TLS, whatever sslmode says") {
  for (auto m : {sslmode::prefer, sslmode::require, sslmode::verify_full}) {
    dialling d(m);
    d.settings.hosts[0].host = "/run/pg";
    d.others = says({welcome()});
    auto const p = d.connect();
    CHECK(d.first().where == "/run/pg/.s.PGSQL.5433");
    CHECK(is_startup(d.first().got));
    CHECK(!p->transport().secure());
    CHECK(d.tls.made().empty());
  }
  dialling d;
  d.settings.hosts.resize(1);
  d.settings.hosts[0].host = "/run/pg";
  d.others = [](peer&) { tusk::net::throw_errno(ENOENT, "connect"); };
  CHECK(words(d.failure()) == "connection to socket /run/pg/.s.PGSQL.5433 failed: connect: No such file or directory");
}

TEST_CASE("connect_timeout covers everything from connecting to the end of the login, for each address anew") {
  std::string const half = welcome().substr(0, welcome().size() - 6);
  for (int stage = 0; stage < 6; ++stage) {
    CAPTURE(stage);
    dialling d(stage == 2 || stage == 3 ? sslmode::require : sslmode::disable);
    d.others = [&](peer& p) {
      if (stage == 0) p.accepts = false;
      if (stage == 1) p.asleep = true, p.window = 4;
      if (stage == 3) p.replies = {"S"};
      if (stage == 4) p.replies = {authentication(3)};
      if (stage == 5)
        p.talk = [&](peer& me, std::string_view fresh) { // it never pauses, and never ends
          if (!fresh.empty()) me.say(half);
          me.say(parameter_status("x", "y"));
          d.net.now += milliseconds(7);
        };
    };
    auto const e = d.failure();
    CHECK(d.tried() == "123");
    CHECK(e.code() == errc::connect_failed);
    CHECK(d.net.now >= milliseconds(3000));
    CHECK(d.net.now < milliseconds(3030));
  }
}

TEST_CASE("connect_timeout is for the attempts with and without TLS at one address together") {
  dialling d(sslmode::prefer);
  d.only_first();
  d.others = [&](peer& p) {
    if (d.tried() != "1") return; // who comes without TLS gets no answer
    p.talk = [&](peer& me, std::string_view) {
      me.say("S");
      d.net.now += milliseconds(700);
      me.end();
    };
  };
  auto const e = d.failure();
  CHECK(d.tried() == "11");
  CHECK_THAT(words(e), ContainsSubstring("no answer within 1000 ms (connect_timeout)"));
  CHECK(d.net.now == milliseconds(1000));
}

TEST_CASE("nothing of a failed attempt is left in the next") {
  dialling d;
  d.only_first();
  d.settings.hosts.push_back(d.settings.hosts[0]);
  d.settings.hosts[1].host = "b";
  d.there[".1:"] = says({authentication_ok() + parameter_status("is_superuser", "on") + backend_key(666, 666)});
  d.there[".3:"] = says({authentication_ok() + parameter_status("server_version", "15.4") + ready()});
  auto const p = d.connect();
  CHECK(d.tried() == "13");
  CHECK(p->session().parameter("is_superuser").empty());
  CHECK(p->session().parameter("server_version") == "15.4");
  CHECK(p->session().backend_pid() == 0);
  CHECK(p->session().cancel_key().empty());
}

TEST_CASE("each host has a password of its own") {
  dialling d;
  d.net.names["a"].resize(1);
  d.settings.hosts[1].password = tusk::conninfo::secret("another");
  d.there[".1:"] = [](peer& p) {
    p.talk = [](peer& me, std::string_view fresh) {
      if (is_startup(fresh)) me.say(authentication(3)); // and says nothing to the password
    };
  };
  d.there[".3:"] = says({authentication(3), welcome()});
  auto const p = d.connect();
  CHECK(d.first().got.ends_with(password + '\0'));
  CHECK(d.last().got.ends_with(message('p', "another" + std::string(1, '\0'))));
}

TEST_CASE("the last words of a server that hangs up at once are read") {
  dialling d;
  d.others = [](peer& p) {
    p.say(fatal("53300", "sorry, too many clients already"));
    p.end();
    p.fail_writes(EPIPE);
  };
  CHECK(d.failure().sqlstate() == tusk::sqlstate::too_many_connections);
}

TEST_CASE("long derivations let others run, and obey the deadline") {
  auto const scram = [](peer& p, char const* salt) {
    p.talk = [salt = std::string(salt)](peer& me, std::string_view fresh) {
      if (is_startup(fresh)) return me.say(sasl({"SCRAM-SHA-256"}));
      auto const nonce = fresh.rfind("r=");
      if (nonce != fresh.npos && fresh.find("n,,n=") != fresh.npos)
        return me.say(authentication(11, std::string(fresh.substr(nonce)) + "x,s=" + salt + ",i=100000"));
      if (!fresh.empty()) me.say(fatal("28P01", "no"));
    };
  };
  dialling d;
  SECTION("in slices of 20000") {
    d.others = [&](peer& p) { scram(p, "AAAAAAAAAAAAAAAAAAAAAA=="); };
    CHECK(d.failure().sqlstate() == tusk::sqlstate::invalid_password);
    CHECK(d.net.yields == 4);
  }
  SECTION("and no longer than connect_timeout") {
    d.only_first();
    d.net.yield_takes = milliseconds(400);
    d.others = [&](peer& p) { scram(p, "BBBBBBBBBBBBBBBBBBBBBA=="); };
    CHECK(d.failure().code() == errc::timeout);
    CHECK(d.net.yields == 3);
  }
}
