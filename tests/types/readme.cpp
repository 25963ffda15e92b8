// tusk: tests/types/readme.cpp — README's table of types says what the codecs do.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A row is: SQL types | C++ types. Of its built-in SQL types each is read by one of its C++ types, each of its C++
// types reads one of them, and no built-in type that is read is missing from the table.
#include <tusk/types/all.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <cstdint>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::chrono;
using tusk::oid;
using reads_function = bool (*)(oid);

/// The types of the table by their names there.
std::map<std::string, reads_function> const types{
    {"bool", tusk::reads<bool>},
    {"std::int16_t", tusk::reads<std::int16_t>},
    {"std::int32_t", tusk::reads<std::int32_t>},
    {"std::int64_t", tusk::reads<std::int64_t>},
    {"tusk::oid", tusk::reads<oid>},
    {"tusk::xid", tusk::reads<tusk::xid>},
    {"tusk::cid", tusk::reads<tusk::cid>},
    {"tusk::xid8", tusk::reads<tusk::xid8>},
    {"tusk::tid", tusk::reads<tusk::tid>},
    {"tusk::pg_lsn", tusk::reads<tusk::pg_lsn>},
    {"float", tusk::reads<float>},
    {"double", tusk::reads<double>},
    {"tusk::numeric", tusk::reads<tusk::numeric>},
    {"tusk::money", tusk::reads<tusk::money>},
    {"std::string", tusk::reads<std::string>},
    {"std::string_view", tusk::reads<std::string_view>},
    {"char", tusk::reads<char>},
    {"std::vector<std::byte>", tusk::reads<std::vector<std::byte>>},
    {"std::span<std::byte const>", tusk::reads<tusk::wire::byte_view>},
    {"tusk::bit_string", tusk::reads<tusk::bit_string>},
    {"tusk::uuid", tusk::reads<tusk::uuid>},
    {"std::chrono::sys_days", tusk::reads<sys_days>},
    {"std::chrono::year_month_day", tusk::reads<year_month_day>},
    {"std::chrono::sys_time<microseconds>", tusk::reads<sys_time<microseconds>>},
    {"std::chrono::local_time<microseconds>", tusk::reads<local_time<microseconds>>},
    {"tusk::time_of_day", tusk::reads<tusk::time_of_day>},
    {"tusk::time_of_day_tz", tusk::reads<tusk::time_of_day_tz>},
    {"tusk::interval", tusk::reads<tusk::interval>},
    {"tusk::json", tusk::reads<tusk::json>},
    {"tusk::jsonb", tusk::reads<tusk::jsonb>},
    {"tusk::jsonpath", tusk::reads<tusk::jsonpath>},
    {"tusk::inet", tusk::reads<tusk::inet>},
    {"tusk::cidr", tusk::reads<tusk::cidr>},
    {"tusk::macaddr", tusk::reads<tusk::macaddr>},
    {"tusk::macaddr8", tusk::reads<tusk::macaddr8>},
    {"tusk::point", tusk::reads<tusk::point>},
    {"tusk::line", tusk::reads<tusk::line>},
    {"tusk::lseg", tusk::reads<tusk::lseg>},
    {"tusk::box", tusk::reads<tusk::box>},
    {"tusk::path", tusk::reads<tusk::path>},
    {"tusk::polygon", tusk::reads<tusk::polygon>},
    {"tusk::circle", tusk::reads<tusk::circle>},
    {"tusk::tsvector", tusk::reads<tusk::tsvector>},
    {"tusk::tsquery", tusk::reads<tusk::tsquery>},
};

/// The built-in type of that name in SQL; none if it is a word for something else.
oid builtin(std::string_view name) {
  if (name == "char") name = "bpchar";
  if (name == "\"char\"") name = "char";
  for (std::uint32_t n = 1; n < 10'000; ++n)
    if (tusk::wire::builtin_name(oid(n)) == name) return oid(n);
  return oid::none;
}

struct table_row {
  std::vector<oid> sql;
  std::vector<std::string> cpp;
};

/// The rows of the table that are about built-in types.
std::vector<table_row> rows_of_readme() {
  std::ifstream in(TUSK_TEST_DATA "/../../README.md");
  std::vector<table_row> rows;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line == "| column | C++ |") inside = true;
    if (inside && line.empty()) break;
    auto const bar = line.find(" | ", 1);
    if (!inside || bar == line.npos) continue;
    table_row row;
    std::string_view left(line.data() + 2, bar - 2);
    while (!left.empty()) {
      auto const comma = left.find(", ");
      if (auto const type = builtin(left.substr(0, comma)); type != oid::none) row.sql.push_back(type);
      left = comma == left.npos ? std::string_view() : left.substr(comma + 2);
    }
    for (auto at = line.find('`', bar); at != line.npos; at = line.find('`', at + 1)) {
      auto const end = line.find('`', at + 1);
      row.cpp.push_back(line.substr(at + 1, end - at - 1));
      at = end;
    }
    if (!row.sql.empty()) rows.push_back(row);
  }
  return rows;
}

} // namespace

TEST_CASE("readme: the table of types says what is read") {
  auto const rows = rows_of_readme();
  CHECK(rows.size() >= 20);
  std::set<oid> listed;
  std::set<std::string> named;
  for (auto const& row : rows) {
    for (auto type : row.sql) {
      INFO(tusk::wire::type_name(type));
      bool read = false;
      for (auto const& name : row.cpp)
        if (auto const found = types.find(name); found != types.end()) read = read || found->second(type);
      CHECK(read);
      listed.insert(type);
    }
    for (auto const& name : row.cpp) {
      auto const found = types.find(name);
      if (found == types.end()) continue; // such as `lc_monetary`
      INFO(name);
      bool reads = false;
      for (auto type : row.sql) reads = reads || found->second(type);
      CHECK(reads);
      named.insert(name);
    }
  }
  for (auto const& [name, reads] : types) {
    INFO(name);
    CHECK(named.contains(name));
    for (std::uint32_t n = 1; n < 10'000; ++n) {
      bool const is_one_of_many = name == "tusk::oid" || oid(n) == oid::unknown; // regclass, regtype, ...
      if (reads(oid(n)) && !is_one_of_many) {
        INFO(tusk::wire::type_name(oid(n)));
        CHECK(listed.contains(oid(n)));
      }
    }
  }
}
