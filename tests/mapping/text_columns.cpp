// tusk: tests/mapping/text_columns.cpp — which columns of dynamic rows come as text.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/text_columns.hpp>

#include "support/catch.hpp"

#include <tusk/mapping/text_form.hpp>

using namespace tusk::mapping;

static_assert(has_text_form(oid::int4) && has_text_form(oid::int4_array) && has_text_form(oid::int4range_array));
static_assert(has_text_form(oid::int2vector) && has_text_form(oid::oidvector));
// Names in catalogues, what a locale writes, what has attributes, and what has no binary form.
static_assert(!has_text_form(oid::regclass) && !has_text_form(oid::regclass_array) && !has_text_form(oid::money));
static_assert(!has_text_form(oid::record) && !has_text_form(oid::aclitem) && !has_text_form(oid::void_));
static_assert(!has_text_form(oid::none) && !has_text_form(oid(16384)));

TEST_CASE("text columns: a type has a C++ type at home in it, or is left to the server") {
  int homes = 0;
  for (std::uint32_t n = 0; n < 20000; ++n) {
    auto const type = oid(n);
    bool const has = with_home_type(type, [](auto) {});
    CHECK(has_home_type(type) == has);
    homes += has ? 1 : 0;
  }
  CHECK(homes == 57);
}
