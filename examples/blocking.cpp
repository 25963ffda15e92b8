// tusk: examples/blocking.cpp — the same verbs in a program that has no event loop.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A blocking connection is a plain socket: a call returns when its answer is there. Connects to DATABASE_URL, or to
// what PGHOST, PGUSER and the others say.
#include <tusk/tusk.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <tuple>

struct account {
  std::int32_t id;
  std::string owner;
  std::int64_t cents;
};

int main() {
  try {
    // [blocking]
    tusk::blocking::connection db = tusk::blocking::connect();
    db.on_notice([](tusk::notice const& n) { std::printf("%s: %s\n", n.severity.c_str(), n.message.c_str()); });

    db.script("create temp table account (id int4 primary key, owner text not null, cents int8 not null)");
    auto insert = db.prepare<std::int32_t, std::string, std::int64_t>("insert into account values ($1, $2, $3)");
    db.execute(insert, 1, "Ada", 120'000);
    db.execute(insert, 2, "Blaise", 3'500); // no Parse is sent, only the values

    tusk::command_tag paid = db.execute("update account set cents = cents - $2 where id = $1", 1, std::int64_t{20'000});
    std::printf("%s: %llu row\n", paid.text().c_str(), static_cast<unsigned long long>(paid.rows_affected()));

    for (account const& a : db.query<account>("select * from account order by id"))
      std::printf("%d %-8s %8.2f\n", a.id, a.owner.c_str(), static_cast<double>(a.cents) / 100);

    auto [richest, cents] = db.query_one<std::tuple<std::string, std::int64_t>>(
        "select owner, cents from account order by cents desc limit 1");
    std::printf("%s is the richest\n", richest.c_str());
    // [/blocking]

    // A row of unknown shape: names, types and values at run time.
    for (tusk::row const& r : db.query<tusk::row>("select id, owner, null::date as closed from account where id = 2"))
      for (std::size_t i = 0; i < r.size(); ++i)
        std::printf("%s is %s\n", r.columns()[i].name.c_str(), r[i].is_null() ? "NULL" : "set");

    db.script("do $$ begin raise notice 'good bye'; end $$");
    return cents > 0 ? 0 : 1;
  } catch (tusk::error const& e) {
    std::fprintf(stderr, "blocking: %s\n", e.what());
    return 1;
  }
}
