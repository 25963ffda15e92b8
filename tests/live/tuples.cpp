// tusk: tests/live/tuples.cpp — std::tuple and std::pair as composites of real servers.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace tuples_test {

struct order {
  int id;
  std::pair<std::string, std::optional<int>> item;
  std::vector<std::tuple<int, std::string>> notes;
};

} // namespace tuples_test

using live::in_both_modes;

TEST_CASE("tuples: from row(...)") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    // As the row of a query a tuple is the row; inside of it, it is one of the columns.
    auto const [both, number] =
        db.query_one<std::tuple<std::tuple<int, std::string>, int>>("select row(1, 'a b'::text), 2");
    CHECK(both == std::tuple(1, std::string("a b")));
    CHECK(number == 2);
    using nested = std::pair<std::int64_t, std::optional<std::pair<int, int>>>;
    CHECK((db.query_one<std::tuple<nested>>("select row(1::int8, row(2, 3))") ==
           std::tuple<nested>(nested(1, std::pair(2, 3)))));
    CHECK((db.query_one<std::tuple<nested>>("select row(1, null)") == std::tuple<nested>(nested(1, std::nullopt))));
    CHECK((db.query_one<std::optional<std::pair<int, int>>>("select null::record") == std::nullopt));
    CHECK((db.query_one<std::optional<std::pair<int, int>>>("select row(1, 2)") == std::pair(1, 2)));
  });
}

TEST_CASE("tuples: arrays of records, and members") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    using pairs = std::vector<std::pair<int, std::string>>;
    CHECK((db.query_one<pairs>("select array_agg((g, 'n' || g) order by g) from generate_series(1, 2) as g") ==
           pairs{{1, "n1"}, {2, "n2"}}));
    CHECK((db.query_one<pairs>("select array[]::record[]") == pairs{}));
    auto const orders = db.query<tuples_test::order>(
        "select g as id, ('x'::text, nullif(g, 2)) as item, "
        "array(select (n, 'of ' || g) from generate_series(1, g) as n) as notes from generate_series(1, 2) as g");
    REQUIRE(orders.size() == 2);
    CHECK((orders[0].item == std::pair(std::string("x"), std::optional(1))));
    CHECK(orders[1].item.second == std::nullopt);
    CHECK((orders[1].notes == std::vector<std::tuple<int, std::string>>{{1, "of 2"}, {2, "of 2"}}));
  });
}

TEST_CASE("tuples: attributes that do not fit are named") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    using column = std::tuple<std::pair<int, std::string>>;
    auto const why = [&](char const* sql) { return live::words_of([&] { db.query_one<column>(sql); }); };
    CHECK_THAT(why("select row(1, 'a', 2)"), ContainsSubstring("it has 3 attributes, not 2"));
    CHECK_THAT(why("select row(1.5, 'a')"), ContainsSubstring("attribute 1: numeric does not fit std::int32_t"));
    CHECK_THAT(why("select row(1, null::text)"), ContainsSubstring("attribute 2: NULL, use std::optional"));
    CHECK_THAT(why("select 1"), ContainsSubstring("does not fit element 0 of type std::pair<std::int32_t, "
                                                  "std::string>, which reads record"));
    CHECK_THAT(live::words_of([&] { db.query_one<std::pair<int, int>>("select row(1, 2)"); }),
               ContainsSubstring("1 column (\"row\") where 2 are expected"));
    live::check_usable(db);
  });
}

TEST_CASE("tuples: as parameters of a composite type") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create type pg_temp.pos as (x int, name text); create type pg_temp.line as (a pg_temp.pos, n int[])");
    using pos = std::pair<int, std::string>;
    auto const back = [&](auto const& value) {
      return std::get<0>(db.query_one<std::tuple<pos>>("select $1::pg_temp.pos", value));
    };
    for (auto const* name : {"a", "", "a b", "q\"u\\o,t(e)", "NULL", "ü"}) {
      CHECK(back(std::tuple(7, name)) == pos(7, name));
      CHECK(back(pos(7, name)) == pos(7, name));
    }
    CHECK(db.query_one<bool>("select ($1::pg_temp.pos).name is null", std::tuple(1, std::nullopt)));
    CHECK(db.query_one<bool>("select ($1::pg_temp.pos).name is null", std::pair(1, std::optional<std::string>())));

    using line = std::tuple<std::optional<pos>, std::vector<std::optional<int>>>;
    for (auto const& value : {line(pos(1, "x,\"y"), {1, std::nullopt}), line(std::nullopt, {})})
      CHECK((db.query_one<std::tuple<line>>("select $1::pg_temp.line", value) == std::tuple<line>(value)));

    auto const array = db.query_one<std::vector<pos>>("select $1::pg_temp.pos[]", std::list{pos(1, "a b"), pos(2, "")});
    CHECK((array == std::vector{pos(1, "a b"), pos(2, "")}));

    auto const s = db.prepare<pos>("select ($1::pg_temp.pos).x");
    CHECK(db.query_one<int>(s, std::tuple(5, "by another name")) == 5);
    CHECK(db.query_one<std::optional<int>>(s, std::nullopt) == std::nullopt);
  });
}
