// tusk: tests/executor.cpp — the loop: to the end, in slices, and what it does with exceptions.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/executor.hpp>

#include "support/catch.hpp"

#include <asio/steady_timer.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using tusk::executor;

namespace {

/// Neither copied nor made by default.
struct only_moved {
  explicit only_moved(int v) : value(std::make_unique<int>(v)) {}
  std::unique_ptr<int> value;
};

/// Gives the loop a turn.
asio::awaitable<void> turn() {
  auto const where = co_await asio::this_coro::executor;
  co_await asio::post(where, asio::use_awaitable);
}
asio::awaitable<void> sleep(std::chrono::nanoseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(time);
  co_await timer.async_wait(asio::use_awaitable);
}
asio::awaitable<void> count(int& to, int turns) {
  for (int i = 0; i < turns; ++i) {
    co_await turn();
    ++to;
  }
}
asio::awaitable<void> fail_after(int turns) {
  for (int i = 0; i < turns; ++i) co_await turn();
  throw std::runtime_error("failed");
}
asio::awaitable<int> answer() {
  co_await sleep(1us);
  co_return 42;
}
asio::awaitable<only_moved> failing() {
  co_await turn();
  throw std::runtime_error("failed");
}
asio::awaitable<only_moved> moving() {
  co_await turn();
  co_return only_moved(7);
}
asio::awaitable<std::vector<std::string>> words() {
  co_await turn();
  co_return std::vector<std::string>{"a word that is longer than any small string", "b"};
}
asio::awaitable<void> set_later(bool& to) {
  co_await sleep(1ms);
  to = true;
}
asio::awaitable<int> spawning(bool& to) {
  auto const where = co_await asio::this_coro::executor;
  asio::co_spawn(where, set_later(to), [](std::exception_ptr) {});
  co_return 1;
}
asio::awaitable<void> spawning_failure() {
  auto const where = co_await asio::this_coro::executor;
  asio::co_spawn(where, fail_after(1), [](std::exception_ptr e) { std::rethrow_exception(e); });
  co_await sleep(1h);
}
asio::awaitable<int> stopping() {
  auto const where = co_await asio::this_coro::executor;
  static_cast<asio::io_context&>(asio::query(where, asio::execution::context)).stop();
  co_await turn();
  co_return 1;
}
asio::awaitable<void> holding(std::shared_ptr<int> held) {
  co_await sleep(1h);
  ++*held;
}
asio::awaitable<void> busy(std::chrono::nanoseconds each) {
  for (;;) {
    auto const begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < each) {}
    co_await turn();
  }
}

} // namespace

TEST_CASE("executor: run() gives the result") {
  CHECK(tusk::run(answer()) == 42);
  CHECK(*tusk::run(moving()).value == 7);
  CHECK(tusk::run(words()).at(0) == "a word that is longer than any small string");
  int n = 0;
  tusk::run(count(n, 3));
  CHECK(n == 3);
}

TEST_CASE("executor: run() throws what the coroutine throws") {
  CHECK_THROWS_AS(tusk::run(fail_after(0)), std::runtime_error);
  CHECK_THROWS_AS(tusk::run(fail_after(3)), std::runtime_error);
  CHECK_THROWS_AS(tusk::run(failing()), std::runtime_error);
}

TEST_CASE("executor: run() also ends what the coroutine has spawned") {
  bool done = false;
  CHECK(tusk::run(spawning(done)) == 1);
  CHECK(done);
  CHECK_THROWS_AS(tusk::run(spawning_failure()), std::runtime_error);
}

TEST_CASE("executor: run() of a loop that is stopped has no result to give") {
  try {
    tusk::run(stopping());
    CHECK(false);
  } catch (std::system_error const& e) {
    CHECK(e.code() == asio::error::operation_aborted);
  }
}

TEST_CASE("executor: nothing runs before it is told to") {
  executor ex;
  int n = 0;
  ex.spawn(count(n, 1));
  CHECK(n == 0);
  CHECK(ex.run() > 0);
  CHECK(n == 1);
  CHECK(ex.run() == 0);
  CHECK(ex.poll() == 0);
  CHECK(ex.poll_for(1s) == 0);
}

TEST_CASE("executor: runs several coroutines to the end, again and again") {
  executor ex;
  int a = 0;
  int b = 0;
  bool late = false;
  ex.spawn(count(a, 10));
  ex.spawn(count(b, 5));
  ex.spawn(set_later(late));
  ex.run();
  CHECK(a == 10);
  CHECK(b == 5);
  CHECK(late);
  ex.spawn(count(a, 1));
  ex.run();
  CHECK(a == 11);
}

TEST_CASE("executor: results of spawned coroutines are dropped") {
  executor ex;
  ex.spawn(answer());
  ex.spawn(moving()); // of a type without a default
  ex.spawn(words());
  CHECK(ex.run() > 0);
  CHECK(ex.run() == 0);
}

TEST_CASE("executor: what a spawned coroutine throws leaves through the call, the others go on") {
  for (int way = 0; way < 3; ++way) {
    executor ex;
    int before = 0;
    int after = 0;
    ex.spawn(count(before, 10));
    ex.spawn(fail_after(2));
    ex.spawn(failing());
    ex.spawn(count(after, 10));
    auto const go = [&] { return way == 0 ? ex.run() : way == 1 ? ex.poll() : ex.poll_for(1h); };
    CHECK_THROWS_AS(go(), std::runtime_error);
    CHECK(before < 10);
    CHECK_THROWS_AS(go(), std::runtime_error);
    CHECK(go() > 0);
    CHECK(before == 10);
    CHECK(after == 10);
  }
}

TEST_CASE("executor: poll does not wait") {
  executor ex;
  bool late = false;
  ex.spawn(set_later(late));
  CHECK(ex.poll() > 0);
  CHECK_FALSE(late);
  CHECK(ex.poll_for(1h) == 0);
  CHECK_FALSE(late);
  ex.run();
  CHECK(late);
}

TEST_CASE("executor: poll_for ends after the step during which the time is up") {
  executor ex;
  ex.spawn(busy(2ms)); // for ever
  CHECK(ex.poll_for(0ns) == 1);
  CHECK(ex.poll_for(-1h) == 1);
  CHECK(ex.poll_for(std::chrono::nanoseconds::min()) == 1);
  auto const begin = std::chrono::steady_clock::now();
  auto const steps = ex.poll_for(5ms);
  CHECK(std::chrono::steady_clock::now() - begin >= 5ms);
  CHECK(steps >= 1);
  CHECK(steps < 12); // a turn is two or three steps, the third that is busy reaches the limit
}

TEST_CASE("executor: poll_for takes the largest limit that there is") {
  executor ex;
  int n = 0;
  ex.spawn(count(n, 5));
  ex.poll_for(std::chrono::nanoseconds::max());
  CHECK(n == 5);
}

TEST_CASE("executor: a loop that ends takes its coroutines along") {
  auto const held = std::make_shared<int>(0);
  {
    executor ex;
    ex.spawn(holding(held));
    CHECK(held.use_count() == 2);
    ex.poll();
    ex.spawn(holding(held)); // not even begun
    CHECK(held.use_count() == 3);
  }
  CHECK(held.use_count() == 1);
  CHECK(*held == 0);
}

TEST_CASE("executor: is a context for Asio's own functions") {
  executor ex;
  bool ran = false;
  asio::post(ex.get_executor(), [&] { ran = true; });
  CHECK(ex.poll() == 1);
  CHECK(ran);
  CHECK(ex.get_executor() == asio::any_io_executor(ex.context().get_executor()));
}
