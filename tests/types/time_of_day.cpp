// tusk: tests/types/time_of_day.cpp — tusk::time_of_day and tusk::time_of_day_tz.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/time_of_day.hpp>

#include "types/check.hpp"

#include <chrono>
#include <string>

using namespace codec_test;
using namespace std::chrono_literals;
using tusk::time_of_day;
using tusk::time_of_day_tz;

static_assert(!tusk::reads<time_of_day>(oid::timetz) && !tusk::reads<time_of_day_tz>(oid::time), "never mixed");
static_assert(time_of_day{1us} > time_of_day{} && time_of_day{} == time_of_day{0us});

namespace {

struct known {
  char const* sent;
  char const* text;
};

} // namespace

TEST_CASE("time_of_day: bytes and text both ways") {
  known const all[] = {
      {"0000000000000000", "00:00:00"},
      {"0000000000000001", "00:00:00.000001"},
      {"000000141dd76000", "24:00:00"},
      {"000000141dd75fff", "23:59:59.999999"},
  };
  for (auto const& [sent, text] : all) {
    INFO(text);
    auto const t = decode<time_of_day>(sent);
    CHECK(to_string(t) == text);
    CHECK(time_of_day::parse(text) == t);
    CHECK(encode(t) == sent);
    storm<time_of_day>(unhex(sent));
  }
  CHECK(time_of_day::parse("04:05:06.789").since_midnight == 4h + 5min + 6s + 789ms);
  CHECK(to_string(time_of_day{4h + 5min + 6s + 789ms}) == "04:05:06.789");
  CHECK(time_of_day::parse("04:05") == time_of_day{4h + 5min});
  CHECK(time_of_day::parse("4:05:06.7") == time_of_day{4h + 5min + 6s + 700ms});
}

TEST_CASE("time_of_day: nothing beyond a day") {
  CHECK(refused<time_of_day>("ffffffffffffffff") == "it is not within a day");
  CHECK(refused<time_of_day>("000000141dd76001") == "it is not within a day");
  CHECK(refused<time_of_day>("000000141dd760") == "it ends too early");
  CHECK(unsendable(time_of_day{-1us}) == "-00:00:00.000001 is not within a day");
  CHECK(unsendable(time_of_day{24h + 1us}) == "24:00:00.000001 is not within a day");
  CHECK(unsendable(time_of_day{std::chrono::microseconds::min()}) == "-2562047788:00:54.775808 is not within a day");
  check_unreadable<time_of_day>({"", "04", "04:", "04:5", "04:60", "04:05:60", "04:05:6", "24:00:00.000001", "24:01",
                                 "25:00", "-04:05", "04:05:06.1234567", "04:05:06 PM", "04:05+02", " 04:05", "040506",
                                 "04:05:06:07", "allballs"},
                                "time of the day: write 00:00:00 to 24:00:00, such as 04:05:06.789");
}

TEST_CASE("time_of_day_tz: bytes and text both ways") {
  known const all[] = {
      {"000000000000000000000000", "00:00:00+00"},
      {"0000000a8bda1c00ffffb2a8", "12:34:56+05:30"},
      {"000000141dd75fffffff1f01", "23:59:59.999999+15:59:59"},
      {"00000000000000000000e0ff", "00:00:00-15:59:59"},
  };
  for (auto const& [sent, text] : all) {
    INFO(text);
    auto const t = decode<time_of_day_tz>(sent);
    CHECK(to_string(t) == text);
    CHECK(time_of_day_tz::parse(text) == t);
    CHECK(encode(t) == sent);
    storm<time_of_day_tz>(unhex(sent));
  }
  auto const t = time_of_day_tz::parse("04:05:06.789-08");
  CHECK(t.time == time_of_day{4h + 5min + 6s + 789ms});
  CHECK(t.offset == -8h);
  CHECK(t.utc() == 12h + 5min + 6s + 789ms);
  CHECK(time_of_day_tz::parse("04:05Z").offset == 0s);
  CHECK(time_of_day_tz::parse("04:05-3:30").offset == -(3h + 30min));
}

TEST_CASE("time_of_day_tz: no offset of 16 hours") {
  CHECK(refused<time_of_day_tz>("00000000000000000000e100") == "its offset from UTC is 16 hours or more");
  CHECK(refused<time_of_day_tz>("0000000000000000ffff1f00") == "its offset from UTC is 16 hours or more");
  CHECK(refused<time_of_day_tz>("000000000000000080000000") == "its offset from UTC is 16 hours or more");
  CHECK(refused<time_of_day_tz>("000000141dd7600100000000") == "it is not within a day");
  CHECK(refused<time_of_day_tz>("0000000000000000") == "it ends too early");
  CHECK(unsendable(time_of_day_tz{{}, 16h}) == "its offset from UTC, 57600 s, is 16 hours or more");
  CHECK(unsendable(time_of_day_tz{{}, -16h}) != "");
  CHECK(unsendable(time_of_day_tz{{25h}, 0h}) == "25:00:00 is not within a day");
  check_unreadable<time_of_day_tz>(
      {"", "04:05", "04:05+", "04:05+16", "04:05+05:60", "04:05 +05", "04:05+05:", "04:05+05:30:00:00", "04:05 Z"},
      "time of the day with an offset from UTC: write such as 04:05:06.789-08 or 04:05:06+05:30");
}

TEST_CASE("time_of_day_tz: ordered by the moment, then from east to west") {
  auto const at = [](char const* s) { return time_of_day_tz::parse(s); };
  CHECK(at("04:05+00") < at("04:05-01"));
  CHECK(at("04:05+01") < at("03:05+00"));
  CHECK(at("03:05+00") > at("04:05+01"));
  CHECK(at("03:05+00") != at("04:05+01"));
  CHECK(at("03:05+00") == at("03:05+00"));
}
