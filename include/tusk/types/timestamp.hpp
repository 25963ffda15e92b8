// tusk: types/timestamp.hpp — timestamptz as std::chrono::sys_time, timestamp as std::chrono::local_time.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A timestamptz is a moment, a timestamp is what a clock on some wall shows: they are never mixed. Both are
// microseconds since 2000-01-01; the infinities are max() and min(). Coarser durations are taken as parameters, which
// loses nothing. Finer ones are not: std::chrono::system_clock::time_point has nanoseconds on most platforms and thus
// no codec, so write floor<microseconds>(now). sys_days is a date. Must not know other types; no clock and no time zone
// is involved.
#pragma once

#include <tusk/types/calendar_text.hpp>
#include <tusk/types/clock_text.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/microseconds.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace tusk {

/// What timestamp and timestamptz have in common: all but the clock.
template <class Clock, class D> struct timestamp_codec {
  using time_point = std::chrono::time_point<Clock, D>;
  static constexpr std::size_t width = 8;

  static void decode(reader& in, time_point& out) noexcept
    requires std::same_as<D, std::chrono::microseconds>
  {
    auto const sent = in.get<std::int64_t>();
    if (sent >= first && sent <= last) [[likely]]
      out = time_point(D(sent + epoch));
    else if (sent == limits::max())
      out = time_point::max();
    else if (sent == limits::min())
      out = time_point::min();
    else
      in.fail("it is out of range, which ends in the year 294247");
  }

  static void encode(time_point value, writer& to) {
    if (value == time_point::max()) return to.put(limits::max());
    if (value == time_point::min()) return to.put(limits::min());
    std::int64_t const count = value.time_since_epoch().count();
    std::int64_t sent = 0;
    if (__builtin_mul_overflow(count, factor, &sent) || __builtin_sub_overflow(sent, epoch, &sent) || sent < first ||
        sent > last) [[unlikely]]
      refuse(count, to);
    to.put(sent);
  }

  /// A timestamptz is written in UTC, whatever the time zone of the session.
  static void put_text(time_point value, std::string& out)
    requires std::same_as<D, std::chrono::microseconds>
  {
    if (put_infinity(value, out)) return;
    bool const bc = put_moment(out, value.time_since_epoch().count());
    if constexpr (has_zone) put_offset(out, 0);
    if (bc) out += " BC";
  }
  /// A timestamptz may have any offset, and must have one; a timestamp has none.
  static time_point parse(std::string_view text)
    requires std::same_as<D, std::chrono::microseconds>
  {
    scanner in(text, has_zone ? "timestamptz: write such as 2024-02-29 12:00:00.123456+00, infinity or -infinity"
                              : "timestamp: write such as 2024-02-29 12:00:00.123456, infinity or -infinity");
    time_point value;
    if (!scan_infinity(in, value)) {
      auto const day = scan_day(in);
      if (!in.eat_word("t")) in.need(' ');
      auto microseconds = static_cast<std::int64_t>(scan_clock(in, 23));
      if constexpr (has_zone)
        if (!in.eat_word("z")) microseconds -= scan_offset(in) * 1'000'000;
      std::int64_t midnight = 0;
      if (__builtin_mul_overflow(scan_era(in, day), std::int64_t{86'400'000'000}, &midnight) ||
          __builtin_add_overflow(microseconds, midnight, &microseconds) || microseconds < first + epoch ||
          microseconds == limits::max())
        in.refuse();
      value = time_point(D(microseconds));
    }
    in.end();
    return value;
  }

 private:
  static constexpr bool has_zone = std::same_as<Clock, std::chrono::system_clock>;
  using limits = std::numeric_limits<std::int64_t>;
  static constexpr std::int64_t factor = microseconds_in<D>;
  static constexpr std::int64_t epoch = 946'684'800'000'000; // 2000-01-01 in microseconds since 1970-01-01
  // 4714-11-24 BC, the first that PostgreSQL has. It goes on to the end of 294276; the count since 1970 ends in January
  // 294247, and its last value is taken by infinity.
  static constexpr std::int64_t first = -211'813'488'000'000'000;
  static constexpr std::int64_t last = limits::max() - 1 - epoch;

  [[noreturn]] static void refuse(std::int64_t count, writer& to) {
    to.fail(std::to_string(count) + (factor == 1 ? "" : " times " + std::to_string(factor)) +
            " microseconds since 1970-01-01 is out of range for a timestamp, 4714-11-24 BC to 294247-01-10");
  }
};

template <microseconds_or_coarser D>
struct codec<std::chrono::sys_time<D>> : timestamp_codec<std::chrono::system_clock, D> {
  static constexpr std::array oids{oid::timestamptz};
  static constexpr oid array = oid::timestamptz_array;
  static constexpr std::string_view name = std::same_as<D, std::chrono::microseconds>
                                               ? "std::chrono::sys_time<std::chrono::microseconds>"
                                               : spelling<std::chrono::sys_time<D>>();
};

template <microseconds_or_coarser D>
struct codec<std::chrono::local_time<D>> : timestamp_codec<std::chrono::local_t, D> {
  static constexpr std::array oids{oid::timestamp};
  static constexpr oid array = oid::timestamp_array;
  static constexpr std::string_view name = std::same_as<D, std::chrono::microseconds>
                                               ? "std::chrono::local_time<std::chrono::microseconds>"
                                               : spelling<std::chrono::local_time<D>>();
};

} // namespace tusk
