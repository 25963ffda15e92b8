// tusk: tests/types/point.cpp — tusk::point, and the points of others.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/point.hpp>

#include "types/check.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

using namespace codec_test;
using tusk::point;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// A value, its bytes and its text, as a server has them.
void both_ways(point const& value, std::string const& sent, std::string_view text) {
  INFO(text);
  CHECK(decode<point>(sent) == value);
  CHECK(encode(value) == sent);
  CHECK(to_string(value) == text);
  CHECK(point::parse(text) == value);
  auto const count = storm<point>(unhex(sent));
  CHECK(count.taken != 0);
  CHECK(count.refused >= sent.size() / 2);
}

} // namespace

static_assert(std::is_trivially_copyable_v<point> && sizeof(point) == 16);
static_assert(point{not_a_number, 1} == point{not_a_number, 1} && point{0, 0} == point{-0.0, 0} &&
              point{1, not_a_number} != point{1, 0});
static_assert(tusk::same_number(not_a_number, not_a_number) && !tusk::same_number(not_a_number, 0));

TEST_CASE("point: bytes and text, both ways") {
  both_ways(point{}, "00000000000000000000000000000000", "(0,0)");
  both_ways(point{not_a_number, inf}, "7ff80000000000007ff0000000000000", "(NaN,Infinity)");
  both_ways(point{-0.0, 0}, "80000000000000000000000000000000", "(-0,0)");
  CHECK(std::signbit(decode<point>("80000000000000000000000000000000").x));
  both_ways(point{1e15, 1e-5}, "430c6bf5263400003ee4f8b588e368f1", "(1e+15,1e-05)");
}

TEST_CASE("point: what PostgreSQL reads is read") {
  for (auto text : {"(1,-2.5)", "1,-2.5", " ( 1 , -2.5 ) ", "(+1.0,-25e-1)"})
    CHECK(point::parse(text) == point{1, -2.5});
  CHECK(point::parse("(inf,nan)") == point{inf, not_a_number});
}

TEST_CASE("point: what is none is refused, and shown") {
  for (auto text :
       {"", "()", "(1)", "(1,2", "1,2)", "1 2", "(1,2,3)", "(1,2),", "[1,2]", "(a,b)", "((1,2))", "(,1)", "(1e400,2)"})
    CHECK(unreadable<point>(text) == '"' + std::string(text) + "\" is no point: write (1.5,-2)");
}

TEST_CASE("point: sixteen bytes, no more and no fewer") {
  CHECK(refused<point>("") == "it ends too early");
  CHECK(refused<point>("3ff0000000000000") == "it ends too early");
  CHECK(refused<point>("3ff00000000000003ff000000000000000") == "bytes are left over");
}
