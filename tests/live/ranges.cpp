// tusk: tests/live/ranges.cpp — sets, lists and views of C++ as the arrays of real servers.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/each_mode.hpp"
#include "support/live.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <list>
#include <map>
#include <optional>
#include <ranges>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace {

using live::in_both_modes;
using namespace std::string_literals;
namespace views = std::views;

enum class ranges_mood { sad, happy };

bool is_odd(int n) { return n % 2 != 0; }

/// What the server makes of `values`, which are an array of `type`.
template <class A>
void check_text(live::connection& db, std::string const& type, A const& values, std::string const& text) {
  INFO(type << " " << text);
  CHECK(db.query_one<std::string>("select ($1::" + type + ")::text", values) == text);
}

} // namespace

template <> struct tusk::enum_labels<ranges_mood> {
  static constexpr auto value = std::array{"sad", "happy"};
};

TEST_CASE("ranges: whatever a for loop runs over is an array") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    check_text(db, "int[]", std::set{3, 1, 2}, "{1,2,3}");
    check_text(db, "int[]", std::set<int>(), "{}");
    check_text(db, "int8[]", std::list<std::int64_t>{-1, 4'294'967'296}, "{-1,4294967296}");
    check_text(db, "float8[]", std::deque{0.5, 0.25}, "{0.5,0.25}");
    check_text(db, "bool[]", std::initializer_list<bool>{true, false}, "{t,f}");
    check_text(db, "int[]", std::unordered_multiset{7, 7}, "{7,7}");
    check_text(db, "int[]", std::list<std::optional<int>>{1, std::nullopt}, "{1,NULL}");
    check_text(db, "int[]", std::optional<std::set<int>>({7}), "{7}");
    check_text(db, "bytea[]", std::list{std::vector{std::byte{1}, std::byte{255}}, std::vector<std::byte>()},
               R"({"\\x01ff","\\x"})");
  });
}

TEST_CASE("ranges: texts in every spelling") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const expected = R"({a,"","b,\"c","NULL"})"s;
    char const* const pointers[] = {"a", "", "b,\"c", "NULL"};
    check_text(db, "text[]", pointers, expected);
    check_text(db, "text[]", std::vector{"a", "", "b,\"c", "NULL"}, expected);
    check_text(db, "varchar[]", std::list{"a"s, ""s, "b,\"c"s, "NULL"s}, expected);
    CHECK(db.query_one<bool>("select 'two' = any($1)", std::set<std::string_view>{"one", "two"}));
  });
}

TEST_CASE("ranges: any of a set, and views") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    using numbers = std::vector<int>;
    std::set const wanted{2, 4, 9};
    CHECK((db.query<int>("select g from generate_series(1, 5) as g where g = any($1) order by g", wanted) ==
           numbers{2, 4}));
    auto const odd = wanted | views::filter(is_odd);
    CHECK((db.query_one<numbers>("select $1", odd) == numbers{9}));
    CHECK((db.query_one<numbers>("select $1", odd) == numbers{9})); // from the cache of statements
    CHECK((db.query_one<numbers>("select $1", wanted | views::transform([](int n) { return n * n; })) ==
           numbers{4, 16, 81}));
    std::map<int, std::string> const names{{1, "one"}, {2, "two"}};
    CHECK(db.query_one<std::string>("select string_agg(n || t, ',') from unnest($1::int[], $2::text[]) as u(n, t)",
                                    names | views::keys, names | views::values) == "1one,2two");
  });
}

TEST_CASE("ranges: of enums, which the server infers") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create type pg_temp.ranges_mood as enum ('sad', 'happy')");
    check_text(db, "pg_temp.ranges_mood[]", std::set{ranges_mood::happy, ranges_mood::sad}, "{sad,happy}");
    CHECK(db.query_one<bool>("select 'sad'::pg_temp.ranges_mood = any($1)", std::list{ranges_mood::sad}));
  });
}

TEST_CASE("ranges: for the parameters of prepared statements") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const sum = db.prepare<std::vector<int>>("select coalesce(sum(x), 0)::int from unnest($1) as x");
    CHECK(db.query_one<int>(sum, std::set{1, 2, 3}) == 6);
    CHECK(db.query_one<int>(sum, std::set<int>()) == 0);
    CHECK(db.query_one<int>(sum, views::iota(1, 101)) == 5050);
    CHECK(db.query_one<int>(sum, std::vector{1, 2, 3}) == 6);
    auto const by_set = db.prepare<std::set<std::string>>("select 'x' = any($1)");
    CHECK(db.query_one<bool>(by_set, std::set{"x"s}));
    CHECK_FALSE(db.query_one<bool>(by_set, std::vector{"y"}));
  });
}

TEST_CASE("ranges: in the commands of a pipeline, which outlive them") {
  live::each_mode([](auto open, auto wait) {
    auto db = open();
    auto const make = [] {
      std::set const gone{1, 2};
      return tusk::query_one<std::vector<int>>("select $1", gone | views::filter(is_odd));
    };
    auto const command = make();
    auto const [odd, all] = wait(db.pipeline(command, tusk::query_one<std::vector<int>>("select $1", std::list{5, 6})));
    CHECK((odd == std::vector{1}));
    CHECK((all == std::vector{5, 6}));
  });
}

TEST_CASE("ranges: an element that cannot be sent") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    std::list<char const*> const texts{"a", nullptr};
    live::check_refused([&] { db.execute("select $1", texts); }, tusk::errc::invalid_parameter,
                        "parameter $1 cannot be sent: element 2: it is a null pointer");
    live::check_usable(db);
  });
}

TEST_CASE("ranges: a long one", "[slow]") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const many = views::iota(0, 1'000'000) | views::filter(is_odd);
    CHECK(db.query_one<std::int64_t>("select sum(x) from unnest($1) as x", many) == 250'000'000'000);
  });
}
