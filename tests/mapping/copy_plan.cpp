// tusk: tests/mapping/copy_plan.cpp — rows of C++ types as rows of a COPY: which fit which columns, and their bytes.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/copy_plan.hpp>

#include <tusk/types/all.hpp>

#include "support/catch.hpp"
#include "support/messages.hpp"

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using messages::number;
using tusk::errc;
using tusk::oid;
using tusk::mapping::copy_plan;

enum class colour { red, green };
template <> struct tusk::enum_labels<colour> {
  static constexpr auto value = std::array{"red", "green"};
};

namespace {

struct item {
  std::int32_t id;
  std::string name;
  std::optional<double> price;
};
struct painted {
  std::int32_t id;
  colour c;
};

std::vector<tusk::wire::column> columns(std::initializer_list<std::pair<char const*, oid>> list) {
  std::vector<tusk::wire::column> all;
  for (auto const& [name, type] : list) {
    auto& c = all.emplace_back();
    c.name = name;
    c.type = type;
    c.format = 1;
  }
  return all;
}
template <class T> std::string binary(copy_plan const& p, T const& row) {
  tusk::wire::buffer b;
  write_row(p, row, 1, b);
  return std::string(tusk::wire::as_text(b.view()));
}
template <class T> std::string text(copy_plan const& p, T const& row) {
  tusk::wire::buffer b;
  std::string memory;
  write_text_row(p, row, 1, memory, b);
  return std::string(tusk::wire::as_text(b.view()));
}
std::string field(std::string const& bytes) { return number(static_cast<std::int32_t>(bytes.size())) + bytes; }
std::string const null = number(std::int32_t{-1});
template <class T> void check_mismatch(std::vector<tusk::wire::column> c, std::string const& words, bool text = false) {
  try {
    copy_plan::make<T>(std::move(c), text);
    FAIL("it fits");
  } catch (tusk::error const& e) {
    CHECK(e.code() == errc::column_mismatch);
    CHECK_THAT(e.what(), ContainsSubstring(words));
  }
}
/// A single value in a column of this type.
template <class T> std::string value(oid type, T const& v) {
  auto const b = binary(copy_plan::make<T>(columns({{"c", type}}), false), v);
  CHECK(b.substr(0, 2) == number(std::int16_t{1}));
  return b.substr(2);
}

} // namespace

TEST_CASE("copy_plan: an aggregate, by name, in the order of the columns") {
  item const one{7, "seven", 1.5}, two{8, "", std::nullopt};
  auto const straight =
      copy_plan::make<item>(columns({{"id", oid::int4}, {"name", oid::text}, {"price", oid::float8}}), false);
  CHECK(straight.straight());
  auto const price = field(std::string("\x3f\xf8\0\0\0\0\0\0", 8));
  CHECK(binary(straight, one) == number(std::int16_t{3}) + field(number(std::int32_t{7})) + field("seven") + price);
  CHECK(binary(straight, two) == number(std::int16_t{3}) + field(number(std::int32_t{8})) + field("") + null);
  auto const turned =
      copy_plan::make<item>(columns({{"price", oid::float8}, {"id", oid::int4}, {"name", oid::varchar}}), false);
  CHECK(!turned.straight());
  CHECK(binary(turned, one) == number(std::int16_t{3}) + price + field(number(std::int32_t{7})) + field("seven"));
}

TEST_CASE("copy_plan: a tuple and a single value, by position") {
  std::tuple<int, std::string_view> const t{1, "x"};
  auto const p =
      copy_plan::make<std::tuple<int, std::string_view>>(columns({{"a", oid::int4}, {"b", oid::text}}), false);
  CHECK(binary(p, t) == number(std::int16_t{2}) + field(number(1)) + field("x"));
  CHECK(value(oid::int4, 5) == field(number(5)));
}

TEST_CASE("copy_plan: a narrower number in a wider column, in both ways of writing") {
  CHECK(value(oid::int8, std::int32_t{-2}) == field(std::string(7, '\xff') + '\xfe'));
  CHECK(value(oid::int8, std::int16_t{3}) == field(std::string(7, '\0') + '\3'));
  CHECK(value(oid::int4, std::int16_t{-1}) == field(std::string(4, '\xff')));
  CHECK(value(oid::float8, 1.5F) == field(std::string("\x3f\xf8\0\0\0\0\0\0", 8)));
  CHECK(value(oid::int8, std::optional<int>()) == null);
  check_mismatch<std::int64_t>(columns({{"c", oid::int4}}), "column \"c\" (int4) takes no std::int64_t");
  check_mismatch<double>(columns({{"c", oid::float4}}), "(float4) takes no double");
  check_mismatch<int>(columns({{"c", oid::float8}}), "(float8) takes no std::int32_t");
  check_mismatch<int>(columns({{"c", oid::numeric}}), "(numeric) takes no std::int32_t");
  check_mismatch<bool>(columns({{"c", oid::int4}}), "(int4) takes no bool");
}

TEST_CASE("copy_plan: a text in all columns that are texts") {
  for (auto const type : {oid::text, oid::varchar, oid::bpchar, oid::name, oid::json, oid::xml})
    CHECK(value(type, std::string("ab")) == field("ab"));
  CHECK(value(oid::jsonb, std::string("{}")) == field("\1{}"));
  CHECK(value(oid::jsonb, std::optional<std::string_view>("1")) == field("\0011"));
  CHECK(value(oid::jsonb, std::optional<std::string>()) == null);
  CHECK(value(oid::jsonb, tusk::jsonb("{}")) == field("\1{}"));
  for (auto const type : {oid::int4, oid::uuid, oid::bytea, oid(20000)})
    check_mismatch<std::string>(columns({{"c", type}}), "takes no std::string");
}

TEST_CASE("copy_plan: numbers of the server's objects") {
  for (auto const type : {oid::oid, oid::regclass}) CHECK(value(type, oid(5)) == field(number(5)));
  check_mismatch<oid>(columns({{"c", oid::int4}}), "(int4) takes no tusk::oid");
}

TEST_CASE("copy_plan: as text where a column's type is the server's affair, if that may be") {
  auto const c = columns({{"id", oid::int4}, {"c", oid(20000)}});
  check_mismatch<painted>(c, "column \"c\"");
  auto const p = copy_plan::make<painted>(c, true);
  CHECK(p.text());
  CHECK(text(p, painted{-1, colour::green}) == "-1\tgreen\n");
  auto const strings = copy_plan::make<std::tuple<std::string, std::optional<std::string>>>(
      columns({{"a", oid(20001)}, {"b", oid::text}}), true);
  CHECK(text(strings, std::tuple<std::string, std::optional<std::string>>("a\tb\\\r\n", std::nullopt)) ==
        "a\\tb\\\\\\r\\n\t\\N\n");
  CHECK(text(strings, std::tuple<std::string, std::optional<std::string>>("", "\\N")) == "\t\\\\N\n");
  CHECK(!copy_plan::make<item>(columns({{"id", oid::int4}, {"name", oid::text}, {"price", oid::float8}}), true).text());
  check_mismatch<painted>(columns({{"id", oid::int2}, {"c", oid(20000)}}), "column \"id\" (int2) takes no", true);
}

TEST_CASE("copy_plan: columns and members that do not find each other") {
  check_mismatch<item>(columns({{"id", oid::int4}, {"name", oid::text}}), "no column for member \"price\"");
  check_mismatch<item>(columns({{"id", oid::int4}, {"name", oid::text}, {"price", oid::float8}, {"x", oid::int4}}),
                       "column \"x\" (int4) has no member of that name");
  check_mismatch<std::tuple<int, int>>(columns({{"a", oid::int4}}), "1 column (\"a\") where 2 are expected");
  check_mismatch<item>(columns({{"id", oid::text}, {"name", oid::int4}, {"price", oid::float8}}),
                       "column \"id\" (text) takes no std::int32_t; column \"name\" (int4) takes no std::string");
}

TEST_CASE("copy_plan: a value that cannot be sent leaves nothing behind, and says where it is") {
  auto const p =
      copy_plan::make<item>(columns({{"price", oid::float8}, {"id", oid::int4}, {"name", oid::text}}), false);
  tusk::wire::buffer b;
  b.append(std::string_view("before"));
  item const bad{1, std::string("a\0b", 3), 1.0};
  auto const straight =
      copy_plan::make<item>(columns({{"id", oid::int4}, {"name", oid::text}, {"price", oid::float8}}), false);
  for (auto const* plan : {&p, &straight}) try {
      write_row(*plan, bad, 12, b);
      FAIL("it was written");
    } catch (tusk::error const& e) {
      CHECK(e.code() == errc::invalid_parameter);
      CHECK_THAT(e.what(), ContainsSubstring("row 12, column \"name\" (text), cannot be sent: byte 2 of its 3 is NUL"));
      CHECK(tusk::wire::as_text(b.view()) == "before");
    }
  auto const as_text = copy_plan::make<std::tuple<std::string>>(columns({{"c", oid(20000)}}), true);
  std::string memory;
  CHECK_THROWS_AS(write_text_row(as_text, std::tuple<std::string>(bad.name), 1, memory, b), tusk::error);
  CHECK(tusk::wire::as_text(b.view()) == "before");
}

TEST_CASE("copy_plan: rows of more members than a straight line has") {
  using many = std::tuple<int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int>;
  std::vector<tusk::wire::column> c;
  for (int i = 0; i < 17; ++i) {
    auto& one = c.emplace_back();
    one.name = "c" + std::to_string(i);
    one.type = oid::int4;
    one.format = 1;
  }
  auto const p = copy_plan::make<many>(c, false);
  CHECK(!p.straight());
  std::string expected = number(std::int16_t{17});
  for (int i = 0; i < 17; ++i) expected += field(number(i));
  CHECK(binary(p, many(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)) == expected);
}
