// tusk: tests/mapping/plan.cpp — columns matched with members, and all that does not fit in one message.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/plan.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <tusk/types/all.hpp>

#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace tusk::mapping;
using support::column;
using support::outcome_of;
using tusk::errc;
using tusk::oid;
using columns = std::vector<tusk::wire::column>;

namespace plan_test {

struct user {
  std::int64_t id;
  std::string name;
  std::optional<double> balance;
};
// clang-format off
struct seventeen { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q; };
struct sixteen { int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p; };
// clang-format on

columns const good{column("id", oid::int8), column("name", oid::text), column("balance", oid::float8)};

template <class T> plan matched(columns const& c, bool never_straight = false) {
  plan p;
  match(c, shape_of<T>(), p, never_straight);
  return p;
}
/// The words behind "the columns do not fit <type>: ".
template <class T> std::string refused(columns const& c) {
  plan p;
  auto const outcome = outcome_of([&] { match(c, shape_of<T>(), p); });
  CHECK(outcome.code == errc::column_mismatch);
  CHECK(p.empty());
  auto const begin = "the columns do not fit " + std::string(shape_of<T>().name) + ": ";
  REQUIRE(outcome.text.starts_with(begin));
  return outcome.text.substr(begin.size());
}
template <class Row> columns letters() {
  columns c;
  for (char name = 'a'; c.size() < row_size<Row>; ++name) c.push_back(column(std::string(1, name), oid::int4));
  return c;
}

} // namespace plan_test

using namespace plan_test;

TEST_CASE("plan: columns in the order of the members make a straight line") {
  auto const p = matched<user>(good);
  CHECK(p.straight());
  CHECK(p.steps().empty());
  CHECK(p.size() == 3);
  CHECK(p.is_for<user>());
  CHECK(!p.is_for<std::tuple<std::int64_t, std::string, std::optional<double>>>());
  CHECK(p.member_of(2) == 2);
  CHECK(&p.row() == &shape_of<user>());
  CHECK(matched<user>({column("id", oid::int4), column("name", oid::varchar), column("balance", oid::float4)})
            .straight());
}

TEST_CASE("plan: columns in another order make a table") {
  auto const p = matched<user>({good[2], good[0], good[1]});
  CHECK(!p.straight());
  REQUIRE(p.steps().size() == 3);
  CHECK(p.member_of(0) == 2);
  CHECK(p.member_of(1) == 0);
  CHECK(p.member_of(2) == 1);
  CHECK(p.steps()[1].offset == 0);
  CHECK(p.steps()[1].read == member_type_of<std::int64_t>.read);
}

TEST_CASE("plan: a table when asked for, when there are many columns, or when a column's type must be known") {
  CHECK(matched<user>(good, true).steps().size() == 3);
  CHECK(matched<sixteen>(letters<sixteen>()).straight());
  CHECK(!matched<seventeen>(letters<seventeen>()).straight());
  CHECK(matched<seventeen>(letters<seventeen>()).steps().size() == 17);
  auto const p = matched<user>({good[0], column("name", oid::jsonb), good[2]});
  CHECK(!p.straight());
  CHECK(p.steps()[1].read == member_type_of<std::string>.reader_of(oid::jsonb));
}

TEST_CASE("plan: an object is used again") {
  plan p;
  CHECK(p.empty());
  CHECK(!p.is_for<user>());
  match(good, shape_of<user>(), p, true);
  match(good, shape_of<user>(), p);
  CHECK(p.straight());
  CHECK(p.steps().empty());
  CHECK_THROWS_AS(match({}, shape_of<user>(), p), tusk::error);
  CHECK(p.empty());
  CHECK(p.size() == 0);
  match(columns{good[0]}, shape_of<std::int64_t>(), p);
  CHECK(p.is_for<std::int64_t>());
}

TEST_CASE("plan: what does not fit an aggregate") {
  CHECK(refused<user>({good[0], good[1]}) == "no column for member \"balance\" (std::optional<double>)");
  CHECK(refused<user>({good[0], good[1], good[2], column("extra", oid::bool_)}) ==
        "column \"extra\" (bool) has no member of that name");
  CHECK(refused<user>({good[0], good[1], good[2], good[0]}) == "column \"id\" (int8) has the name of column 1");
  CHECK(refused<user>({column("id", oid::numeric), good[1], good[2]}) ==
        "column \"id\" (numeric) does not fit member \"id\" of type std::int64_t, which reads int8, int4 or int2");
  CHECK(
      refused<user>({good[0], good[1], column("balance", oid::int4)}) ==
      "column \"balance\" (int4) does not fit member \"balance\" of type std::optional<double>, which reads float8 or "
      "float4");
  CHECK(refused<user>({good[0], column("name", oid::text, 0), good[2]}) ==
        "column \"name\" (text) comes in text format, only binary is read");
  CHECK(refused<user>({column("ID", oid::int8), good[1], good[2]}) ==
        "column \"ID\" (int8) has no member of that name; no column for member \"id\" (std::int64_t)");
  CHECK(refused<user>({column("id", oid{16415}), good[1], good[2]}) ==
        "column \"id\" (type 16415) does not fit member \"id\" of type std::int64_t, which reads int8, int4 or int2");
}

TEST_CASE("plan: all that does not fit is in one message") {
  CHECK(refused<user>({column("x\ny", oid::int8), column("name", oid::int4), column("name", oid::text),
                       column("id", oid::int2, 0)}) ==
        "column \"x\\x0ay\" (int8) has no member of that name; "
        "column \"name\" (int4) does not fit member \"name\" of type std::string, which reads text, varchar, bpchar, "
        "name, unknown, json, xml, jsonb or a type that a user has created; "
        "column \"name\" (text) has the name of column 2; "
        "column \"id\" (int2) comes in text format, only binary is read; "
        "no column for member \"balance\" (std::optional<double>)");
}

TEST_CASE("plan: what does not fit a tuple or a single value") {
  using pair = std::pair<std::int64_t, std::string>;
  CHECK(matched<pair>({column("?column?", oid::int8), column("?column?", oid::text)}).straight());
  CHECK(refused<pair>({column("a", oid::int8)}) == "1 column (\"a\") where 2 are expected");
  CHECK(refused<pair>({column("a", oid::int8), column("b", oid::bool_), column("c", oid::int4)}) ==
        "3 columns (\"a\", \"b\", \"c\") where 2 are expected; "
        "column 2 \"b\" (bool) does not fit element 1 of type std::string, which reads text, varchar, bpchar, name, "
        "unknown, json, xml, jsonb or a type that a user has created");
  CHECK(refused<std::tuple<bool>>({}) == "0 columns where 1 is expected");
  CHECK(refused<bool>({column("a", oid::bool_), column("b", oid::bool_)}) ==
        "2 columns (\"a\", \"b\") where 1 is expected");
  CHECK(refused<std::optional<bool>>({column("count", oid::int8)}) ==
        "column \"count\" (int8) does not fit std::optional<bool>, which reads bool");
  CHECK(refused<bool>({column("a", oid::bool_, 0)}) == "column \"a\" (bool) comes in text format, only binary is read");
}

TEST_CASE("plan: a message has an end, whatever a server describes") {
  columns hostile(30000, column(std::string(500, 'x'), oid::int4));
  auto const by_name = refused<user>(hostile);
  CHECK_THAT(by_name, ContainsSubstring("; and 29903 more"));
  CHECK(by_name.size() < 40000);
  auto const by_position = refused<bool>(hostile);
  CHECK_THAT(by_position, ContainsSubstring("30000 columns ("));
  CHECK_THAT(by_position, ContainsSubstring(", ...) where 1 is expected"));
  CHECK(by_position.size() < 40000);
}
