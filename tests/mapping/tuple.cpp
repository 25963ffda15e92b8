// tusk: tests/mapping/tuple.cpp — tuples as composites.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/tuple.hpp>

#include <tusk/mapping/decode.hpp>
#include <tusk/mapping/passes_as.hpp>
#include <tusk/mapping/row_type.hpp>
#include <tusk/types/all.hpp>

#include "support/rows.hpp"
#include "types/check.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace codec_test;
using tusk::mapping::passes_as;

namespace {

using number_and_text = std::tuple<int, std::optional<std::string>>;
using nested = std::tuple<std::int64_t, std::optional<number_and_text>, std::vector<std::pair<int, int>>>;

struct holder {
  int id = 0;
  std::pair<int, std::optional<bool>> both;
  friend bool operator==(holder const&, holder const&) = default;
};
struct unknown {
  int a, b;
};

/// Bytes of attributes: type, length, value.
std::string attribute(std::string const& type, std::string const& value) {
  constexpr char digits[] = "0123456789abcdef";
  auto const size = value.size() / 2;
  return type + "000000" + std::string{digits[size >> 4 & 15], digits[size & 15]} + value;
}
std::string number(std::string const& value) { return attribute("00000017", value); }

} // namespace

template <> struct tusk::codec<holder> : tusk::composite<holder> {};

// A row first, a value inside of one.
using tusk::mapping::row_kind;
using tusk::mapping::row_type;
static_assert(row_type<number_and_text>::kind == row_kind::tuple && row_type<std::pair<int, int>>::members::size == 2);
static_assert(row_type<std::tuple<number_and_text>>::kind == row_kind::tuple);
static_assert(row_type<std::optional<number_and_text>>::kind == row_kind::scalar);
static_assert(row_type<std::vector<number_and_text>>::kind == row_kind::scalar);
static_assert(tusk::mapping::why_not_row<std::tuple<>, true>() == tusk::mapping::row_refusal::empty);
static_assert(tusk::mapping::why_not_row<std::pair<int, std::string_view>, true>() ==
              tusk::mapping::row_refusal::none); // it is about the member, which is looked at next
static_assert(tusk::mapping::check_row<std::tuple<std::tuple<int, int>, int>, true>());

// What it is read from and sent as.
static_assert(tusk::reads<number_and_text>(oid::record) && tusk::reads<number_and_text>(oid(16384)) &&
              !tusk::reads<number_and_text>(oid::text));
static_assert(tusk::sendable<nested> && tusk::sent_as_text<nested>() && tusk::parameter_type<nested>() == oid::none);
static_assert(tusk::reads<std::vector<nested>>(oid::record_array) && tusk::sendable<std::vector<nested>>);

// As far as its elements go.
static_assert(!tusk::decodable<std::tuple<int, unknown>> && !tusk::sendable<std::tuple<int, unknown>>);
static_assert(!tusk::decodable<std::tuple<unsigned>> && !tusk::decodable<std::tuple<>>);
static_assert(!tusk::decodable<std::pair<int const, int>> && !tusk::decodable<std::tuple<int&>>);
static_assert(tusk::sendable<std::tuple<int, char const*>> && !tusk::decodable<std::tuple<int, char const*>>);
static_assert(tusk::borrows_v<std::pair<int, std::string_view>> && !tusk::borrows_v<nested>);
static_assert(tusk::borrows_v<std::vector<std::tuple<std::optional<std::string_view>>>>);

static_assert(tusk::cpp_name<std::tuple<int>>() == "std::tuple<std::int32_t>");
static_assert(tusk::cpp_name<nested>() ==
              "std::tuple<std::int64_t, std::optional<std::tuple<std::int32_t, std::optional<std::string>>>, "
              "std::vector<std::pair<std::int32_t, std::int32_t>>>");

TEST_CASE("tuple: bytes and text both ways") {
  // Bytes from a server.
  auto const sent = "000000020000001700000004ffffffff000000190000000b6122625c632c6428652920";
  number_and_text const value{-1, "a\"b\\c,d(e) "};
  CHECK(decode<number_and_text>(unhex(sent), oid::record) == value);
  CHECK(text_of(value) == "(-1,\"a\"\"b\\\\c,d(e) \")");
  CHECK(tusk::from_text<number_and_text>(text_of(value)) == value);
  storm<number_and_text>(unhex(sent), oid::record);

  CHECK(text_of(number_and_text{5, std::nullopt}) == "(5,)");
  CHECK(tusk::from_text<number_and_text>("(5,)") == number_and_text{5, std::nullopt});
  CHECK(text_of(std::pair(1, "a b")) == "(1,\"a b\")");
  int const one = 1;
  std::string const text = "x y";
  CHECK(text_of(std::tie(one, text)) == "(1,\"x y\")"); // nothing is copied
  CHECK(text_of(std::pair<int const, bool>(1, true)) == "(1,t)");
  CHECK(text_of(std::tuple(1, std::nullopt, tusk::null, "")) == "(1,,,\"\")");
  CHECK(decode<std::pair<int, int>>("00000002" + number("00000001") + number("00000002"), oid::record) ==
        std::pair(1, 2));
}

TEST_CASE("tuple: in tuples, in composites and in arrays") {
  nested const value{1, number_and_text{2, "x,\"y"}, {{3, 4}, {5, 6}}};
  CHECK(text_of(value) == "(1,\"(2,\"\"x,\"\"\"\"y\"\")\",\"{\"\"(3,4)\"\",\"\"(5,6)\"\"}\")");
  CHECK(tusk::from_text<nested>(text_of(value)) == value);
  CHECK(text_of(std::vector<std::optional<std::pair<int, bool>>>{{{1, true}}, std::nullopt}) == "{\"(1,t)\",NULL}");

  auto const two = "00000002" + number("00000003") + number("00000004");
  auto const array = "0000000100000000000008c90000000100000001" + attribute("", two).substr(0, 8) + two;
  auto const sent =
      "00000003" + attribute("00000014", "0000000000000001") + "000008c9ffffffff" + attribute("000008ef", array);
  nested const expected{1, std::nullopt, {{3, 4}}};
  CHECK(decode<nested>(unhex(sent), oid::record) == expected);
  storm<nested>(unhex(sent), oid::record);

  auto const held =
      "00000002" + number("00000007") + attribute("000008c9", "00000002" + number("00000001") + "00000010ffffffff");
  CHECK(decode<holder>(unhex(held), oid(20000)) == holder{7, {1, std::nullopt}});
  CHECK(text_of(holder{7, {1, true}}) == "(7,\"(1,t)\")");
}

TEST_CASE("tuple: attributes that do not fit are named") {
  auto const why = [](std::string const& sent) { return refused<number_and_text>(sent, oid::record); };
  auto const b = attribute("00000019", "61");
  CHECK(why("") == "it ends too early");
  CHECK(why("00000001" + number("00000001")) == "it has 1 attributes, not 2");
  CHECK(why("00000002" + attribute("00000014", "0000000000000001") + b) ==
        "attribute 1: int8 does not fit std::int32_t");
  CHECK(why("0000000200000017ffffffff" + b) == "attribute 1: NULL, use std::optional");
  CHECK(why("00000002" + number("00000001") + b + "00") == "bytes are left over");
  CHECK(refused<std::tuple<number_and_text>>("00000001" + attribute("000008c9", "00000001" + b), oid::record) ==
        "attribute 1: it has 1 attributes, not 2");
}

TEST_CASE("tuple: a record in a column of a row that is a tuple") {
  using row = std::tuple<std::pair<int, int>, int>;
  std::vector const columns{support::column("pair", oid::record), support::column("n", oid::int4)};
  tusk::mapping::plan plan;
  tusk::mapping::match(columns, tusk::mapping::shape_of<row>(), plan);
  auto const record = unhex("00000002" + number("00000001") + number("00000002"));
  auto const bytes = unhex("0002" + attribute("", hex(record)) + attribute("", "00000003"));
  row out;
  tusk::mapping::decode_row(plan, bytes.data(), bytes.data() + bytes.size(), 1, columns, out);
  CHECK(out == row{{1, 2}, 3});

  auto const whole =
      support::outcome_of([&] { tusk::mapping::match(columns, tusk::mapping::shape_of<std::pair<int, int>>(), plan); });
  CHECK(whole.code == tusk::errc::column_mismatch);
  CHECK_THAT(whole.text, ContainsSubstring("column 1 \"pair\" (record) does not fit element 0 of type std::int32_t"));
}

// For prepared parameters: what a conversion of tuples would lose does not pass.
static_assert(passes_as<std::tuple<int, std::string>, std::tuple<int, char const*>>);
static_assert(passes_as<std::tuple<int, int>, std::pair<int, int>> && passes_as<nested, nested>);
static_assert(passes_as<std::pair<int, std::pair<int, std::string>>, std::pair<int, std::pair<int, std::string_view>>>);
static_assert(passes_as<std::pair<int, std::string>, std::tuple<int const&, std::string const&>>);
static_assert(!passes_as<std::tuple<int>, std::tuple<std::int64_t>> && !passes_as<std::tuple<int>, std::tuple<double>>);
static_assert(!passes_as<std::pair<int, int>, std::pair<std::int64_t, int>>);
static_assert(!passes_as<std::tuple<int>, std::tuple<int, int>> && !passes_as<std::tuple<int>, int>);
static_assert(passes_as<std::vector<std::tuple<int>>, std::vector<std::tuple<int>>>);

TEST_CASE("tuple: as an argument") {
  using namespace tusk::mapping;
  tusk::wire::buffer plain, declared;
  tusk::writer to_plain(plain), to_declared(declared);
  encode_parameters(to_plain, std::tuple(1, "a"), std::pair(true, std::optional<int>()));
  CHECK(support::to_hex(plain.view()) == "0000"
                                         "0002"
                                         "00000005"
                                         "28312c6129"
                                         "00000004"
                                         "28742c29");
  declared_parameters<std::tuple<int, std::string>, std::pair<bool, std::optional<int>>>::encode(
      to_declared, std::pair(1, "a"), std::tuple(true, std::nullopt));
  CHECK(support::to_hex(declared.view()) == support::to_hex(plain.view()));
}
