// tusk: tests/pooler/pgbouncer.cpp — many clients share two connections to the server, which are replaced meanwhile.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "pooler/modes.hpp"
#include "pooler/workload.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace {

using pooler::asynchronous;
using pooler::blocking;
using pooler::client;

unsigned seed() {
  auto const* const given = std::getenv("TUSK_TEST_SEED");
  return given != nullptr ? static_cast<unsigned>(std::atoi(given)) : 20'000u;
}

tusk::options without_cache() { return live::options().set("statement_cache_size", "0"); }

/// The pooler's own.
tusk::options console() { return live::options().user("tusk_admin").dbname("pgbouncer"); }

void make_table() {
  auto db = tusk::blocking::connect(without_cache());
  db.script("drop table if exists pooled");
  db.script("create table pooled (id bigint primary key, client int not null, body text not null)");
  db.script("create index on pooled (client)");
}

/// Has the pooler replace its connections to the server, again and again. Both are in use at that moment: of one that
/// is about to be opened PgBouncer would say that it has failed.
template <class Mode>
typename Mode::template task<void> evict(typename Mode::connection& db, std::atomic<int> const& busy) {
  auto other = co_await Mode::connect(live::options());
  auto pooler = co_await Mode::connect(console());
  auto const reconnect = "reconnect " + live::variable("TUSK_TEST_DATABASE");
  while (busy != 0) {
    (void)co_await Mode::result(db.script("begin"));
    (void)co_await Mode::result(other.script("begin"));
    (void)co_await Mode::result(pooler.script(reconnect));
    (void)co_await Mode::result(db.script("commit"));
    (void)co_await Mode::result(other.script("commit"));
    for (int i = 0; i < 20; ++i) (void)co_await Mode::result(db.script("select"));
  }
}

/// `number` clients make `queries` in all. Connections to the server are replaced unless clients cancel what they have
/// asked for: PgBouncer 1.18 does not survive both (it ends with "bad server state: 11", see its pull request 815).
template <class Mode> void work(int number, int queries, tusk::options const& o, pooler::habits habits) {
  make_table();
  std::vector<std::unique_ptr<client<Mode>>> clients;
  std::vector<pooler::conduct<Mode>> conducts;
  std::vector<pooler::companion<Mode>> companions;
  std::size_t const servers = habits.cancels ? 1 : 8;
  auto const part = queries / number;
  for (int i = 0; i < number; ++i) {
    auto& c = *clients.emplace_back(std::make_unique<client<Mode>>(i, seed(), habits));
    conducts.emplace_back([&c, part, servers](auto& db) { return c.run(db, part, servers); });
  }
  if (!habits.cancels) companions.emplace_back(evict<Mode>);
  pooler::side_by_side<Mode>(o, conducts, companions);
  int made = 0;
  for (auto const& c : clients) {
    for (auto const& words : c->faults()) FAIL_CHECK(words);
    made += c->made();
  }
  CHECK(made >= queries);
}

} // namespace

TEST_CASE("pooler: queries of all kinds, 10000 by ten coroutines, 2000 by four threads") {
  pooler::habits habits;
  habits.cancels = false;
  SECTION("blocking") { work<blocking>(4, 2000, without_cache(), habits); }
  SECTION("asynchronous") { work<asynchronous>(10, 10'000, without_cache(), habits); }
}

TEST_CASE("pooler: queries of all kinds, and streams that are given up") {
  SECTION("blocking") { work<blocking>(4, 1000, without_cache(), {}); }
  SECTION("asynchronous") { work<asynchronous>(10, 3000, without_cache(), {}); }
}

TEST_CASE("pooler: 2000 queries whose statements are kept prepared, on one server or another") {
  pooler::habits habits;
  habits.pipelines = false;    // of those that stand apart none may be run later than those behind it
  habits.transactions = false; // in one it is too late to prepare a statement again
  habits.cancels = false;
  SECTION("blocking") { work<blocking>(4, 2000, live::options(), habits); }
  SECTION("asynchronous") { work<asynchronous>(4, 2000, live::options(), habits); }
}

TEST_CASE("pooler: its console, which knows the simple protocol only, takes scripts") {
  auto db = tusk::blocking::connect(console());
  auto const got = db.script("show databases");
  REQUIRE(got.size() == 1);
  auto const sessions = live::variable("TUSK_TEST_DATABASE") + "_sessions";
  int found = 0;
  for (auto const& r : got[0].rows())
    if (r["name"].as<std::string>() == sessions) {
      ++found;
      CHECK(r["pool_size"].as<std::string>() == "2");
    }
  CHECK(found == 1);
}
