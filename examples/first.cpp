// tusk: examples/first.cpp — the first lines of code that README shows.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
// clang-format off
// [first]
#include <tusk/tusk.hpp>
#include <iostream>

struct setting { std::string name; std::string category; std::optional<std::string> unit; };

asio::awaitable<int> app() {
  tusk::connection db = co_await tusk::connect(); // DATABASE_URL, or PGHOST, PGUSER, ...
  auto found = co_await db.query<setting>("select name, category, unit from pg_settings where name like $1", "work%");
  for (auto const& s : found) std::cout << s.name << " (" << s.category << ") is in " << s.unit.value_or("no unit") << "\n";
  co_return 0;
}
int main() { return tusk::run(app()); }
// [/first]
