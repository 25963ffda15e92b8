// tusk: tests/live/shutdown.cpp — loops that end, and coroutines that are destroyed, with operations under way.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Most of what is proved here is proved by the sanitizers: nothing leaks, nothing is used after its end.
#include "support/coroutines.hpp"
#include "support/stranger.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using live::milliseconds;
using live::task;
using namespace std::chrono_literals;

/// Tells when its coroutine's frame is destroyed.
struct witness {
  explicit witness(int& to) : count(&to) {}
  witness(witness const&) = delete;
  witness& operator=(witness const&) = delete;
  ~witness() { ++*count; }
  int* count;
};

task sleep_for_ever(std::shared_ptr<tusk::connection> db, int& destroyed) {
  witness const w(destroyed);
  co_await db->execute("select pg_sleep(60)");
}
task sleep_and_give_up(std::shared_ptr<tusk::connection> db, int& destroyed) {
  witness const w(destroyed);
  co_await live::within(5ms, db->execute("select pg_sleep(60)"));
}
task open(std::shared_ptr<tusk::connection>& to) {
  auto connected = co_await tusk::connect(live::options());
  to = std::make_shared<tusk::connection>(std::move(connected));
}

} // namespace

TEST_CASE("shutdown: a loop ends while many wait for one connection") {
  int destroyed = 0;
  {
    tusk::executor loop;
    std::shared_ptr<tusk::connection> db;
    loop.spawn(open(db));
    loop.run();
    for (int i = 0; i < 10; ++i) loop.spawn(sleep_for_ever(db, destroyed));
    db.reset(); // the coroutines own it
    loop.poll_for(20ms);
    CHECK(destroyed == 0);
  }
  CHECK(destroyed == 10);
}

TEST_CASE("shutdown: before anything was written, and before anything was begun") {
  int destroyed = 0;
  {
    tusk::executor loop;
    std::shared_ptr<tusk::connection> db;
    loop.spawn(open(db));
    loop.run();
    for (int i = 0; i < 10; ++i) loop.spawn(sleep_for_ever(db, destroyed));
    db.reset();
    loop.context().restart();
    for (int i = 0; i < 3; ++i) loop.context().poll_one();
  }
  CHECK(destroyed >= 1);
}

TEST_CASE("shutdown: while a cancelled statement is drained") {
  int destroyed = 0;
  {
    tusk::executor loop;
    std::shared_ptr<tusk::connection> db;
    loop.spawn(open(db));
    loop.run();
    for (int i = 0; i < 5; ++i) loop.spawn(sleep_and_give_up(db, destroyed));
    db.reset();
    auto const until = live::steady_clock::now() + 5ms;
    while (live::steady_clock::now() < until) loop.poll();
    loop.poll(); // some have been cancelled, their CancelRequest is on its way
  }
  CHECK(destroyed == 5);
}

TEST_CASE("shutdown: while a connection is being made") {
  live::stranger const silent([](int fd) { live::receive_to_the_end(fd); });
  int begun = 0;
  int destroyed = 0;
  auto const connecting = [&](tusk::options o) -> task {
    witness const w(destroyed);
    ++begun;
    co_await tusk::connect(o);
  };
  {
    tusk::executor loop;
    loop.spawn(connecting(silent.options().connect_timeout(60)));
    loop.spawn(connecting(silent.options().sslmode("require")));
    loop.spawn(connecting(live::options()));
    while (begun < 3) loop.poll_for(1ms);
  }
  CHECK(destroyed == 3);
}

TEST_CASE("shutdown: a statement is the last that holds its connection") {
  std::optional<tusk::statement<int>> statement;
  tusk::executor loop;
  auto const body = [&]() -> task {
    auto db = co_await tusk::connect(live::options());
    auto s = co_await db.prepare<int>("select $1");
    statement.emplace(std::move(s));
  };
  loop.spawn(body());
  loop.run();
  CHECK(statement->columns().size() == 1);
  statement.reset();
}

TEST_CASE("shutdown: the connection is destroyed by one while others wait") {
  tusk::executor loop;
  std::optional<tusk::connection> db;
  loop.spawn(live::connect_into(db, live::options()));
  loop.run();
  std::vector<std::string> got(5);
  for (auto& to : got) loop.spawn(live::tell_outcome(db->execute("select pg_sleep(60)"), to));
  auto const destroyer = [&]() -> task {
    co_await live::pause(10ms);
    db.reset();
  };
  loop.spawn(destroyer());
  loop.run();
  for (auto const& words : got) CHECK_THAT(words, ContainsSubstring("close"));
}

TEST_CASE("shutdown: an exception leaves the loop, and the others go on with the next run") {
  live::loop_with_connection on;
  int good = 0;
  auto const thrower = [&](int i) -> task {
    co_await on.db().execute("select 1");
    if (i % 2 == 0) throw std::runtime_error("not of tusk");
    ++good;
  };
  for (int i = 0; i < 10; ++i) on.spawn(thrower(i));
  int thrown = 0;
  for (int i = 0; i < 20 && (good < 5 || thrown < 5); ++i) {
    try {
      on.run();
    } catch (std::runtime_error const&) {
      ++thrown;
    }
  }
  CHECK(good == 5);
  CHECK(thrown == 5);
  auto const after = [&]() -> task { co_await on.db().execute("select 1"); };
  on.spawn(after());
  on.run();
  CHECK(on.db().is_open());
}
