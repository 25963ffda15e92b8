// tusk: tests/relation.cpp — a table as a replication stream describes it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/relation.hpp>

#include "support/catch.hpp"

#include <stdexcept>

using tusk::oid;

namespace {

tusk::wire::pgoutput::relation sent() {
  tusk::wire::pgoutput::relation r;
  r.id = oid{16400};
  r.schema = "public";
  r.name = "users";
  r.identity = 'i';
  r.columns = {{true, "id", oid::int8, -1}, {false, "name", oid::varchar, 24}, {true, "code", oid{16500}, -1}};
  return r;
}
tusk::relation described(tusk::wire::pgoutput::relation const& r) {
  return tusk::relation(r, [](oid type) { return type == oid{16500} ? oid::text : type; });
}

} // namespace

TEST_CASE("relation: what it is") {
  auto const r = described(sent());
  CHECK(r.id() == oid{16400});
  CHECK(r.schema() == "public");
  CHECK(r.name() == "users");
  CHECK(r.identity() == tusk::replica_identity::index);
  CHECK(to_string(r) == "public.users");
  REQUIRE(r.columns().size() == 3);
  auto const& c = r.columns()[1];
  CHECK(c.name == "name");
  CHECK(c.type == oid::varchar);
  CHECK(c.modifier == 24);
  CHECK(c.table == oid{16400});
  CHECK(c.format == 0);
  CHECK((r.is_key(0) && !r.is_key(1) && r.is_key(2)));
  CHECK_THROWS_AS(r.is_key(3), std::out_of_range);
  CHECK(r.columns()[2].type == oid::text); // below a domain
}

TEST_CASE("relation: the columns of rows") {
  auto const r = described(sent());
  auto const& whole = r.layout_of(false);
  CHECK((whole.as_text.size() == 3 && whole.as_binary.size() == 3));
  CHECK((whole.as_binary[1].format == 1 && whole.as_binary[1].name == "name"));
  auto const& key = r.layout_of(true);
  REQUIRE((key.as_text.size() == 2 && key.as_binary.size() == 2));
  CHECK((key.as_text[1].name == "code" && key.as_text[1].format == 0));
  CHECK((key.as_binary[1].name == "code" && key.as_binary[1].format == 1));
}

TEST_CASE("relation: one of the catalogue, and one with a name that does not fit a line") {
  auto s = sent();
  s.schema = "";
  s.name = "a\nb";
  s.columns.clear();
  auto const r = described(s);
  CHECK(r.schema() == "pg_catalog");
  CHECK(to_string(r) == "pg_catalog.a\\x0ab");
  CHECK(r.columns().empty());
}
