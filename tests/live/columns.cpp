// tusk: tests/live/columns.cpp — bad input: columns and values that do not fit the C++ type.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// After each of these errors the connection goes on as if nothing had happened.
#include "support/live.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace columns_test {

struct user {
  std::int64_t id;
  std::string name;
  std::optional<double> balance;
};

} // namespace columns_test

using columns_test::user;
using live::error_of;
using live::in_both_modes;
using tusk::errc;

TEST_CASE("columns: one is missing") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const e = error_of([&] { db.query<user>("select 1::int8 as id, 'ann' as name"); });
    CHECK(e.code() == errc::column_mismatch);
    CHECK_FALSE(e.safe_to_retry());
    CHECK_THAT(e.what(), ContainsSubstring("no column for member \"balance\" (std::optional<double>)"));
    CHECK_THAT(e.what(), ContainsSubstring("columns_test::user"));
    live::check_usable(db);
  });
}

TEST_CASE("columns: one is extra") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const e =
        error_of([&] { db.query<user>("select 1::int8 as id, 'ann' as name, 1.5::float8 as balance, 5 as age"); });
    CHECK(e.code() == errc::column_mismatch);
    CHECK_THAT(e.what(), ContainsSubstring("column \"age\" (int4) has no member of that name"));
    live::check_usable(db);
  });
}

TEST_CASE("columns: one is of the wrong type") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const e =
        error_of([&] { db.query<user>("select 'x' as id, 'ann' as name, 1.5::float8 as balance where false"); });
    CHECK(e.code() == errc::column_mismatch); // although there is not a single row
    CHECK_THAT(e.what(), ContainsSubstring("column \"id\" (text) does not fit member \"id\" of type std::int64_t"));
    live::check_usable(db);
    auto const scalar = error_of([&] { db.query<std::string>("select 5"); });
    CHECK(scalar.code() == errc::column_mismatch);
    CHECK_THAT(scalar.what(), ContainsSubstring("int4") && ContainsSubstring("std::string"));
    CHECK(error_of([&] { db.query<int>("select 1.5"); }).code() == errc::column_mismatch);
    CHECK(error_of([&] { db.query<std::vector<int>>("select 5"); }).code() == errc::column_mismatch);
    CHECK(error_of([&] { db.query<int>("select array[5]"); }).code() == errc::column_mismatch);
    live::check_usable(db);
  });
}

TEST_CASE("columns: two have one name") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const e =
        error_of([&] { db.query<user>("select 1::int8 as id, 'ann' as name, 1.5::float8 as balance, 2::int8 as id"); });
    CHECK(e.code() == errc::column_mismatch);
    CHECK_THAT(e.what(), ContainsSubstring("column \"id\" (int8) has the name of column 1"));
    live::check_usable(db);
  });
}

TEST_CASE("columns: all that is wrong is told at once") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const e = error_of([&] { db.query<user>("select true as id, 'ann' as nom"); });
    CHECK_THAT(e.what(), ContainsSubstring("\"id\" (bool)") && ContainsSubstring("\"nom\"") &&
                             ContainsSubstring("member \"name\"") && ContainsSubstring("member \"balance\""));
    live::check_usable(db);
  });
}

TEST_CASE("columns: too many or too few for a tuple or a scalar") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const many = error_of([&] { db.query<std::tuple<int, int>>("select 1 as a, 2 as b, 3 as c"); });
    CHECK(many.code() == errc::column_mismatch);
    CHECK_THAT(many.what(), ContainsSubstring("3 columns (\"a\", \"b\", \"c\") where 2 are expected"));
    CHECK(error_of([&] { db.query<std::pair<int, int>>("select 1"); }).code() == errc::column_mismatch);
    CHECK(error_of([&] { db.query<int>("select 1, 2"); }).code() == errc::column_mismatch);
    CHECK(error_of([&] { db.query<int>("select"); }).code() == errc::column_mismatch);
    auto const element = error_of([&] { db.query<std::tuple<int, std::string>>("select 1 as a, 2 as b"); });
    CHECK_THAT(element.what(), ContainsSubstring("\"b\" (int4)") && ContainsSubstring("std::string"));
    live::check_usable(db);
  });
}

TEST_CASE("columns: a mismatch comes before the first row is decoded") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    // The first row's NULL would be an error of its own.
    auto const e = error_of([&] { db.query<std::tuple<int, int>>("select null::int, 'x'"); });
    CHECK(e.code() == errc::column_mismatch);
    live::check_usable(db);
  });
}

TEST_CASE("columns: that the statement has failed is worth more than that its columns do not fit") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create temp table t(x int primary key); insert into t values (1)");
    CHECK(error_of([&] { db.query<int>("insert into t values (1)"); }).sqlstate() == tusk::sqlstate::unique_violation);
    CHECK(error_of([&] { db.query<int>("select null::int / x from t where 1 / (x - 1) > 0"); }).sqlstate() ==
          tusk::sqlstate::division_by_zero);
    live::check_usable(db);
  });
}

TEST_CASE("columns: NULL where no NULL can be") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const e = error_of([&] {
      db.query<user>("select g::int8 as id, case when g < 3 then 'ann' end as name, 1::float8 as balance "
                     "from generate_series(1, 5) as g");
    });
    CHECK(e.code() == errc::unexpected_null);
    CHECK_THAT(e.what(), ContainsSubstring("row 3, column \"name\" (text): NULL does not fit std::string"));
    live::check_usable(db);
    auto const scalar = error_of([&] { db.query_one<int>("select null::int4"); });
    CHECK(scalar.code() == errc::unexpected_null);
    auto const element = error_of([&] { db.query_one<std::vector<int>>("select array[1, null]"); });
    CHECK(element.code() == errc::unexpected_null);
    CHECK_THAT(element.what(), ContainsSubstring("element 2 is NULL"));
    live::check_usable(db);
  });
}

TEST_CASE("columns: values that C++ cannot represent") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const far = error_of(
        [&] { db.query<std::tuple<int, std::chrono::year_month_day>>("select 1, date '5874897-12-31' as day"); });
    CHECK(far.code() == errc::invalid_value);
    CHECK_THAT(far.what(), ContainsSubstring("row 1, column \"day\" (date)"));
    CHECK(error_of([&] { db.query<std::chrono::year_month_day>("select date 'infinity'"); }).code() ==
          errc::invalid_value);
    CHECK(error_of([&] {
            db.query<std::chrono::sys_time<std::chrono::microseconds>>("select timestamptz '294276-12-31 23:59Z'");
          }).code() == errc::invalid_value);
    CHECK(error_of([&] { db.query<std::array<int, 3>>("select array[1, 2]"); }).code() == errc::invalid_value);
    CHECK(error_of([&] { db.query<std::vector<int>>("select array[[1, 2], [3, 4]]"); }).code() == errc::invalid_value);
    live::check_usable(db);
  });
}

TEST_CASE("columns: a mismatch late in a large result is read over") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const e = error_of([&] { db.query<int>("select nullif(g, 60000) from generate_series(1, 100000) as g"); });
    CHECK(e.code() == errc::unexpected_null);
    CHECK_THAT(e.what(), ContainsSubstring("row 60000"));
    live::check_usable(db);
  });
}
