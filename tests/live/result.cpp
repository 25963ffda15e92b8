// tusk: tests/live/result.cpp — errors as values.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/coroutines.hpp"

#include <stdexcept>
#include <string>
#include <vector>

using live::task;
using namespace std::chrono_literals;

TEST_CASE("as_result: a value or the server's error") {
  SECTION("blocking") {
    auto db = tusk::blocking::connect(live::options());
    auto const good = tusk::as_result([&] { return db.query<int>("select generate_series(1, 3)"); });
    REQUIRE(good.has_value());
    CHECK((*good == std::vector{1, 2, 3}));
    auto const bad = tusk::as_result([&] { return db.query<int>("selec"); });
    REQUIRE_FALSE(bad.has_value());
    CHECK(bad.error().sqlstate() == tusk::sqlstate::syntax_error);
    CHECK_THROWS_AS(bad.value(), tusk::error);
    auto const nowhere = tusk::as_result([] { return tusk::blocking::connect("host=/nowhere user=u"); });
    CHECK_FALSE(nowhere.has_value());
  }
  SECTION("asynchronous") {
    auto const body = []() -> task {
      auto db = co_await tusk::connect(live::options());
      auto const good = co_await tusk::as_result(db.query<int>("select generate_series(1, 3)"));
      CHECK((good.value() == std::vector{1, 2, 3}));
      auto const bad = co_await tusk::as_result(db.query<int>("selec"));
      CHECK_FALSE(bad.has_value());
      CHECK(bad.error().sqlstate() == tusk::sqlstate::syntax_error);
      CHECK(bad.value_or({7}).at(0) == 7);
      auto const nowhere = co_await tusk::as_result(tusk::connect("host=/nowhere user=u"));
      CHECK_FALSE(nowhere.has_value());
      auto const tag = co_await tusk::as_result(db.execute("create temp table t(x int)"));
      CHECK(tag->text() == "CREATE TABLE");
    };
    tusk::run(body());
  }
}

TEST_CASE("as_result: what is no error of an operation is thrown still") {
  SECTION("blocking") {
    auto const run = [] { return tusk::as_result([]() -> int { throw std::logic_error("own"); }); };
    CHECK_THROWS_AS(run(), std::logic_error);
  }
  SECTION("asynchronous") {
    auto const own = []() -> asio::awaitable<int> {
      throw std::logic_error("own");
      co_return 1;
    };
    auto const body = [&]() -> task { co_await tusk::as_result(own()); };
    CHECK_THROWS_AS(tusk::run(body()), std::logic_error);
  }
}

TEST_CASE("as_result: a cancelled operation has no result") {
  live::loop_with_connection on;
  std::string words;
  auto const body = [&]() -> task {
    auto const done =
        co_await live::within(20ms, live::tell_outcome(tusk::as_result(on.db().execute("select pg_sleep(60)")), words));
    CHECK_FALSE(done);
  };
  on.spawn(body());
  on.run();
  CHECK(words == "cancelled");
}
