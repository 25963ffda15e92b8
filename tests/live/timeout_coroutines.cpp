// tusk: tests/live/timeout_coroutines.cpp — limits of many operations that wait on one connection.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/coroutines.hpp"
#include "support/onlooker.hpp"
#include "support/proxy.hpp"
#include "support/stranger.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using live::loop_with_connection;
using live::milliseconds;
using live::task;
using live::tell_outcome;
using tusk::errc;
using namespace std::chrono_literals;

task check_usable(tusk::connection& db) {
  CHECK(db.is_open());
  auto const got = co_await db.query_one<int>("select $1 + 1", 41);
  CHECK(got == 42);
}

/// "timeout", or what else became of it.
template <class T> task tell_code(asio::awaitable<T> operation, std::string& to) {
  auto const r = co_await tusk::as_result(std::move(operation));
  to = r.has_value() ? "done" : r.error().code() == errc::timeout ? "timeout" : r.error().what();
}

} // namespace

TEST_CASE("timeout: of those who wait behind a leader, who goes on") {
  live::gate gate;
  loop_with_connection on;
  std::string leader;
  std::vector<std::string> followers(20);
  std::size_t late = 0;
  auto const follow = [&](std::string& to) -> task {
    on.db().timeout(20ms);
    co_await tell_code(on.db().query_one<int>("select 1"), to);
    if (++late == followers.size()) gate.open(); // only now the leader gets his answer
  };
  on.spawn(tell_outcome(on.db().execute(gate.sql()), leader));
  for (auto& to : followers) on.spawn(follow(to));
  on.run();
  CHECK(leader == "done");
  for (auto const& words : followers) CHECK(words == "timeout");
  on.db().timeout(0ms);
  on.spawn(check_usable(on.db()));
  on.run();
}

TEST_CASE("timeout: of the leader, and those behind him go on") {
  live::gate gate;
  live::proxy between;
  loop_with_connection on(between.options());
  std::string leader;
  std::vector<std::string> followers(5);
  auto const lead = [&]() -> task {
    on.db().timeout(20ms);
    co_await tell_code(on.db().execute(gate.sql()), leader);
    gate.open();
  };
  auto const follow = [&](std::string& to) -> task {
    on.db().timeout(0ms);
    co_await tell_code(on.db().query_one<int>("select 1"), to);
  };
  on.spawn(lead());
  for (auto& to : followers) on.spawn(follow(to));
  on.run();
  CHECK(leader == "timeout");
  for (auto const& words : followers) CHECK(words == "done");
  CHECK(between.connections() == 1); // the late signal of a CancelRequest would have hit one of them
  on.spawn(check_usable(on.db()));
  on.run();
}

TEST_CASE("timeout: of many that run at once") {
  loop_with_connection on;
  std::vector<std::string> got(50);
  on.db().timeout(50ms);
  auto const before = live::steady_clock::now();
  for (auto& to : got) on.spawn(tell_code(on.db().execute("select pg_sleep(60)"), to));
  on.run();
  CHECK(live::steady_clock::now() - before < 20s);
  for (auto const& words : got) CHECK(words == "timeout");
  on.db().timeout(0ms);
  on.spawn(check_usable(on.db()));
  on.run();
}

TEST_CASE("timeout: each has its own limit") {
  loop_with_connection on;
  std::string const names = "abcdef";
  std::string order;
  auto const one = [&](char name, milliseconds limit) -> task {
    on.db().timeout(limit);
    auto operation = on.db().execute("select pg_sleep(60)");
    auto const r = co_await tusk::as_result(std::move(operation));
    CHECK_FALSE(r.has_value());
    if (!r.has_value()) CHECK(r.error().code() == errc::timeout);
    order += name;
  };
  // Their order is not that of their limits.
  on.spawn(one('d', 400ms));
  on.spawn(one('b', 200ms));
  on.spawn(one('a', 100ms));
  on.spawn(one('e', 500ms));
  on.spawn(one('c', 300ms));
  on.run();
  on.db().timeout(0ms);
  // The one at the head stays to read the end of what it has left behind.
  auto rest = order;
  std::erase(rest, 'd');
  CHECK(rest == "abce");
  CHECK(order.size() == 5);
  on.spawn(check_usable(on.db()));
  on.run();
}

TEST_CASE("timeout: what was not sent in time may be sent again") {
  live::gate gate;
  loop_with_connection on;
  std::string const much(30'000'000, 'x');
  std::string first, second;
  std::optional<tusk::error> late;
  on.spawn(tell_outcome(on.db().execute(gate.sql()), first));
  on.spawn(tell_outcome(on.db().query_one<int>("select length($1)", much), second)); // most of it stays here
  auto const third = [&]() -> task {
    on.db().timeout(20ms);
    auto const r = co_await tusk::as_result(on.db().execute("select 1"));
    if (!r.has_value()) late.emplace(r.error());
    gate.open();
  };
  on.spawn(third());
  on.run();
  CHECK(first == "done");
  CHECK(second == "done");
  REQUIRE(late.has_value());
  CHECK(late->code() == errc::timeout);
  CHECK(late->safe_to_retry());
  on.db().timeout(0ms);
  on.spawn(check_usable(on.db()));
  on.run();
}

TEST_CASE("timeout: it keeps no loop from ending") {
  loop_with_connection on;
  on.db().timeout(60s);
  auto const before = live::steady_clock::now();
  on.spawn(check_usable(on.db()));
  on.run();
  on.spawn(check_usable(on.db()));
  on.run();
  CHECK(on.loop().poll() == 0);
  CHECK(live::steady_clock::now() - before < 20s);
}

TEST_CASE("timeout: the longest there is") {
  loop_with_connection on;
  on.db().timeout(milliseconds::max());
  on.spawn(check_usable(on.db()));
  on.run();
}

TEST_CASE("timeout: one that is cancelled before its limit is cancelled, not late") {
  loop_with_connection on;
  on.db().timeout(60s);
  std::string words;
  auto const body = [&]() -> task {
    auto operation = on.db().execute("select pg_sleep(60)");
    auto const done = co_await live::within(20ms, std::move(operation));
    words = done ? "done" : "cancelled";
    on.db().timeout(0ms);
    co_await check_usable(on.db());
  };
  on.spawn(body());
  on.run();
  CHECK(words == "cancelled");
}

TEST_CASE("timeout: a server that answers nothing, and many who wait for it") {
  live::stranger const silent([](int fd) {
    live::receive_some(fd);
    live::send_all(fd, live::welcome());
    live::receive_to_the_end(fd);
  });
  loop_with_connection on(silent.options().cancel_timeout(100));
  on.db().timeout(20ms);
  std::vector<std::string> got(10);
  auto const before = live::steady_clock::now();
  for (auto& to : got) on.spawn(tell_code(on.db().execute("select 1"), to));
  on.run();
  CHECK(live::steady_clock::now() - before < 20s);
  for (auto const& words : got) CHECK(words == "timeout");
  std::string after;
  on.spawn(tell_outcome(on.db().execute("select 1"), after));
  on.run();
  CHECK_THAT(after, ContainsSubstring("cancel_timeout"));
  CHECK_FALSE(on.db().is_open());
}
