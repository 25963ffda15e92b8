// tusk: examples/cancel.cpp — slow queries that are ended in four ways, on a connection that is used on.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Connects to DATABASE_URL, or to what PGHOST, PGUSER and the others say.
#include <tusk/tusk.hpp>

#include <asio/experimental/awaitable_operators.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <thread>

using namespace std::chrono_literals;

static asio::awaitable<int> app() {
  tusk::connection db = co_await tusk::connect();

  // [with_timeout]
  auto const late = co_await tusk::as_result(tusk::with_timeout(100ms, db.execute("select pg_sleep(60)")));
  std::printf("%s\n", late.error().what());
  // [/with_timeout]

  // [or]
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer(co_await asio::this_coro::executor, 100ms);
  auto const first = co_await (db.execute("select pg_sleep(60)") || timer.async_wait(asio::use_awaitable));
  std::printf("the %s was first\n", first.index() == 0 ? "query" : "timer");
  // [/or]

  // [timeout]
  db.timeout(100ms); // of every operation from here on
  auto const slow = co_await tusk::as_result(db.execute("select pg_sleep(60)"));
  std::printf("%s\n", slow.error().what());
  db.timeout(0ms);
  // [/timeout]

  // [token]
  tusk::cancel_token const token = db.get_cancel_token(); // for any thread
  std::jthread const impatient([token] {
    std::this_thread::sleep_for(100ms);
    token.cancel();
  });
  auto const ended = co_await tusk::as_result(db.execute("select pg_sleep(60)"));
  std::printf("%s\n", ended.error().what());
  // [/token]

  std::printf("the connection works: %d\n", co_await db.query_one<std::int32_t>("select 42"));
  co_return 0;
}

int main() {
  try {
    return tusk::run(app());
  } catch (tusk::error const& e) {
    std::fprintf(stderr, "cancel: %s\n", e.what());
    return 1;
  }
}
