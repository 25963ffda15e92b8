// tusk: examples/quickstart.cpp — connect, create, insert, query into structs, print tables, handle an error.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Connects to DATABASE_URL, or to what PGHOST, PGUSER and the others say. Leaves nothing behind in the database.
#include <tusk/tusk.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// [structs]
struct city {
  std::int64_t id;
  std::string name;
  std::optional<double> altitude; // NULL where nobody has measured it
};
// [/structs]

struct relation {
  std::string name;
  std::int64_t bytes;
  std::int32_t columns;
};

struct time_zone {
  std::string name;
  std::string offset;
  bool daylight_saving;
};

// A table whose columns are as wide as their widest cell; numbers are given aligned to the right by a leading '>'.
static void print_table(std::vector<std::string> const& head, std::vector<std::vector<std::string>> const& rows) {
  std::vector<std::size_t> width;
  for (auto const& h : head) width.push_back(h.size());
  for (auto const& r : rows)
    for (std::size_t i = 0; i < r.size(); ++i) width[i] = std::max(width[i], r[i].size() - (r[i][0] == '>'));
  auto const line = [&](std::vector<std::string> const& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      std::string_view cell = cells[i];
      bool const right = cell.starts_with('>');
      if (right) cell.remove_prefix(1);
      std::string const space(width[i] - cell.size(), ' ');
      out.append(i == 0 ? "" : " | ").append(right ? space : "").append(cell);
      if (!right && i + 1 < cells.size()) out.append(space);
    }
    std::puts(out.c_str());
  };
  line(head);
  std::string rule;
  for (std::size_t i = 0; i < head.size(); ++i) rule.append(i == 0 ? "" : "-+-").append(width[i], '-');
  std::puts(rule.c_str());
  for (auto const& r : rows) line(r);
  std::puts("");
}

static asio::awaitable<void> cities(tusk::connection& db) {
  // [queries]
  co_await db.script("create temp table city (id int8 primary key, name text not null, altitude float8)");
  co_await db.execute("insert into city values ($1, $2, $3)", 1, "Bern", 542.0);
  co_await db.execute("insert into city values ($1, $2, $3)", 2, "Quito", 2850.0);
  co_await db.execute("insert into city values ($1, $2, $3)", 3, "Atlantis", tusk::null);

  std::vector<city> all = co_await db.query<city>("select id, name, altitude from city order by id");
  std::optional<city> high = co_await db.query_maybe<city>("select * from city where altitude > $1", 1000.0);
  std::int64_t count = co_await db.query_one<std::int64_t>("select count(*) from city");
  // [/queries]

  std::vector<std::vector<std::string>> cells;
  for (city const& c : all)
    cells.push_back({">" + std::to_string(c.id), c.name,
                     c.altitude ? ">" + std::to_string(static_cast<long>(*c.altitude)) : "unknown"});
  std::printf("%lld cities, %s lies above 1000 m:\n", static_cast<long long>(count),
              high ? high->name.c_str() : "none");
  print_table({"id", "name", "altitude"}, cells);
}

static asio::awaitable<void> catalogue(tusk::connection& db) {
  auto largest = co_await db.query<relation>("select relname as name, pg_relation_size(oid) as bytes, "
                                             "relnatts::int4 as columns from pg_catalog.pg_class where relkind = 'r' "
                                             "and relnamespace = 'pg_catalog'::regnamespace "
                                             "order by bytes desc, name limit $1",
                                             5);
  std::vector<std::vector<std::string>> cells;
  for (relation const& r : largest)
    cells.push_back({r.name, ">" + std::to_string(r.bytes), ">" + std::to_string(r.columns)});
  std::puts("the server's largest catalogues:");
  print_table({"relation", "bytes", "columns"}, cells);

  std::vector<std::string> const names{"Asia/Kathmandu", "Asia/Tokyo", "UTC"}; // GCC 12 wants a name for it, see README
  auto zones = co_await db.query<time_zone>("select name, utc_offset::text as offset, is_dst as "
                                            "daylight_saving from pg_catalog.pg_timezone_names "
                                            "where name = any($1) order by name",
                                            names);
  cells.clear();
  for (time_zone const& z : zones) cells.push_back({z.name, z.offset, z.daylight_saving ? "yes" : "no"});
  std::puts("three of its time zones:");
  print_table({"time zone", "offset", "summer"}, cells);
}

static asio::awaitable<void> an_error(tusk::connection& db) {
  // [error]
  try {
    co_await db.execute("insert into city values ($1, $2, $3)", 1, "Bern again", tusk::null);
  } catch (tusk::error const& e) {
    if (e.sqlstate() != tusk::sqlstate::unique_violation) throw;
    std::printf("refused, as it should be: %s\n", e.what());
  }
  // [/error]
}

static asio::awaitable<int> app() {
  tusk::connection db = co_await tusk::connect();
  std::printf("connected to PostgreSQL %d.%d\n\n", db.server_version() / 10000, db.server_version() % 10000);
  co_await cities(db);
  co_await catalogue(db);
  co_await an_error(db);
  co_return 0;
}

int main() {
  try {
    return tusk::run(app());
  } catch (tusk::error const& e) {
    std::fprintf(stderr, "quickstart: %s\n", e.what());
    return 1;
  }
}
