// tusk: tests/types/date.cpp — std::chrono::sys_days and std::chrono::year_month_day.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/date.hpp>

#include "types/calendar.hpp"
#include "types/check.hpp"

#include <chrono>

using namespace codec_test;
using namespace std::chrono;
using namespace std::chrono_literals;

static_assert(tusk::parameter_type<sys_days>() == oid::date && tusk::parameter_type<year_month_day>() == oid::date);
static_assert(!tusk::reads<sys_days>(oid::timestamp) && !tusk::reads<sys_days>(oid::timestamptz));
// A date on some wall is the same type in SQL; one way to write it is enough.
static_assert(!tusk::encodable<local_days> && !tusk::encodable<year_month_day_last>);

namespace {

struct known {
  char const* sent;
  year_month_day date;
};
// Bytes from a server; the rest of them is in tests/data/types_expected.tsv.
known const dates[] = {
    {"00000000", 2000y / January / 1},
    {"ffffffff", 1999y / December / 31},
    {"ffffd533", 1970y / January / 1},
    {"0000003b", 2000y / February / 29},
    {"fff56847", 99y / May / 5},
    {"002c95d4", 10000y / January / 1},
    {"fff4dbf8", year(0) / December / 31}, // 1 BC
    {"fff49d7b", year(-43) / March / 15},  // 44 BC, the Ides of March
    {"ffda97cd", year(-4712) / January / 1},
    {"ffda97a7", year(-4713) / November / 24},
};

} // namespace

TEST_CASE("date: known dates, both ways, as both types") {
  for (auto const& [sent, date] : dates) {
    INFO(sent);
    CHECK(decode<year_month_day>(sent) == date);
    CHECK(decode<sys_days>(sent) == sys_days(date));
    CHECK(encode(date) == sent);
    CHECK(encode(sys_days(date)) == sent);
  }
}

TEST_CASE("date: every leap day and its neighbours over eight centuries") {
  for (int y = -400; y <= 400; ++y) {
    auto const second_of_march = year(y) / March / 2;
    for (auto day = sys_days(year(y) / February / 27); day <= sys_days(second_of_march); day += days(1)) {
      auto const date = decode<year_month_day>(encode_bytes(day));
      CHECK(sys_days(date) == day);
      CHECK(unix_days(y, static_cast<int>(unsigned(date.month())), static_cast<int>(unsigned(date.day()))) ==
            day.time_since_epoch().count());
    }
  }
}

TEST_CASE("date: infinities are the ends of sys_days") {
  CHECK(decode<sys_days>("7fffffff") == sys_days::max());
  CHECK(decode<sys_days>("80000000") == sys_days::min());
  CHECK(encode(sys_days::max()) == "7fffffff");
  CHECK(encode(sys_days::min()) == "80000000");
  auto const why = "it is infinite, which this type cannot be: use std::chrono::sys_days";
  CHECK(refused<year_month_day>("7fffffff") == why);
  CHECK(refused<year_month_day>("80000000") == why);
}

TEST_CASE("date: the range of PostgreSQL") {
  sys_days const earliest(days(unix_days(-4713, 11, 24)));
  sys_days const latest(days(unix_days(5874897, 12, 31)));
  CHECK(encode(earliest) == "ffda97a7");
  CHECK(encode(latest) == "7fda970c");
  CHECK(decode<sys_days>("ffda97a7") == earliest);
  CHECK(decode<sys_days>("7fda970c") == latest);
  for (auto sent : {"ffda97a6", "7fda970d", "7ffffffe", "80000001"})
    CHECK(refused<sys_days>(sent) == "it is out of PostgreSQL's range");
  auto const range = " is out of PostgreSQL's range for a date, 4714-11-24 BC to 5874897-12-31";
  CHECK(unsendable(earliest - days(1)) == std::string("day -2440589 since 1970-01-01") + range);
  CHECK(unsendable(latest + days(1)) == std::string("day 2145042906 since 1970-01-01") + range);
  CHECK(unsendable(sys_days::max() - days(1)) != "");
  CHECK(unsendable(sys_days::min() + days(1)) != "");
  CHECK(unsendable(year_month_day(year(-4713) / November / 23)) == std::string("-4713-11-23") + range);
  CHECK(unsendable(year_month_day(year::min() / January / 1)) == std::string("-32767-01-01") + range);
}

TEST_CASE("date: the range of year_month_day") {
  auto const latest = year::max() / December / 31;
  auto const sent = encode_bytes(sys_days(latest));
  CHECK(decode<year_month_day>(sent) == latest);
  CHECK(encode_bytes(latest) == sent);
  auto const why = "its year is beyond 32767, the last of this type: use std::chrono::sys_days";
  CHECK(refused<year_month_day>(encode(sys_days(latest) + days(1))) == why);
  CHECK(refused<year_month_day>("7fda970c") == why);
}

TEST_CASE("date: what is no date is not sent as another one") {
  CHECK(unsendable(year_month_day(2023y / February / 29)) == "2023-02-29 is no date");
  CHECK(unsendable(year_month_day(2023y / month(13) / 1)) == "2023-13-01 is no date");
  CHECK(unsendable(year_month_day(year(-44) / April / 31)) == "-44-04-31 is no date");
  CHECK(unsendable(year_month_day()) != "");
}

TEST_CASE("date: four bytes") {
  for (auto sent : {"", "00", "000000"}) {
    CHECK(refused<sys_days>(sent) == "it ends too early");
    CHECK(refused<year_month_day>(sent) == "it ends too early");
  }
  CHECK(refused<sys_days>("0000000000") == "bytes are left over");
}

TEST_CASE("date: text both ways") {
  for (auto text : {"2024-02-29", "0044-03-15 BC", "4714-11-24 BC", "5874897-12-31", "infinity", "-infinity"})
    CHECK(text_of(tusk::from_text<sys_days>(text)) == text);
  CHECK(text_of(2024y / February / 29) == "2024-02-29");
  CHECK(tusk::from_text<year_month_day>("2024-02-29") == 2024y / February / 29);
  for (auto wrong : {"", "2023-02-29", "4714-11-23 BC", "5874898-01-01", "2024-02-29x", "29.2.2024", "infinite"})
    CHECK(unreadable<sys_days>(wrong) ==
          '"' + std::string(wrong) + "\" is no date: write such as 2024-02-29 or 0044-03-15 BC, infinity or -infinity");
  for (auto wrong : {"infinity", "-infinity", "40000-01-01"})
    CHECK(unreadable<year_month_day>(wrong) ==
          '"' + std::string(wrong) + "\" is no std::chrono::year_month_day, which ends in 32767");
}
