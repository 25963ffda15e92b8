// tusk: types/interval.hpp — interval as tusk::interval, and durations of <chrono> as parameters.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// PostgreSQL keeps months, days and time apart, since a month has no fixed number of days, nor a day of hours. A
// std::chrono::duration has time only: it is sent as such, and no interval is read as one. Days and longer durations of
// <chrono>, which are so many hours there, are not taken: that might mean the other thing. Must not know other types.
#pragma once

#include <tusk/types/clock_text.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/microseconds.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace tusk {

/// A span of time in three parts, each of which may be negative. Nothing by default.
///
/// Equal if all three are. The server takes a day for 24 hours and a month for 30 days when it compares: what is equal
/// there need not be here, and there is no order.
struct interval {
  std::int32_t months = 0;
  std::int32_t days = 0;
  std::chrono::microseconds time{};

  /// Longer than any other. Since PostgreSQL 17; to earlier servers it is a number of months, days and microseconds.
  static constexpr interval infinity() noexcept {
    using limits = std::numeric_limits<std::int32_t>;
    return {limits::max(), limits::max(), std::chrono::microseconds::max()};
  }
  static constexpr interval negative_infinity() noexcept {
    using limits = std::numeric_limits<std::int32_t>;
    return {limits::min(), limits::min(), std::chrono::microseconds::min()};
  }
  constexpr bool is_infinite() const noexcept { return *this == infinity() || *this == negative_infinity(); }

  /// Reads what to_string writes, and the parts in any number and order as long as each is there once:
  ///
  ///     interval = *( part ) [ time ]  |  [ "-" ] "infinity"              separated by blanks; at least one
  ///     part     = [sign] digits ( "year" / "mon" / "month" / "week" / "day" ) ["s"]
  ///     time     = [sign] hours ":" minutes [ ":" seconds ]               seconds with up to six digits of a fraction
  ///
  /// Throws error (errc::invalid_value) on anything else, and where a part is too large.
  static interval parse(std::string_view text);

  friend constexpr bool operator==(interval const&, interval const&) = default;
};

/// As PostgreSQL writes it (IntervalStyle postgres): 1 year 2 mons 3 days 04:05:06.789.
inline std::string to_string(interval const& i) {
  if (i.is_infinite()) return i.months < 0 ? "-infinity" : "infinity";
  std::string out;
  bool below = false; // the last part was negative: a positive one has a sign then
  auto const part = [&](std::int32_t n, char const* unit) {
    if (n == 0) return;
    if (!out.empty()) out += ' ';
    if (below && n > 0) out += '+';
    out.append(std::to_string(n)).append(" ").append(unit);
    if (n != 1) out += 's';
    below = n < 0;
  };
  part(i.months / 12, "year");
  part(i.months % 12, "mon");
  part(i.days, "day");
  auto const count = i.time.count();
  if (count == 0 && !out.empty()) return out;
  if (!out.empty()) out += ' ';
  if (count < 0)
    out += '-';
  else if (below)
    out += '+';
  put_clock(out, count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count));
  return out;
}

inline interval interval::parse(std::string_view text) {
  scanner in(text, "interval: write such as 1 year 2 mons -3 days 04:05:06.789");
  in.skip_blanks();
  bool const endless = in.eat_word("infinity");
  if (endless || in.eat_word("-infinity")) {
    in.skip_blanks();
    in.end();
    return endless ? infinity() : negative_infinity();
  }
  struct {
    char const* name;
    unsigned bit; // years and months may both be there, of one unit only one
    std::int64_t months, days;
  } const units[] = {{"year", 1, 12, 0}, {"month", 2, 1, 0}, {"mon", 2, 1, 0}, {"week", 4, 0, 7}, {"day", 8, 0, 1}};
  constexpr unsigned time_bit = 16;
  std::int64_t months = 0, days = 0, time = 0;
  unsigned seen = 0;
  while (!in.done()) {
    bool const negative = in.eat_sign();
    auto clock = in; // a number is hours if a colon follows
    if (clock.digits().empty()) in.refuse();
    std::int64_t const sign = negative ? -1 : 1;
    if (clock.peek() == ':') {
      constexpr std::uint64_t most_hours = 2'562'047'788; // of 64 bits of microseconds
      auto const count = scan_clock(in, most_hours);
      constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
      if ((seen & time_bit) != 0 || count > most + (negative ? 1 : 0)) in.refuse();
      time = static_cast<std::int64_t>(negative ? 0 - count : count);
      seen |= time_bit;
    } else {
      std::int64_t const count = sign * std::int64_t{in.number<std::uint32_t>(1u << 31)};
      in.skip_blanks();
      bool known = false;
      for (auto const& u : units) {
        if (!in.eat_word(u.name)) continue;
        if ((seen & u.bit) != 0) in.refuse();
        seen |= u.bit;
        months += count * u.months;
        days += count * u.days;
        in.eat_word("s");
        known = true;
        break;
      }
      if (!known) in.refuse();
    }
    if (!in.done() && !scanner::is_blank(in.peek())) in.refuse();
    in.skip_blanks();
  }
  using limits = std::numeric_limits<std::int32_t>;
  auto const beyond = [](std::int64_t n) { return n < limits::min() || n > limits::max(); };
  if (seen == 0 || beyond(months) || beyond(days)) in.refuse();
  return {static_cast<std::int32_t>(months), static_cast<std::int32_t>(days), std::chrono::microseconds(time)};
}

template <> struct codec<interval> {
  static constexpr std::array oids{oid::interval};
  static constexpr oid array = oid::interval_array;
  static constexpr std::size_t width = 16;
  static constexpr std::string_view name = "tusk::interval";

  static void decode(reader& in, interval& out) noexcept {
    out.time = std::chrono::microseconds(in.get<std::int64_t>());
    out.days = in.get<std::int32_t>();
    out.months = in.get<std::int32_t>();
  }
  static void encode(interval const& value, writer& to) {
    to.put(std::int64_t{value.time.count()});
    to.put(value.days);
    to.put(value.months);
  }
};

/// A parameter only.
template <class Rep, class Period>
  requires microseconds_or_coarser<std::chrono::duration<Rep, Period>>
struct codec<std::chrono::duration<Rep, Period>> {
  static constexpr std::array oids{oid::interval};
  static constexpr oid array = oid::interval_array;

  static void encode(std::chrono::duration<Rep, Period> value, writer& to) {
    constexpr auto factor = microseconds_in<std::chrono::duration<Rep, Period>>;
    std::int64_t count = 0;
    if (__builtin_mul_overflow(std::int64_t{value.count()}, factor, &count))
      to.fail(std::to_string(value.count()) + " times " + std::to_string(factor) +
              " microseconds are too many for an interval, which has 64 bits of them");
    codec<interval>::encode({0, 0, std::chrono::microseconds(count)}, to);
  }
};

} // namespace tusk
