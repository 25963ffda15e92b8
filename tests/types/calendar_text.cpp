// tusk: tests/types/calendar_text.cpp — days of the Gregorian calendar as text.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/calendar_text.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <cstdint>
#include <string>

using namespace std::chrono;
using tusk::civil_day;

TEST_CASE("calendar_text: as <chrono> counts, as far as that goes") {
  auto const first = sys_days(year(-32767) / January / 1).time_since_epoch().count();
  auto const last = sys_days(year(32767) / December / 31).time_since_epoch().count();
  for (std::int64_t day = first; day <= last; day += day < -800'000 || day > 50'000 ? 97 : 1) {
    year_month_day const expected{sys_days(days(day))};
    auto const d = civil_day::of(day);
    bool const same = d.year == int(expected.year()) && d.month == unsigned(expected.month()) &&
                      d.day == unsigned(expected.day()) && d.days() == day;
    if (!same) FAIL_CHECK(day);
  }
}

TEST_CASE("calendar_text: beyond <chrono>, every day follows the one before") {
  // The ends of PostgreSQL's dates.
  CHECK(civil_day::of(-2'440'588) == civil_day{-4713, 11, 24});
  CHECK(civil_day::of(2'145'042'905) == civil_day{5'874'897, 12, 31});
  for (std::int64_t from : {std::int64_t{2'140'000'000}, std::int64_t{-4'000'000}})
    for (auto day = from; day < from + 150'000; ++day) {
      auto const a = civil_day::of(day), b = civil_day::of(day + 1);
      bool const next_day = b.year == a.year && b.month == a.month && b.day == a.day + 1;
      bool const next_month = b.year == a.year && b.month == a.month + 1 && b.day == 1 && a.day >= 28;
      bool const next_year = b.year == a.year + 1 && b.month == 1 && b.day == 1 && a.month == 12 && a.day == 31;
      if (!(next_day || next_month || next_year) || a.days() != day) FAIL_CHECK(day);
    }
}

TEST_CASE("calendar_text: moments before 1970 and before Christ") {
  std::string out;
  CHECK(!tusk::put_moment(out, -1));
  CHECK(out == "1969-12-31 23:59:59.999999");
  out.clear();
  CHECK(tusk::put_moment(out, -62'167'219'200'000'001));
  CHECK(out == "0002-12-31 23:59:59.999999");
  out.clear();
  CHECK(!tusk::put_day(out, civil_day{1, 1, 1}.days()));
  CHECK(out == "0001-01-01");
}

TEST_CASE("calendar_text: days that there are") {
  auto const read = [](std::string_view text) {
    tusk::scanner in(text, "day");
    auto const days = tusk::scan_era(in, tusk::scan_day(in));
    in.end();
    return days;
  };
  CHECK(read("1970-01-01") == 0);
  CHECK(read("2024-02-29") == civil_day{2024, 2, 29}.days());
  CHECK(read("0001-12-31 BC") == civil_day{0, 12, 31}.days());
  CHECK(read("0005-02-29 BC") == civil_day{-4, 2, 29}.days());
  for (auto none : {"2023-02-29", "1900-02-29", "2024-00-10", "2024-13-10", "2024-01-00", "2024-01-32", "2024-04-31",
                    "0000-01-01", "24-01-01", "2024-1-01", "2024-01-1", "2024/01/01", "2024-01-01 AD", "20240101",
                    "12345678-01-01", "2024-99-99", ""})
    CHECK_THROWS_AS(read(none), tusk::error);
}

TEST_CASE("calendar_text: times without end") {
  using std::chrono::sys_days;
  for (auto const& [value, word] : {std::pair(sys_days::max(), "infinity"), std::pair(sys_days::min(), "-infinity")}) {
    std::string out;
    CHECK(tusk::put_infinity(value, out));
    CHECK(out == word);
    tusk::scanner in(out, "day");
    sys_days read;
    CHECK(tusk::scan_infinity(in, read));
    CHECK(read == value);
    CHECK(in.done());
  }
  std::string out;
  CHECK_FALSE(tusk::put_infinity(sys_days(), out));
  CHECK(out.empty());
  tusk::scanner in("1970-01-01", "day");
  sys_days read;
  CHECK_FALSE(tusk::scan_infinity(in, read));
  CHECK(in.peek() == '1');
}
