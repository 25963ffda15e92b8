// tusk: tests/live/executor.cpp — run, and a loop that is given a slice of every frame.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/coroutines.hpp"

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace {

using live::task;
using namespace std::chrono_literals;

asio::awaitable<int> answer() {
  auto db = co_await tusk::connect(live::options());
  co_return co_await db.query_one<int>("select 42");
}

} // namespace

TEST_CASE("executor: run returns the result") {
  CHECK(tusk::run(answer()) == 42);
  int ran = 0;
  auto const nothing = [&]() -> task { ran = co_await answer(); };
  tusk::run(nothing());
  CHECK(ran == 42);
}

TEST_CASE("executor: run throws what the coroutine throws") {
  auto const failing = []() -> asio::awaitable<int> {
    auto db = co_await tusk::connect(live::options());
    co_return co_await db.query_one<int>("selec");
  };
  CHECK_THROWS_AS(tusk::run(failing()), tusk::error);
  auto const own = []() -> task {
    auto db = co_await tusk::connect(live::options());
    throw std::logic_error("own");
  };
  CHECK_THROWS_AS(tusk::run(own()), std::logic_error);
}

TEST_CASE("executor: run with a result that has no default constructor") {
  auto const connecting = []() -> asio::awaitable<std::int64_t> {
    auto db = co_await tusk::connect(live::options());
    auto const s = co_await db.prepare<int>("select $1::int8");
    co_return co_await db.query_one<std::int64_t>(s, 7);
  };
  CHECK(tusk::run(connecting()) == 7);
  struct given {
    explicit given(int v) : value(v) {}
    int value;
  };
  auto const makes = []() -> asio::awaitable<given> { co_return given(5); };
  CHECK(tusk::run(makes()).value == 5);
}

TEST_CASE("executor: several spawned coroutines run side by side") {
  tusk::executor loop;
  int sum = 0;
  auto const one = [&](int n) -> task {
    auto db = co_await tusk::connect(live::options());
    sum += co_await db.query_one<int>("select $1 from pg_sleep(0.02)", n);
  };
  auto const before = live::steady_clock::now();
  for (int i = 1; i <= 10; ++i) loop.spawn(one(i));
  CHECK(sum == 0); // nothing runs before run()
  CHECK(loop.run() > 0);
  CHECK(sum == 55);
  CHECK(live::steady_clock::now() - before >= 20ms);
}

TEST_CASE("executor: in a frame loop, by poll and poll_for") {
  for (bool const limited : {false, true}) {
    live::loop_with_connection on;
    int saved = 0;
    auto const game = [&]() -> task {
      for (int i = 0; i < 20; ++i) saved += co_await on.db().query_one<int>("select $1 from pg_sleep(0.001)", 1);
    };
    on.spawn(game());
    int frames = 0;
    auto const give_up = live::steady_clock::now() + 20s;
    while (saved < 20 && live::steady_clock::now() < give_up) {
      if (limited)
        on.loop().poll_for(1ms);
      else
        on.loop().poll();
      ++frames; // here the game would draw
    }
    CHECK(saved == 20);
    CHECK(frames > 20); // polling did not wait for the server
  }
}

TEST_CASE("executor: poll_for ends when its time is up, although there is more to do") {
  tusk::executor loop;
  bool stop = false;
  auto const busy = [&]() -> task {
    auto const ex = co_await asio::this_coro::executor;
    while (!stop) co_await asio::post(ex, asio::use_awaitable);
  };
  loop.spawn(busy());
  auto const before = live::steady_clock::now();
  CHECK(loop.poll_for(5ms) > 10);
  auto const took = live::steady_clock::now() - before;
  CHECK(took >= 5ms);
  CHECK(took < 5s);
  stop = true;
  loop.run();
}

TEST_CASE("executor: what a spawned coroutine throws leaves through the call that ran it") {
  live::loop_with_connection on;
  auto const failing = [&]() -> task { co_await on.db().execute("selec"); };
  on.spawn(failing());
  CHECK_THROWS_AS(on.run(), tusk::error);
  on.run();
  on.spawn(failing());
  bool thrown = false;
  auto const give_up = live::steady_clock::now() + 20s;
  while (!thrown && live::steady_clock::now() < give_up) {
    try {
      on.loop().poll();
    } catch (tusk::error const& e) {
      thrown = e.sqlstate() == tusk::sqlstate::syntax_error;
    }
  }
  CHECK(thrown);
  CHECK(on.db().is_open());
}

TEST_CASE("executor: Asio's own objects on the same loop") {
  tusk::executor loop;
  asio::steady_timer timer(loop.get_executor(), 1ms);
  bool rang = false;
  timer.async_wait([&](asio::error_code failed) { rang = !failed; });
  loop.run();
  CHECK(rang);
}

TEST_CASE("executor: co_spawn with a handler serves programs without coroutines") {
  live::loop_with_connection on;
  std::vector<int> got;
  asio::co_spawn(on.loop().context(), on.db().query<int>("select generate_series(1, 3)"),
                 [&](std::exception_ptr failed, std::vector<int> rows) {
                   CHECK_FALSE(failed);
                   got = std::move(rows);
                 });
  on.run();
  CHECK((got == std::vector{1, 2, 3}));
}
