// tusk: types/clock_text.hpp — hours, minutes and seconds as text: 04:05:06.789.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What the text forms of time, timetz, interval and the timestamps have in common. What is written is what a server
// writes; what is read has no more than microseconds, so that nothing is rounded. Knows numbers and text only.
#pragma once

#include <tusk/types/scanner.hpp>

#include <cstdint>
#include <string>

namespace tusk {

/// Appends `value`, with zeros in front up to `width` digits.
inline void put_padded(std::string& out, std::uint64_t value, std::size_t width) {
  auto const digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

/// Appends as hours (two digits, or more), minutes, seconds and as much of a fraction as there is.
inline void put_clock(std::string& out, std::uint64_t microseconds) {
  auto const seconds = microseconds / 1'000'000;
  put_padded(out, seconds / 3600, 2);
  out += ':';
  put_padded(out, seconds / 60 % 60, 2);
  out += ':';
  put_padded(out, seconds % 60, 2);
  auto fraction = microseconds % 1'000'000;
  if (fraction == 0) return;
  std::size_t width = 6;
  for (; fraction % 10 == 0; fraction /= 10) --width;
  out += '.';
  put_padded(out, fraction, width);
}

/// Reads that back, in microseconds: hours up to `most_hours`, minutes, and seconds with up to six digits of a fraction
/// if they are there.
inline std::uint64_t scan_clock(scanner& in, std::uint64_t most_hours) {
  auto seconds = in.number<std::uint64_t>(most_hours) * 3600;
  in.need(':');
  auto const two_digits = [&in] {
    auto const two = in.digits();
    if (two.size() != 2 || two[0] > '5') in.refuse();
    return std::uint64_t{10} * static_cast<std::uint64_t>(two[0] - '0') + static_cast<std::uint64_t>(two[1] - '0');
  };
  seconds += two_digits() * 60;
  std::uint64_t fraction = 0;
  if (in.eat(':')) {
    seconds += two_digits();
    if (in.eat('.')) {
      auto const digits = in.digits();
      if (digits.size() > 6) in.refuse();
      std::size_t n = 0;
      for (; n < digits.size(); ++n) fraction = fraction * 10 + static_cast<std::uint64_t>(digits[n] - '0');
      for (; n < 6; ++n) fraction *= 10;
    }
  }
  return seconds * 1'000'000 + fraction;
}

/// Appends seconds east of Greenwich as servers do: +02, -03:30, +05:53:28.
inline void put_offset(std::string& out, std::int64_t seconds) {
  out += seconds < 0 ? '-' : '+';
  auto const all = static_cast<std::uint64_t>(seconds < 0 ? -seconds : seconds);
  put_padded(out, all / 3600, 2);
  if (all % 3600 == 0) return;
  out += ':';
  put_padded(out, all / 60 % 60, 2);
  if (all % 60 == 0) return;
  out += ':';
  put_padded(out, all % 60, 2);
}

/// Reads that back; hours up to 15, which are the most that servers take.
inline std::int64_t scan_offset(scanner& in) {
  bool const west = in.peek() == '-';
  if (!in.eat('-')) in.need('+');
  std::int64_t seconds = in.number<std::uint8_t>(15) * 3600;
  for (std::int64_t unit = 60; unit != 0 && in.eat(':'); unit /= 60) seconds += in.number<std::uint8_t>(59) * unit;
  return west ? -seconds : seconds;
}

} // namespace tusk
