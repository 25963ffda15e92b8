// tusk tests: conninfo/oauth.cpp — where a token comes from.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/oauth.hpp>

#include "support/catch.hpp"

#include <stdexcept>
#include <string>

TEST_CASE("a token comes from whatever can be called, which is told what the connection string says") {
  tusk::conninfo::oauth_request request;
  request.issuer = "https://issuer.example";
  request.user = "u";
  auto const source = tusk::conninfo::token_from(
      [n = 0](tusk::conninfo::oauth_request const& r) { return r.issuer + "/" + r.user + std::to_string(n); });
  CHECK(source->token(request) == "https://issuer.example/u0");
  auto const failing = tusk::conninfo::token_from(
      [](tusk::conninfo::oauth_request const&) -> std::string { throw std::runtime_error("no token today"); });
  CHECK_THROWS_WITH(failing->token(request), "no token today");
}
