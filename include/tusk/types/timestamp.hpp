// tusk: types/timestamp.hpp — timestamptz as std::chrono::sys_time, timestamp as std::chrono::local_time.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A timestamptz is a moment, a timestamp is what a clock on some wall shows: they are never mixed. Both are
// microseconds since 2000-01-01; the infinities are max() and min(). Coarser durations are taken as parameters, which
// loses nothing. Finer ones are not: std::chrono::system_clock::time_point has nanoseconds on most platforms and thus
// no codec, so write floor<microseconds>(now). sys_days is a date. Must not know other types; no clock and no time zone
// is involved.
#pragma once

#include <tusk/types/codec.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ratio>
#include <string>
#include <string_view>

namespace tusk {

/// A duration that is a whole number of microseconds, and shorter than a day: those are dates.
template <class D>
concept microseconds_or_coarser = std::signed_integral<typename D::rep> && sizeof(typename D::rep) <= 8 &&
                                  std::ratio_divide<typename D::period, std::micro>::den == 1 &&
                                  std::ratio_less_v<typename D::period, std::chrono::days::period>;

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

 private:
  using limits = std::numeric_limits<std::int64_t>;
  static constexpr std::int64_t factor = std::ratio_divide<typename D::period, std::micro>::num;
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
