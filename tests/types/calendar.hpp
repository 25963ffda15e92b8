// tusk tests: dates and times read from PostgreSQL's ISO form, independently of <chrono> and of the driver.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

namespace codec_test {

/// Days since 1970-01-01 of the proleptic Gregorian calendar, year 0 being 1 BC: H. F. Fliegel and T. C. Van Flandern,
/// "A Machine Algorithm for Processing Calendar Dates", Communications of the ACM 11 (1968). Years from -4800 on.
constexpr std::int64_t unix_days(std::int64_t year, int month, int day) {
  auto const january = (month - 14) / 12; // -1 for January and February
  auto const julian_day = (1461 * (year + 4800 + january)) / 4 + (367 * (month - 2 - 12 * january)) / 12 -
                          (3 * ((year + 4900 + january) / 100)) / 4 + day - 32075;
  return julian_day - 2'440'588;
}

/// [-]YEAR-MM-DD[ HH:MM:SS[.ffffff][+HH[:MM]]][ BC] as microseconds since 1970-01-01 00:00, in UTC; infinity as the
/// ends of the range.
inline std::int64_t unix_microseconds(std::string text) {
  if (text == "infinity") return std::numeric_limits<std::int64_t>::max();
  if (text == "-infinity") return std::numeric_limits<std::int64_t>::min();
  bool const before_christ = text.ends_with(" BC");
  char* at = text.data();
  auto const number = [&] { return std::strtoll(at, &at, 10); };
  auto const after = [&](char c) { return *at == c && ++at != nullptr; };

  auto year = number();
  if (before_christ) year = 1 - year;
  auto const month = static_cast<int>((++at, number()));
  auto const day = static_cast<int>((++at, number()));
  auto result = unix_days(year, month, day) * 86'400'000'000;
  if (!after(' ') || *at == 'B') return result;
  std::int64_t unit = 3'600'000'000;
  do {
    result += number() * unit;
    unit /= 60;
  } while (after(':'));
  if (after('.'))
    for (unit = 100'000; *at >= '0' && *at <= '9'; ++at, unit /= 10) result += (*at - '0') * unit;
  if (*at == '+' || *at == '-') {
    auto const sign = *at++ == '+' ? 1 : -1;
    unit = 3'600'000'000;
    do {
      result -= sign * number() * unit;
      unit /= 60;
    } while (after(':'));
  }
  return result;
}

} // namespace codec_test
