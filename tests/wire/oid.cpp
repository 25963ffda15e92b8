// tusk: tests/wire/oid.cpp — the built-in types, their names and their arrays.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/wire/oid.hpp>

#include "support/catch.hpp"

#include <map>
#include <set>

using namespace tusk::wire;

namespace {

/// All numbers that are assigned by hand in the catalogue's sources, and some behind them.
template <class F> void each_built_in(F f) {
  for (std::uint32_t n = 1; n < 20000; ++n)
    if (auto const type = static_cast<oid>(n); !builtin_name(type).empty()) f(type, std::string(builtin_name(type)));
}

} // namespace

// The numbers of the documentation and of pg_type.dat.
static_assert(static_cast<std::uint32_t>(oid::bool_) == 16 && static_cast<std::uint32_t>(oid::bytea) == 17);
static_assert(static_cast<std::uint32_t>(oid::int8) == 20 && static_cast<std::uint32_t>(oid::int2) == 21);
static_assert(static_cast<std::uint32_t>(oid::int4) == 23 && static_cast<std::uint32_t>(oid::text) == 25);
static_assert(static_cast<std::uint32_t>(oid::float4) == 700 && static_cast<std::uint32_t>(oid::float8) == 701);
static_assert(static_cast<std::uint32_t>(oid::varchar) == 1043 && static_cast<std::uint32_t>(oid::date) == 1082);
static_assert(static_cast<std::uint32_t>(oid::timestamptz) == 1184 && static_cast<std::uint32_t>(oid::uuid) == 2950);
static_assert(static_cast<std::uint32_t>(oid::jsonb) == 3802 && static_cast<std::uint32_t>(oid::jsonb_array) == 3807);
static_assert(element_of(oid::int4_array) == oid::int4 && element_of(oid::int4) == oid::none);
static_assert(array_of(oid::int4) == oid::int4_array && static_cast<std::uint32_t>(oid::int4_array) == 1007);
static_assert(static_cast<std::uint32_t>(array_of(oid::text)) == 1009);
static_assert(static_cast<std::uint32_t>(array_of(oid::uuid)) == 2951);

TEST_CASE("oid: names are those of the catalogue") {
  CHECK(builtin_name(oid::bool_) == "bool");
  CHECK(builtin_name(oid::char_) == "char");
  CHECK(builtin_name(oid::void_) == "void");
  CHECK(builtin_name(oid::timestamptz_array) == "timestamptz[]");
  CHECK(builtin_name(oid::none).empty());
  CHECK(builtin_name(static_cast<oid>(0xffffffff)).empty());
}

TEST_CASE("oid: every built-in type has one name, and the name of its array follows from it") {
  std::set<std::string> names;
  std::map<oid, int> elements;
  int types = 0;
  each_built_in([&](oid type, std::string const& name) {
    ++types;
    INFO(name);
    CHECK(names.insert(name).second);
    CHECK(type_name(type) == name);
    if (auto const array = array_of(type); array != oid::none) {
      CHECK(builtin_name(array) == name + "[]");
      CHECK(array_of(array) == oid::none);
      CHECK(element_of(array) == type);
      ++elements[array];
    }
  });
  CHECK(types > 150);
  each_built_in([&](oid type, std::string const& name) {
    INFO(name);
    CHECK(elements[type] == (name.ends_with("[]") ? 1 : 0));
  });
}

TEST_CASE("oid: for messages there is a name for any type") {
  CHECK(type_name(oid::int4) == "int4");
  CHECK(type_name(static_cast<oid>(16415)) == "type 16415");
  CHECK(type_name(static_cast<oid>(4294967295)) == "type 4294967295");
  CHECK(type_name(oid::none) == "type 0");
  CHECK(array_of(static_cast<oid>(16415)) == oid::none);
  CHECK(array_of(oid::none) == oid::none);
}
