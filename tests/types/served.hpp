// tusk tests: what servers sent (tests/data/types_expected.tsv), and how a C++ type is tried with it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/json.hpp"
#include "support/table.hpp"
#include "types/check.hpp"

#include <cmath>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace served {

using namespace codec_test;

struct sample {
  std::string settings, expression, type_name, text;
  oid type = oid::none; ///< of a type that a user has created some number
  bytes sent;
};

/// The rows of the table. SQL NULLs are left out: they never reach a codec. So are two numbers of 131072 digits, of
/// which the table has sums only (numeric.cpp has such), and a type that has no binary form.
inline std::vector<sample> samples() {
  std::vector<sample> out;
  support::table const table("types_expected.tsv");
  for (auto const& row : table) {
    auto const text = row["text_json"];
    if (text == "null" || text.starts_with('{') || row["bin_note"].starts_with("no_binary_output")) continue;
    auto const number = row["oid"];
    out.push_back({row["set"], row["expr"], row["type"], support::json::string(text),
                   number == "dynamic" ? tusk::first_of_users : oid(std::stoul(number)), unhex(row["bin_hex"])});
  }
  return out;
}

// ---- one row as one C++ type ----------------------------------------------------------------------------------------

/// Decodes, compares and damages. The type may have another SQL type of its own.
template <class T> T one_way(sample const& row, T const& expected) {
  REQUIRE(tusk::reads<T>(row.type));
  auto const value = decode<T>(row.sent, row.type);
  if constexpr (std::is_floating_point_v<T>)
    CHECK(((std::isnan(value) && std::isnan(expected)) || value == expected));
  else
    CHECK((value == expected));
  storm<T>(row.sent, row.type);
  return value;
}
/// Encodes as well. `sends` is what encode() makes of it, when not the same bytes.
template <class T> void both_ways(sample const& row, T const& expected, std::string const& sends) {
  CHECK(encode(one_way(row, expected)) == sends);
}
template <class T> void both_ways(sample const& row, T const& expected) { both_ways(row, expected, hex(row.sent)); }

/// The server's text of the value is ours.
template <class T> void check_text(sample const& row, T const& value) {
  CHECK(text_of(value) == row.text);
  CHECK((tusk::from_text<T>(row.text) == value));
}

/// A type of tusk's.
template <class T> void own(sample const& row) {
  auto const value = decode<T>(row.sent, row.type);
  CHECK(encode(value) == hex(row.sent));
  storm<T>(row.sent, row.type);
  if (row.settings.empty()) check_text(row, value); // else such as another IntervalStyle
}

/// What is read only, since the server infers the type of a parameter from its text.
template <class T> void inferred(sample const& row) {
  REQUIRE(tusk::reads<T>(row.type));
  auto const value = decode<T>(row.sent, row.type);
  storm<T>(row.sent, row.type);
  check_text(row, value);
}

} // namespace served
