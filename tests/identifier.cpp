// tusk: tests/identifier.cpp — names in quotes, whatever is in them.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/identifier.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>

using namespace std::string_view_literals;

TEST_CASE("identifier: appended in quotes, which are doubled within") {
  std::string sql = "listen ";
  tusk::put_identifier("Jobs of \"A\"; drop", sql);
  CHECK(sql == "listen \"Jobs of \"\"A\"\"; drop\"");
}

TEST_CASE("identifier: names that no server has") {
  for (auto const name : {""sv, "a\0b"sv}) {
    std::string sql;
    CHECK_THROWS_AS(tusk::put_identifier(name, sql), tusk::error);
    CHECK(sql.empty());
  }
}
