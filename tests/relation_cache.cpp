// tusk: tests/relation_cache.cpp — the tables and domains of a stream, and what replaces them.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/relation_cache.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

using support::outcome_of;
using tusk::errc;
using tusk::oid;
using tusk::relation_cache;

namespace {

tusk::wire::pgoutput::relation table(std::uint32_t id, std::string_view name, oid type = oid::int4) {
  tusk::wire::pgoutput::relation r;
  r.id = oid{id};
  r.schema = "public";
  r.name = name;
  r.columns = {{true, "x", type, -1}};
  return r;
}
tusk::wire::pgoutput::type type(std::uint32_t id, std::string_view schema, std::string_view name) {
  tusk::wire::pgoutput::type t;
  t.id = oid{id};
  t.schema = schema;
  t.name = name;
  return t;
}

} // namespace

TEST_CASE("relation_cache: the latest description counts, an earlier one stays what it is") {
  relation_cache cache;
  auto const first = cache.put(table(7, "a"));
  CHECK(cache.at(oid{7}, "Insert") == first);
  auto const second = cache.put(table(7, "b"));
  CHECK(cache.at(oid{7}, "Insert") == second);
  CHECK(cache.size() == 1);
  CHECK(first->name() == "a");
  CHECK(second->name() == "b");
}

TEST_CASE("relation_cache: a table that was not described") {
  relation_cache cache;
  cache.put(table(7, "a"));
  CHECK(outcome_of([&] { cache.at(oid{4294967295U}, "Insert of pgoutput"); }) ==
        support::outcome{errc::protocol_violation, "the server broke the protocol: Insert of pgoutput: relation "
                                                   "4294967295 was not described before"});
}

TEST_CASE("relation_cache: it does not grow without end") {
  relation_cache cache(2);
  cache.put(table(1, "a"));
  cache.put(table(2, "b"));
  cache.put(table(1, "c"));
  CHECK(outcome_of([&] { cache.put(table(3, "d")); }) ==
        support::outcome{errc::protocol_violation,
                         "the server broke the protocol: Relation of pgoutput: it describes more than 2 tables"});
  cache.put(type(20001, "", "int4"));
  cache.put(type(20002, "", "int4"));
  cache.put(type(20001, "", "int8"));
  CHECK(outcome_of([&] { cache.put(type(20003, "", "int4")); }).text ==
        "the server broke the protocol: Type of pgoutput: it describes more than 2 domains");
}

TEST_CASE("relation_cache: columns of domains have the type below") {
  relation_cache cache;
  auto const seen = [&](std::uint32_t id) { return cache.put(table(1, "t", oid{id}))->columns()[0].type; };
  cache.put(type(20001, "", "int4"));
  cache.put(type(20002, "", "_text"));
  cache.put(type(20003, "public", "int4")); // somebody's own of that name
  cache.put(type(20004, "public", "mood"));
  cache.put(type(20, "", "text")); // no domain has such a number
  CHECK(seen(20001) == oid::int4);
  CHECK(seen(20002) == oid::text_array);
  CHECK(seen(20003) == oid{20003});
  CHECK(seen(20004) == oid{20004});
  CHECK(seen(20005) == oid{20005});
  CHECK(seen(20) == oid::int8);
  cache.put(type(20001, "public", "mood")); // the number was given anew
  CHECK(seen(20001) == oid{20001});
}

TEST_CASE("relation_cache: built-in types by name") {
  using tusk::built_in_type;
  CHECK(built_in_type("bool") == oid::bool_);
  CHECK(built_in_type("_int4multirange") == oid::int4multirange_array);
  CHECK(built_in_type("_xid8") == oid::xid8_array);
  for (auto const* none : {"", "_", "__int4", "int", "mood", "_mood"}) CHECK(built_in_type(none) == oid::none);
  CHECK(built_in_type(std::string(100'000, '_')) == oid::none);
}
