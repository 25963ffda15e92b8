// tusk: types/time_of_day.hpp — time and timetz as tusk::time_of_day and tusk::time_of_day_tz.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What a clock shows, without a date. PostgreSQL has 24:00:00 beside 00:00:00, and both are kept. A timetz has the
// offset of a time zone, never its name. Must not know other types; no clock and no time zone is involved.
#pragma once

#include <tusk/types/clock_text.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tusk {

/// A time of the day, to the microsecond: 00:00:00 to 24:00:00. Midnight by default.
struct time_of_day {
  std::chrono::microseconds since_midnight{}; ///< 0 to 24 hours, inclusive

  static constexpr std::chrono::microseconds last = std::chrono::hours(24);

  /// Reads hours, minutes, and seconds with up to six digits behind the point: 23:59, 23:59:59.999999. Throws error
  /// (errc::invalid_value) on anything else.
  static time_of_day parse(std::string_view text);

  friend constexpr auto operator<=>(time_of_day const&, time_of_day const&) = default;
};

/// As PostgreSQL writes it: 04:05:06.789. A value out of range, which cannot be sent either, is written as hours below
/// zero or above 24.
inline std::string to_string(time_of_day const& t) {
  auto const count = t.since_midnight.count();
  std::string out(count < 0 ? "-" : "");
  put_clock(out, count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count));
  return out;
}

/// A time of the day in a time zone that is so far from UTC.
struct time_of_day_tz {
  time_of_day time;
  std::chrono::seconds offset{}; ///< east of Greenwich: 2 hours are +02; less than 16 hours either way

  static constexpr std::chrono::seconds last_offset{16 * 3600 - 1};

  /// The same in UTC; may be before 00:00 or after 24:00.
  constexpr std::chrono::microseconds utc() const noexcept { return time.since_midnight - offset; }

  /// Reads a time_of_day with an offset of hours, minutes and seconds behind it, or Z: 04:05:06.789-08, 04:05+05:30.
  /// Throws error (errc::invalid_value) on anything else.
  static time_of_day_tz parse(std::string_view text);

  friend constexpr bool operator==(time_of_day_tz const&, time_of_day_tz const&) = default;
  /// As PostgreSQL orders them: by the moment, and where that is the same, from east to west.
  friend constexpr std::strong_ordering operator<=>(time_of_day_tz const& a, time_of_day_tz const& b) noexcept {
    auto const moment = a.utc().count() <=> b.utc().count();
    return moment != 0 ? moment : b.offset.count() <=> a.offset.count();
  }
};

/// As PostgreSQL writes it: 04:05:06.789-08.
inline std::string to_string(time_of_day_tz const& t) {
  auto out = to_string(t.time);
  put_offset(out, t.offset.count());
  return out;
}

inline time_of_day scan_time_of_day(scanner& in) {
  time_of_day const t{std::chrono::microseconds(static_cast<std::int64_t>(scan_clock(in, 24)))};
  if (t.since_midnight > time_of_day::last) in.refuse();
  return t;
}

inline time_of_day time_of_day::parse(std::string_view text) {
  scanner in(text, "time of the day: write 00:00:00 to 24:00:00, such as 04:05:06.789");
  auto const t = scan_time_of_day(in);
  in.end();
  return t;
}

inline time_of_day_tz time_of_day_tz::parse(std::string_view text) {
  scanner in(text, "time of the day with an offset from UTC: write such as 04:05:06.789-08 or 04:05:06+05:30");
  time_of_day_tz t;
  t.time = scan_time_of_day(in);
  if (!in.eat_word("z")) t.offset = std::chrono::seconds(scan_offset(in));
  in.end();
  return t;
}

template <> struct codec<time_of_day> {
  static constexpr std::array oids{oid::time};
  static constexpr oid array = oid::time_array;
  static constexpr std::size_t width = 8;
  static constexpr std::string_view name = "tusk::time_of_day";

  static void decode(reader& in, time_of_day& out) noexcept {
    auto const count = in.get<std::int64_t>();
    if (count < 0 || count > time_of_day::last.count()) return in.fail("it is not within a day");
    out.since_midnight = std::chrono::microseconds(count);
  }
  static void encode(time_of_day const& value, writer& to) {
    auto const count = value.since_midnight.count();
    if (count < 0 || count > time_of_day::last.count()) to.fail(to_string(value) + " is not within a day");
    to.put(std::int64_t{count});
  }
};

template <> struct codec<time_of_day_tz> {
  static constexpr std::array oids{oid::timetz};
  static constexpr oid array = oid::timetz_array;
  static constexpr std::size_t width = 12;
  static constexpr std::string_view name = "tusk::time_of_day_tz";

  static void decode(reader& in, time_of_day_tz& out) noexcept {
    time_of_day_tz value;
    codec<time_of_day>::decode(in, value.time);
    auto const west = in.get<std::int32_t>();
    if (west < -most || west > most) return in.fail("its offset from UTC is 16 hours or more");
    value.offset = std::chrono::seconds(-west);
    out = value;
  }
  static void encode(time_of_day_tz const& value, writer& to) {
    codec<time_of_day>::encode(value.time, to);
    auto const east = value.offset.count();
    if (east < -most || east > most)
      to.fail("its offset from UTC, " + std::to_string(east) + " s, is 16 hours or more");
    to.put(static_cast<std::int32_t>(-east));
  }

 private:
  static constexpr auto most = static_cast<std::int32_t>(time_of_day_tz::last_offset.count());
};

} // namespace tusk
