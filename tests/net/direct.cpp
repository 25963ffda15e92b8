// tusk tests: net/direct.cpp — coroutines that never suspend.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/direct.hpp>

#include "support/catch.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using tusk::net::direct;
using tusk::net::frame_cache;
using tusk::net::ready;

namespace {

struct counter {
  explicit counter(int& n) : alive(&n) { ++*alive; }
  counter(counter const& other) : alive(other.alive) { ++*alive; }
  counter& operator=(counter const&) = delete;
  ~counter() { --*alive; }
  int* alive;
};

direct<int> plus_one(int n) { co_return co_await ready<int>{n} + 1; }
direct<std::string> text(counter) { co_return std::string(100, 'x'); }
direct<void> fails(counter c) {
  co_await ready<void>{};
  if (*c.alive > 0) throw std::runtime_error("no");
}
direct<int> nested(int depth) {
  if (depth == 0) co_return 0;
  co_return co_await nested(depth - 1) + 1;
}
direct<std::unique_ptr<int>> moved() { co_return std::make_unique<int>(7); }
direct<int> rethrows(counter c) {
  co_await fails(c);
  co_return 1;
}

} // namespace

TEST_CASE("a value, a move-only value, and a value through many frames") {
  CHECK(plus_one(41).get() == 42);
  CHECK(*moved().get() == 7);
  CHECK(nested(200).get() == 200);
}

TEST_CASE("an exception comes out of get, and every frame is destroyed once") {
  int alive = 0;
  CHECK(text(counter(alive)).get().size() == 100);
  CHECK(alive == 0);
  CHECK_THROWS_AS(fails(counter(alive)).get(), std::runtime_error);
  CHECK_THROWS_AS(rethrows(counter(alive)).get(), std::runtime_error);
  CHECK(alive == 0);
  {
    auto const dropped = fails(counter(alive)); // its exception is nobody's business
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
}

TEST_CASE("frames are used again") {
  auto* const first = frame_cache::get(300);
  frame_cache::put(first, 300);
  auto* const second = frame_cache::get(290); // of the same class of sizes
  CHECK(second == first);
  frame_cache::put(second, 290);
  auto* const large = frame_cache::get(100'000);
  frame_cache::put(large, 100'000);
}

TEST_CASE("each thread has frames of its own and gives them back at its end") {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      for (int k = 0; k < 1000; ++k) (void)nested(5).get();
    });
  for (auto& t : threads) t.join();
}
