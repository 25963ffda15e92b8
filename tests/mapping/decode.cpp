// tusk: tests/mapping/decode.cpp — rows into objects, and every way in which a row can be wrong.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/decode.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <tusk/types/all.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace tusk::mapping;
using support::column;
using support::outcome;
using support::outcome_of;
using support::row_bytes;
using tusk::errc;
using tusk::oid;
using columns = std::vector<tusk::wire::column>;

namespace decode_test {

struct user {
  std::int64_t id;
  std::string name;
  std::optional<double> balance;
};
columns const user_columns{column("id", oid::int8), column("name", oid::text), column("balance", oid::float8)};

/// The row read in a straight line, and by a table: both must come to the same.
template <class T> void decode_into(row_bytes const& row, columns const& c, T& out, std::uint64_t number = 1) {
  plan straight, table;
  match(c, shape_of<T>(), straight);
  match(c, shape_of<T>(), table, true);
  auto const bytes = row.exact();
  T by_table{};
  auto const one = outcome_of([&] { decode_row(straight, bytes.begin(), bytes.end(), number, c, out); });
  auto const other = outcome_of([&] { decode_row(table, bytes.begin(), bytes.end(), number, c, by_table); });
  CHECK(one == other);
  if (one.code) decode_row(straight, bytes.begin(), bytes.end(), number, c, out);
}
template <class T> T decoded(row_bytes const& row, columns const& c) {
  T out{};
  decode_into(row, c, out);
  return out;
}
template <class T> outcome refused(row_bytes const& row, columns const& c, std::uint64_t number = 1) {
  T out{};
  return outcome_of([&] { decode_into(row, c, out, number); });
}
outcome malformed(std::string const& why) {
  return {errc::protocol_violation, "malformed row from the server: row 1" + why};
}
/// A row of `user` given as bytes.
outcome refused_bytes(std::string_view hex) {
  auto const text = support::from_hex(hex);
  auto const bytes = support::exact_bytes(tusk::wire::as_bytes(text));
  plan straight, table;
  match(user_columns, shape_of<user>(), straight);
  match(user_columns, shape_of<user>(), table, true);
  user out{};
  auto const one = outcome_of([&] { decode_row(straight, bytes.begin(), bytes.end(), 1, user_columns, out); });
  CHECK(one == outcome_of([&] { decode_row(table, bytes.begin(), bytes.end(), 1, user_columns, out); }));
  return one;
}

} // namespace decode_test

using namespace decode_test;

TEST_CASE("decode: an aggregate by name, whatever the order of the columns") {
  auto const u = decoded<user>(row_bytes::of(std::int64_t{7}, "ada", 2.5), user_columns);
  CHECK(u.id == 7);
  CHECK(u.name == "ada");
  CHECK(u.balance == 2.5);
  columns const other{user_columns[1], user_columns[2], user_columns[0]};
  auto const v = decoded<user>(row_bytes().add("bob").add_null().add(std::int64_t{-1}), other);
  CHECK(v.id == -1);
  CHECK(v.name == "bob");
  CHECK(!v.balance);
}

TEST_CASE("decode: narrower columns") {
  columns const narrow{column("id", oid::int2), column("name", oid::varchar), column("balance", oid::float4)};
  auto const u = decoded<user>(row_bytes::of(std::int16_t{-3}, "x", 1.5f), narrow);
  CHECK(u.id == -3);
  CHECK(u.balance == 1.5);
}

TEST_CASE("decode: jsonb as text, among columns that need no look") {
  columns const c{user_columns[0], column("name", oid::jsonb), user_columns[2]};
  CHECK(decoded<user>(row_bytes::of(std::int64_t{1}, tusk::jsonb("[1]"), 0.0), c).name == "[1]");
  CHECK(refused<user>(row_bytes().add(std::int64_t{1}).add("[1]").add_null(), c).code == errc::invalid_value);
}

TEST_CASE("decode: tuples, pairs and single values") {
  columns const two{column("a", oid::int4), column("a", oid::text)};
  auto const row = row_bytes::of(std::int32_t{5}, "five");
  CHECK(decoded<std::tuple<int, std::string>>(row, two) == std::tuple(5, std::string("five")));
  CHECK(decoded<std::pair<std::int64_t, std::optional<std::string>>>(row, two).second == "five");
  columns const one{column("count", oid::int8)};
  CHECK(decoded<std::int64_t>(row_bytes::of(std::int64_t{9}), one) == 9);
  CHECK(decoded<std::optional<std::int64_t>>(row_bytes().add_null(), one) == std::nullopt);
  columns const list{column("list", oid::int4_array)};
  CHECK(decoded<std::array<int, 2>>(row_bytes::of(std::vector{1, 2}), list) == std::array{1, 2});
}

TEST_CASE("decode: values that borrow point into the row") {
  struct view {
    std::string_view name;
    std::span<std::byte const> data;
  };
  columns const c{column("name", oid::text), column("data", oid::bytea)};
  auto const bytes = row_bytes().add("ada").add_bytes("xyz").exact();
  plan p;
  match(c, shape_of<view>(), p);
  view out{};
  decode_row(p, bytes.begin(), bytes.end(), 1, c, out);
  CHECK(out.name == "ada");
  CHECK(reinterpret_cast<std::byte const*>(out.name.data()) == bytes.begin() + 6);
  CHECK(out.data.size() == 3);
}

TEST_CASE("decode: up to 64 members, beyond 16 by the table") {
  // clang-format off
  struct sixty_four { int a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7, c0, c1, c2, c3, c4, c5, c6, c7,
    d0, d1, d2, d3, d4, d5, d6, d7, e0, e1, e2, e3, e4, e5, e6, e7, f0, f1, f2, f3, f4, f5, f6, f7, g0, g1, g2, g3, g4,
    g5, g6, g7, h0, h1, h2, h3, h4, h5, h6, h7; };
  struct sixteen { int a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7; };
  // clang-format on
  columns c;
  row_bytes row;
  for (char letter = 'a'; letter <= 'h'; ++letter)
    for (char digit = '0'; digit <= '7'; ++digit) {
      c.push_back(column({letter, digit}, oid::int4));
      row.add(static_cast<std::int32_t>(c.size()));
    }
  auto const all = decoded<sixty_four>(row, c);
  CHECK(all.a0 == 1);
  CHECK(all.h7 == 64);
  c.resize(16);
  row_bytes few;
  for (int i = 1; i <= 16; ++i) few.add(std::int32_t{i});
  CHECK(decoded<sixteen>(few, c).b7 == 16);
}

TEST_CASE("decode: an object that held an earlier row is overwritten and keeps its memory") {
  user u{1, std::string(200, 'x'), 1.0};
  auto const* memory = u.name.data();
  decode_into(row_bytes().add(std::int64_t{2}).add("a name longer than a small string").add_null(), user_columns, u);
  CHECK(u.id == 2);
  CHECK(u.name == "a name longer than a small string");
  CHECK(u.name.data() == memory);
  CHECK(!u.balance);
  decode_into(row_bytes::of(std::int64_t{3}, "", 4.0), user_columns, u);
  CHECK(u.name.empty());
  CHECK(u.balance == 4.0);
}

TEST_CASE("decode: NULL where nothing can be missing") {
  CHECK(refused<user>(row_bytes().add_null().add("x").add(1.0), user_columns, 12) ==
        outcome{errc::unexpected_null,
                "row 12, column \"id\" (int8): NULL does not fit std::int64_t, std::optional<std::int64_t> does"});
  CHECK(refused<user>(row_bytes().add(std::int64_t{1}).add_null().add(1.0), user_columns, 12).text ==
        "row 12, column \"name\" (text): NULL does not fit std::string, std::optional<std::string> does");
  columns const swapped{user_columns[2], user_columns[1], user_columns[0]};
  CHECK_THAT(refused<user>(row_bytes().add_null().add("x").add_null(), swapped).text,
             ContainsSubstring("row 1, column \"id\" (int8): NULL"));
}

TEST_CASE("decode: bytes that are no value") {
  columns const c{column("ok", oid::bool_), column("n", oid::int4)};
  using row = std::pair<std::optional<bool>, int>;
  CHECK(refused<row>(row_bytes().add_bytes("\x05").add(std::int32_t{1}), c, 2) ==
        outcome{errc::invalid_value,
                "row 2, column \"ok\" (bool): bad value for std::optional<bool>: it is neither 0 nor 1 (1 byte)"});
  CHECK(refused<row>(row_bytes().add(true).add(std::int64_t{1}), c, 2).code == errc::invalid_value);
  CHECK_THAT(refused<row>(row_bytes().add(true).add(std::int64_t{1}), c).text, ContainsSubstring("(8 bytes)"));
  // Without descriptions, as in COPY, the column is a number.
  plan p;
  match(c, shape_of<row>(), p);
  auto const bytes = row_bytes().add(true).add_bytes("x").exact();
  row out;
  CHECK(outcome_of([&] {
          decode_row(p, bytes.begin(), bytes.end(), 0, {}, out);
        }).text.starts_with("the row, column 2: "));
}

TEST_CASE("decode: what a codec throws gets row and column") {
  columns const c{column("id", oid::int4), column("list", oid::int4_array)};
  using row = std::pair<int, std::vector<int>>;
  auto const bad = row_bytes::of(std::int32_t{1}, std::vector<std::optional<int>>{1, 2, {}});
  CHECK(refused<row>(bad, c, 8) ==
        outcome{errc::unexpected_null, "row 8, column \"list\" (int4[]): element 3 is NULL: use std::optional"});
  struct swapped {
    std::vector<int> list;
    int id;
  };
  CHECK(refused<swapped>(bad, c, 8) == refused<row>(bad, c, 8));
}

TEST_CASE("decode: bytes that are no row") {
  CHECK(refused_bytes("") == malformed(" ends before its number of fields"));
  CHECK(refused_bytes("00") == malformed(" ends before its number of fields"));
  CHECK(refused_bytes("0002 00000008 0000000000000001 00000000") == malformed(" has 2 fields, its description 3"));
  CHECK(refused_bytes("ffff") == malformed(" has 65535 fields, its description 3"));
  CHECK(refused_bytes("0003") ==
        malformed(", column \"id\" (int8): it ends where the length of a field is due, with 0 bytes left"));
  CHECK(refused_bytes("0003 00000008 0000000000000001 00000005 6162") ==
        malformed(", column \"name\" (text): a field reaches beyond its end, with 6 bytes left"));
  CHECK(refused_bytes("0003 00000008 0000000000000001 ffffffff 00000000").code == errc::unexpected_null);
  CHECK(refused_bytes("0003 00000008 0000000000000001 fffffffe 00000000") ==
        malformed(", column \"name\" (text): a field has a negative length, with 8 bytes left"));
  CHECK(refused_bytes("0003 00000008 0000000000000001 00000000 ffffffff 00") ==
        malformed(" has 1 byte behind its last field"));
  CHECK(refused_bytes("0003 00000008 0000000000000001 00000000 ffffffff") == outcome{});
}
