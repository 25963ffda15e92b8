// tusk: tests/types/geometric.cpp — line, lseg, box, path, polygon and circle.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/geometric.hpp>

#include "types/check.hpp"

#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

using namespace codec_test;
using tusk::box;
using tusk::circle;
using tusk::line;
using tusk::lseg;
using tusk::path;
using tusk::point;
using tusk::polygon;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

constexpr std::string_view zero = "0000000000000000", one = "3ff0000000000000", two = "4000000000000000";

std::string join(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (auto part : parts) all += part;
  return all;
}

/// A value, its bytes and its text, as a server has them.
template <class T> void both_ways(T const& value, std::string const& sent, std::string_view text) {
  INFO(text);
  CHECK(decode<T>(sent) == value);
  CHECK(encode(value) == sent);
  CHECK(to_string(value) == text);
  CHECK(T::parse(text) == value);
  auto const count = storm<T>(unhex(sent));
  CHECK(count.taken != 0);
  CHECK(count.refused >= sent.size() / 2);
}

} // namespace

static_assert(std::is_trivially_copyable_v<box> && std::is_aggregate_v<line>);
static_assert(circle{{0, 0}, not_a_number} == circle{{0, 0}, not_a_number} &&
              line{1, 2, not_a_number} == line{1, 2, not_a_number});
static_assert(box::spanning({0, 1}, {1, 0}) == box{{1, 1}, {0, 0}});
static_assert(line{}.valid() && !line{0, 0, 1}.valid() && line{not_a_number, 0, 1}.valid());
static_assert(tusk::codec<box>::array == oid::box_array && tusk::codec<lseg>::width == 32);

TEST_CASE("line: bytes and text, both ways") {
  both_ways(line{1, -1, 0}, "3ff0000000000000bff00000000000000000000000000000", "{1,-1,0}");
  both_ways(line{not_a_number, 0, inf}, "7ff800000000000000000000000000007ff0000000000000", "{NaN,0,Infinity}");
  CHECK(line::parse(" { 1 , 2 , 3 } ") == line{1, 2, 3});
}

TEST_CASE("line: a and b are not both zero") {
  CHECK(refused<line>(join({zero, zero, one})) == "its a and b are both zero");
  CHECK(unsendable(line{0, 0, 1}) == "a and b of the line {0,0,1} are both zero, or nearly");
  CHECK(unsendable(line{1e-6, -1e-6, 1}) == "a and b of the line {1e-06,-1e-06,1} are both zero, or nearly");
  CHECK(unsendable(line{1.1e-6, 0, 1}) == "");
  CHECK(unsendable(line{}) == "");
  for (auto text : {"{0,0,1}", "{1e-6,0,1}", "{1,2}", "{1,2,3", "1,2,3", "(1,2,3)", "{1,2,3,4}", "{1,2,3} x",
                    "[(0,0),(1,1)]"}) // would have to be calculated
    CHECK(unreadable<line>(text) ==
          '"' + std::string(text) + "\" is no line: write {1,-1,0}, of which the first two are not both zero");
}

TEST_CASE("lseg: bytes and text, both ways") {
  both_ways(lseg{{0, 0}, {1, 1}}, join({zero, zero, one, one}), "[(0,0),(1,1)]");
  for (auto text : {"[(0,1),(1,2)]", "((0,1),(1,2))", "(0,1),(1,2)", "0,1,1,2", "(0,1,1,2)", "[0,1,1,2]",
                    " [ ( 0 , 1 ) , 1 , 2 ] "})
    CHECK(lseg::parse(text) == lseg{{0, 1}, {1, 2}});
  CHECK(lseg{{0, 0}, {1, 1}} != lseg{{1, 1}, {0, 0}});
  for (auto text : {"", "(1,2)", "[(1,2)]", "[(1,2),(3,4),(5,6)]", "[(1,2),(3,4))", "[(1,2),(3,4)", "[(1,2)(3,4)]"})
    CHECK(unreadable<lseg>(text) == '"' + std::string(text) + "\" is no lseg: write [(0,0),(1.5,-2)]");
}

TEST_CASE("box: bytes and text, both ways") {
  both_ways(box{{1, 1}, {0, 0}}, join({one, one, zero, zero}), "(1,1),(0,0)");
  both_ways(box{{-1, -2}, {-3, -4}}, "bff0000000000000c000000000000000c008000000000000c010000000000000",
            "(-1,-2),(-3,-4)");
  for (auto text : {"(1,2),(3,4)", "(3,2),(1,4)", "((1,4),(3,2))", "1,2,3,4", "(1,2,3,4)", " ( ( 1 , 2 ) , 3 , 4 ) "})
    CHECK(box::parse(text) == box{{3, 4}, {1, 2}});
  CHECK(box::parse("(NaN,0),(1,NaN)") == box{{not_a_number, not_a_number}, {1, 0}});
  for (auto text : {"", "(1,2)", "[(1,2),(3,4)]", "(1,2),(3,4),(5,6)", "(1,2);(3,4)"})
    CHECK(unreadable<box>(text) == '"' + std::string(text) + "\" is no box: write (1.5,2),(0,0)");
}

TEST_CASE("box: what a server's arithmetic may give is read, in whatever order") {
  auto const odd = join({zero, zero, one, one});
  CHECK(decode<box>(odd) == box{{0, 0}, {1, 1}});
  CHECK(encode(decode<box>(odd)) == odd); // the server puts it in order
}

TEST_CASE("path: bytes and text, both ways") {
  both_ways(path{{{0, 0}, {1, 1}, {2, 0}}, true}, join({"0100000003", zero, zero, one, one, two, zero}),
            "((0,0),(1,1),(2,0))");
  both_ways(path{{{0, 0}, {1, 1}}, false}, join({"0000000002", zero, zero, one, one}), "[(0,0),(1,1)]");
  both_ways(path{{{1, 2}}, true}, join({"0100000001", one, two}), "((1,2))");
  CHECK(path{{{1, 2}}, true} != path{{{1, 2}}, false});
}

TEST_CASE("path: what PostgreSQL reads is read") {
  path const closed{{{1, 2}, {3, 4}}, true};
  for (auto text :
       {"((1,2),(3,4))", "(1,2),(3,4)", "1,2,3,4", "(1,2,3,4)", "((1,2),3,4)", " ( ( 1 , 2 ) , ( 3 , 4 ) ) "})
    CHECK(path::parse(text) == closed);
  path const open{{{1, 2}, {3, 4}}, false};
  for (auto text : {"[(1,2),(3,4)]", "[1,2,3,4]"}) CHECK(path::parse(text) == open);
  for (auto text : {"((1,2))", "(1,2)", "1,2"}) CHECK(path::parse(text) == path{{{1, 2}}, true});
}

TEST_CASE("path: what is none is refused, and shown") {
  for (auto text :
       {"", "()", "[]", "(())", "[(1,2),(3,4))", "((1,2),(3,4)", "(1,2),(3,4))", "(1,2),", "(1,2)(3,4)", "[1,2,3]"})
    CHECK(unreadable<path>(text) ==
          '"' + std::string(text) + "\" is no path: write [(0,0),(1.5,-2)], or ((0,0),(1.5,-2)) for a closed one");
}

TEST_CASE("path: damaged bytes") {
  CHECK(refused<path>("") == "it ends too early");
  CHECK(refused<path>("0100000000") == "it has no points");
  CHECK(refused<path>("01ffffffff") == "it has no points");
  CHECK(refused<path>(join({"0200000001", one, two})) == "it is neither open nor closed");
  CHECK(refused<path>(join({"0100000002", one, two})) == "it ends too early");
  CHECK(refused<path>(join({"017fffffff", one, two})) == "it ends too early");
  CHECK(refused<path>(join({"0100000001", one, two, "00"})) == "bytes are left over");
  CHECK(unsendable(path{}) == "the path has no points");
}

TEST_CASE("polygon: bytes and text, both ways") {
  both_ways(polygon{{{0, 0}, {1, 1}, {2, 0}}}, join({"00000003", zero, zero, one, one, two, zero}),
            "((0,0),(1,1),(2,0))");
  for (auto text : {"((1,2),(3,4))", "(1,2),(3,4)", "1,2,3,4", "(1,2,3,4)"})
    CHECK(polygon::parse(text) == polygon{{{1, 2}, {3, 4}}});
  for (auto text : {"", "()", "[(1,2),(3,4)]", "((1,2),(3,4)", "(1,2),(3,4))"})
    CHECK(unreadable<polygon>(text) == '"' + std::string(text) + "\" is no polygon: write ((0,0),(1.5,-2),(3,0))");
  CHECK(refused<polygon>("00000000") == "it has no points");
  CHECK(refused<polygon>(join({"00000002", one, two})) == "it ends too early");
  CHECK(unsendable(polygon{}) == "the polygon has no points");
}

TEST_CASE("polygon: decoding reuses the memory of the value before") {
  polygon out{{{1, 2}, {3, 4}, {5, 6}}};
  auto const* const memory = out.points.data();
  CHECK(decode_into(unhex(join({"00000001", one, two})), out).why == "");
  CHECK(out == polygon{{{1, 2}}});
  CHECK(out.points.data() == memory);
}

TEST_CASE("circle: bytes and text, both ways") {
  both_ways(circle{{0, 0}, 1}, join({zero, zero, one}), "<(0,0),1>");
  both_ways(circle{{1, 2}, inf}, "3ff000000000000040000000000000007ff0000000000000", "<(1,2),Infinity>");
  both_ways(circle{{0, 0}, not_a_number}, join({zero, zero, "7ff8000000000000"}), "<(0,0),NaN>");
  for (auto text : {"<(1,2),3>", "((1,2),3)", "(1,2),3", "1,2,3", "< 1 , 2 , 3 >", " ( ( 1 , 2 ) , 3 ) "})
    CHECK(circle::parse(text) == circle{{1, 2}, 3});
}

TEST_CASE("circle: the radius is not negative") {
  auto const negative = join({zero, zero, "bff0000000000000"});
  CHECK(refused<circle>(negative) == "its radius is negative");
  CHECK(unsendable(circle{{0, 0}, -1}) == "the radius of the circle <(0,0),-1> is negative");
  CHECK(unsendable(circle{{0, 0}, -0.0}) == "");
  for (auto text :
       {"", "<(0,0),-1>", "(1,2,3)", "<(1,2),3", "<(1,2),3)", "((1,2),3", "(1,2),3)", "<(1,2)>", "<(1,2),>"})
    CHECK(unreadable<circle>(text) ==
          '"' + std::string(text) + "\" is no circle: write <(1.5,-2),3>, with a radius that is not negative");
}
