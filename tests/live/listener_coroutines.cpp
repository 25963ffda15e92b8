// tusk: tests/live/listener_coroutines.cpp — listeners among others who use the connection, given up at every moment.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/coroutines.hpp"
#include "support/long_streams.hpp"
#include "support/onlooker.hpp"
#include "support/proxy.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace live;

namespace {

using namespace std::chrono_literals;

/// Takes notifications into `to` until one says "end".
task hear_all(tusk::listener& from, std::vector<std::string>& to) {
  for (;;) {
    auto n = co_await from.next();
    if (n.payload == "end") co_return;
    to.push_back(std::move(n.payload));
  }
}
task check_usable(tusk::connection& db) {
  auto const got = co_await db.query_one<int>("select $1 + 1", 41);
  CHECK(got == 42);
}

} // namespace

TEST_CASE("listener: a thousand notifications while others run a thousand queries") {
  loop_with_connection on;
  std::vector<std::string> heard;
  std::vector<std::string> also_heard;
  std::optional<tusk::listener> jobs, same;
  int good = 0, busy = 10;
  auto const listen = [&](std::optional<tusk::listener>& to) -> task {
    auto made = co_await on.db().listen("jobs");
    to.emplace(std::move(made));
  };
  on.spawn(listen(jobs));
  on.spawn(listen(same));
  on.run();
  auto const work = [&](int who) -> task {
    for (int i = 0; i < 100; ++i) {
      auto const n = co_await on.db().query_one<int>("select $1", who * 1000 + i);
      good += n == who * 1000 + i;
      co_await on.db().notify("jobs", std::to_string(n));
      if (i % 10 == who) co_await pause(1ms); // then only the listeners wait
    }
    if (--busy == 0) co_await on.db().notify("jobs", "end");
  };
  on.spawn(hear_all(*jobs, heard));
  on.spawn(hear_all(*same, also_heard));
  for (int who = 0; who < 10; ++who) on.spawn(work(who));
  on.run();
  CHECK(good == 1000);
  REQUIRE(heard.size() == 1000);
  CHECK(heard == also_heard);
  std::vector<int> next(10); // of each sender in its order
  bool in_order = true;
  for (auto const& payload : heard) {
    auto const n = std::stoi(payload);
    auto& expected = next[static_cast<std::size_t>(n / 1000)];
    in_order = in_order && n % 1000 == expected++;
  }
  CHECK(in_order);
}

TEST_CASE("listener: given up by || and by with_timeout again and again, and nothing is lost") {
  loop_with_connection on;
  std::vector<std::string> heard;
  auto const body = [&]() -> task {
    using namespace asio::experimental::awaitable_operators;
    auto jobs = co_await on.db().listen("jobs");
    auto const executor = co_await asio::this_coro::executor;
    auto const tell = [&]() -> task {
      for (int i = 0; i < 500; ++i) co_await on.db().notify("jobs", std::to_string(i));
    };
    on.spawn(tell());
    for (int turn = 0; heard.size() != 500; ++turn) {
      std::optional<tusk::notification> n;
      if (turn % 2 == 0) {
        asio::steady_timer timer(executor, std::chrono::microseconds(turn % 7 * 50));
        auto first = co_await (jobs.next() || timer.async_wait(asio::use_awaitable));
        if (first.index() == 0) n = std::get<0>(std::move(first));
      } else {
        auto r = co_await tusk::as_result(tusk::with_timeout(milliseconds(turn % 3), jobs.next()));
        if (r.has_value()) n = std::move(*r);
      }
      if (n) heard.push_back(std::move(n->payload));
    }
  };
  on.spawn(body());
  on.run();
  bool in_order = heard.size() == 500;
  for (std::size_t i = 0; i < heard.size(); ++i) in_order = in_order && heard[i] == std::to_string(i);
  CHECK(in_order);
}

TEST_CASE("listener: it waits while a stream rests, and goes on however that ends") {
  loop_with_connection on;
  std::string heard;
  auto const hear = [&](tusk::listener& from) -> task {
    auto const n = co_await from.next();
    heard = n.payload;
  };
  auto const body = [&](int way) -> task {
    tusk::connection other = co_await connect_asynchronously(options());
    auto jobs = co_await on.db().listen("jobs");
    auto tx = std::optional<tusk::transaction>();
    if (way == 3) tx.emplace(co_await on.db().begin());
    std::optional<tusk::cursor<int>> rows;
    std::string const sql = way == 1 ? "select generate_series(1, 3)" : "select generate_series(1, 10000000)";
    if (tx)
      rows.emplace(co_await tx->stream<int>(sql));
    else
      rows.emplace(co_await on.db().stream<int>(sql));
    co_await rows->next();
    on.spawn(hear(jobs));
    co_await other.notify("jobs", "x");
    co_await pause(20ms);
    CHECK(heard.empty()); // it would have to read past the rows
    int expected = 1;
    for (int i = 0; way == 0 && i < 20000; ++i) {
      auto const* n = co_await rows->next();
      if (n == nullptr || *n != ++expected) throw std::logic_error("a row is missing");
    }
    if (way == 1)
      while (co_await rows->next() != nullptr) ++expected;
    if (way == 1) CHECK(expected == 3);
    if (way == 3)
      tx.reset(); // takes the stream with it
    else if (way != 1)
      rows.reset();
    for (int i = 0; i < 500 && heard.empty(); ++i) co_await pause(10ms); // nobody uses the connection
    CHECK(heard == "x");
    heard.clear();
  };
  for (int way = 0; way < 4; ++way) {
    CAPTURE(way);
    on.spawn(body(way));
    on.run();
    on.spawn(check_usable(on.db()));
    on.run();
  }
}

TEST_CASE("listener: a query that is cancelled returns at once, and the listener sees to its end") {
  loop_with_connection on;
  auto const before = steady_clock::now();
  auto const body = [&]() -> task {
    auto jobs = co_await on.db().listen("jobs");
    std::vector<std::string> heard;
    on.spawn(hear_all(jobs, heard));
    for (int i = 0; i < 20; ++i) {
      bool const done = co_await within(milliseconds(i % 4), on.db().execute("select pg_sleep(60)"));
      CHECK_FALSE(done);
      if (i % 2 == 0) co_await check_usable(on.db());
    }
    co_await on.db().notify("jobs", "1");
    co_await on.db().notify("jobs", "end");
    while (heard.empty()) co_await pause(1ms);
    co_await pause(10ms);
  };
  on.spawn(body());
  on.run();
  CHECK(steady_clock::now() - before < 30s);
}

TEST_CASE("listener: LISTEN given up at every moment leaves nothing behind") {
  proxy between;
  loop_with_connection on(between.options());
  auto const body = [&](milliseconds when) -> task {
    auto operation = on.db().listen("jobs");
    co_await within(when, std::move(operation));
    auto const left = co_await on.db().query_one<std::int64_t>("select count(*) from pg_listening_channels()");
    CHECK(left == 0);
  };
  for (int i = 0; i < 30; ++i) {
    if (i % 3 == 0) between.hold_replies(true);
    auto const release = [&]() -> task {
      co_await pause(3ms);
      between.hold_replies(false);
    };
    on.spawn(release());
    on.spawn(body(milliseconds(i % 3)));
    on.run();
  }
}

TEST_CASE("listener: a token ends a wait on an idle connection, with no CancelRequest") {
  proxy between;
  loop_with_connection on(between.options());
  std::string outcome;
  auto const hear = [&](tusk::listener& from) -> task { co_await tell_outcome(from.next(), outcome); };
  auto const body = [&]() -> task {
    auto jobs = co_await on.db().listen("jobs");
    auto const token = on.db().get_cancel_token();
    on.spawn(hear(jobs));
    co_await pause(5ms);
    token.cancel();
    while (outcome.empty()) co_await pause(1ms);
    co_await on.db().notify("jobs", "x");
    auto const n = co_await jobs.next();
    CHECK(n.payload == "x");
  };
  on.spawn(body());
  on.run();
  CHECK(outcome == "cancelled");
  CHECK(between.connections() == 1);
}

TEST_CASE("listener: everybody who waits is told when the backend is terminated") {
  loop_with_connection on;
  onlooker other;
  std::vector<std::string> outcomes(3);
  std::vector<tusk::listener> listeners;
  auto const listen = [&]() -> task {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      auto one = co_await on.db().listen("jobs");
      listeners.push_back(std::move(one));
    }
    for (std::size_t i = 0; i < outcomes.size(); ++i) on.spawn(tell_outcome(listeners[i].next(), outcomes[i]));
    co_await pause(5ms);
    other.terminate(on.db().backend_pid());
  };
  on.spawn(listen());
  on.run();
  for (auto const& words : outcomes) CHECK_THAT(words, ContainsSubstring("due to administrator command"));
  CHECK_FALSE(on.db().is_open());
}

TEST_CASE("listener: of the connection's timeout each wait has its own") {
  loop_with_connection on;
  std::string first, second;
  auto const tell = [&](tusk::listener& from, milliseconds limit, std::string& to) -> task {
    on.db().timeout(limit);
    auto const r = co_await tusk::as_result(from.next());
    to = r.has_value() ? r->payload : r.error().code() == errc::timeout ? "timeout" : r.error().what();
  };
  auto const body = [&]() -> task {
    auto jobs = co_await on.db().listen("jobs");
    on.spawn(tell(jobs, 20ms, first));
    on.spawn(tell(jobs, 10s, second));
    while (first.empty()) co_await pause(1ms);
    CHECK(second.empty());
    co_await on.db().notify("jobs", "x");
    while (second.empty()) co_await pause(1ms);
  };
  on.spawn(body());
  on.run();
  CHECK(first == "timeout");
  CHECK(second == "x");
}
