// tusk tests: conninfo/auth_methods.hpp — the list of require_auth.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/auth_methods.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>

using tusk::conninfo::auth_method;
using tusk::conninfo::auth_methods;

namespace {

/// A letter for each method that the list allows, or "!" when it is refused.
std::string allowed(std::string_view list) {
  auth_methods set;
  if (set.read(list)) return "!";
  std::string letters;
  for (int i = 0; i < 7; ++i)
    if (set.allows(static_cast<auth_method>(i))) letters += "npmgiso"[i];
  return letters;
}

} // namespace

TEST_CASE("auth_methods: what a list allows") {
  CHECK(allowed("") == "npmgiso"); // as if it were not given, as the documentation has it
  CHECK(allowed("password") == "p");
  CHECK(allowed("none") == "n");
  CHECK(allowed("scram-sha-256") == "s");
  CHECK(allowed("scram-sha-256,md5,none") == "nms");
  CHECK(allowed("gss,sspi,oauth") == "gio");
  CHECK(allowed("!none") == "pmgiso");
  CHECK(allowed("!password,!md5") == "ngiso");
  CHECK(auth_methods() == auth_methods());
}

TEST_CASE("auth_methods: what is no list") {
  for (auto const* list : {",", "password,", ",password", "password,,md5", "!", "!!none", "!password,", "password,!md5",
                           "!password,md5", "password,password", "!none,!none", "none,md5,none", "SCRAM-SHA-256",
                           "trust", "password, md5", " password", "scram-sha-256-plus"}) {
    INFO(list);
    CHECK(allowed(list) == "!");
  }
  auth_methods set;
  REQUIRE(set.read("md5") == nullptr);
  CHECK(set.read("md5,md5") == std::string_view("names a method twice"));
  CHECK(set.read("md5,!none") == std::string_view("mixes methods with and without \"!\""));
}
