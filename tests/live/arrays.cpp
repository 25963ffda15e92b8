// tusk: tests/live/arrays.cpp — one-dimensional arrays of every type against real servers.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace arrays_test {

struct tagged {
  int id;
  std::vector<std::string> tags;
  std::optional<std::vector<int>> numbers;
};

} // namespace arrays_test

namespace {

using live::error_of;
using live::in_both_modes;
using namespace std::chrono;
using namespace std::string_literals;

template <class T>
void check_round_trip(live::connection& db, std::string const& type, std::vector<T> const& values,
                      std::string const& text) {
  INFO(type << " " << text);
  auto const [back, as_text] =
      db.query_one<std::pair<std::vector<T>, std::string>>("select $1::" + type + ", ($1::" + type + ")::text", values);
  CHECK((back == values));
  CHECK(as_text == text);
  auto const from_text = db.query_one<std::vector<T>>("select ($1::text)::" + type, text);
  CHECK((from_text == values));
}

} // namespace

TEST_CASE("arrays: of every type") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    check_round_trip(db, "bool[]", std::vector{true, false, true}, "{t,f,t}");
    check_round_trip(db, "int2[]", std::vector<std::int16_t>{-32768, 0, 32767}, "{-32768,0,32767}");
    check_round_trip(db, "int4[]", std::vector{1, -2, 3}, "{1,-2,3}");
    check_round_trip(db, "int8[]", std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(), 7},
                     "{-9223372036854775808,7}");
    check_round_trip(db, "oid[]", std::vector{tusk::oid::int4, tusk::oid{4294967295}}, "{23,4294967295}");
    check_round_trip(db, "float4[]", std::vector{0.5f, -1.25f}, "{0.5,-1.25}");
    check_round_trip(db, "float8[]", std::vector{0.1, std::numeric_limits<double>::infinity()}, "{0.1,Infinity}");
    check_round_trip(db, "text[]", std::vector{"a"s, ""s, "b\"c,{}"s, "NULL"s, "ü"s}, R"({a,"","b\"c,{}","NULL",ü})");
    check_round_trip(db, "bytea[]", std::vector{std::vector{std::byte{1}, std::byte{255}}, std::vector<std::byte>{}},
                     R"({"\\x01ff","\\x"})");
    check_round_trip(db, "uuid[]", std::vector{tusk::uuid{}}, "{00000000-0000-0000-0000-000000000000}");
    check_round_trip(db, "date[]", std::vector{sys_days(2024y / 2 / 29), sys_days::max()}, "{2024-02-29,infinity}");
    check_round_trip(db, "timestamptz[]", std::vector{sys_time<microseconds>(sys_days(2000y / 1 / 1) + 1us)},
                     "{\"2000-01-01 00:00:00.000001+00\"}");
    check_round_trip(db, "timestamp[]", std::vector{local_time<microseconds>(local_days(2000y / 1 / 1))},
                     "{\"2000-01-01 00:00:00\"}");
    check_round_trip(db, "jsonb[]", std::vector{tusk::jsonb("{\"a\": 1}"), tusk::jsonb("2")}, R"({"{\"a\": 1}",2})");
    check_round_trip(db, "json[]", std::vector{tusk::json("[ ]")}, R"({"[ ]"})");
  });
}

TEST_CASE("arrays: empty ones, and ones with NULLs") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    check_round_trip(db, "int4[]", std::vector<int>{}, "{}");
    check_round_trip(db, "text[]", std::vector<std::string>{}, "{}");
    using maybe = std::optional<int>;
    check_round_trip(db, "int4[]", std::vector<maybe>{1, std::nullopt, 3}, "{1,NULL,3}");
    check_round_trip(db, "text[]", std::vector<std::optional<std::string>>{std::nullopt, ""s}, "{NULL,\"\"}");
    check_round_trip(
        db, "int4[]", std::vector<maybe>(1000, maybe()), "{NULL" + [] {
          std::string rest;
          for (int i = 1; i < 1000; ++i) rest += ",NULL";
          return rest + "}";
        }());
  });
}

TEST_CASE("arrays: bounds that do not begin at 1, and elements that widen") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK((db.query_one<std::vector<int>>("select '[5:7]={1,2,3}'::int[]") == std::vector{1, 2, 3}));
    CHECK((db.query_one<std::vector<std::int64_t>>("select array[1, 2]") == std::vector<std::int64_t>{1, 2}));
    CHECK((db.query_one<std::vector<double>>("select array[0.5::float4]") == std::vector{0.5}));
    CHECK(error_of([&] { db.query_one<std::vector<int>>("select array[1::int8]"); }).code() ==
          tusk::errc::column_mismatch);
    CHECK(
        (db.query_one<std::vector<std::int16_t>>("select '1 2 3'::int2vector") == std::vector<std::int16_t>{1, 2, 3}));
  });
}

TEST_CASE("arrays: std::array and std::span") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK((db.query_one<std::array<int, 3>>("select $1", std::array{1, 2, 3}) == std::array{1, 2, 3}));
    int const plain[] = {4, 5};
    CHECK((db.query_one<std::vector<int>>("select $1", std::span(plain)) == std::vector{4, 5}));
    CHECK((db.query_one<std::vector<int>>("select $1", plain) == std::vector{4, 5}));
    CHECK(error_of([&] { db.query_one<std::array<int, 2>>("select array[1, 2, 3]"); }).code() ==
          tusk::errc::invalid_value);
    live::check_usable(db);
  });
}

TEST_CASE("arrays: of texts, as texts are passed") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    std::vector<std::string_view> const views{"one", "two"};
    CHECK(db.query_one<bool>("select 'two' = any($1)", views));
    db.script("create type pg_temp.mood as enum ('sad', 'happy')");
    std::vector const moods{"sad"s};
    CHECK(db.query_one<bool>("select 'sad' = any($1::text[]::pg_temp.mood[])", moods));
  });
}

TEST_CASE("arrays: as members") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const t = db.query_one<arrays_test::tagged>("select array['a', 'b'] as tags, 1 as id, null::int[] as numbers");
    CHECK((t.tags == std::vector{"a"s, "b"s}));
    CHECK_FALSE(t.numbers.has_value());
    // A later row must not keep what an earlier one had.
    auto const rows = db.query<arrays_test::tagged>(
        "select g as id, array_fill('x'::text, array[5 - g]) as tags, array_fill(g, array[g]) as numbers "
        "from generate_series(0, 5) as g order by g");
    REQUIRE(rows.size() == 6);
    CHECK(rows[1].tags.size() == 4);
    CHECK(rows[5].tags.empty());
    CHECK(rows[5].numbers->size() == 5);
  });
}

TEST_CASE("arrays: a large one", "[slow]") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    std::vector<int> many(1'000'000);
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<int>(i);
    CHECK((db.query_one<std::vector<int>>("select $1", many) == many));
    CHECK(db.query_one<std::int64_t>("select sum(x) from unnest($1) as x", many) == 499'999'500'000);
  });
}
