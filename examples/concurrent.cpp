// tusk: examples/concurrent.cpp — a hundred coroutines on one connection.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Connects to DATABASE_URL, or to what PGHOST, PGUSER and the others say.
#include <tusk/tusk.hpp>

#include <asio/redirect_error.hpp>

#include <cstdint>
#include <cstdio>
#include <exception>

struct progress {
  int answers = 0;
  int refusals = 0;
  std::int64_t sum = 0;
};

// [visitor]
static asio::awaitable<void> visitor(tusk::connection& db, int number, progress& all) {
  // Requests of all visitors leave together, and answers come in order; nobody waits for a round trip of another.
  for (int i = 0; i < 10; ++i) {
    all.sum += co_await db.query_one<std::int64_t>("select $1::int8 * $2", std::int64_t{number}, i);
    ++all.answers;
  }
  // An error is one visitor's own.
  auto const refused = co_await tusk::as_result(db.query_one<std::int32_t>("select 1 / $1", number % 2));
  if (!refused.has_value()) ++all.refusals;
}
// [/visitor]

int main() {
  try {
    tusk::executor loop;
    auto const everything = [&]() -> asio::awaitable<void> {
      tusk::connection db = co_await tusk::connect();
      progress all;
      asio::steady_timer all_gone(loop.context(), asio::steady_timer::time_point::max());
      int left = 100;
      for (int n = 0; n < 100; ++n)
        asio::co_spawn(loop.context(), visitor(db, n, all), [&](std::exception_ptr failed) {
          if (failed) std::rethrow_exception(failed);
          if (--left == 0) all_gone.cancel();
        });
      asio::error_code ignored; // being cancelled is what it waits for
      co_await all_gone.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      std::printf("%d answers, their sum is %lld\n", all.answers, static_cast<long long>(all.sum));
      std::printf("%d were refused\n", all.refusals);

      // [busy]
      auto tx = co_await db.begin();
      auto const slipped_in = co_await tusk::as_result(db.query_one<std::int32_t>("select 1"));
      std::printf("%s\n", slipped_in.error().what());
      co_await tx.commit();
      // [/busy]
    };
    loop.spawn(everything());
    loop.run();
  } catch (tusk::error const& e) {
    std::fprintf(stderr, "concurrent: %s\n", e.what());
    return 1;
  }
}
