// tusk: tests/live/lost.cpp — connections that end while they are in use: usable or closed, and closed says why.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"
#include "support/proxy.hpp"
#include "support/stranger.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace {

using live::error_of;
using live::in_both_modes;
using tusk::errc;
using tusk::sqlstate;

/// On another thread and connection: once the backend `pid` waits for `event`, does `act` to it.
class meanwhile {
 public:
  meanwhile(std::int32_t pid, std::string event, std::string act)
      : thread_([pid, event = std::move(event), act = std::move(act)] {
          auto other = tusk::blocking::connect(live::options());
          while (!other.query_one<bool>(
              "select exists(select from pg_stat_activity where pid = $1 and wait_event = $2)", pid, event)) {}
          other.query_one<bool>(act, pid);
        }) {}
  ~meanwhile() { thread_.join(); }

 private:
  std::thread thread_;
};

} // namespace

TEST_CASE("lost: an administrator ends the session while it sleeps") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    meanwhile const killer(db.backend_pid(), "PgSleep", "select pg_terminate_backend($1)");
    auto const e = error_of([&] { db.execute("select pg_sleep(60)"); });
    CHECK(e.sqlstate() == sqlstate::admin_shutdown);
    REQUIRE(e.server() != nullptr);
    CHECK(e.server()->severity == "FATAL");
    CHECK_THAT(e.what(), ContainsSubstring("terminating connection due to administrator command (57P01)"));
    live::check_closed(db, "terminating connection due to administrator command");
  });
}

TEST_CASE("lost: the server is killed in the middle of a result") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const e = error_of([&] {
      db.query<int>("select case when g = 50000 and pg_terminate_backend(pg_backend_pid()) then 0 else g end "
                    "from generate_series(1, 1000000) as g");
    });
    CHECK(e.sqlstate() == sqlstate::admin_shutdown);
    live::check_closed(db, "57P01");
  });
}

TEST_CASE("lost: the same with a prepared statement, a script and a single row") {
  in_both_modes([](live::opener connect) {
    {
      auto db = connect();
      auto const s = db.prepare<>("select pg_terminate_backend(pg_backend_pid()) from generate_series(1, 100000)");
      CHECK(error_of([&] { db.execute(s); }).sqlstate() == sqlstate::admin_shutdown);
      live::check_closed(db);
      CHECK(error_of([&] { db.execute(s); }).code() == errc::connection_closed);
    }
    {
      auto db = connect();
      CHECK(error_of([&] {
              db.script("select 1; select pg_terminate_backend(pg_backend_pid()); select 2");
            }).sqlstate() == sqlstate::admin_shutdown);
      live::check_closed(db);
    }
    {
      auto db = connect();
      CHECK(error_of([&] {
              db.query_one<bool>("select pg_terminate_backend(pg_backend_pid()), pg_sleep(1)");
            }).sqlstate() == sqlstate::admin_shutdown);
      live::check_closed(db);
    }
  });
}

TEST_CASE("lost: ended while idle, it is told at the next use") {
  in_both_modes([](live::opener connect) {
    auto other = connect();
    auto db = connect();
    auto const pid = db.backend_pid();
    REQUIRE(other.query_one<bool>("select pg_terminate_backend($1)", pid));
    while (other.query_one<bool>("select exists(select from pg_stat_activity where pid = $1)", pid)) {}
    auto const e = error_of([&] { db.query_one<int>("select 1"); });
    INFO(e.what());
    CHECK((e.sqlstate() == sqlstate::admin_shutdown || e.code() == errc::connection_closed));
    REQUIRE(e.server() != nullptr);
    CHECK(e.server()->code == sqlstate::admin_shutdown);
    CHECK_THAT(e.what(), ContainsSubstring("terminating connection due to administrator command"));
    live::check_closed(db, "terminating connection due to administrator command");
  });
}

TEST_CASE("lost: another statement is cancelled by an administrator, which loses nothing") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    meanwhile const canceller(db.backend_pid(), "PgSleep", "select pg_cancel_backend($1)");
    auto const e = error_of([&] { db.execute("select pg_sleep(60)"); });
    CHECK(e.sqlstate() == sqlstate::query_canceled);
    live::check_usable(db);
  });
}

TEST_CASE("lost: the server's own time limits") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("set statement_timeout = 20");
    CHECK(error_of([&] { db.execute("select pg_sleep(60)"); }).sqlstate() == sqlstate::query_canceled);
    live::check_usable(db);
    db.script("set statement_timeout = 0; set idle_in_transaction_session_timeout = 20; begin");
    auto other = connect();
    while (other.query_one<bool>("select exists(select from pg_stat_activity where pid = $1)", db.backend_pid())) {}
    auto const e = error_of([&] { db.query_one<int>("select 1"); });
    REQUIRE(e.server() != nullptr);
    CHECK(e.server()->code == sqlstate::idle_in_transaction_session_timeout);
    live::check_closed(db, "idle-in-transaction timeout");
  });
}

TEST_CASE("lost: the line is cut in the middle of a result") {
  in_both_modes([](live::opener connect) {
    for (std::size_t const more : {1u, 4u, 5u, 6u, 20u, 100u, 1000u, 70'000u, 300'000u}) {
      live::proxy between;
      auto db = connect(between.options());
      between.cut_after(between.bytes_received() + more);
      auto const e = error_of([&] { db.query<int>("select generate_series(1, 100000)"); });
      CHECK(e.code() == errc::connection_closed);
      CHECK_FALSE(e.safe_to_retry());
      live::check_closed(db);
    }
  });
}

TEST_CASE("lost: the line is cut at every byte of a small result") {
  in_both_modes([](live::opener connect) {
    std::size_t whole = 0;
    {
      live::proxy between;
      auto db = connect(between.options());
      auto const before = between.bytes_received();
      db.query<int>("select 1");
      whole = between.bytes_received() - before;
    }
    REQUIRE(whole > 50);
    for (std::size_t more = 0; more < whole; more += 3) {
      live::proxy between;
      auto db = connect(between.options());
      between.cut_after(between.bytes_received() + more);
      CHECK(error_of([&] { db.query<int>("select 1"); }).code() == errc::connection_closed);
      live::check_closed(db);
    }
  });
}

TEST_CASE("lost: the line is cut at every byte of a login") {
  in_both_modes([](live::opener connect) {
    std::size_t whole = 0;
    {
      live::proxy between;
      auto db = connect(between.options().user("tusk_scram").password("secret scram"));
      whole = between.bytes_received();
    }
    REQUIRE(whole > 300);
    for (std::size_t n = 0; n < whole; n += n < 150 ? 7 : 31) {
      live::proxy between;
      between.cut_after(n);
      auto const e = error_of([&] { connect(between.options().user("tusk_scram").password("secret scram")); });
      CHECK(e.code() == errc::connection_closed);
      CHECK(e.safe_to_retry());
    }
  });
}

TEST_CASE("lost: the line is cut while nothing is asked") {
  in_both_modes([](live::opener connect) {
    live::proxy between;
    auto db = connect(between.options());
    between.cut();
    auto const e = error_of([&] { db.query_one<int>("select 1"); });
    CHECK(e.code() == errc::connection_closed);
    live::check_closed(db);
  });
}

TEST_CASE("lost: the line is cut while much is being sent") {
  in_both_modes([](live::opener connect) {
    live::stranger const deaf([](int fd) {
      live::receive_some(fd);
      live::send_all(fd, live::welcome());
      for (int i = 0; i < 20; ++i) live::receive_some(fd);
    });
    auto db = connect(deaf.options());
    std::string const much(30'000'000, 'x');
    auto const e = error_of([&] { db.execute("select $1::text", much); });
    CHECK(e.code() == errc::connection_closed);
    live::check_closed(db);
  });
}

TEST_CASE("lost: last words behind a reset are heard") {
  in_both_modes([](live::opener connect) {
    live::stranger const leaving([](int fd) {
      live::receive_some(fd);
      live::send_all(fd, live::welcome());
      live::receive_some(fd); // a little of what comes, and then it has had enough
      live::send_all(fd, live::message('E', live::said("FATAL", "53300", "too many words")));
    });
    auto db = connect(leaving.options());
    std::string const much(30'000'000, 'x');
    auto const e = error_of([&] { db.execute("select $1::text", much); });
    INFO(e.what());
    REQUIRE(e.server() != nullptr);
    CHECK(e.server()->code == sqlstate::too_many_connections);
    live::check_closed(db, "too many words");
  });
}
