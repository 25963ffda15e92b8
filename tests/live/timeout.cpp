// tusk: tests/live/timeout.cpp — a limit for every operation, after which the connection is usable or closed.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/each_mode.hpp"
#include "support/long_streams.hpp"
#include "support/onlooker.hpp"
#include "support/proxy.hpp"
#include "support/stranger.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>

using namespace live;

namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

/// `verb`, which would take a minute, ends by the limit of `db`. That limit is off afterwards.
template <class Wait, class Connection, class Verb> void times_out(Wait const& wait, Connection& db, Verb verb) {
  auto const before = steady_clock::now();
  db.timeout(30ms);
  auto const e = error_of([&] { wait(verb); });
  db.timeout(0ms);
  CHECK(e.code() == errc::timeout);
  CHECK_FALSE(e.safe_to_retry());
  CHECK(steady_clock::now() - before < 20s);
}

/// Lets replies through again when somebody has sent a CancelRequest.
class late_replies {
 public:
  explicit late_replies(proxy& between) : connections_(between.connections()) {
    between.hold_replies(true);
    thread_ = std::thread([this, &between] {
      while (between.connections() == connections_) std::this_thread::sleep_for(1ms);
      between.hold_replies(false);
    });
  }
  ~late_replies() { thread_.join(); }

 private:
  std::size_t connections_;
  std::thread thread_;
};

/// Lets everybody in, and then says nothing any more.
void fall_silent(int fd) {
  receive_some(fd);
  send_all(fd, welcome());
  receive_to_the_end(fd);
}

} // namespace

TEST_CASE("timeout: of every verb, and the connection is usable after it") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    onlooker other;
    auto const s = wait(db.template prepare<double>("select pg_sleep($1)"));
    auto const ends = [&](auto verb) {
      times_out(wait, db, verb);
      check_alive(wait, db);
    };
    ends([&] { return db.execute("select pg_sleep(60)"); });
    ends([&] { return db.execute("select pg_sleep($1)", 60.0); });
    ends([&] { return db.template query<tusk::row>("select pg_sleep(60)"); });
    ends([&] { return db.template query_one<tusk::row>("select pg_sleep(60)"); });
    ends([&] { return db.template query_maybe<tusk::row>("select pg_sleep(60)"); });
    ends([&] { return db.execute(s, 60.0); });
    ends([&] { return db.template query_one<tusk::row>(s, 60.0); });
    ends([&] { return db.script("select 1; select pg_sleep(60); select 3"); });
    ends([&] { return db.pipeline(tusk::execute("select 1"), tusk::execute(s, 60.0), tusk::execute("select 2")); });
    ends([&] { return db.pipeline_each(tusk::execute("select 1"), tusk::execute(s, 60.0), tusk::execute(s, 60.0)); });
    ends([&] { return db.template stream<tusk::row>("select pg_sleep(60)"); });
    {
      auto tx = wait(db.begin());
      times_out(wait, db, [&] { return tx.template stream<tusk::row>(tusk::fetch_size(1), "select pg_sleep(60)"); });
    }
    check_alive(wait, db);
    ends([&] { return db.execute("select count(*) from (select generate_series(1, 1000000000)) as g"); });
    CHECK(other.sees_idle(db.backend_pid())); // the server has ended it too
  });
}

TEST_CASE("timeout: socket_timeout, as Prisma's URLs have it, is the first limit of a connection", "[slow]") {
  each_mode([](auto open, auto wait) {
    auto db = open(options().socket_timeout(1));
    auto const e = error_of([&] { wait([&] { return db.execute("select pg_sleep(60)"); }); });
    CHECK(e.code() == errc::timeout);
    check_alive(wait, db);
    db.timeout(0ms);
    CHECK(wait(db.execute("select pg_sleep(1.2)")).text() == "SELECT 1");
  });
}

TEST_CASE("timeout: of preparing a statement, which waits for a lock") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto other = open();
    auto const name = "tusk_locked_" + std::to_string(db.backend_pid());
    wait(other.script("create table " + name + "(x int)"));
    {
      auto tx = wait(other.begin());
      wait(tx.script("lock table " + name));
      times_out(wait, db, [&] { return db.template prepare<>("select x from " + name); });
      check_alive(wait, db);
      times_out(wait, db, [&] { return db.template query<int>("select x from " + name); });
      check_alive(wait, db);
      wait([&] { return tx.rollback(); });
    }
    CHECK(wait(db.template query<int>("select x from " + name)).empty());
    auto const s = wait(db.template prepare<>("select x from " + name));
    CHECK(wait(db.template query<int>(s)).empty());
    wait(db.script("drop table " + name));
  });
}

TEST_CASE("timeout: of what the server itself does at once") {
  bool const secure = over_tls();
  each_mode([&](auto open, auto wait) {
    proxy between(secure);
    auto db = open(secure ? between.options_with_tls() : between.options());
    auto const ends = [&](auto verb) {
      {
        late_replies const late(between);
        times_out(wait, db, verb);
      }
      check_alive(wait, db);
      CHECK(db.transaction_status() == tusk::transaction_status::idle);
    };
    ends([&] { return db.begin(); });
    ends([&] { return db.reset(); });
    ends([&] { return db.execute("select 1"); });
    ends([&] { return db.pipeline_each(tusk::execute("select 1"), tusk::execute("select 1")); });
    auto undone = wait(db.begin());
    {
      late_replies const late(between);
      times_out(wait, db, [&] { return undone.rollback(); });
    }
    { auto const gone = std::move(undone); }
    check_alive(wait, db);
    CHECK(db.transaction_status() == tusk::transaction_status::idle);
  });
}

TEST_CASE("timeout: in a transaction, which has failed then") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int)"));
    {
      auto tx = wait(db.begin());
      wait(tx.execute("insert into t values (1)"));
      times_out(wait, db, [&] { return tx.execute("select pg_sleep(60)"); });
      CHECK(error_of([&] { wait(tx.execute("select 1")); }).sqlstate() == sqlstate::in_failed_sql_transaction);
      CHECK(error_of([&] { wait([&] { return tx.commit(); }); }).code() == errc::transaction_failed);
    }
    wait(db.script("create function pg_temp.slow() returns trigger language plpgsql as "
                   "$$ begin perform pg_sleep(60); return null; end $$;"
                   "create constraint trigger slow after insert on t deferrable initially deferred "
                   "for each row execute function pg_temp.slow()"));
    {
      auto tx = wait(db.begin());
      wait(tx.execute("insert into t values (1)"));
      times_out(wait, db, [&] { return tx.commit(); });
    }
    CHECK(wait(db.template query_one<std::int64_t>("select count(*) from t")) == 0);
    CHECK(db.transaction_status() == tusk::transaction_status::idle);
  });
}

TEST_CASE("timeout: of each row of a stream, not of the time in between", "[slow]") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    db.timeout(1s);
    {
      auto rows = wait(db.template stream<wide>(endless));
      CHECK(wait(rows.next()) != nullptr);
      std::this_thread::sleep_for(1100ms); // longer than any operation may take
      for (int i = 0; i < 10'000; ++i) wait(rows.next());
    }
    check_alive(wait, db);
    {
      auto rows = wait(db.template stream<wide>(stalling));
      int n = 0;
      times_out(wait, db, [&] { return rows.for_each([&](wide const&) { ++n; }); });
      CHECK(n <= 3);
      check_alive(wait, db); // while the cursor is still there
      CHECK(wait(rows.next()) == nullptr);
    }
    check_alive(wait, db);
  });
}

TEST_CASE("timeout: it can be changed and switched off, for what follows") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    times_out(wait, db, [&] { return db.execute("select pg_sleep(60)"); });
    wait(db.execute("select pg_sleep(0.1)")); // there is none any more
    db.timeout(60s);
    wait(db.execute("select pg_sleep(0.1)"));
    check_alive(wait, db);
    db.timeout(-1ms);
    wait(db.execute("select pg_sleep(0.1)"));
    db.timeout(50ms);
    std::this_thread::sleep_for(60ms); // nothing is under way that could take too long
    CHECK(db.is_open());
    if constexpr (wait.asynchronous) CHECK(wait.loop().poll() == 0);
    db.timeout(0ms);
    check_alive(wait, db);
  });
}

TEST_CASE("timeout: at about the moment when it ends", "[slow]") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    int late = 0;
    for (int round = 0; round < 100; ++round) {
      db.timeout(std::chrono::milliseconds(1 + round % 5));
      int got = round;
      try {
        got = wait(db.template query_one<int>("select $1 from pg_sleep(0.003)", round));
      } catch (tusk::error const& e) {
        CHECK(e.code() == errc::timeout);
        ++late;
      }
      CHECK(got == round);
      db.timeout(0ms);
      CHECK(wait(db.template query_one<int>("select $1", -round)) == -round);
    }
    INFO(late << " of 100 were late");
    CHECK(db.is_open());
  });
}

TEST_CASE("timeout: the statement is cancelled over a connection of its own, over TLS if the session is") {
  bool const secure = over_tls();
  each_mode([&](auto open, auto wait) {
    proxy between(secure);
    auto db = open(secure ? between.options_with_tls() : between.options());
    times_out(wait, db, [&] { return db.execute("select pg_sleep(60)"); });
    check_alive(wait, db);
    REQUIRE(between.connections() >= 2);
    CHECK(between.sent(1) == (secure ? "?" : "!")); // the key is seen by nobody
  });
}

TEST_CASE("timeout: a server that answers nothing loses the connection after cancel_timeout") {
  each_mode([](auto open, auto wait) {
    for (int verb = 0; verb < 4; ++verb) {
      stranger const silent(fall_silent);
      auto db = open(silent.options().cancel_timeout(100));
      times_out(wait, db, [&] {
        switch (verb) {
        case 0: return db.execute("select 1");
        case 1: return db.execute("select $1::text", std::string(100, 'x'));
        case 2: return db.execute("select $1::text", std::string(100'000, 'x'));
        default: return db.execute(std::string("select 1"));
        }
      });
      // In the asynchronous mode whoever uses it next is told, if it was not found out before.
      auto const e = error_of([&] { wait(db.execute("select 1")); });
      INFO(e.what());
      CHECK((e.code() == errc::connection_closed || e.code() == errc::timeout));
      CHECK_THAT(e.what(), ContainsSubstring("cancel_timeout"));
      CHECK_FALSE(db.is_open());
    }
  });
}

TEST_CASE("timeout: a server that takes nothing any more") {
  each_mode([](auto open, auto wait) {
    stranger const deaf([](int fd) {
      receive_some(fd);
      send_all(fd, welcome());
      receive_some(fd);
      pollfd hung_up{fd, POLLRDHUP, 0};
      ::poll(&hung_up, 1, -1);
    });
    auto db = open(deaf.options().cancel_timeout(100));
    std::string const much(30'000'000, 'x');
    times_out(wait, db, [&] { return db.execute("select $1::text", much); });
    CHECK(error_of([&] { wait(db.execute("select 1")); }).code() == errc::connection_closed);
    CHECK_FALSE(db.is_open());
  });
}

TEST_CASE("timeout: the line goes dead in the middle of a result") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options().cancel_timeout(100));
    auto rows = wait(db.template stream<int>("select generate_series(1, 100000000)"));
    between.hold_replies(true);
    times_out(wait, db, [&] { return rows.for_each([](int) {}); });
    between.hold_replies(false);
    CHECK(error_of([&] { wait(db.execute("select 1")); }).code() == errc::connection_closed);
    CHECK_FALSE(db.is_open());
  });
}

TEST_CASE("timeout: without a cancel_timeout the end of the statement is waited for") {
  each_mode([](auto open, auto wait) {
    auto db = open(options().cancel_timeout(0));
    db.timeout(30ms);
    CHECK(error_of([&] { wait(db.execute("select pg_sleep(60)")); }).code() == errc::timeout);
    db.timeout(0ms);
    check_alive(wait, db);
  });
}

TEST_CASE("timeout: the longest there is, in both modes") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    db.timeout(std::chrono::milliseconds::max());
    check_alive(wait, db);
    wait(db.execute("select pg_sleep(0.01)"));
  });
}
