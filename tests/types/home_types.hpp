// tusk tests: the C++ type that is at home in each built-in SQL type.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <tusk/types/all.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

template <class T> using nullable_array = tusk::array<std::optional<T>>;

/// Calls `f` with a std::type_identity<T>. False: there is none, or its text
/// form is not the server's, as of oid for regclass.
template <class F> bool with_home_type(tusk::oid type, F f) {
  using tusk::oid;
  using bytes = std::vector<std::byte>;
  using std::chrono::local_time, std::chrono::microseconds, std::chrono::sys_days, std::chrono::sys_time;
  switch (type) {
  case oid::bool_: f(std::type_identity<bool>{}); break;
  case oid::int2: f(std::type_identity<std::int16_t>{}); break;
  case oid::int4: f(std::type_identity<std::int32_t>{}); break;
  case oid::int8: f(std::type_identity<std::int64_t>{}); break;
  case oid::float4: f(std::type_identity<float>{}); break;
  case oid::float8: f(std::type_identity<double>{}); break;
  case oid::oid: f(std::type_identity<oid>{}); break;
  case oid::text:
  case oid::varchar:
  case oid::bpchar:
  case oid::name:
  case oid::xml: f(std::type_identity<std::string>{}); break;
  case oid::char_: f(std::type_identity<char>{}); break;
  case oid::bytea: f(std::type_identity<bytes>{}); break;
  case oid::uuid: f(std::type_identity<tusk::uuid>{}); break;
  case oid::json: f(std::type_identity<tusk::json>{}); break;
  case oid::jsonb: f(std::type_identity<tusk::jsonb>{}); break;
  case oid::date: f(std::type_identity<sys_days>{}); break;
  case oid::timestamp: f(std::type_identity<local_time<microseconds>>{}); break;
  case oid::timestamptz: f(std::type_identity<sys_time<microseconds>>{}); break;
  case oid::bool_array: f(std::type_identity<nullable_array<bool>>{}); break;
  case oid::int2_array: f(std::type_identity<nullable_array<std::int16_t>>{}); break;
  case oid::int4_array: f(std::type_identity<nullable_array<std::int32_t>>{}); break;
  case oid::oid_array: f(std::type_identity<nullable_array<oid>>{}); break;
  case oid::text_array:
  case oid::bpchar_array: f(std::type_identity<nullable_array<std::string>>{}); break;
  case oid::uuid_array: f(std::type_identity<nullable_array<tusk::uuid>>{}); break;
  case oid::date_array: f(std::type_identity<nullable_array<sys_days>>{}); break;
  case oid::numeric: f(std::type_identity<tusk::numeric>{}); break;
  case oid::money: f(std::type_identity<tusk::money>{}); break;
  case oid::time: f(std::type_identity<tusk::time_of_day>{}); break;
  case oid::timetz: f(std::type_identity<tusk::time_of_day_tz>{}); break;
  case oid::interval: f(std::type_identity<tusk::interval>{}); break;
  case oid::bit:
  case oid::varbit: f(std::type_identity<tusk::bit_string>{}); break;
  case oid::inet: f(std::type_identity<tusk::inet>{}); break;
  case oid::cidr: f(std::type_identity<tusk::cidr>{}); break;
  case oid::macaddr: f(std::type_identity<tusk::macaddr>{}); break;
  case oid::macaddr8: f(std::type_identity<tusk::macaddr8>{}); break;
  case oid::pg_lsn: f(std::type_identity<tusk::pg_lsn>{}); break;
  case oid::tid: f(std::type_identity<tusk::tid>{}); break;
  case oid::xid: f(std::type_identity<tusk::xid>{}); break;
  case oid::xid8: f(std::type_identity<tusk::xid8>{}); break;
  case oid::jsonpath: f(std::type_identity<tusk::jsonpath>{}); break;
  case oid::point: f(std::type_identity<tusk::point>{}); break;
  case oid::line: f(std::type_identity<tusk::line>{}); break;
  case oid::lseg: f(std::type_identity<tusk::lseg>{}); break;
  case oid::box: f(std::type_identity<tusk::box>{}); break;
  case oid::path: f(std::type_identity<tusk::path>{}); break;
  case oid::polygon: f(std::type_identity<tusk::polygon>{}); break;
  case oid::circle: f(std::type_identity<tusk::circle>{}); break;
  case oid::tsvector: f(std::type_identity<tusk::tsvector>{}); break;
  case oid::tsquery: f(std::type_identity<tusk::tsquery>{}); break;
  case oid::int4range: f(std::type_identity<tusk::range<std::int32_t>>{}); break;
  case oid::int8range: f(std::type_identity<tusk::range<std::int64_t>>{}); break;
  case oid::numrange: f(std::type_identity<tusk::range<tusk::numeric>>{}); break;
  case oid::daterange: f(std::type_identity<tusk::range<sys_days>>{}); break;
  case oid::tstzrange: f(std::type_identity<tusk::range<sys_time<microseconds>>>{}); break;
  case oid::int4multirange: f(std::type_identity<tusk::multirange<std::int32_t>>{}); break;
  case oid::nummultirange: f(std::type_identity<tusk::multirange<tusk::numeric>>{}); break;
  case oid::datemultirange: f(std::type_identity<tusk::multirange<sys_days>>{}); break;
  case oid::tsmultirange: f(std::type_identity<tusk::multirange<local_time<microseconds>>>{}); break;
  case oid::tstzmultirange: f(std::type_identity<tusk::multirange<sys_time<microseconds>>>{}); break;
  case oid::numeric_array: f(std::type_identity<std::vector<tusk::numeric>>{}); break;
  case oid::inet_array: f(std::type_identity<std::vector<tusk::inet>>{}); break;
  case oid::box_array: f(std::type_identity<std::vector<tusk::box>>{}); break;
  case oid::int4range_array: f(std::type_identity<std::vector<tusk::range<std::int32_t>>>{}); break;
  default: return false;
  }
  return true;
}
