// tusk: examples/listen.cpp — notifications: heard beside queries, and from a connection that sees to itself.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Connects to DATABASE_URL, or to what PGHOST, PGUSER and the others say.
#include <tusk/tusk.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <variant>

using namespace std::chrono_literals;

static asio::awaitable<void> listen_beside_queries() {
  tusk::connection db = co_await tusk::connect();

  // [listen]
  tusk::listener jobs = co_await db.listen("jobs", "Jobs of \"A\""); // names are taken as they are
  co_await db.notify("jobs", "first");
  {
    auto tx = co_await db.begin();
    co_await tx.notify("Jobs of \"A\"", "second"); // told when this commits
    co_await tx.commit();
  }
  for (int i = 0; i < 2; ++i) {
    tusk::notification n = co_await jobs.next();
    std::printf("%s: %s\n", n.channel.c_str(), n.payload.c_str());
  }
  auto const none = co_await tusk::as_result(tusk::with_timeout(50ms, jobs.next())); // loses nothing
  std::printf("%s\n", none.error().what());
  // [/listen]
}

static asio::awaitable<void> follow() {
  tusk::connection db = co_await tusk::connect();
  // [feed]
  tusk::feed feed = co_await tusk::listen(tusk::options::from_environment(), "jobs");
  co_await db.execute("select pg_terminate_backend($1)", static_cast<std::int32_t>(feed.backend_pid())); // it happens
  for (;;) {
    tusk::feed_event event = co_await feed.next();
    if (auto const* lost = std::get_if<tusk::reconnected>(&event)) {
      std::printf("connected again (%s): look at the table\n", lost->why.what());
      co_await db.notify("jobs", "third");
    } else {
      std::printf("job: %s\n", std::get<tusk::notification>(event).payload.c_str());
      co_return;
    }
  }
  // [/feed]
}

static asio::awaitable<int> app() {
  co_await listen_beside_queries();
  co_await follow();
  co_return 0;
}

int main() {
  try {
    return tusk::run(app());
  } catch (tusk::error const& e) {
    std::fprintf(stderr, "listen: %s\n", e.what());
    return 1;
  }
}
