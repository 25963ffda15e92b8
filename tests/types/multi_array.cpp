// tusk: tests/types/multi_array.cpp — tusk::array<T>.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/boolean.hpp>
#include <tusk/types/integer.hpp>
#include <tusk/types/multi_array.hpp>
#include <tusk/types/text.hpp>

#include "types/check.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using namespace codec_test;
using tusk::array;
using dimensions = std::vector<tusk::array_dimension>;
using optionals = array<std::optional<int>>;

static_assert(tusk::parameter_type<array<int>>() == oid::int4_array &&
              tusk::reads<array<std::int64_t>>(oid::int4_array));
static_assert(tusk::cpp_name<optionals>() == "tusk::array<std::optional<std::int32_t>>");

namespace {

/// Why no array is made, or no element found.
template <class F> std::string refusal(F f) {
  try {
    (void)f();
  } catch (tusk::error const& e) {
    CHECK(e.code() == tusk::errc::invalid_parameter);
    return e.what();
  }
  return "";
}

} // namespace

TEST_CASE("array: bytes and text both ways") {
  struct known {
    char const* sent;
    optionals value;
    char const* text;
  };
  known const all[] = {
      {"000000000000000000000017", {}, "{}"},
      {"00000001000000010000001700000003000000010000000400000001ffffffff0000000400000003",
       optionals({1, std::nullopt, 3}), "{1,NULL,3}"},
      {"00000002000000010000001700000002ffffffff000000020000000300000004000000010000000400000002ffffffff000000040000000"
       "4",
       {{{2, -1}, {2, 3}}, {1, 2, std::nullopt, 4}},
       "[-1:0][3:4]={{1,2},{NULL,4}}"},
      {"000000030000000000000017000000020000000100000002000000010000000100000001000000040000000100000004000000020000000"
       "4"
       "000000030000000400000004",
       {{{2, 1}, {2, 1}, {1, 1}}, {1, 2, 3, 4}},
       "{{{1},{2}},{{3},{4}}}"},
      {"000000010000000000000017000000020000000000000004000000070000000400000008", {{{2, 0}}, {7, 8}}, "[0:1]={7,8}"},
  };
  for (auto const& [sent, value, text] : all) {
    INFO(text);
    CHECK(decode<optionals>(sent) == value);
    CHECK(encode(value) == sent);
    CHECK(to_string(value) == text);
    CHECK(optionals::parse(text) == value);
    storm<optionals>(unhex(sent));
  }
}

TEST_CASE("array: elements by their subscripts") {
  array<int> a({{2, 1}, {3, 0}}, {1, 2, 3, 4, 5, 6});
  CHECK(a.at({1, 0}) == 1);
  CHECK(a.at({1, 2}) == 3);
  CHECK(a.at({2, 0}) == 4);
  CHECK(a.at({2, 2}) == 6);
  a.at({2, 1}) = 50;
  CHECK(a.values() == std::vector{1, 2, 3, 4, 50, 6});
  CHECK(refusal([&] { return a.at({1, 3}); }) == "there is no element [1][3] in an array [1:2][0:2]");
  CHECK(refusal([&] { return a.at({0, 0}); }) != "");
  CHECK(refusal([&] { return a.at({3, 0}); }) != "");
  CHECK(refusal([&] { return a.at({INT32_MIN, 0}); }) != "");
  CHECK(refusal([&] { return a.at({1}); }) == "there is no element [1] in an array [1:2][0:2]");
  CHECK(refusal([&] { return a.at({1, 1, 1}); }) != "");
  CHECK(refusal([&] { return array<int>().at({1}); }) == "there is no element [1] in an array without elements");
  array<bool> flags(std::vector{true, false});
  flags.at({2}) = true;
  CHECK(flags.at({2}));
}

TEST_CASE("array: dimensions make as many elements as there are") {
  CHECK(array<int>(std::vector{1, 2}).dimensions() == dimensions{{2, 1}});
  CHECK(array<int>(std::vector<int>{}).dimensions().empty());
  CHECK(array<int>(dimensions{}, {}).empty());
  CHECK(refusal([] { return array<int>({{2, 1}, {2, 1}}, {1, 2, 3}); }) ==
        "3 values do not make an array of 2 dimensions [1:2][1:2]");
  CHECK(refusal([] { return array<int>(dimensions{}, {1}); }) != "");
  CHECK(refusal([] { return array<int>({{0, 1}}, {}); }) != "");
  CHECK(refusal([] { return array<int>({{-1, 1}}, {1}); }) != "");
  CHECK(refusal([] { return array<int>({{1, INT32_MAX}}, {1}); }) != "");
  CHECK(refusal([] { return array<int>(dimensions(7, {1, 1}), {1}); }) != "");
  CHECK(refusal([] { return array<int>(dimensions(6, {1, 1}), {1}); }) == "");
  CHECK(refusal([] { return array<int>(dimensions(6, {1 << 30, 1}), {1}); }) != "");
}

TEST_CASE("array: bytes that are none") {
  auto const head = [](std::string const& rest) { return refused<array<int>>(rest); };
  CHECK(head("000000070000000000000017") == "it does not begin as an array does");
  CHECK(head("ffffffff0000000000000017") == "it does not begin as an array does");
  CHECK(head("000000010000000200000017") == "it does not begin as an array does");
  CHECK(head("000000000000000000000019") == "its elements are of another type than expected");
  CHECK(head("00000002000000000000001700000002000000010000") == "it ends too early");
  CHECK(head("0000000200000000000000177fffffff000000017fffffff00000001") == "its bounds are impossible");
  CHECK(head("0000000200000000000000170001000000000001000100000000000100000004") == "it ends too early");
  CHECK(head("00000001000000000000001700000001800000010000000400000001") == "");
  CHECK(head("000000010000000000000017000000017fffffff0000000400000001") == "its bounds are impossible");
  CHECK(head("000000010000000100000017000000010000000100000001ffffffff") != "");
  CHECK(refused<array<int>>("0000000100000001000000170000000100000001ffffffff") ==
        "element 1 is NULL: use std::optional");
  // Dimensions without elements are none.
  CHECK(decode<array<int>>("00000002000000000000001700000000000000010000000200000001").dimensions().empty());
}

TEST_CASE("array: text of the shape that it says") {
  CHECK(optionals::parse(" { { 1 , NULL } , { 3 , 4 } } ").dimensions() == dimensions{{2, 1}, {2, 1}});
  CHECK(optionals::parse("[5:5]={null}") == optionals({{1, 5}}, {std::nullopt}));
  check_unreadable<array<int>>({"",
                                "1",
                                "{",
                                "{1",
                                "{1,",
                                "{1,}",
                                "{,1}",
                                "{1}}",
                                "{1}x",
                                "{{1},2}",
                                "{1,{2}}",
                                "{{1},{}}",
                                "{{},{}}",
                                "{{1},{2,3}}",
                                "{{1,2},{3}}",
                                "[1:2]={1}",
                                "[1:1]={}",
                                "[2:1]={}",
                                "[1:1]{1}",
                                "[1:2][1:1]={1,2}",
                                "[1]={1}",
                                "{{{{{{{1}}}}}}}",
                                "[a:b]={1}",
                                "[1:1]=1"},
                               "array: write such as {1,NULL,3} or {{1,2},{3,4}}");
  CHECK(unreadable<array<int>>("{1,x}") == "\"x\" is no integer of 32 bits");
  try {
    array<int>::parse("{1,NULL}");
    FAIL("was read");
  } catch (tusk::error const& e) {
    CHECK(e.code() == tusk::errc::unexpected_null);
    CHECK(std::string(e.what()) == "element 2 is NULL: use std::optional");
  }
}

TEST_CASE("array: bounds that a subscript cannot go beyond") {
  using ints = tusk::array<int>;
  CHECK(ints::parse("[2147483646:2147483646]={1}").dimensions()[0].lower_bound == 2147483646);
  for (auto const text : {"[2147483647:2147483647]={1}", "[2147483648:2147483648]={1}"})
    CHECK_THROWS_AS(ints::parse(text), tusk::error);
}
