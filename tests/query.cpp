// tusk: tests/query.cpp — what becomes of replies: all rows, one, none, tags and descriptions.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/query.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <tusk/types/all.hpp>

#include <memory>
#include <optional>
#include <tuple>

using namespace tusk;
using support::exact_bytes;
using support::outcome_of;
using support::row_bytes;

namespace {

struct user {
  std::int64_t id;
  std::string name;
  std::optional<double> balance;
};

using columns = std::vector<column>;
columns const user_columns{support::column("id", oid::int8), support::column("name", oid::text),
                           support::column("balance", oid::float8)};
columns const int_column{support::column("n", oid::int4)};

/// Gives a row to a sink as the session does, out of memory that is gone afterwards.
void give(protocol::sink& to, row_bytes const& bytes) {
  auto const exact = bytes.exact();
  to.on_row(exact.begin(), exact.end());
}
template <class... T> void give_row(protocol::sink& to, T const&... values) { give(to, row_bytes::of(values...)); }

known_columns known(columns c) { return known_columns(new protocol::description({}, std::move(c))); }

static_assert(check_result<row>() && check_result<user>() && check_result<bool>());

} // namespace

TEST_CASE("query: every row, into a struct by name") {
  every_row<user> all;
  all.on_columns(user_columns);
  give_row(all, std::int64_t{1}, std::string("Ada"), std::optional(2.5));
  give_row(all, std::int64_t{2}, std::string("a name that is longer than any small string"), std::optional<double>());
  auto const users = all.take();
  REQUIRE(users.size() == 2);
  CHECK(users[0].id == 1);
  CHECK(users[0].name == "Ada");
  CHECK(users[0].balance == 2.5);
  CHECK(users[1].name == "a name that is longer than any small string");
  CHECK_FALSE(users[1].balance);
}

TEST_CASE("query: every row, columns in another order than the members") {
  columns const other{user_columns[2], user_columns[0], user_columns[1]};
  every_row<user> all;
  all.on_columns(other);
  give_row(all, std::optional(2.5), std::int64_t{1}, std::string("Ada"));
  auto const users = all.take();
  REQUIRE(users.size() == 1);
  CHECK(users[0].id == 1);
  CHECK(users[0].name == "Ada");
  CHECK(users[0].balance == 2.5);
}

TEST_CASE("query: every row, scalars, optionals and tuples") {
  every_row<std::int32_t> numbers;
  numbers.on_columns(int_column);
  for (int i = 0; i < 1000; ++i) give_row(numbers, i);
  auto const taken = numbers.take();
  REQUIRE(taken.size() == 1000);
  CHECK(taken.front() == 0);
  CHECK(taken.back() == 999);

  every_row<std::optional<std::int64_t>> wider; // int4 into int64
  wider.on_columns(int_column);
  give_row(wider, std::optional(7));
  give_row(wider, std::optional<int>());
  CHECK(wider.take() == std::vector<std::optional<std::int64_t>>{7, std::nullopt});

  every_row<std::tuple<std::int64_t, std::string, std::optional<double>>> tuples;
  tuples.on_columns(user_columns);
  give_row(tuples, std::int64_t{1}, std::string("Ada"), 0.5);
  CHECK(std::get<1>(tuples.take().at(0)) == "Ada");
}

TEST_CASE("query: every row of bool, of which a std::vector has none to refer to") {
  every_row<bool> all;
  columns const c{support::column("b", oid::bool_)};
  all.on_columns(c);
  for (bool b : {true, false, true}) give_row(all, b);
  CHECK(all.take() == std::vector<bool>{true, false, true});

  every_row<bool> bad;
  bad.on_columns(c);
  CHECK(outcome_of([&] { give(bad, row_bytes().add_null()); }).code == errc::unexpected_null);
}

TEST_CASE("query: every row, dynamic") {
  every_row<row> all;
  {
    columns const gone(user_columns); // a row keeps its own description
    all.on_columns(gone);
    give_row(all, std::int64_t{1}, std::string("Ada"), 0.5);
    give_row(all, std::int64_t{2}, std::string("Bob"), std::optional<double>());
  }
  auto const rows = all.take();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0]["name"].as<std::string>() == "Ada");
  CHECK(rows[1]["balance"].is_null());
  CHECK(&rows[0].columns() == &rows[1].columns());
  CHECK_THAT(outcome_of([&] { (void)rows[1]["balance"].as<double>(); }).text, ContainsSubstring("row 2, "));

  every_row<row> bad;
  bad.on_columns(int_column);
  CHECK(outcome_of([&] { give_row(bad, 1, 2); }).code == errc::protocol_violation);
}

TEST_CASE("query: no rows at all") {
  every_row<user> all;
  all.on_columns(user_columns);
  all.on_complete("SELECT 0");
  CHECK(all.take().empty());
}

TEST_CASE("query: columns that do not fit are refused before the first row") {
  every_row<user> all;
  auto const refused = outcome_of([&] { all.on_columns(int_column); });
  CHECK(refused.code == errc::column_mismatch);
  CHECK_THAT(refused.text, ContainsSubstring("no column for member \"id\""));
  CHECK_THAT(refused.text, ContainsSubstring("\"n\" (int4) has no member of that name"));
  every_row<std::int32_t> none;
  CHECK(outcome_of([&] { none.on_columns({}); }).code == errc::column_mismatch); // NoData
}

TEST_CASE("query: errors name row and column") {
  every_row<user> all;
  all.on_columns(user_columns);
  give_row(all, std::int64_t{1}, std::string("Ada"), 0.5);
  auto const missing = outcome_of([&] { give_row(all, std::int64_t{2}, std::optional<std::string>(), 0.5); });
  CHECK(missing.code == errc::unexpected_null);
  CHECK_THAT(missing.text, ContainsSubstring("row 2, column \"name\" (text): "));
  auto const bad = outcome_of([&] { give_row(all, "1234567", std::string("Ada"), 0.5); });
  CHECK(bad.code == errc::invalid_value);
  CHECK_THAT(bad.text, ContainsSubstring("row 3, column \"id\" (int8): "));
  CHECK(outcome_of([&] { give_row(all, std::int64_t{2}); }).code == errc::protocol_violation);
}

TEST_CASE("query: rows without columns before them are refused") {
  every_row<std::int32_t> all;
  CHECK(outcome_of([&] { give_row(all, 1); }).code == errc::protocol_violation);
  every_row<row> dynamic;
  CHECK(outcome_of([&] { give_row(dynamic, 1); }).code == errc::protocol_violation);
}

TEST_CASE("query: a second result has columns of its own") {
  every_row<std::int64_t> all;
  all.on_columns(int_column);
  give_row(all, 1);
  columns const wide{support::column("m", oid::int8)};
  all.on_columns(wide);
  give_row(all, std::int64_t{2});
  CHECK(all.take() == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("query: exactly one row") {
  one_row<std::int32_t> one;
  one.on_columns(int_column);
  CHECK(outcome_of([&] { one.take(); }).code == errc::no_rows);
  CHECK(outcome_of([&] { one.take(); }).text == "one row was asked for, the query returned none");
  give_row(one, 42);
  CHECK(one.take() == 42);
}

TEST_CASE("query: exactly one row, and there are more") {
  one_row<std::string> one;
  columns const c{support::column("name", oid::text)};
  one.on_columns(c);
  for (int i = 0; i < 1001; ++i) give_row(one, std::string("Ada"));
  auto const refused = outcome_of([&] { one.take(); });
  CHECK(refused.code == errc::too_many_rows);
  CHECK(refused.text == "one row was asked for, the query returned 1001");
}

TEST_CASE("query: the first row decides, the others are only counted") {
  one_row<std::int32_t> one;
  one.on_columns(int_column);
  CHECK(outcome_of([&] { give(one, row_bytes().add_null()); }).code == errc::unexpected_null);
  maybe_row<std::int32_t> maybe;
  maybe.on_columns(int_column);
  give_row(maybe, 1);
  CHECK_NOTHROW(give(maybe, row_bytes().add_null()));
  CHECK(outcome_of([&] { maybe.take(); }).text == "one row was asked for, the query returned 2");
}

TEST_CASE("query: one row or none") {
  maybe_row<user> none;
  none.on_columns(user_columns);
  CHECK_FALSE(none.take());

  maybe_row<user> one;
  one.on_columns(user_columns);
  give_row(one, std::int64_t{1}, std::string("Ada"), std::optional<double>());
  auto const taken = one.take();
  REQUIRE(taken);
  CHECK(taken->name == "Ada");

  maybe_row<std::optional<std::int32_t>> of_null; // a row whose value is NULL is a row
  of_null.on_columns(int_column);
  give(of_null, row_bytes().add_null());
  auto const row_of_null = of_null.take();
  CHECK(row_of_null.has_value());
  CHECK_FALSE(row_of_null.value_or(1).has_value());

  maybe_row<row> dynamic;
  dynamic.on_columns(int_column);
  give_row(dynamic, 5);
  CHECK((*dynamic.take())["n"].as<std::int32_t>() == 5);
}

TEST_CASE("query: a prepared statement brings the columns") {
  {
    every_row<user> all(known(user_columns)); // which it keeps
    give_row(all, std::int64_t{1}, std::string("Ada"), 0.5);
    CHECK(outcome_of([&] { give_row(all, std::int64_t{1}, std::optional<std::string>(), 0.5); }).text ==
          "row 2, column \"name\" (text): NULL does not fit std::string, std::optional<std::string> does");
  }
  one_row<row> dynamic(known(int_column));
  give_row(dynamic, 5);
  CHECK(dynamic.take()["n"].as<std::int32_t>() == 5);
}

TEST_CASE("query: a prepared statement that has no such rows is known to have none") {
  auto const d = known(int_column);
  CHECK(outcome_of([&] { one_row<user>::decoder::check(*d); }).code == errc::column_mismatch);
  CHECK(outcome_of([&] { one_row<user> const one(d); }).code == errc::column_mismatch);
  CHECK_NOTHROW(every_row<int>::decoder::check(*d));
  CHECK_NOTHROW(every_row<row>::decoder::check(*d));
}

TEST_CASE("query: collectors are moved before they are used") {
  // With nothing yet, with the statement's plan, with a plan of their own.
  every_row<user> fresh;
  auto moved = std::move(fresh);
  moved.on_columns(user_columns);
  give_row(moved, std::int64_t{1}, std::string("Ada"), 0.5);
  auto planned = std::make_unique<every_row<user>>(std::move(moved));
  give_row(*planned, std::int64_t{2}, std::string("Bob"), 0.5);
  CHECK(planned->take().size() == 2);

  one_row<user> with_statement(known(user_columns));
  auto then = std::make_unique<one_row<user>>(std::move(with_statement));
  auto last = std::move(*then);
  then.reset();
  give_row(last, std::int64_t{3}, std::string("Eve"), 0.5);
  CHECK(last.take().name == "Eve");

  columns const other{user_columns[1], user_columns[0], user_columns[2]}; // a plan with steps
  maybe_row<user> stepwise;
  stepwise.on_columns(other);
  auto after = std::move(stepwise);
  give_row(after, std::string("Zoe"), std::int64_t{4}, 0.5);
  CHECK(after.take()->id == 4);
}

TEST_CASE("query: only what the command reports") {
  no_rows_wanted none;
  none.on_columns(int_column);
  give_row(none, 1);
  give(none, row_bytes().add_null());
  none.on_complete("SELECT 2");
  auto const tag = none.take();
  CHECK(tag.text() == "SELECT 2");
  CHECK(tag.rows_affected() == 2);
  CHECK(no_rows_wanted().take() == command_tag());
}

TEST_CASE("query: what a statement is described as") {
  described d;
  auto const said = known(user_columns);
  d.on_description(*said);
  give_row(d, 1);
  CHECK(d.take().get() == said.get());
  described nothing;
  CHECK_FALSE(nothing.take());
}
