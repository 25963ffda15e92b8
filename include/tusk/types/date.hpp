// tusk: types/date.hpp — date as std::chrono::sys_days and std::chrono::year_month_day.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// PostgreSQL counts days from 2000-01-01 of the proleptic Gregorian calendar, <chrono> from 1970-01-01 of the same one.
// Its infinities are sys_days::max() and sys_days::min(). year_month_day has neither infinities nor years beyond 32767,
// so that such a date is an error there. Must not know other types; no clock and no time zone is involved.
#pragma once

#include <tusk/types/calendar_text.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace tusk {

template <> struct codec<std::chrono::sys_days> {
  using sys_days = std::chrono::sys_days;

  static constexpr std::array oids{oid::date};
  static constexpr oid array = oid::date_array;
  static constexpr std::size_t width = 4;
  static constexpr std::string_view name = "std::chrono::sys_days";

  /// The days that PostgreSQL has, 4714-11-24 BC (day 0 of the Julian period) to 5874897-12-31.
  static constexpr sys_days first{std::chrono::days(-2'440'588)};
  static constexpr sys_days last{std::chrono::days(2'145'042'905)};

  static void decode(reader& in, sys_days& out) noexcept {
    auto const day = in.get<std::int32_t>();
    if (day >= sent(first) && day <= sent(last)) [[likely]]
      out = sys_days(std::chrono::days(day + epoch));
    else if (day == limits::max())
      out = sys_days::max();
    else if (day == limits::min())
      out = sys_days::min();
    else
      in.fail("it is out of PostgreSQL's range");
  }
  static void encode(sys_days value, writer& to) {
    if (value >= first && value <= last) [[likely]]
      to.put(sent(value));
    else if (value == sys_days::max())
      to.put(limits::max());
    else if (value == sys_days::min())
      to.put(limits::min());
    else
      refuse("day " + std::to_string(value.time_since_epoch().count()) + " since 1970-01-01", to);
  }
  static void put_text(sys_days value, std::string& out) {
    if (put_infinity(value, out)) return;
    if (put_day(out, value.time_since_epoch().count())) out += " BC";
  }
  static sys_days parse(std::string_view text) {
    scanner in(text, "date: write such as 2024-02-29 or 0044-03-15 BC, infinity or -infinity");
    sys_days value;
    if (!scan_infinity(in, value)) {
      auto const days = scan_era(in, scan_day(in));
      if (days < first.time_since_epoch().count() || days > last.time_since_epoch().count()) in.refuse();
      value = sys_days(std::chrono::days(days));
    }
    in.end();
    return value;
  }

  [[noreturn]] static void refuse(std::string value, writer& to) {
    to.fail(value + " is out of PostgreSQL's range for a date, 4714-11-24 BC to 5874897-12-31");
  }

 private:
  using limits = std::numeric_limits<std::int32_t>;
  static constexpr std::int32_t epoch = 10'957; // 2000-01-01 in days since 1970-01-01

  static constexpr std::int32_t sent(sys_days value) noexcept {
    return static_cast<std::int32_t>(value.time_since_epoch().count()) - epoch;
  }
};

template <> struct codec<std::chrono::year_month_day> {
  using year_month_day = std::chrono::year_month_day;
  using sys_days = std::chrono::sys_days;

  static constexpr std::array oids{oid::date};
  static constexpr oid array = oid::date_array;
  static constexpr std::size_t width = 4;
  static constexpr std::string_view name = "std::chrono::year_month_day";

  static void decode(reader& in, year_month_day& out) noexcept {
    sys_days day;
    codec<sys_days>::decode(in, day);
    if (!in.ok()) return;
    if (day == sys_days::max() || day == sys_days::min())
      return in.fail("it is infinite, which this type cannot be: use std::chrono::sys_days");
    if (day > last) return in.fail("its year is beyond 32767, the last of this type: use std::chrono::sys_days");
    out = day;
  }
  static void encode(year_month_day const& value, writer& to) {
    if (!value.ok()) to.fail(text(value) + " is no date");
    if (sys_days(value) < codec<sys_days>::first) codec<sys_days>::refuse(text(value), to);
    codec<sys_days>::encode(value, to);
  }
  static void put_text(year_month_day const& value, std::string& out) { codec<sys_days>::put_text(value, out); }
  static year_month_day parse(std::string_view text) {
    auto const day = codec<sys_days>::parse(text);
    if (day > last || day == sys_days::min())
      scanner(text, "std::chrono::year_month_day, which ends in 32767").refuse();
    return day;
  }

 private:
  static constexpr sys_days last = std::chrono::year::max() / std::chrono::December / 31;

  /// Year, month, day, the year -43 being 44 BC: for messages.
  static std::string text(year_month_day const& value) {
    auto const two = [](unsigned n) { return (n < 10 ? "-0" : "-") + std::to_string(n); };
    return std::to_string(static_cast<int>(value.year())) + two(static_cast<unsigned>(value.month())) +
           two(static_cast<unsigned>(value.day()));
  }
};

} // namespace tusk
