// tusk: tests/live/cancel_token.cpp — what runs is ended from anywhere, and nothing else is.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/canceller.hpp"
#include "support/coroutines.hpp"
#include "support/each_mode.hpp"
#include "support/long_streams.hpp"
#include "support/proxy.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

using namespace live;

namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

} // namespace

TEST_CASE("cancel_token: from another thread, whatever the verb is") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto const token = db.get_cancel_token();
    auto const s = wait(db.template prepare<double>("select pg_sleep($1)"));
    auto const before = steady_clock::now();
    auto const ends = [&](auto verb) {
      {
        canceller const other(token, db.backend_pid());
        auto const e = error_of([&] { wait(verb()); });
        CHECK(e.sqlstate() == sqlstate::query_canceled);
        CHECK_FALSE(e.safe_to_retry());
      }
      check_alive(wait, db);
    };
    ends([&] { return db.execute("select pg_sleep(60)"); });
    ends([&] { return db.template query<tusk::row>("select pg_sleep(60)"); });
    ends([&] { return db.template query_maybe<tusk::row>(s, 60.0); });
    ends([&] { return db.script("select 1; select pg_sleep(60); select 2"); });
    ends([&] { return db.pipeline(tusk::execute("select 1"), tusk::execute(s, 60.0), tusk::execute("select 2")); });
    ends([&] { return db.template stream<tusk::row>("select pg_sleep(60)"); });
    CHECK(steady_clock::now() - before < 30s);
  });
}

TEST_CASE("cancel_token: over a connection of its own, over TLS if the session is") {
  bool const secure = over_tls();
  each_mode([&](auto open, auto wait) {
    proxy between(secure);
    auto db = open(secure ? between.options_with_tls() : between.options());
    {
      canceller const other(db.get_cancel_token(), db.backend_pid());
      CHECK(error_of([&] { wait(db.execute("select pg_sleep(60)")); }).sqlstate() == sqlstate::query_canceled);
    }
    check_alive(wait, db);
    REQUIRE(between.connections() >= 2);
    CHECK(between.sent(1) == (secure ? "?" : "!")); // the key is seen by nobody
  });
}

TEST_CASE("cancel_token: commands that stand apart all end") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto const before = steady_clock::now();
    {
      canceller const other(db.get_cancel_token(), db.backend_pid());
      auto const [one, two, three] =
          wait(db.pipeline_each(tusk::query_one<int>("select 1"), tusk::execute("select pg_sleep(60)"),
                                tusk::execute("select pg_sleep(60)")));
      CHECK(one.has_value());
      check_failed(two, sqlstate::query_canceled);
      check_failed(three, sqlstate::query_canceled);
    }
    check_alive(wait, db);
    CHECK(steady_clock::now() - before < 30s);
  });
}

TEST_CASE("cancel_token: in a transaction, which has failed then") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    {
      canceller const other(db.get_cancel_token(), db.backend_pid());
      CHECK(error_of([&] { wait(tx.execute("select pg_sleep(60)")); }).sqlstate() == sqlstate::query_canceled);
    }
    CHECK(db.transaction_status() == tusk::transaction_status::failed);
    wait([&] { return tx.rollback(); });
    check_alive(wait, db);
  });
}

TEST_CASE("cancel_token: it does nothing to a connection that is idle") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto const token = db.get_cancel_token();
    for (int i = 0; i < 100; ++i) {
      token.cancel();
      CHECK(wait(db.template query_one<int>("select $1", i)) == i);
    }
    {
      auto tx = wait(db.begin());
      token.cancel();
      CHECK(wait(tx.template query_one<int>("select 5")) == 5);
      wait([&] { return tx.commit(); });
    }
    token.cancel();
    CHECK(between.connections() == 1);
  });
}

TEST_CASE("cancel_token: it never hits the next query", "[slow]") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto const token = db.get_cancel_token();
    int cancelled = 0;
    bool good = true;
    // Its value, or nothing when it was cancelled. Whatever else it throws is a failure.
    auto const attempt = [&](int n) -> std::optional<int> {
      try {
        return wait(db.template query_one<int>("select $1 from pg_sleep(0.003)", n));
      } catch (tusk::error const& e) {
        if (!is_cancelled(e)) throw;
        return std::nullopt;
      }
    };
    for (int round = 0; round < 300; ++round) {
      std::thread other([&token, round] {
        std::this_thread::sleep_for(std::chrono::microseconds(round % 50 * 60));
        token.cancel();
      });
      std::optional<int> first, second;
      try {
        first = attempt(round);
        second = attempt(-round);
      } catch (...) {
        other.join();
        throw;
      }
      if (!first) {
        ++cancelled;
        good = good && second == -round; // the cancelling was for the first
      } else {
        good = good && first == round && (!second || second == -round);
      }
      other.join();
      good = good && wait(db.template query_one<int>("select $1", 7)) == 7;
    }
    INFO(cancelled << " of 300 were cancelled");
    CHECK(good);
    check_alive(wait, db);
  });
}

TEST_CASE("cancel_token: from many threads at once") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto const token = db.get_cancel_token();
    for (int round = 0; round < 5; ++round) {
      {
        std::vector<std::thread> others;
        {
          once_asleep const leader(db.backend_pid(), [&](onlooker&) {
            for (int i = 0; i < 4; ++i) others.emplace_back([&] { token.cancel(); });
          });
          CHECK(error_of([&] { wait(db.execute("select pg_sleep(60)")); }).sqlstate() == sqlstate::query_canceled);
        }
        for (auto& t : others) t.join();
      }
      check_alive(wait, db);
      check_alive(wait, db);
    }
  });
}

TEST_CASE("cancel_token: it outlives its connection") {
  std::vector<tusk::cancel_token> tokens;
  each_mode([&](auto open, auto wait) {
    auto db = open();
    auto const token = db.get_cancel_token();
    tokens.push_back(token);
    SECTION("closed") { db.close(); }
    SECTION("destroyed") { auto const gone = std::move(db); }
    SECTION("lost") {
      CHECK_THROWS_AS(wait(db.execute("select pg_terminate_backend(pg_backend_pid()), pg_sleep(1)")), tusk::error);
    }
    token.cancel();
    auto next = open();
    check_alive(wait, next);
  });
  for (auto const& t : tokens) t.cancel(); // their loop is gone too
}

TEST_CASE("cancel_token: a request that is lost is repeated") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    between.lose_cancels(2);
    {
      canceller const other(db.get_cancel_token(), db.backend_pid());
      CHECK(error_of([&] { wait(db.execute("select pg_sleep(60)")); }).sqlstate() == sqlstate::query_canceled);
    }
    check_alive(wait, db);
    CHECK(between.connections() >= 4);
  });
}

TEST_CASE("cancel_token: a server that does not end the statement") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options().cancel_timeout(200));
    std::thread other([&, token = db.get_cancel_token(), pid = db.backend_pid()] {
      onlooker looking;
      if (looking.sees(pid, "PgSleep")) {
        between.hold_replies(true);
        token.cancel();
      }
      if constexpr (!wait.asynchronous) between.hold_replies(false); // there nobody but the reader can close it
    });
    auto const e = error_of([&] { wait(db.execute("select pg_sleep(60)")); });
    other.join();
    between.hold_replies(false);
    INFO(e.what());
    if constexpr (wait.asynchronous) {
      CHECK(e.code() == errc::timeout);
      CHECK_THAT(e.what(), ContainsSubstring("cancel_timeout"));
      CHECK_FALSE(db.is_open());
    } else {
      CHECK(e.sqlstate() == sqlstate::query_canceled);
      check_alive(wait, db);
    }
  });
}

TEST_CASE("cancel_token: what begins after it has been called is not hit") {
  loop_with_connection on;
  auto const token = on.db().get_cancel_token();
  auto const body = [&]() -> task {
    for (int i = 0; i < 20; ++i) {
      co_await on.db().execute("select 1");
      token.cancel(); // is carried out in a later turn of the loop: then there is something that it could hit
      auto const got = co_await on.db().query_one<int>("select $1 from pg_sleep(0.005)", i);
      CHECK(got == i);
    }
  };
  on.spawn(body());
  on.run();
}

TEST_CASE("cancel_token: a stream ends with an error, behind the rows that had come") {
  each_mode([](auto open, auto wait) {
    auto db = open(live::options().cancel_timeout(500));
    auto const token = db.get_cancel_token();
    auto rows = wait(db.template stream<wide>(endless));
    CHECK(wait(rows.next()) != nullptr);
    token.cancel(); // in the blocking mode it waits for the end in vain: nobody reads
    int n = 1;
    bool good = true;
    auto const e = error_of([&] {
      while (auto const* const row = wait(rows.next())) good = good && std::get<0>(*row) == ++n && n < 10'000'000;
    });
    CHECK(good);
    CHECK(e.sqlstate() == sqlstate::query_canceled);
    CHECK(wait(rows.next()) == nullptr);
    check_alive(wait, db);
    check_alive(wait, db);
  });
}

TEST_CASE("cancel_token: all of many coroutines") {
  loop_with_connection on;
  auto const token = on.db().get_cancel_token();
  std::string const much(30'000'000, 'x');
  std::vector<tusk::error> errors;
  auto const one = [&](asio::awaitable<tusk::command_tag> operation) -> task {
    try {
      co_await std::move(operation);
    } catch (tusk::error const& e) {
      errors.push_back(e);
    }
  };
  auto const before = steady_clock::now();
  for (int i = 0; i < 10; ++i) on.spawn(one(on.db().execute("select pg_sleep(60)")));
  on.spawn(one(on.db().execute("select pg_sleep(60), $1::text", much))); // stays here, as the server does not read
  for (int i = 0; i < 10; ++i) on.spawn(one(on.db().execute("select pg_sleep(60)")));
  std::optional<canceller> other;
  auto const cancel = [&]() -> task { // when all of them have been asked for
    other.emplace(token, on.db().backend_pid());
    co_return;
  };
  on.spawn(cancel());
  on.run();
  CHECK(steady_clock::now() - before < 30s);
  REQUIRE(errors.size() == 21);
  int unsent = 0;
  for (auto const& e : errors) {
    CHECK(is_cancelled(e));
    unsent += e.safe_to_retry();
  }
  CHECK(unsent >= 10);
  for (int i = 0; i < 3; ++i) {
    std::string words;
    on.spawn(live::tell_outcome(on.db().execute("select 1"), words));
    on.run();
    CHECK(words == "done");
  }
}

TEST_CASE("cancel_token: one that is asked for while a stream is open knows of that") {
  each_mode([](auto open, auto wait) {
    auto db = open(live::options().cancel_timeout(500));
    auto rows = wait(db.template stream<wide>(endless));
    db.get_cancel_token().cancel();
    db.timeout(10s); // or it would go on for minutes
    int n = 0;
    auto const e = error_of([&] {
      while (wait(rows.next()) != nullptr && n < 10'000'000) ++n;
    });
    CHECK(e.sqlstate() == sqlstate::query_canceled);
    check_alive(wait, db);
  });
}

TEST_CASE("cancel_token: while nothing is under way it is about nothing") {
  loop_with_connection on;
  auto const token = on.db().get_cancel_token();
  auto const body = [&]() -> task {
    for (int i = 0; i < 20; ++i) {
      token.cancel();
      auto const got = co_await on.db().query_one<int>("select $1 from pg_sleep(0.005)", i);
      CHECK(got == i);
    }
  };
  on.spawn(body());
  on.run();
}
