// tusk: tests/live/listener.cpp — LISTEN and NOTIFY, in both modes.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/each_mode.hpp"
#include "support/messages.hpp"
#include "support/onlooker.hpp"
#include "support/proxy.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace live;

namespace {

using namespace std::chrono_literals;
using names = std::vector<std::string>;

/// What the session of `db` listens to, as the server has it.
template <class Wait, class Connection> names listening(Wait const& wait, Connection& db) {
  return wait(db.template query<std::string>("select c from pg_listening_channels() as c order by c"));
}
/// Takes `n` notifications and returns their payloads.
template <class Wait, class Listener> std::string payloads(Wait const& wait, Listener& from, int n) {
  std::string all;
  for (int i = 0; i < n; ++i) all += wait(from.next()).payload + " ";
  return all;
}
/// Nothing is there, and nothing comes.
template <class Wait, class Connection, class Listener>
void check_silent(Wait const& wait, Connection& db, Listener& l) {
  check_alive(wait, db); // what has been sent before is here now
  CHECK(l.waiting() == 0);
}

} // namespace

TEST_CASE("listener: channel, payload and sender") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto other = open();
    auto jobs = wait(db.listen("jobs"));
    CHECK(jobs.channels() == names{"jobs"});
    wait([&] { return other.notify("jobs", "a payload"); });
    tusk::notification const n = wait(jobs.next());
    CHECK(n.channel == "jobs");
    CHECK(n.payload == "a payload");
    CHECK(n.pid == other.backend_pid());
    wait([&] { return db.notify("jobs"); });
    auto const own = wait(jobs.next());
    CHECK(own.payload.empty());
    CHECK(own.pid == db.backend_pid());
    check_silent(wait, db, jobs);
  });
}

TEST_CASE("listener: names are taken as they are") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    std::string const longest(63, 'x');
    for (std::string const& name :
         {std::string("we\"ird"), std::string("UPPER"), std::string("a.b"), std::string("a b; unlisten *"),
          std::string("\"\""), std::string("'q'"), std::string("\\"), std::string("schön"), longest}) {
      CAPTURE(name);
      auto one = wait(db.listen(name));
      CHECK(listening(wait, db) == names{name});
      wait([&] { return db.notify(name, "p"); });
      CHECK(wait(one.next()).channel == name);
    }
    CHECK(listening(wait, db).empty());
  });
}

TEST_CASE("listener: names that are none are refused, and nothing is sent") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    between.sent();
    auto const refused = [&](std::string const& name, std::string const& words) {
      check_refused([&] { wait(db.listen("good", name)); }, errc::invalid_parameter, words);
    };
    refused("", "empty");
    refused(std::string("a\0b", 3), "zero byte");
    refused(std::string(64, 'x'), "64 bytes");
    CHECK(between.sent().empty());
    check_alive(wait, db);
  });
}

TEST_CASE("listener: what the server refuses to notify") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto const refused = [&](std::string const& channel, std::string const& payload) {
      auto const e = error_of([&] { wait([&] { return db.notify(channel, payload); }); });
      CHECK(e.sqlstate() == sqlstate::invalid_parameter_value);
    };
    refused("", "x");
    refused(std::string(64, 'x'), "x");
    refused("jobs", std::string(8000, 'x'));
    check_refused([&] { wait([&] { return db.notify("jobs", std::string_view("a\0b", 3)); }); },
                  errc::invalid_parameter);
    auto jobs = wait(db.listen("jobs"));
    std::string const longest(7999, 'x');
    wait([&] { return db.notify("jobs", longest); });
    CHECK(wait(jobs.next()).payload == longest);
  });
}

TEST_CASE("listener: several on one connection, of one channel and of several") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto ab = wait(db.listen("a", "b"));
    auto b = wait(db.listen("b"));
    auto c = wait(db.listen(tusk::backlog(5), names{"c", "c"}));
    wait(db.script("notify a, '1'; notify b, '2'; notify a, '3'; notify c, '4'; notify d, '5'"));
    CHECK(ab.waiting() == 3);
    CHECK(payloads(wait, ab, 3) == "1 2 3 ");
    CHECK(payloads(wait, b, 1) == "2 ");
    CHECK(payloads(wait, c, 1) == "4 ");
    for (auto* l : {&ab, &b, &c}) check_silent(wait, db, *l);
  });
}

TEST_CASE("listener: in a transaction a notification is sent when that commits, and heard while it is open") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto other = open();
    auto jobs = wait(db.listen("jobs"));
    {
      auto tx = wait(db.begin());
      wait([&] { return tx.notify("jobs", "undone"); });
      wait([&] { return tx.rollback(); });
    }
    auto tx = wait(db.begin());
    wait([&] { return tx.notify("jobs", "done"); });
    wait([&] { return tx.commit(); });
    CHECK(payloads(wait, jobs, 1) == "done ");
    auto open_one = wait(db.begin());
    wait([&] { return other.notify("jobs", "meanwhile"); });
    db.timeout(100ms); // a server delivers nothing to a session in a transaction
    CHECK(error_of([&] { wait(jobs.next()); }).code() == errc::timeout);
    db.timeout(0ms);
    wait([&] { return open_one.commit(); });
    CHECK(payloads(wait, jobs, 1) == "meanwhile ");
  });
}

TEST_CASE("listener: among replies, in order") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto other = open();
    auto jobs = wait(db.listen("jobs"));
    for (int i = 0; i < 300; ++i) {
      wait([&] { return other.notify("jobs", std::to_string(i)); });
      CHECK(wait(db.template query_one<int>("select $1", i)) == i);
    }
    for (int i = 0; i < 300; ++i) CHECK(wait(jobs.next()).payload == std::to_string(i));
    check_silent(wait, db, jobs);
  });
}

TEST_CASE("listener: after every single message of the server") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto jobs = wait(db.listen("jobs"));
    between.interleave(messages::notification(7, "jobs", "x"));
    {
      auto rows = wait(db.template stream<int>("select generate_series(1, 500)")); // 1 t T 2 ... C Z
      int sum = 0;
      while (auto const* n = wait(rows.next())) sum += *n;
      CHECK(sum == 500 * 501 / 2);
    }
    auto const during = jobs.waiting();
    CHECK(during == 506);
    CHECK(error_of([&] { wait(db.script("selec")); }).sqlstate() == sqlstate::syntax_error);
    CHECK(jobs.waiting() == during + 2);
    between.interleave("");
    check_alive(wait, db);
  });
}

TEST_CASE("listener: a backlog keeps what it has, and says how many are missing and where") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto few = wait(db.listen(tusk::backlog(3), "jobs"));
    auto all = wait(db.listen("jobs"));
    wait(db.script("do $$ begin for i in 1..10 loop perform pg_notify('jobs', i::text); end loop; end $$"));
    CHECK(payloads(wait, few, 1) == "1 ");
    wait([&] { return db.notify("jobs", "11"); });
    CHECK(payloads(wait, few, 2) == "2 3 ");
    auto const e = error_of([&] { wait(few.next()); });
    CHECK(e.code() == errc::notifications_lost);
    CHECK_THAT(e.what(), ContainsSubstring("7 notifications"));
    CHECK(payloads(wait, few, 1) == "11 ");
    CHECK(payloads(wait, all, 11) == "1 2 3 4 5 6 7 8 9 10 11 ");
    wait(db.script("do $$ begin for i in 1..5 loop perform pg_notify('jobs', i::text); end loop; end $$"));
    CHECK(payloads(wait, few, 3) == "1 2 3 ");
    CHECK_THAT(words_of([&] { wait(few.next()); }), ContainsSubstring("2 notifications")); // though none follows
    check_silent(wait, db, few);
    CHECK(db.is_open());
  });
}

TEST_CASE("listener: a timeout loses nothing, and costs no CancelRequest") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto other = open();
    auto jobs = wait(db.listen("jobs"));
    db.timeout(20ms);
    for (int i = 0; i < 5; ++i) {
      auto const e = error_of([&] { wait(jobs.next()); });
      CHECK(e.code() == errc::timeout);
      CHECK(e.safe_to_retry());
      wait([&] { return other.notify("jobs", "x"); });
      db.timeout(10s);
      CHECK(payloads(wait, jobs, 1) == "x ");
      db.timeout(20ms);
    }
    CHECK(between.connections() == 1);
    check_alive(wait, db);
  });
}

TEST_CASE("listener: the destructor has the server stop, unless somebody else listens") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    {
      auto one = wait(db.listen("a", "b"));
      {
        auto const two = wait(db.listen("b", "c"));
        CHECK(listening(wait, db) == names{"a", "b", "c"});
      }
      CHECK(listening(wait, db) == names{"a", "b"});
      auto moved = std::move(one);
      wait([&] { return db.notify("b", "x"); });
      CHECK(payloads(wait, moved, 1) == "x ");
      one = wait(db.listen("d"));
      CHECK(listening(wait, db) == names{"a", "b", "d"});
    }
    CHECK(listening(wait, db).empty());
    check_alive(wait, db);
  });
}

TEST_CASE("listener: unlisten, after which what has arrived is still there") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto one = wait(db.listen("a", "b"));
    auto two = wait(db.listen("b"));
    wait(db.script("notify a, '1'; notify b, '2'"));
    wait([&] { return one.unlisten(); });
    CHECK(listening(wait, db) == names{"b"});
    wait(db.script("notify a, '3'; notify b, '4'"));
    CHECK(payloads(wait, one, 2) == "1 2 ");
    for (int i = 0; i < 2; ++i) {
      auto const e = error_of([&] { wait(one.next()); });
      CHECK(e.code() == errc::listener_closed);
      CHECK_THAT(e.what(), ContainsSubstring("unlisten()"));
    }
    CHECK(payloads(wait, two, 2) == "2 4 ");
    between.sent();
    wait([&] { return one.unlisten(); }); // again: nothing to do
    CHECK(between.sent().empty());
    {
      auto tx = wait(db.begin());
      CHECK(error_of([&] { wait([&] { return two.unlisten(); }); }).code() == errc::connection_busy);
      wait([&] { return tx.rollback(); });
    }
    wait([&] { return db.notify("b", "5"); }); // that was refused, and so had no effect
    CHECK(payloads(wait, two, 1) == "5 ");
  });
}

TEST_CASE("listener: reset ends it, and so does DISCARD ALL; one that begins later listens") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto one = wait(db.listen("jobs"));
    wait([&] { return db.notify("jobs", "before"); });
    SECTION("reset") {
      wait([&] { return db.reset(); });
    }
    SECTION("by hand") { wait(db.script("discard all")); }
    auto two = wait(db.listen("jobs"));
    wait([&] { return db.notify("jobs", "after"); });
    CHECK(payloads(wait, one, 1) == "before ");
    CHECK(error_of([&] { wait(one.next()); }).code() == errc::listener_closed);
    CHECK(payloads(wait, two, 1) == "after ");
    check_alive(wait, db);
  });
}

TEST_CASE("listener: the end of the connection comes after what has arrived") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto jobs = wait(db.listen("jobs"));
    wait([&] { return db.notify("jobs", "last"); });
    auto const pid = db.backend_pid();
    SECTION("by the server") {
      onlooker other;
      other.terminate(pid);
      other.sees_end(pid);
      CHECK(payloads(wait, jobs, 1) == "last ");
      auto const e = error_of([&] { wait(jobs.next()); });
      CHECK(e.code() == errc::connection_closed);
      CHECK(e.sqlstate() == sqlstate::admin_shutdown);
    }
    SECTION("by close()") {
      db.close();
      CHECK(payloads(wait, jobs, 1) == "last ");
    }
    SECTION("by its destructor") {
      { auto const gone = std::move(db); }
      CHECK(payloads(wait, jobs, 1) == "last ");
    }
    for (int i = 0; i < 2; ++i) CHECK(error_of([&] { wait(jobs.next()); }).code() == errc::connection_closed);
    CHECK(error_of([&] { wait([&] { return jobs.unlisten(); }); }).code() == errc::connection_closed);
  });
}

TEST_CASE("listener: where a stream or a transaction has the connection") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto jobs = wait(db.listen("jobs"));
    {
      auto tx = wait(db.begin());
      CHECK(error_of([&] { wait(db.listen("more")); }).code() == errc::connection_busy);
      wait([&] { return tx.commit(); });
    }
    {
      auto rows = wait(db.template stream<int>("select generate_series(1, 100000)"));
      CHECK(wait(rows.next()) != nullptr);
      CHECK(error_of([&] { wait(db.listen("more")); }).code() == errc::connection_busy);
      if constexpr (!wait.asynchronous) CHECK(error_of([&] { jobs.next(); }).code() == errc::connection_busy);
    }
    CHECK(listening(wait, db) == names{"jobs"});
    wait([&] { return db.notify("jobs", "x"); });
    CHECK(payloads(wait, jobs, 1) == "x ");
  });
}

TEST_CASE("listener: LISTEN that fails leaves nothing behind") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("begin"));
    CHECK(error_of([&] { wait(db.script("selec")); }).sqlstate() == sqlstate::syntax_error);
    CHECK(error_of([&] { wait(db.listen("jobs")); }).sqlstate() == sqlstate::in_failed_sql_transaction);
    wait(db.script("rollback"));
    CHECK(listening(wait, db).empty());
    check_alive(wait, db);
  });
}
