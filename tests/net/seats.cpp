// tusk tests: net/seats.cpp — coroutines that wait for another one.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/seats.hpp>

#include "support/catch.hpp"

#include <asio/detached.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <vector>

using lot = tusk::net::seats<asio::any_io_executor>;

namespace {

/// What owns a lot: kept alive by what is posted.
struct owner final : tusk::protocol::counted {
  owner(asio::any_io_executor e, int& n) : room(std::move(e), *this), alive(n) { ++alive; }
  ~owner() override { --alive; }
  lot room;
  int& alive;
};

struct seat : lot::seat {
  explicit seat(owner& o) : in(o) {}
  ~seat() { in.room.leave(*this); }
  owner& in;
};

asio::awaitable<void> sit(tusk::protocol::ref<owner> o, std::vector<seat*>& seats, std::vector<int>& order, int name) {
  seat s(*o);
  seats.push_back(&s);
  co_await lot::park(o->room, s);
  order.push_back(name);
}

} // namespace

TEST_CASE("those who are woken go on in the order of waking, in one batch") {
  int alive = 0;
  asio::io_context io;
  tusk::protocol::ref<owner> o(new owner(io.get_executor(), alive));
  std::vector<seat*> seats;
  std::vector<int> order;
  for (int i = 0; i < 4; ++i) asio::co_spawn(io, sit(o, seats, order, i), asio::detached);
  io.poll();
  REQUIRE(seats.size() == 4);
  CHECK(order.empty());
  o->room.wake(*seats[2]);
  o->room.wake(*seats[0]);
  o->room.wake(*seats[2]); // once is enough
  io.restart();
  io.poll();
  CHECK(order == std::vector<int>{2, 0});
  o->room.wake(*seats[3]);
  o->room.wake(*seats[1]);
  io.restart();
  io.run();
  CHECK(order == std::vector<int>{2, 0, 3, 1});
  o = {};
  CHECK(alive == 0);
}

TEST_CASE("one who is cancelled gets up with operation_aborted, the others keep their seats") {
  using namespace asio::experimental::awaitable_operators;
  int alive = 0;
  asio::io_context io;
  tusk::protocol::ref<owner> o(new owner(io.get_executor(), alive));
  std::vector<seat*> seats;
  std::vector<int> order;
  auto timer = [&]() -> asio::awaitable<void> {
    asio::steady_timer t(io, std::chrono::milliseconds(5));
    co_await t.async_wait(asio::use_awaitable);
  };
  std::size_t winner = 0;
  auto impatient = [&]() -> asio::awaitable<void> {
    auto const result = co_await (sit(o, seats, order, 1) || timer());
    winner = result.index();
  };
  asio::co_spawn(io, sit(o, seats, order, 0), asio::detached);
  asio::co_spawn(io, impatient(), asio::detached);
  io.run_for(std::chrono::milliseconds(500));
  CHECK(winner == 1);
  CHECK(order.empty());
  o->room.wake(*seats[0]);
  io.restart();
  io.run();
  CHECK(order == std::vector<int>{0});
}

TEST_CASE("an exception that leaves the loop does not forget the rest of the batch") {
  int alive = 0;
  asio::io_context io;
  tusk::protocol::ref<owner> o(new owner(io.get_executor(), alive));
  std::vector<seat*> seats;
  std::vector<int> order;
  asio::co_spawn(io, sit(o, seats, order, 0), [](std::exception_ptr) { throw std::runtime_error("from a handler"); });
  asio::co_spawn(io, sit(o, seats, order, 1), asio::detached);
  io.poll();
  for (auto* s : seats) o->room.wake(*s);
  io.restart();
  CHECK_THROWS_AS(io.run(), std::runtime_error);
  io.run();
  CHECK(order == std::vector<int>{0, 1});
}

TEST_CASE("when the context ends, the lot may belong to those who sit, and goes with the last of them") {
  int alive = 0;
  std::vector<seat*> seats;
  std::vector<int> order;
  {
    asio::io_context io;
    tusk::protocol::ref<owner> o(new owner(io.get_executor(), alive));
    for (int i = 0; i < 3; ++i) asio::co_spawn(io, sit(o, seats, order, i), asio::detached);
    io.poll();
    o = {}; // and nothing is posted that would hold it
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
  CHECK(order.empty());
}

TEST_CASE("when the context ends, whoever still sits is destroyed, and the lot with them") {
  int alive = 0;
  std::vector<seat*> seats;
  std::vector<int> order;
  {
    asio::io_context io;
    tusk::protocol::ref<owner> o(new owner(io.get_executor(), alive));
    for (int i = 0; i < 3; ++i) asio::co_spawn(io, sit(o, seats, order, i), asio::detached);
    io.poll();
    o->room.wake(*seats[1]); // one of them in the batch that will not run
    o = {};
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
  CHECK(order.empty());
}
