// tusk: tests/pooler/statements.cpp — prepared statements behind a pooler: they vanish, they collide, they are evicted.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "pooler/two_servers.hpp"
#include "support/each_mode.hpp"

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

using live::each_mode;

TEST_CASE("pooler: a statement that another connection to the server does not have is prepared again") {
  each_mode([](auto open, auto wait) {
    pooler::two_servers servers;
    auto db = open();
    std::set<int> seen;
    auto const kept = wait(db.template prepare<int>("select $1 * 3"));
    for (int i = 0; i < 6; ++i) {
      auto const [sum, server] = wait(db.template query_one<std::pair<int, int>>("select $1 + 1, pg_backend_pid()", i));
      CHECK(sum == i + 1);
      seen.insert(server);
      CHECK(wait(db.template query<int>("select generate_series(1, $1)", 3)) == std::vector<int>{1, 2, 3});
      CHECK(wait(db.template query_maybe<int>("select 1 where $1 > 2", i)).has_value() == (i > 2));
      CHECK(wait(db.execute("select from generate_series(1, $1)", i)).rows_affected() == static_cast<unsigned>(i));
      CHECK(wait(db.template query_one<int>(kept, i)) == i * 3);
      auto rows = wait(db.template stream<int>("select generate_series($1, 2000)", i));
      int expected = i;
      while (auto const* const row = wait(rows.next())) CHECK(*row == expected++);
      CHECK(expected == 2001);
      servers.swap();
    }
    CHECK(seen.size() > 1);
  });
}

TEST_CASE("pooler: a name that the server has already for something else is taken over") {
  each_mode([](auto open, auto wait) {
    auto db = open(pooler::sessions());
    // The newest statement is this very one; the driver counts on from it.
    auto const name = wait(db.template query_one<std::string>(
        "select name from pg_prepared_statements order by prepare_time desc, name desc limit 1"));
    auto const digits = name.rfind('_') + 1;
    auto const next = name.substr(0, digits) + std::to_string(std::stoi(name.substr(digits)) + 1);
    wait(db.script("prepare " + next + " as select 'of somebody else'"));
    for (int i = 0; i < 3; ++i) CHECK(wait(db.template query_one<int>("select $1 + 2", i)) == i + 2);
  });
}

TEST_CASE("pooler: a session keeps three of twenty statements on the server") {
  std::vector<std::string> texts;
  for (int i = 0; i < 20; ++i) texts.push_back("select $1 + " + std::to_string(i));
  each_mode([&](auto open, auto wait) {
    std::mt19937 random(20'001);
    for (int session = 0; session < 3; ++session) { // each on what another one has left
      auto db = open(pooler::sessions().set("statement_cache_size", "3"));
      for (int n = 0; n < 200; ++n) {
        auto const which = random() % texts.size();
        CHECK(wait(db.template query_one<int>(texts[which], n)) == n + static_cast<int>(which));
        if (n % 10 == 0) {
          auto const kept = wait(db.template query_one<std::int64_t>("select count(*) from pg_prepared_statements"));
          CHECK(kept <= 3);
        }
      }
    }
  });
}
