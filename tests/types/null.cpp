// tusk: tests/types/null.cpp — tusk::null.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/codec.hpp>
#include <tusk/types/null.hpp>

#include "support/catch.hpp"

#include <type_traits>

TEST_CASE("null: a value of a type of its own, made of nothing else") {
  STATIC_REQUIRE(std::is_same_v<decltype(tusk::null), tusk::null_t const>);
  STATIC_REQUIRE(!std::is_convertible_v<int, tusk::null_t>);
  STATIC_REQUIRE(!std::is_convertible_v<decltype(nullptr), tusk::null_t>);
}

TEST_CASE("null: no codec, so that no result is of it") {
  STATIC_REQUIRE(!tusk::decodable<tusk::null_t>);
  STATIC_REQUIRE(!tusk::encodable<tusk::null_t>);
}
