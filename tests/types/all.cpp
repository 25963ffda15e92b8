// tusk: tests/types/all.cpp — every codec against what servers sent (tests/data/types_expected.tsv).
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Each row is decoded, compared with what its text or its expression says, encoded to the same bytes, and damaged in
// every way that check.hpp knows.
#include <tusk/types/all.hpp>

#include "types/calendar.hpp"
#include "types/home_types.hpp"
#include "types/served.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using namespace served;
using namespace std::chrono;

namespace {

// ---- texts of the server, parsed without the driver -----------------------------------------------------------------

/// Text in some DateStyle or time zone is left alone: the expression is 'ISO'::type.
std::string iso_of(sample const& row) {
  if (row.settings.empty()) return row.text;
  return row.expression.substr(1, row.expression.find('\'', 1) - 1);
}

double real_of(sample const& row) {
  if (row.expression == "pi()") return std::acos(-1.0);
  if (row.expression == "'0.1'::float8+'0.2'::float8") return 0.1 + 0.2;
  return std::strtod(row.text.c_str(), nullptr);
}

bytes bytea_of(std::string const& text) {
  if (text.starts_with("\\x")) return unhex(text.substr(2));
  bytes out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || text[++i] == '\\') {
      out.push_back(std::byte(text[i]));
      continue;
    }
    out.push_back(std::byte(std::stoi(text.substr(i, 3), nullptr, 8)));
    i += 2;
  }
  return out;
}

/// What psql shows for a reg* type has a number that is the same in every database.
std::uint32_t oid_of(sample const& row) {
  static std::map<std::string, std::uint32_t> const numbers{
      {"integer", 23},    {"pg_class", 1259}, {"abs(integer)", 1397}, {"-", 0},
      {"pg_catalog", 11}, {"simple", 3765},   {"\"C\"", 950},
  };
  if (auto const found = numbers.find(row.text); found != numbers.end()) return found->second;
  return static_cast<std::uint32_t>(std::stoul(row.text));
}

/// The elements of {a,"b c",NULL}.
std::vector<std::optional<std::string>> elements_of(std::string const& text) {
  std::vector<std::optional<std::string>> out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    std::string one;
    bool const quoted = text[i] == '"';
    if (quoted)
      for (++i; text[i] != '"'; ++i) one += text[i];
    for (; text[i] != ',' && i + 1 < text.size(); ++i)
      if (!quoted) one += text[i];
    if (!quoted && one == "NULL")
      out.emplace_back();
    else
      out.emplace_back(one);
  }
  return out;
}

void view(sample const& row, std::string_view expected) {
  tusk::reader in{tusk::wire::byte_view(row.sent)};
  std::string_view out;
  tusk::decode_as(in, out, row.type);
  CHECK(out == expected);
  storm<std::string_view>(row.sent, row.type);
}

void text(sample const& row) {
  both_ways(row, row.text);
  view(row, row.text);
}

sys_days day_of(microseconds since_1970) { return floor<days>(sys_time<microseconds>(since_1970)); }

void date(sample const& row) {
  if (row.text == "infinity") return both_ways(row, sys_days::max());
  // Too many microseconds for 64 bits, and too many years for year_month_day.
  if (row.text == "5874897-12-31") return both_ways(row, sys_days(days(unix_days(5874897, 12, 31))));
  auto const day = day_of(microseconds(unix_microseconds(iso_of(row))));
  both_ways(row, day);
  both_ways(row, year_month_day(day));
}

template <class Time> void timestamp(sample const& row) {
  both_ways(row, Time(microseconds(unix_microseconds(iso_of(row)))));
}

template <class T, class Parse> void array(sample const& row, Parse const& parse) {
  using optionals = std::vector<std::optional<T>>;
  if (row.type != oid::bpchar_array && row.type != oid::oidvector && row.type != oid::int2vector) // see below
    own<tusk::array<std::optional<T>>>(row);
  if (row.text.find('{', 1) != row.text.npos) { // listed exception: more dimensions than one
    CHECK(refused<optionals>(hex(row.sent)) == "it has more than one dimension");
    storm<optionals>(row.sent, row.type);
    return;
  }
  optionals expected;
  std::vector<T> without_null;
  bool any_null = false;
  for (auto const& one : elements_of(row.text)) {
    expected.push_back(one ? std::optional<T>(parse(*one)) : std::nullopt);
    any_null = any_null || !one;
    if (one) without_null.push_back(parse(*one));
  }
  auto sends = hex(row.sent);
  // Listed exceptions: a char(3)[] is sent as text[], and an empty vector as an empty array, which has no dimension.
  if (row.type == oid::bpchar_array) sends.replace(16, 8, "00000019");
  if (row.type == oid::oidvector || row.type == oid::int2vector) sends = "00000000" + sends.substr(8, 16);
  both_ways(row, expected, sends);
  if (any_null)
    CHECK(refused<std::vector<T>>(hex(row.sent)).ends_with("is NULL: use std::optional"));
  else
    both_ways(row, without_null, sends);
}

void integer(sample const& row) {
  auto const value = std::stoll(row.text);
  if (row.type == oid::int2) both_ways(row, static_cast<std::int16_t>(value));
  if (row.type == oid::int4) both_ways(row, static_cast<std::int32_t>(value));
  if (row.type == oid::int8) both_ways(row, static_cast<std::int64_t>(value));
  if (row.type == oid::int2) one_way(row, static_cast<std::int32_t>(value));
  one_way<long>(row, static_cast<long>(value));
  one_way<long long>(row, value);
}

void json(sample const& row) {
  if (row.type == oid::json) both_ways(row, tusk::json(row.text));
  if (row.type == oid::jsonb) both_ways(row, tusk::jsonb(row.text));
  one_way(row, row.text);
  view(row, row.text);
}

/// True if there is a codec for the row's type, which has then been tried.
bool check(sample const& row) {
  switch (row.type) {
  case oid::bool_: both_ways(row, row.text == "t"); break;
  case oid::int2:
  case oid::int4:
  case oid::int8: integer(row); break;
  case oid::float4:
    both_ways(row, std::strtof(row.text.c_str(), nullptr));
    one_way(row, static_cast<double>(std::strtof(row.text.c_str(), nullptr)));
    break;
  case oid::float8: both_ways(row, real_of(row)); break;
  case oid::text:
  case oid::varchar:
  case oid::bpchar:
  case oid::name:
  case oid::xml: text(row); break;
  case oid::bytea: both_ways(row, bytea_of(row.text)); break;
  case oid::uuid:
    both_ways(row, tusk::uuid::parse(row.text));
    CHECK(to_string(decode<tusk::uuid>(row.sent)) == row.text);
    break;
  case oid::date: date(row); break;
  case oid::timestamp: timestamp<local_time<microseconds>>(row); break;
  case oid::timestamptz: timestamp<sys_time<microseconds>>(row); break;
  case oid::json:
  case oid::jsonb: json(row); break;
  case oid::oid:
  case oid::regtype:
  case oid::regclass:
  case oid::regprocedure:
  case oid::regnamespace:
  case oid::regdictionary:
  case oid::regcollation: both_ways(row, oid(oid_of(row))); break;
  case oid::bool_array: array<bool>(row, [](auto const& s) { return s == "t"; }); break;
  case oid::int2_array:
  case oid::int2vector:
    array<std::int16_t>(row, [](auto const& s) { return static_cast<std::int16_t>(std::stoi(s)); });
    break;
  case oid::int4_array: array<std::int32_t>(row, [](auto const& s) { return std::stoi(s); }); break;
  case oid::oid_array:
  case oid::oidvector: array<oid>(row, [](auto const& s) { return oid(std::stoul(s)); }); break;
  case oid::text_array:
  case oid::bpchar_array: array<std::string>(row, [](auto const& s) { return s; }); break;
  case oid::uuid_array: array<tusk::uuid>(row, [](auto const& s) { return tusk::uuid::parse(s); }); break;
  case oid::date_array:
    array<sys_days>(row, [](auto const& s) {
      return s == "infinity" ? sys_days::max() : day_of(microseconds(unix_microseconds(s)));
    });
    break;
  case oid::char_:
    one_way(row, row.sent.empty() ? char() : static_cast<char>(row.sent[0]));
    own<char>(row);
    break;
  case oid::char_array: one_way(row, std::vector{'a', 'b'}); break;
  default: return with_home_type(row.type, [&](auto t) { own<typename decltype(t)::type>(row); });
  }
  return true;
}

} // namespace

TEST_CASE("all types: what servers sent, both ways and damaged") {
  auto const rows = samples();
  CHECK(rows.size() == 303);
  std::set<std::string> seen;
  for (auto const& row : rows) {
    if (tusk::is_of_users(row.type) || row.type == oid::record) continue; // of_users.cpp
    INFO(row.expression << " under " << (row.settings.empty() ? "standard settings" : row.settings));
    CHECK(check(row) != (row.type == oid::pg_snapshot)); // listed exception: no program has asked for it yet
    seen.insert(row.type_name);
  }
  CHECK(seen.size() == 87);
}

TEST_CASE("all types: names as they are written") {
  CHECK(tusk::cpp_name<bool>() == "bool");
  CHECK(tusk::cpp_name<std::int16_t>() == "std::int16_t");
  CHECK(tusk::cpp_name<float>() == "float");
  CHECK(tusk::cpp_name<double>() == "double");
  CHECK(tusk::cpp_name<oid>() == "tusk::oid");
  CHECK(tusk::cpp_name<std::string>() == "std::string");
  CHECK(tusk::cpp_name<std::string_view>() == "std::string_view");
  CHECK(tusk::cpp_name<bytes>() == "std::vector<std::byte>");
  CHECK(tusk::cpp_name<tusk::uuid>() == "tusk::uuid");
  CHECK(tusk::cpp_name<sys_days>() == "std::chrono::sys_days");
  CHECK(tusk::cpp_name<year_month_day>() == "std::chrono::year_month_day");
  CHECK(tusk::cpp_name<std::vector<year_month_day>>() == "std::vector<std::chrono::year_month_day>");
}
