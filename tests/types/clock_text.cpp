// tusk: tests/types/clock_text.cpp — hours, minutes and seconds, and offsets, as text.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/clock_text.hpp>

#include "support/catch.hpp"

#include <cstdint>
#include <string>

namespace {

std::string clock(std::uint64_t microseconds) {
  std::string out;
  tusk::put_clock(out, microseconds);
  return out;
}
std::string offset(std::int64_t seconds) {
  std::string out;
  tusk::put_offset(out, seconds);
  return out;
}

} // namespace

TEST_CASE("clock_text: clocks both ways") {
  struct known {
    std::uint64_t microseconds;
    char const* text;
  };
  known const all[] = {{0, "00:00:00"},
                       {1, "00:00:00.000001"},
                       {100'000, "00:00:00.1"},
                       {59'999'999, "00:00:59.999999"},
                       {3'599'000'000, "00:59:59"},
                       {86'400'000'000, "24:00:00"},
                       {3'600'000'000ull * 12'345, "12345:00:00"},
                       {9'223'372'036'854'775'808ull, "2562047788:00:54.775808"}};
  for (auto const& [microseconds, text] : all) {
    CHECK(clock(microseconds) == text);
    tusk::scanner in(text, "clock");
    CHECK(tusk::scan_clock(in, 2'562'047'788) == microseconds);
    CHECK(in.done());
  }
}

TEST_CASE("clock_text: offsets both ways") {
  for (std::int64_t seconds = -57'599; seconds <= 57'599; seconds += 61) {
    auto const text = offset(seconds);
    tusk::scanner in(text, "offset");
    CHECK(tusk::scan_offset(in) == seconds);
    CHECK(in.done());
  }
  CHECK(offset(0) == "+00");
  CHECK(offset(7200) == "+02");
  CHECK(offset(-12'600) == "-03:30");
  CHECK(offset(21'208) == "+05:53:28");
  CHECK(offset(-8) == "-00:00:08");
}
