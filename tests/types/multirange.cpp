// tusk: tests/types/multirange.cpp — tusk::multirange<T>.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/date.hpp>
#include <tusk/types/integer.hpp>
#include <tusk/types/multirange.hpp>
#include <tusk/types/text.hpp>

#include "types/check.hpp"

#include <chrono>
#include <string>

using namespace codec_test;
using tusk::multirange;
using tusk::range;

static_assert(tusk::parameter_type<multirange<int>>() == oid::int4multirange);
static_assert(tusk::reads<multirange<std::int64_t>>(oid::int4multirange));
static_assert(!tusk::reads<multirange<int>>(oid::int4range) && !tusk::reads<range<int>>(oid::int4multirange));
static_assert(tusk::reads<multirange<std::string>>(oid(20000)));

TEST_CASE("multirange: bytes and text both ways") {
  struct known {
    char const* sent;
    multirange<int> value;
    char const* text;
  };
  known const all[] = {
      {"00000000", {}, "{}"},
      {"00000001000000110200000004000000010000000400000007", {{{1, 7}}}, "{[1,7)}"},
      {"00000002000000090800000004000000010000000912000000040000000a",
       {{range<int>::below(1), range<int>::at_least(10)}},
       "{(,1),[10,)}"},
      {"000000010000000118", {{range<int>::everything()}}, "{(,)}"},
  };
  for (auto const& [sent, value, text] : all) {
    INFO(text);
    CHECK(decode<multirange<int>>(sent) == value);
    CHECK(encode(value) == sent);
    CHECK(to_string(value) == text);
    CHECK(multirange<int>::parse(text) == value);
    storm<multirange<int>>(unhex(sent));
  }
  CHECK(multirange<std::string>::parse("{[a,b),[\"c}\",\"d,\")}") ==
        multirange<std::string>{{{"a", "b"}, {"c}", "d,"}}});
}

TEST_CASE("multirange: blanks around its ranges are read, and nothing else") {
  CHECK(multirange<int>::parse(" { [1,2) , [3,4) } ") == multirange<int>{{{1, 2}, {3, 4}}});
  CHECK(multirange<int>::parse("{ }") == multirange<int>{});
  check_unreadable<multirange<int>>({"", "{", "[1,2)", "{[1,2)", "{[1,2),}", "{,}", "{[1,2)[3,4)}", "{[1,2)}x"},
                                    "multirange: write such as {[1,3),[5,7)}");
}

TEST_CASE("multirange: bytes that are none") {
  CHECK(refused<multirange<int>>("000000") == "it ends too early");
  CHECK(refused<multirange<int>>("00000001") == "it ends too early");
  CHECK(refused<multirange<int>>("ffffffff0000000118") == "it ends too early"); // nothing is allocated for those
  CHECK(refused<multirange<int>>("0000000100000002180000") == "bytes are left over behind one of its ranges");
  CHECK(refused<multirange<int>>("000000010000000103") == "its flags contradict each other");
  CHECK(refused<multirange<int>>("00000001ffffffff18") == "it ends too early");
}
