// tusk: tests/mapping/words.cpp — messages put together.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/words.hpp>

#include "support/catch.hpp"

#include <cstdint>
#include <string>
#include <string_view>

using tusk::mapping::append;
using tusk::mapping::counted;
using tusk::mapping::words;

TEST_CASE("words: texts and numbers") {
  std::string const text = "b";
  CHECK(words({}).empty());
  CHECK(words({"a", text, std::string_view("cd").substr(1), std::string("e")}) == "abde");
  CHECK(words({0u, " ", std::size_t{10}, " ", std::uint64_t{UINT64_MAX}, " ", std::uint16_t{65535}}) ==
        "0 10 18446744073709551615 65535");
  std::string out = "x";
  append(out, {1u, "y"});
  CHECK(out == "x1y");
}

TEST_CASE("words: one and many") {
  CHECK(counted(0, "byte") == "0 bytes");
  CHECK(counted(1, "byte") == "1 byte");
  CHECK(counted(2, "byte") == "2 bytes");
}
