// tusk: tests/wire/column.cpp — the description of a column.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/wire/column.hpp>

#include "support/catch.hpp"

TEST_CASE("column: what is not known says so") {
  tusk::wire::column const c;
  CHECK(c.name.empty());
  CHECK(c.type == tusk::wire::oid::none);
  CHECK(c.table == tusk::wire::oid::none);
  CHECK(c.attribute == 0);
  CHECK(c.modifier == -1);
  CHECK(c.format == 0);
}
