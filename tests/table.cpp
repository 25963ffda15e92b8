// tusk: tests/table.cpp — names of tables and columns as SQL.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/table.hpp>

#include "support/catch.hpp"

#include <array>
#include <string>
#include <string_view>

using namespace std::string_view_literals;

TEST_CASE("table: names are quoted as they are") {
  CHECK(tusk::table("trades").name() == "\"trades\"");
  CHECK(tusk::table("My \"own\".table").schema("s.t").name() == "\"s.t\".\"My \"\"own\"\".table\"");
  auto t = tusk::table("t");
  t.schema("s");
  CHECK(t.name() == "\"s\".\"t\"");
}

TEST_CASE("table: columns that were named, or those of others") {
  auto const others = std::array{"x"sv, "Y\""sv};
  CHECK(tusk::table("t").column_list().empty());
  CHECK(tusk::table("t").column_list(others) == "\"x\", \"Y\"\"\"");
  CHECK(tusk::table("t", "a", std::string("b"), "c d"sv).column_list(others) == "\"a\", \"b\", \"c d\"");
  CHECK(tusk::table("t", std::vector<std::string>{"a"}).column_list() == "\"a\"");
}

TEST_CASE("table: names that no server has") {
  for (auto const name : {""sv, "a\0b"sv}) {
    CHECK_THROWS_AS(tusk::table(name).name(), tusk::error);
    CHECK_THROWS_AS(tusk::table("t", name).column_list(), tusk::error);
  }
}
