// tusk: examples/job_queue.cpp — a queue in a table: SKIP LOCKED so that nobody waits for another, NOTIFY to wake.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Three workers, each a coroutine with a connection, on one loop. A job is taken and done in one transaction: who fails
// gives it back. Works in a schema of its own, which it drops in the end. Connects to DATABASE_URL, or to what PGHOST,
// PGUSER and the others say.
#include <tusk/tusk.hpp>

#include <asio/experimental/awaitable_operators.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

using namespace std::chrono_literals;

struct job {
  std::int32_t id;
  std::string word;
};

/// How many jobs somebody did, and how often he failed.
struct tally {
  int done = 0;
  int failed = 0;
};

// The run has a schema to itself; its name is that of the channel too.
static asio::awaitable<tusk::connection> connect_to(std::string const& schema) {
  tusk::connection db = co_await tusk::connect();
  co_await db.execute("select set_config('search_path', $1, false)", schema);
  co_return db;
}

static asio::awaitable<void> process(tusk::transaction& tx, job const& j, bool& stumbled) {
  co_await tx.execute("insert into result select $1, reverse($2) from pg_sleep(0.002)", j.id, j.word);
  if (j.id == 13 && !std::exchange(stumbled, true)) throw std::runtime_error("whoever tries this first fails");
}

// [take]
/// False: there is none that nobody works on.
static asio::awaitable<bool> do_one(tusk::connection& db, bool& stumbled) {
  auto tx = co_await db.begin(); // rolled back where it is left without commit: the job waits for another worker
  auto const j =
      co_await tx.query_maybe<job>("update job set done = true where id = (select id from job where not done "
                                   "order by id for update skip locked limit 1) returning id, word");
  if (j) co_await process(tx, *j, stumbled);
  co_await tx.commit();
  co_return j.has_value();
}
// [/take]

// [worker]
static asio::awaitable<tally> worker(std::string schema, bool& stumbled) {
  tusk::connection db = co_await connect_to(schema);
  tusk::listener news = co_await db.listen(schema); // before the first look at the tables, so that nothing is missed
  tally mine;
  for (;;) {
    try {
      while (co_await do_one(db, stumbled)) ++mine.done;
    } catch (std::runtime_error const&) {
      ++mine.failed;
      continue;
    }
    // A notification only wakes: what is true stands in the tables.
    if (co_await db.query_one<bool>("select closed and not exists (select from job where not done) from queue"))
      co_return mine;
    // Nobody notifies when a worker that failed, or has died, gives its job back: look now and then.
    auto const woken = co_await tusk::as_result(tusk::with_timeout(100ms, news.next()));
    if (!woken.has_value() && woken.error().code() != tusk::errc::timeout) throw tusk::error(woken.error());
  }
}
// [/worker]

// [producer]
/// Returns how many jobs there are to do.
static asio::awaitable<std::uint64_t> producer(std::string schema) {
  tusk::connection db = co_await connect_to(schema);
  std::uint64_t jobs = 0;
  for (int batch = 0; batch < 3; ++batch) {
    auto tx = co_await db.begin();
    auto const put = co_await tx.execute("insert into job (word) select 'word ' || n from generate_series(1, 20) n");
    jobs += put.rows_affected();
    co_await tx.notify(schema); // arrives when they can be seen, and not at all if this fails
    co_await tx.commit();
  }
  auto tx = co_await db.begin();
  co_await tx.execute("update queue set closed = true");
  co_await tx.notify(schema);
  co_await tx.commit();
  co_return jobs;
}
// [/producer]

static asio::awaitable<void> everybody(tusk::connection& db, std::string schema) {
  using namespace asio::experimental::awaitable_operators;
  bool stumbled = false;
  auto const [a, b, c, jobs] =
      co_await (worker(schema, stumbled) && worker(schema, stumbled) && worker(schema, stumbled) && producer(schema));
  std::printf("three workers did %d of %llu jobs and failed %d time\n", a.done + b.done + c.done,
              static_cast<unsigned long long>(jobs), a.failed + b.failed + c.failed);
  auto const [results, distinct] =
      co_await db.query_one<std::tuple<std::int64_t, std::int64_t>>("select count(*), count(distinct job) from result");
  std::printf("%lld results, of %lld jobs\n", static_cast<long long>(results), static_cast<long long>(distinct));
}

static asio::awaitable<int> app() {
  tusk::connection db = co_await tusk::connect();
  auto const schema = "tusk_job_queue_" + std::to_string(db.backend_pid());
  co_await db.script("create schema " + schema + "; set search_path = " + schema +
                     "; create table queue (closed bool not null); insert into queue values (false); create table job "
                     "(id int4 generated always as identity primary key, word text not null, "
                     "done bool not null default false); create index on job (id) where not done; "
                     "create table result (job int4 not null references job, text text not null)");
  auto const outcome = co_await tusk::as_result(everybody(db, schema));
  co_await db.script("drop schema " + schema + " cascade");
  outcome.value();
  co_return 0;
}

int main() {
  try {
    return tusk::run(app());
  } catch (tusk::error const& e) {
    std::fprintf(stderr, "job_queue: %s\n", e.what());
    return 1;
  }
}
