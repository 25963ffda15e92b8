// tusk tests: the C++ type that is at home in each built-in SQL type, arrays too.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <tusk/mapping/text_form.hpp>
#include <tusk/types/all.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

template <class T> using nullable_array = tusk::array<std::optional<T>>;

/// Calls `f` with a std::type_identity<T>. False: there is none, or its text
/// form is not the server's, as of oid for regclass.
template <class F> bool with_home_type(tusk::oid type, F f) {
  using std::chrono::sys_days;
  using tusk::oid;
  if (tusk::mapping::with_home_type(type, f)) return true;
  switch (type) {
  case oid::money: f(std::type_identity<tusk::money>{}); break;
  case oid::bool_array: f(std::type_identity<nullable_array<bool>>{}); break;
  case oid::int2_array: f(std::type_identity<nullable_array<std::int16_t>>{}); break;
  case oid::int4_array: f(std::type_identity<nullable_array<std::int32_t>>{}); break;
  case oid::oid_array: f(std::type_identity<nullable_array<oid>>{}); break;
  case oid::text_array:
  case oid::bpchar_array: f(std::type_identity<nullable_array<std::string>>{}); break;
  case oid::uuid_array: f(std::type_identity<nullable_array<tusk::uuid>>{}); break;
  case oid::date_array: f(std::type_identity<nullable_array<sys_days>>{}); break;
  case oid::numeric_array: f(std::type_identity<std::vector<tusk::numeric>>{}); break;
  case oid::inet_array: f(std::type_identity<std::vector<tusk::inet>>{}); break;
  case oid::box_array: f(std::type_identity<std::vector<tusk::box>>{}); break;
  case oid::int4range_array: f(std::type_identity<std::vector<tusk::range<std::int32_t>>>{}); break;
  default: return false;
  }
  return true;
}
