// tusk tests: support/long_streams.hpp — queries with more rows than a test could wait for, and reading to an end.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <string_view>
#include <tuple>

namespace live {

using wide = std::tuple<int, std::string_view>;
inline constexpr std::string_view endless = "select generate_series(1, 1000000000), repeat('x', 100)";
/// Sends three rows, which are too large for the server's buffer, and then sleeps.
inline constexpr std::string_view stalling =
    "select g, repeat('x', 20000) || case when g > 3 then pg_sleep(60)::text else '' end "
    "from generate_series(1, 10) as g";

/// Reads to the end and returns how many rows there were.
template <class Wait, class Cursor> int count(Wait const& wait, Cursor& rows) {
  int n = 0;
  while (wait(rows.next()) != nullptr) ++n;
  return n;
}

} // namespace live
