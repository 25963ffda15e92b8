// tusk: tests/live/tls_modes.cpp — sslmode by sslnegotiation by server by role: encrypted, plain or refused.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What tests/net/negotiate_encryption.cpp plays in memory, with servers that have TLS, have none, know no direct TLS
// (before 17), and let roles in by TLS alone or without alone.
#include "support/live.hpp"

#include <string>

#if !defined(TUSK_NO_TLS)

using namespace live;

namespace {

using tusk::transport;

struct role {
  char const* name;
  char const* password;
  bool with_tls;
  bool without_tls;
};

/// What must come of it: the words of an error begin with '!'.
std::string expected(std::string const& mode, bool direct, live::server const& server, bool has_tls, role const& r) {
  bool const weak = mode == "disable" || mode == "allow" || mode == "prefer";
  if (direct && weak) return "!needs sslmode";
  if (direct && (!has_tls || server.version() < 17)) return "!needs PostgreSQL 17";
  bool const by_tls = has_tls && r.with_tls;
  auto const refused = "!no pg_hba.conf entry";
  if (mode == "disable") return r.without_tls ? "tcp" : refused;
  if (mode == "allow") return r.without_tls ? "tcp" : by_tls ? "tls" : "!has none";
  if (mode == "prefer") return by_tls ? "tls" : r.without_tls ? "tcp" : refused;
  if (!has_tls) return "!the server has none";
  return by_tls ? "tls" : refused;
}

std::string outcome(live::opener const& connect, tusk::options const& o, std::string const& wanted) {
  try {
    auto db = connect(o);
    bool const tls = db.transport() == transport::tls;
    CHECK(db.query_one<bool>("select ssl from pg_stat_ssl where pid = pg_backend_pid()") == tls);
    return tls ? "tls" : "tcp";
  } catch (tusk::error const& e) {
    CHECK(std::string(e.what()).find(o.get("password").value_or("secret")) == std::string::npos);
    return std::string(e.what()).find(wanted.substr(1)) != std::string::npos ? wanted : e.what();
  }
}

} // namespace

TEST_CASE("tls modes: every mode, negotiation, server and role") {
  in_both_modes([](live::opener connect) {
    role const roles[] = {{"tusk_trust", "", true, true},
                          {"tusk_scram", "secret scram", true, true},
                          {"tusk_ssl", "secret ssl", true, false},
                          {"tusk_nossl", "secret nossl", false, true}};
    for (bool const has_tls : {true, false}) {
      auto const& server = has_tls ? live::main_server() : live::server_without_tls();
      for (auto const* mode : {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
        for (bool const direct : {false, true})
          for (auto const& r : roles) {
            CAPTURE(has_tls, mode, direct, r.name);
            auto o = tusk::options("host=127.0.0.1 dbname=tusk").port(server.port()).user(r.name).sslmode(mode);
            if (*r.password != '\0') o.password(r.password);
            if (direct) o.sslnegotiation("direct");
            o.sslrootcert(mode[0] == 'v' ? live::main_server().file("ca.pem") : "/no such file");
            auto const wanted = expected(mode, direct, server, has_tls, r);
            CHECK(outcome(connect, o, wanted) == wanted);
          }
    }
  });
}

TEST_CASE("tls modes: on a Unix socket none of it counts") {
  in_both_modes([](live::opener connect) {
    for (auto const* mode : {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}) {
      auto const base = live::options().host(live::main_server().sockets()).sslmode(mode).sslrootcert("/no such file");
      auto db = connect(base);
      CHECK(db.transport() == transport::unix_socket);
      if (mode[0] != 'r' && mode[0] != 'v') continue;
      CHECK(connect(tusk::options(base).sslnegotiation("direct")).transport() == transport::unix_socket);
    }
    auto const bound = live::options().host(live::main_server().sockets()).sslmode("require");
    for (auto const* demand : {"channel_binding=require", "sslcertmode=require"}) {
      auto o = tusk::options(bound);
      std::string const words(demand);
      o.set(words.substr(0, words.find('=')), "require");
      CHECK(error_of([&] { connect(o); }).code() == errc::authentication_failed);
    }
  });
}

TEST_CASE("tls modes: a wrong password is tried in both ways, and both are told") {
  in_both_modes([](live::opener connect) {
    auto o =
        tusk::options("host=127.0.0.1 dbname=tusk user=tusk_scram password=wrong").port(live::main_server().port());
    o.sslrootcert("/no such file");
    for (auto const* mode : {"allow", "prefer"}) {
      auto const words = live::words_of([&] { connect(tusk::options(o).sslmode(mode)); });
      auto const first = words.find("password authentication failed");
      REQUIRE(first != words.npos);
      CHECK(words.find("password authentication failed", first + 1) != words.npos);
    }
    auto const e = error_of([&] { connect(tusk::options(o).sslmode("require")); });
    CHECK(e.sqlstate() == tusk::sqlstate::invalid_password);
  });
}

#endif
