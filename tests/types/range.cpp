// tusk: tests/types/range.cpp — tusk::range<T>.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/date.hpp>
#include <tusk/types/floating.hpp>
#include <tusk/types/integer.hpp>
#include <tusk/types/numeric.hpp>
#include <tusk/types/range.hpp>
#include <tusk/types/text.hpp>
#include <tusk/types/timestamp.hpp>

#include "types/check.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using namespace codec_test;
using namespace std::chrono;
using tusk::range;

using moment = sys_time<microseconds>;

// Found by the type of the bounds, and widened as that is.
static_assert(tusk::parameter_type<range<std::int32_t>>() == oid::int4range);
static_assert(tusk::parameter_type<range<std::int64_t>>() == oid::int8range);
static_assert(tusk::parameter_type<range<tusk::numeric>>() == oid::numrange);
static_assert(tusk::parameter_type<range<sys_days>>() == oid::daterange);
static_assert(tusk::parameter_type<range<moment>>() == oid::tstzrange);
static_assert(tusk::parameter_type<range<local_time<microseconds>>>() == oid::tsrange);
static_assert(tusk::reads<range<std::int64_t>>(oid::int4range) && !tusk::reads<range<std::int32_t>>(oid::int8range));
static_assert(!tusk::reads<range<std::int32_t>>(oid(16384)), "built-in ones have a type of their own");
// All others are of users, who say how they are called.
static_assert(tusk::reads<range<double>>(oid(16384)) && !tusk::reads<range<double>>(oid::numrange));
static_assert(tusk::reads<range<std::string>>(oid(99999)) && !tusk::reads<range<std::string>>(oid::text));
static_assert(tusk::parameter_type<range<std::string>>() == oid::none && tusk::sent_as_text<range<std::string>>());
static_assert(tusk::sendable<range<double>> || !tusk::writes_text<double>);

namespace {

template <class T> void both_ways(char const* sent, range<T> const& value, char const* text) {
  INFO(text);
  CHECK(decode<range<T>>(unhex(sent), oid::none) == value);
  CHECK(encode(value) == sent);
  CHECK(to_string(value) == text);
  CHECK(range<T>::parse(text) == value);
  storm<range<T>>(unhex(sent), oid::none);
}

} // namespace

TEST_CASE("range: bytes and text both ways") {
  // Bytes from a server; the rest of them is in tests/data/types_expected.tsv.
  both_ways<int>("01", {}, "empty");
  both_ways<int>("020000000400000001000000040000000b", {1, 11}, "[1,11)");
  both_ways<int>("18", range<int>::everything(), "(,)");
  both_ways<int>("120000000400000005", range<int>::at_least(5), "[5,)");
  both_ways<int>("100000000400000005", range<int>::above(5), "(5,)");
  both_ways<int>("0c0000000400000005", range<int>::at_most(5), "(,5]");
  both_ways<int>("080000000400000005", range<int>::below(5), "(,5)");
  both_ways<int>("06000000040000000100000004000000ff", range<int>::closed(1, 255), "[1,255]");
  both_ways<int>("00000000040000000100000004000000ff", range<int>::open(1, 255), "(1,255)");
  both_ways<tusk::numeric>("060000000800000000f00000200000000800000000c0000000",
                           range<tusk::numeric>::closed(tusk::numeric::negative_infinity(), tusk::numeric::nan()),
                           "[-Infinity,NaN]");
  both_ways<sys_days>("060000000480000000000000047fffffff", range<sys_days>::closed(sys_days::min(), sys_days::max()),
                      "[-infinity,infinity]");
  both_ways<moment>("06000000080000000000000000000000087fffffffffffffff",
                    range<moment>::closed(sys_days(2000y / January / 1), moment::max()),
                    "[\"2000-01-01 00:00:00+00\",infinity]");
}

TEST_CASE("range: what a bound is made of is quoted") {
  using texts = range<std::string>;
  CHECK(to_string(texts::closed("a\"b", "c\\d")) == "[\"a\"\"b\",\"c\\\\d\"]");
  CHECK(to_string(texts("", "x y")) == "[\"\",\"x y\")");
  CHECK(to_string(texts("a,b", "(c")) == "[\"a,b\",\"(c\")");
  CHECK(to_string(texts("null", "[z]")) == "[null,\"[z]\")");
  for (auto const& r : {texts::closed("a\"b", "c\\d"), texts("", "x y"), texts("a,b", "(c"), texts("null", "[z]"),
                        texts::at_least("\t"), texts::below("\"")})
    CHECK(texts::parse(to_string(r)) == r);
  CHECK(texts::parse("[a\\,b,\"c\\\"d\")") == texts("a,b", "c\"d"));
}

TEST_CASE("range: blanks around it are read, and nothing else") {
  CHECK(range<int>::parse(" [1,2) ") == range<int>(1, 2));
  CHECK(range<int>::parse("EMPTY").empty());
  check_unreadable<range<int>>({"", "[", "[1", "[1,", "[1,2", "1,2", "{1,2}", "[1,2)x", "[1,2,3)", "emp"},
                               "range: write such as [1,10), (,5], [2024-01-01,) or empty");
  CHECK(unreadable<range<int>>("[1,x)") == "\"x\" is no integer of 32 bits");
  CHECK(unreadable<range<int>>("[\"\",2)") == "\"\" is no integer of 32 bits");
  CHECK(unreadable<range<std::string>>("[\"a,b)").ends_with("or empty"));
}

TEST_CASE("range: bytes that are none") {
  CHECK(refused<range<int>>("") == "it ends too early");
  CHECK(refused<range<int>>("03") == "its flags contradict each other"); // empty, and yet with a bound
  for (auto flags : {"0a", "14", "1a", "20", "40", "80", "ff"})
    CHECK(refused<range<int>>(std::string(flags) + "0000000400000001") == "its flags contradict each other");
  CHECK(refused<range<int>>("02000000040000000100000004000000") == "it ends too early");
  CHECK(refused<range<int>>("12ffffffff") == "it ends too early");
  CHECK(refused<range<int>>("120000000200000005") != "");
  CHECK(refused<range<std::int64_t>>("12000000080000000000000005") == "");
  CHECK(refused<range<sys_days>>("1200000003000000") == "it ends too early");
  CHECK(refused<range<sys_days>>("12000000050000000000") == "a bound is longer than its type");
  CHECK(refused<range<int>>("010000") == "bytes are left over");
}

TEST_CASE("range: a bound that is missing is not in it, and what is empty has none") {
  range<int> const r(std::nullopt, true, std::nullopt, true);
  CHECK(!r.with_lower());
  CHECK(!r.with_upper());
  CHECK(r == range<int>::everything());
  CHECK(r != range<int>());
  CHECK(!range<int>().lower());
  CHECK(range<int>(1, 2).lower() == 1);
  CHECK(range<int>(1, 2).with_lower());
  CHECK(!range<int>(1, 2).with_upper());
  CHECK(range<int>(1, 2) != range<int>::closed(1, 2));
}
