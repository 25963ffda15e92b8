// tusk: types/calendar_text.hpp — days of the Gregorian calendar as text: 2024-02-29, 0044-03-15 BC.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What the text forms of date and the timestamps have in common. PostgreSQL's years go beyond those of <chrono>, so
// that the calendar is counted here, in 64 bits. Knows numbers and text only.
#pragma once

#include <tusk/types/clock_text.hpp>
#include <tusk/types/scanner.hpp>

#include <cstdint>
#include <string>

namespace tusk {

/// A day of the proleptic Gregorian calendar. The year before 1 is 0, which is written 1 BC.
struct civil_day {
  std::int64_t year;
  unsigned month; ///< 1 to 12
  unsigned day;   ///< 1 to 31

  /// Of a number of days since 1970-01-01.
  static constexpr civil_day of(std::int64_t days) noexcept {
    // Counted from 0000-03-01: a leap day is then the last of its year, 4 years, 400 years.
    auto const since = days + days_before_epoch;
    auto const era = (since < 0 ? since - (era_days - 1) : since) / era_days;
    auto const of_era = since - era * era_days;
    auto const years = (of_era - of_era / 1460 + of_era / 36'524 - of_era / (era_days - 1)) / 365;
    auto const of_year = of_era - (365 * years + years / 4 - years / 100);
    auto const month = (5 * of_year + 2) / 153; // from March on
    auto const day = of_year - (153 * month + 2) / 5 + 1;
    return {years + era * 400 + (month >= 10 ? 1 : 0), static_cast<unsigned>(month < 10 ? month + 3 : month - 9),
            static_cast<unsigned>(day)};
  }
  /// The number of days since 1970-01-01.
  constexpr std::int64_t days() const noexcept {
    auto const y = year - (month <= 2 ? 1 : 0);
    auto const era = (y < 0 ? y - 399 : y) / 400;
    auto const of_era = y - era * 400;
    auto const of_year = (153 * (std::int64_t{month} + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * era_days + of_era * 365 + of_era / 4 - of_era / 100 + of_year - days_before_epoch;
  }
  friend constexpr bool operator==(civil_day const&, civil_day const&) = default;

 private:
  static constexpr std::int64_t era_days = 146'097; // 400 years
  static constexpr std::int64_t days_before_epoch = 719'468;
};

/// Appends year, month and day. True: the year is one before Christ, and " BC" belongs behind it all.
inline bool put_day(std::string& out, std::int64_t days) {
  auto const d = civil_day::of(days);
  bool const bc = d.year <= 0;
  put_padded(out, static_cast<std::uint64_t>(bc ? 1 - d.year : d.year), 4);
  out += '-';
  put_padded(out, d.month, 2);
  out += '-';
  put_padded(out, d.day, 2);
  return bc;
}

/// Appends a moment that is so many microseconds after 1970-01-01, as day and clock; as `put_day`.
inline bool put_moment(std::string& out, std::int64_t microseconds) {
  constexpr std::int64_t a_day = 86'400'000'000;
  auto const clock = (microseconds % a_day + a_day) % a_day;
  auto const bc = put_day(out, (microseconds - clock) / a_day);
  out += ' ';
  put_clock(out, static_cast<std::uint64_t>(clock));
  return bc;
}

/// Reads year, month and day, where the last two are two digits each.
inline civil_day scan_day(scanner& in) {
  civil_day d{};
  auto const year = in.digits();
  if (year.size() < 4 || year.size() > 7) in.refuse();
  for (char const c : year) d.year = d.year * 10 + (c - '0');
  for (auto* part : {&d.month, &d.day}) {
    in.need('-');
    auto const two = in.digits();
    if (two.size() != 2) in.refuse();
    *part = static_cast<unsigned>((two[0] - '0') * 10 + (two[1] - '0'));
  }
  if (d.year == 0) in.refuse();
  return d;
}

/// Reads the " BC" behind a day, if it is there, and returns the number of days since 1970-01-01.
inline std::int64_t scan_era(scanner& in, civil_day d) {
  in.skip_blanks();
  if (in.eat_word("bc")) d.year = 1 - d.year;
  if (d.month < 1 || d.month > 12 || civil_day::of(d.days()) != d) in.refuse(); // such as the 30th of February
  return d.days();
}

/// Appends the word for a time without end, which the first and the last value of its type are. False: it is another.
template <class Time> bool put_infinity(Time value, std::string& out) {
  if (value != Time::max() && value != Time::min()) return false;
  out += value == Time::max() ? "infinity" : "-infinity";
  return true;
}

/// Reads such a word. False: there is none.
template <class Time> bool scan_infinity(scanner& in, Time& out) {
  bool const last = in.eat_word("infinity");
  if (!last && !in.eat_word("-infinity")) return false;
  out = last ? Time::max() : Time::min();
  return true;
}

} // namespace tusk
