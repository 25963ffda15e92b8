// tusk tests: net/socket_upgrade.cpp — from TCP to the same server's Unix socket, and only to that.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/dialling.hpp"

using namespace dial;
using tusk::net::names_of_list;

namespace {

using names = std::vector<std::string>;

/// A server's answer to who it is, where it listens, and since when.
std::string known(std::string const& directories, std::string const& since = "1000.5", std::string const& port = "5433",
                  std::string const& id = "7123456789") {
  std::string row;
  for (auto const& v : {id, since, port, directories}) row += number(static_cast<std::uint32_t>(v.size())) + v;
  return row_description({{"a", tusk::wire::oid::text}}) + message('D', number(std::uint16_t{4}) + row) +
         command_complete("SELECT 1") + ready();
}

/// Connects to a server on TCP that answers the question with `told`.
struct upgrading : dialling {
  explicit upgrading(std::string const& told, sslmode m = sslmode::disable) : dialling(m) {
    only_first();
    settings.upgrade_to_unix_socket = true;
    there["10.0.0.1"] = says({welcome(), told});
  }
  /// Where it ends up.
  std::string place() {
    auto const p = connect();
    CHECK(p->session().started());
    CHECK(p->session().idle());
    return p->peer()->text();
  }
};
std::string const tcp = "10.0.0.1:5433";

} // namespace

TEST_CASE("lists of names are read as the server writes them") {
  CHECK(names_of_list("/var/run/postgresql") == names{"/var/run/postgresql"});
  CHECK(names_of_list("/a, /b,/c") == names{"/a", "/b", "/c"});
  CHECK(names_of_list("\"/with, comma\", \"/with \"\"quotes\"\"\", @abstract") ==
        names{"/with, comma", "/with \"quotes\"", "@abstract"});
  CHECK(names_of_list("").empty());
  CHECK(names_of_list("  ").empty());
  CHECK(names_of_list("\"/open") == names{"/open"});
}

TEST_CASE("the same server is reached through its socket") {
  upgrading d(known("/run/pg, /tmp"));
  d.there["/run/pg/"] = says({welcome(), known("/run/pg, /tmp")});
  CHECK(d.place() == "/run/pg/.s.PGSQL.5433");
  CHECK(d.net.peers.size() == 2);
  CHECK(d.first().closed);
}

TEST_CASE("the port is the server's own, not that of a forwarder") {
  upgrading d(known("/run/pg", "1000.5", "5999"));
  d.there["/run/pg/"] = says({welcome(), known("/run/pg", "1000.5", "5999")});
  CHECK(d.place() == "/run/pg/.s.PGSQL.5999");
}

TEST_CASE("every directory is tried") {
  upgrading d(known("relative, /gone, /other, /run/pg"));
  d.there["/gone/"] = refuse;
  d.there["/other/"] = says({welcome(), known("/other", "2000.0")});
  d.there["/run/pg/"] = says({welcome(), known("relative, /gone, /other, /run/pg")});
  CHECK(d.place() == "/run/pg/.s.PGSQL.5433");
  CHECK(d.net.peers.size() == 4);
}

TEST_CASE("whatever is in the way, the first connection is kept") {
  std::string const here = known("/run/pg");
  upgrading d(here);
  SECTION("nobody listens") { d.there["/run/pg/"] = refuse; }
  SECTION("another server listens there") {
    d.there["/run/pg/"] = says({welcome(), known("/run/pg", "1000.5", "5433", "8")});
  }
  SECTION("the same data directory, but another start") {
    d.there["/run/pg/"] = says({welcome(), known("/run/pg", "1000.6")});
  }
  SECTION("it lets nobody in") { d.there["/run/pg/"] = says_and_ends(fatal("28000", "no pg_hba.conf entry")); }
  SECTION("it says nothing") {
    d.there["/run/pg/"] = [](peer&) {};
    d.settings.connect_timeout = milliseconds(0);
  }
  SECTION("it is no PostgreSQL") { d.there["/run/pg/"] = says_and_ends("HTTP/1.1 400 Bad Request\r\n\r\n"); }
  SECTION("it hangs up") { d.there["/run/pg/"] = says_and_ends(""); }
  SECTION("the user may not ask there") {
    d.there["/run/pg/"] = says({welcome(), error_response("42501", "permission denied") + ready()});
  }
  CHECK(d.place() == tcp);
  CHECK(d.net.peers.size() == 2);
  CHECK(d.last().closed);
}

TEST_CASE("a server that does not tell where its sockets are is not asked twice") {
  for (auto const& told :
       {error_response("42501", "permission denied") + ready(), command_complete("SELECT 0") + ready(), known(""),
        known("/run/pg", "1", "70000"), known("/run/pg", "1", "54x")}) {
    upgrading d(told);
    CHECK(d.place() == tcp);
    CHECK(d.net.peers.size() == 1);
  }
}

TEST_CASE("a password is not for whoever happens to listen there") {
  for (auto const& wanted : {authentication(3), authentication(5, "salt")}) {
    upgrading d(known("/run/pg"));
    d.there["/run/pg/"] = says({wanted, welcome()});
    CHECK(d.place() == tcp);
    CHECK(d.last().got.find(password) == std::string::npos);
    CHECK(is_startup(d.last().got)); // and that was all
    CHECK(d.last().got.find(message('p', "").substr(0, 1), 8 + 4) == d.last().got.npos);
  }
}

TEST_CASE("without being asked for it does not happen, and never where TLS was, or is in use") {
  {
    upgrading d(known("/run/pg"));
    d.settings.upgrade_to_unix_socket = false;
    CHECK(d.place() == tcp);
    CHECK(d.net.peers.size() == 1);
  }
  for (auto m : {sslmode::prefer, sslmode::require, sslmode::verify_full}) {
    upgrading d("", m);
    d.there["10.0.0.1"] = over_tls(welcome());
    CHECK(d.place() == tcp);
    CHECK(d.net.peers.size() == 1);
  }
}

TEST_CASE("requirepeer holds for the socket, too") {
  upgrading d(known("/run/pg"));
  d.settings.requirepeer = "postgres"; // which this network cannot prove
  d.there["/run/pg/"] = says({welcome(), known("/run/pg")});
  CHECK(d.place() == tcp);
  CHECK(d.last().got.empty());
}
