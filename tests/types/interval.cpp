// tusk: tests/types/interval.cpp — tusk::interval, and durations as parameters.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/interval.hpp>

#include "types/check.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>
#include <string>

using namespace codec_test;
using namespace std::chrono;
using namespace std::chrono_literals;
using tusk::interval;

template <class D> constexpr bool parameter = tusk::encodable<D> && !tusk::decodable<D>;
static_assert(parameter<microseconds> && parameter<milliseconds> && parameter<seconds> && parameter<minutes> &&
              parameter<hours> && parameter<duration<std::int32_t, std::ratio<1, 50>>>);
static_assert(!tusk::encodable<nanoseconds>, "would be rounded");
static_assert(!tusk::encodable<days> && !tusk::encodable<weeks> && !tusk::encodable<months>, "days, or hours?");
static_assert(!tusk::encodable<duration<double>> && !tusk::encodable<duration<unsigned, std::milli>>);
static_assert(tusk::parameter_type<seconds>() == oid::interval);

namespace {

constexpr auto most_days = std::numeric_limits<std::int32_t>::max();

} // namespace

TEST_CASE("interval: bytes and text both ways") {
  struct known {
    char const* sent;
    char const* text;
  };
  // Bytes from a server; the rest of them is in tests/data/types_expected.tsv.
  known const all[] = {
      {"00000000000000000000000000000000", "00:00:00"},
      {"000000036c97ca88000000030000000e", "1 year 2 mons 3 days 04:05:06.789"},
      {"0000000000000000ffffffff0000000c", "1 year -1 days"},
      {"ffffffffffffffff0000000000000000", "-00:00:00.000001"},
      {"80000000000000010000000000000000", "-2562047788:00:54.775807"},
      {"0000000000000000000000007fffffff", "178956970 years 7 mons"},
      {"7fffffffffffffff7fffffff7fffffff", "infinity"},
      {"80000000000000008000000080000000", "-infinity"},
  };
  for (auto const& [sent, text] : all) {
    INFO(text);
    auto const i = decode<interval>(sent);
    CHECK(to_string(i) == text);
    CHECK(interval::parse(text) == i);
    CHECK(encode(i) == sent);
    storm<interval>(unhex(sent));
  }
  for (auto size : {"", "00", "0000000000000000", "000000000000000000000000000000"})
    CHECK(refused<interval>(size) == "it ends too early");
}

TEST_CASE("interval: signs as PostgreSQL writes them") {
  CHECK(to_string(interval{-14, 3, -1s}) == "-1 years -2 mons +3 days -00:00:01");
  CHECK(to_string(interval{0, -1, 1s}) == "-1 days +00:00:01");
  CHECK(to_string(interval{1, 1, 0s}) == "1 mon 1 day");
  CHECK(to_string(interval{-1, 0, 0s}) == "-1 mons");
  CHECK(to_string(interval{0, 0, microseconds::min()}) == "-2562047788:00:54.775808");
  CHECK(to_string(interval{0, 0, microseconds::max()}) == "2562047788:00:54.775807");
  CHECK(to_string(interval{0, 0, 100h}) == "100:00:00");
}

TEST_CASE("interval: whatever is written is read, each part once") {
  for (auto const& i : {interval{-14, 3, -1s}, interval{0, -1, 1s}, interval{0, 0, microseconds::min()},
                        interval{0, 0, microseconds::max()}, interval{INT32_MIN, INT32_MIN, 0s},
                        interval{most_days, most_days, 1us}, interval::infinity(), interval::negative_infinity()})
    CHECK(interval::parse(to_string(i)) == i);
  CHECK(interval::parse("  2 weeks   3 Days ") == interval{0, 17, 0s});
  CHECK(interval::parse("1 month") == interval{1, 0, 0s});
  CHECK(interval::parse("3 months +1 years") == interval{15, 0, 0s});
  CHECK(interval::parse("04:05 1day") == interval{0, 1, 4h + 5min});
  CHECK(interval::parse(" Infinity ") == interval::infinity());
  check_unreadable<interval>({"",
                              " ",
                              "1",
                              "day",
                              "1 fortnight",
                              "1 day 2 days",
                              "1 mon 2 months",
                              "00:01 00:02",
                              "1 dayss",
                              "1.5 days",
                              "- 1 day",
                              "1 day ago",
                              "2147483648 days",
                              "178956971 years",
                              "2147483647 weeks",
                              "2562047788:00:54.775808",
                              "-2562047788:00:54.775809",
                              "00:00:00.1234567",
                              "infinity days",
                              "+infinity",
                              "P1D"},
                             "interval: write such as 1 year 2 mons -3 days 04:05:06.789");
}

TEST_CASE("interval: equal if all parts are") {
  CHECK(interval{0, 1, 0s} != interval{0, 0, 24h});
  CHECK(interval{1, 0, 0s} != interval{0, 30, 0s});
  CHECK(interval{0, 0, 60s} == interval{0, 0, 1min});
  CHECK(interval::infinity().is_infinite());
  CHECK(!interval{most_days, most_days, 0s}.is_infinite());
}

TEST_CASE("interval: a duration is time, or too long") {
  CHECK(encode(microseconds(-1)) == "ffffffffffffffff0000000000000000");
  CHECK(encode(24h) == "000000141dd760000000000000000000");
  CHECK(encode(250ms) == encode(interval{0, 0, 250ms}));
  CHECK(encode(hours(-5)) == encode(interval{0, 0, -5h}));
  CHECK(unsendable(seconds(9'223'372'036'854)) == "");
  CHECK(unsendable(seconds(9'223'372'036'855)) ==
        "9223372036855 times 1000000 microseconds are too many for an interval, which has 64 bits of them");
  CHECK(unsendable(hours::min()) != "");
}
