// tusk tests: conninfo/environment.hpp — variables, the user, the home and the socket directory.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/environment.hpp>

#include "support/catch.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

#include <unistd.h>

using namespace tusk::conninfo;

TEST_CASE("environment: the process's, and a test's own") {
  ::setenv("TUSK_TEST_VARIABLE", "here", 1);
  environment const process;
  CHECK(process("TUSK_TEST_VARIABLE") == "here");
  ::unsetenv("TUSK_TEST_VARIABLE");
  CHECK(process("TUSK_TEST_VARIABLE") == std::nullopt);

  auto const source = [](char const* name) { return std::string_view(name) == "A" ? "" : nullptr; };
  environment const own(source);
  CHECK(own("A") == ""); // set, and empty
  CHECK(own("B") == std::nullopt);
}

TEST_CASE("environment: the effective user has a name and a home") {
  REQUIRE(::getpwuid(::geteuid()));
  CHECK(os_user() == ::getpwuid(::geteuid())->pw_name);
  auto const home = [](char const* value) {
    return [value](char const* name) { return std::string_view(name) == "HOME" ? value : nullptr; };
  };
  auto const given = home("/home/of/a/test"), unset = home(nullptr), empty = home("");
  CHECK(home_directory(environment(given)) == "/home/of/a/test");
  CHECK(home_directory(environment(unset)) == ::getpwuid(::geteuid())->pw_dir);
  CHECK(home_directory(environment(empty)) == ::getpwuid(::geteuid())->pw_dir);
}

TEST_CASE("environment: files") {
  CHECK(file_exists("/"));
  CHECK_FALSE(file_exists(""));
  CHECK_FALSE(file_exists("/no/such/file"));
  CHECK(default_socket_directory() == (file_exists("/var/run/postgresql/.") ? "/var/run/postgresql" : "/tmp"));
}

TEST_CASE("users have names, or not") {
  CHECK(tusk::conninfo::user_name(0) == "root");
  CHECK(tusk::conninfo::user_name(static_cast<uid_t>(2'000'000'123)).empty());
}
