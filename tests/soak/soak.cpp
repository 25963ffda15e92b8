// tusk: tests/soak/soak.cpp — operations, cancels and destructions at random against a real server, answers checked.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
//   TUSK_SOAK_SECONDS=120   how long; 8 unless told
//   TUSK_SOAK_SEED=n        as an earlier run's that failed, which has printed it
//
// Several coroutines share each connection. What may be thrown at them is that they were cancelled, were late, or came
// while another had the connection to itself; everything else, and every wrong answer, ends the program.
#include "support/live.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;
using task = asio::awaitable<void>;

struct tally {
  long right = 0;
  long cancelled = 0;
  long late = 0;
  long refused = 0;
};

/// What coroutines of one loop share.
struct world {
  world(std::uint64_t s, clock_type::time_point e) : random(s), end(e) {}
  int upto(int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); }
  std::mt19937_64 random;
  clock_type::time_point end;
  tally counted;
};

void must(bool true_, char const* what) {
  if (!true_) throw std::runtime_error(std::string("wrong answer: ") + what);
}

task query(world& w, tusk::connection& db) {
  auto const n = w.upto(1000);
  must(co_await db.query_one<int>("select $1 + 1", n) == n + 1, "query_one");
}
task rows(world& w, tusk::connection& db) {
  auto const n = w.upto(3000);
  auto const all =
      co_await db.query<std::tuple<int, std::string>>("select g, md5(g::text) from generate_series(1, $1) g", n);
  must(static_cast<int>(all.size()) == n, "rows");
  for (int i = 0; i < n; ++i) must(std::get<0>(all[static_cast<std::size_t>(i)]) == i + 1, "the order of rows");
}
task many_texts(world& w, tusk::connection& db) { // evictions
  auto const n = w.upto(40);
  auto const sql = "select $1::int8 * " + std::to_string(n);
  must(co_await db.query_one<std::int64_t>(sql, std::int64_t{7}) == 7 * n, "many texts");
}
task sleep(world& w, tusk::connection& db) {
  must(co_await db.query_one<int>("select 1 from pg_sleep($1)", 0.001 * w.upto(20)) == 1, "sleep");
}
task large(world& w, tusk::connection& db) {
  std::string const much(static_cast<std::size_t>(w.upto(2'000'000)), 'x');
  must(co_await db.query_one<std::string>("select $1::text", much) == much, "large");
}
task failure(world&, tusk::connection& db) {
  auto const r = co_await tusk::as_result(db.query_one<int>("select 1 / $1", 0));
  if (!r.has_value() && r.error().sqlstate() != tusk::sqlstate::division_by_zero) throw tusk::error(r.error());
  must(!r.has_value(), "failure");
}
task statement(world& w, tusk::connection& db) {
  auto const n = w.upto(1000);
  auto const s = co_await db.prepare<int>("select $1 * 2");
  for (int i = 0; i < 3; ++i) must(co_await db.query_one<int>(s, n + i) == 2 * (n + i), "statement");
}
task pipeline(world& w, tusk::connection& db) {
  auto const n = w.upto(1000);
  auto a = tusk::query_one<int>("select $1 + 1", n);
  auto b = tusk::query<int>("select generate_series(1, $1)", n);
  auto const [x, y] = co_await db.pipeline(a, b);
  must(x == n + 1 && static_cast<int>(y.size()) == n, "pipeline");
}
task each(world& w, tusk::connection& db) {
  auto const n = w.upto(1000);
  auto a = tusk::query_one<int>("select 1 / $1", 0);
  auto b = tusk::query_one<int>("select $1 + 1", n);
  auto const [x, y] = co_await db.pipeline_each(a, b);
  if (!y.has_value()) throw tusk::error(y.error());
  must(!x.has_value() && *y == n + 1, "pipeline_each");
}
task stream(world& w, tusk::connection& db) {
  auto const wanted = w.upto(5000);
  auto cursor =
      co_await db.stream<std::tuple<int, std::string_view>>("select g, g::text from generate_series(1, 5000) g");
  for (int i = 1; i <= wanted; ++i) { // and is left where it is
    auto const* const row = co_await cursor.next();
    must(row != nullptr && std::get<0>(*row) == i && std::get<1>(*row) == std::to_string(i), "stream");
  }
}
task transaction(world& w, tusk::connection& db) {
  auto tx = co_await db.begin();
  co_await tx.execute("create temp table if not exists soaked (x int) on commit drop");
  auto const n = w.upto(50) + 1;
  for (int i = 0; i < n; ++i) co_await tx.execute("insert into soaked values ($1)", i);
  auto rows = co_await tx.stream<int>(tusk::fetch_size(7), "select x from soaked order by x");
  for (int i = 0; i < n; ++i) {
    auto const* const x = co_await rows.next();
    must(x != nullptr && *x == i, "portal");
    if (w.upto(20) == 0)
      must(co_await tx.query_one<std::int64_t>("select count(*) from soaked") == n, "between portions");
  }
  if (w.upto(2) == 0) co_await tx.commit(); // else it is rolled back
}
task script(world&, tusk::connection& db) {
  auto const results = co_await db.script("select 1; select 2 as x");
  must(results.size() == 2 && results[1].rows()[0]["x"].as<std::string>() == "2", "script");
}

using operation = task (*)(world&, tusk::connection&);
constexpr operation operations[] = {query,   query,     rows,     many_texts, many_texts, sleep,       large,
                                    failure, statement, pipeline, each,       stream,     transaction, script};

/// One of those who use a connection.
task worker(world& w, std::shared_ptr<tusk::connection> db, asio::cancellation_signal& own) {
  auto const executor = co_await asio::this_coro::executor;
  while (clock_type::now() < w.end) {
    auto const what = operations[w.upto(std::size(operations))];
    auto const how = w.upto(4);
    auto const time = std::chrono::microseconds(w.upto(8000));
    try {
      if (how == 0) {
        co_await tusk::with_timeout(std::chrono::duration_cast<std::chrono::milliseconds>(time), what(w, *db));
      } else if (how == 1) {
        auto const pulled = std::make_shared<asio::steady_timer>(executor, time);
        pulled->async_wait([pulled, &own](asio::error_code failed) {
          if (!failed) own.emit(asio::cancellation_type::terminal);
        });
        auto begun =
            asio::co_spawn(executor, what(w, *db), asio::bind_cancellation_slot(own.slot(), asio::use_awaitable));
        struct let_go {
          asio::steady_timer& t;
          ~let_go() { t.cancel(); }
        } const after{*pulled};
        co_await std::move(begun);
      } else {
        co_await what(w, *db);
      }
      ++w.counted.right;
    } catch (tusk::error const& e) {
      if (e.code() == asio::error::operation_aborted)
        ++w.counted.cancelled;
      else if (e.code() == tusk::errc::timeout && db->is_open())
        ++w.counted.late;
      else if (e.code() == tusk::errc::connection_busy)
        ++w.counted.refused;
      else
        throw;
    } catch (std::system_error const& e) {
      if (e.code() != asio::error::operation_aborted) throw; // it had not begun
      ++w.counted.cancelled;
    }
    if (!db->is_open()) throw std::runtime_error("the connection was closed");
  }
}

/// A loop with its connections; at the end of its life everything on it is destroyed where it is.
void life(std::uint64_t seed, std::chrono::milliseconds time, tally& sum) {
  world w(seed, clock_type::now() + time + 60s); // workers never end by themselves
  std::vector<std::unique_ptr<asio::cancellation_signal>> signals;
  {
    asio::io_context loop;
    std::exception_ptr failed;
    auto const tell = [&](std::exception_ptr e) {
      if (!e) return;
      failed = e;
      loop.stop();
    };
    auto const begin = [&]() -> task {
      for (int c = 0; c < 2; ++c) {
        auto o = live::options();
        o.set("statement_cache_size", c == 0 ? "16" : "0").set("cancel_timeout", "30000");
        auto db = std::make_shared<tusk::connection>(co_await tusk::connect(o));
        for (int i = 0; i < 4; ++i) {
          signals.push_back(std::make_unique<asio::cancellation_signal>());
          asio::co_spawn(loop, worker(w, db, *signals.back()), tell);
        }
      }
    };
    asio::co_spawn(loop, begin(), tell);
    loop.run_for(time);
    if (failed) std::rethrow_exception(failed);
  }
  sum.right += w.counted.right;
  sum.cancelled += w.counted.cancelled;
  sum.late += w.counted.late;
  sum.refused += w.counted.refused;
}

/// A blocking connection that another thread cancels now and then, and whose operations are late now and then.
void blocking_life(std::uint64_t seed, clock_type::time_point end, tally& sum) {
  std::mt19937_64 random(seed);
  auto db = tusk::blocking::connect(live::options().set("cancel_timeout", "30000"));
  std::atomic<bool> over = false;
  std::jthread const other([token = db.get_cancel_token(), &over, s = random()] {
    std::mt19937_64 mine(s);
    while (!over) {
      std::this_thread::sleep_for(std::chrono::microseconds(mine() % 6000));
      token.cancel();
    }
  });
  struct end_other {
    std::atomic<bool>& over;
    ~end_other() { over = true; }
  } const at_end{over};
  while (clock_type::now() < end) {
    db.timeout(std::chrono::milliseconds(random() % 3 == 0 ? 1 + random() % 5 : 0));
    auto const n = static_cast<int>(random() % 1000);
    try {
      switch (random() % 4) {
      case 0: must(db.query_one<int>("select $1 + 1", n) == n + 1, "blocking query_one"); break;
      case 1: must(db.query_one<int>("select 1 from pg_sleep($1)", 0.00001 * n) == 1, "blocking sleep"); break;
      case 2: must(static_cast<int>(db.query<int>("select generate_series(1, $1)", n).size()) == n, "rows"); break;
      default: {
        auto cursor = db.stream<int>("select generate_series(1, 100000)");
        for (int i = 1; i <= n; ++i) must(*cursor.next() == i, "blocking stream");
      }
      }
      ++sum.right;
    } catch (tusk::error const& e) {
      if (e.code() == tusk::errc::timeout)
        ++sum.late;
      else if (e.sqlstate() == tusk::sqlstate::query_canceled)
        ++sum.cancelled;
      else
        throw;
    }
    if (!db.is_open()) throw std::runtime_error("the blocking connection was closed");
  }
}

} // namespace

TEST_CASE("soak") {
  auto const* const given = std::getenv("TUSK_SOAK_SEED");
  auto const* const time = std::getenv("TUSK_SOAK_SECONDS");
  auto const seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  auto const seconds = time != nullptr ? std::atoi(time) : 8;
  std::printf("soak: seed %llu, %d s\n", static_cast<unsigned long long>(seed), seconds);
  std::fflush(stdout);
  INFO("TUSK_SOAK_SEED=" << seed);
  std::mt19937_64 random(seed);
  tally all, blocking;
  auto const end = clock_type::now() + std::chrono::seconds(seconds);
  std::exception_ptr failed;
  {
    std::jthread const beside([&, s = random()] {
      try {
        blocking_life(s, end, blocking);
      } catch (...) {
        failed = std::current_exception();
      }
    });
    while (clock_type::now() < end) life(random(), std::chrono::milliseconds(500 + random() % 1500), all);
  }
  if (failed) std::rethrow_exception(failed);
  std::printf(
      "asynchronous: %ld right, %ld cancelled, %ld late, %ld refused; blocking: %ld right, %ld cancelled, %ld late\n",
      all.right, all.cancelled, all.late, all.refused, blocking.right, blocking.cancelled, blocking.late);
  CHECK(all.right > 0);
  CHECK(all.cancelled > 0);
  CHECK(blocking.right > 0);
}
