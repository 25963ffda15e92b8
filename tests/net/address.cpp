// tusk tests: net/address.cpp — addresses of all families.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/address.hpp>

#include "support/catch.hpp"

#include <cstddef>
#include <string>

using tusk::net::address;

TEST_CASE("Unix sockets by path and in the abstract namespace") {
  auto const a = address::unix_socket("/var/run/postgresql/.s.PGSQL.5432");
  CHECK(a.is_unix());
  CHECK(a.text() == "/var/run/postgresql/.s.PGSQL.5432");
  auto const abstract = address::unix_socket("@postgres/.s.PGSQL.5432");
  CHECK(abstract.text() == "@postgres/.s.PGSQL.5432");
  auto const* raw = reinterpret_cast<sockaddr_un const*>(abstract.data());
  CHECK(raw->sun_path[0] == '\0');
  // The name is counted: a terminating zero would be part of it.
  CHECK(abstract.size() == offsetof(sockaddr_un, sun_path) + std::string("@postgres/.s.PGSQL.5432").size());
}

TEST_CASE("a path that the system cannot take is named") {
  std::string const longest(sizeof(sockaddr_un::sun_path) - 1, 'x');
  CHECK(address::unix_socket(longest).text() == longest);
  try {
    address::unix_socket(longest + "y");
    FAIL("it was taken");
  } catch (tusk::error const& e) {
    CHECK(e.code() == tusk::errc::invalid_option);
    CHECK(std::string(e.what()).find("107 bytes") != std::string::npos);
  }
}

TEST_CASE("numeric addresses need no name server") {
  auto const four = tusk::net::resolve("127.0.0.1", 5432, true);
  REQUIRE(four.size() == 1);
  CHECK(four[0].text() == "127.0.0.1:5432");
  CHECK(!four[0].is_unix());
  auto const six = tusk::net::resolve("::1", 65535, true);
  REQUIRE(six.size() == 1);
  CHECK(six[0].text() == "[::1]:65535");
  CHECK(tusk::net::resolve("localhost", 1, true).empty());
}

TEST_CASE("a name that nobody knows") {
  try {
    tusk::net::resolve("no-such-host.invalid", 5432, false);
    FAIL("it was found");
  } catch (tusk::error const& e) {
    CHECK(e.code() == tusk::errc::host_not_found);
    CHECK(std::string(e.what()).find("no-such-host.invalid") != std::string::npos);
  }
}
