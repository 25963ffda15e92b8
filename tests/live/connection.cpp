// tusk: tests/live/connection.cpp — what a connection tells of itself, closing and moving it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"
#include "support/proxy.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using live::error_of;
using live::in_both_modes;
using tusk::errc;

/// Whether the server still has that session; waits for its end.
bool ends(live::connection& other, std::int32_t pid) {
  for (int i = 0; i < 500; ++i) {
    if (!other.query_one<bool>("select exists(select from pg_stat_activity where pid = $1)", pid)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

} // namespace

TEST_CASE("connection: what it tells") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK(db.is_open());
    CHECK(db.transport() == live::wanted_transport());
    CHECK(std::to_string(db.server_version()) == db.query_one<std::string>("show server_version_num"));
    CHECK(db.server_version() / 10000 == live::main_server().version());
    CHECK(db.backend_pid() == db.query_one<std::int32_t>("select pg_backend_pid()"));
    CHECK(db.parameter("client_encoding") == "UTF8");
    CHECK(db.parameter("server_encoding") == "UTF8");
    CHECK(db.parameter("integer_datetimes") == "on");
    CHECK(db.parameter("no such parameter").empty());
    CHECK(db.query_one<bool>("select coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false)") ==
          live::over_tls());
  });
}

TEST_CASE("connection: parameters follow the server's reports") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK(db.parameter("TimeZone") == "UTC");
    db.execute("set timezone to 'Europe/Berlin'");
    CHECK(db.parameter("TimeZone") == "Europe/Berlin");
    db.script("begin; set local timezone to 'Asia/Tokyo'");
    CHECK(db.parameter("TimeZone") == "Asia/Tokyo");
    db.script("rollback");
    CHECK(db.parameter("TimeZone") == "Europe/Berlin");
    db.query<std::string>("select set_config('application_name', $1, false)", "worker 7");
    CHECK(db.parameter("application_name") == "worker 7");
  });
}

TEST_CASE("connection: the status of its transaction") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    using enum tusk::transaction_status;
    CHECK(db.transaction_status() == idle);
    db.script("begin");
    CHECK(db.transaction_status() == in_transaction);
    CHECK_THROWS_AS(db.script("selec"), tusk::error);
    CHECK(db.transaction_status() == failed);
    db.script("rollback");
    CHECK(db.transaction_status() == idle);
    db.execute("begin");
    db.execute("select 1");
    CHECK(db.transaction_status() == in_transaction);
    db.execute("commit");
    CHECK(db.transaction_status() == idle);
  });
}

TEST_CASE("connection: closed, it says so, and the server knows") {
  in_both_modes([](live::opener connect) {
    auto other = connect();
    auto db = connect();
    auto const pid = db.backend_pid();
    db.close();
    live::check_closed(db, "close() was called");
    CHECK(error_of([&] { db.execute("select 1"); }).code() == errc::connection_closed);
    CHECK(error_of([&] { db.script("select 1"); }).code() == errc::connection_closed);
    CHECK(error_of([&] { db.prepare<>("select 1"); }).code() == errc::connection_closed);
    CHECK(db.backend_pid() == pid);
    db.close(); // again: nothing
    CHECK(ends(other, pid));
  });
}

TEST_CASE("connection: its destructor says goodbye") {
  in_both_modes([](live::opener connect) {
    auto other = connect();
    live::proxy between;
    std::int32_t pid = 0;
    {
      auto db = connect(between.options());
      pid = db.backend_pid();
      between.sent();
    }
    CHECK(ends(other, pid));
    CHECK(between.sent() == "X");
  });
}

TEST_CASE("connection: it ends although a statement of it lives on") {
  auto const said_goodbye = [](live::proxy& between) {
    for (int i = 0; i < 500; ++i) {
      if (between.sent() == "X") return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  };
  live::proxy between;
  SECTION("blocking") {
    auto db = std::make_unique<tusk::blocking::connection>(tusk::blocking::connect(between.options()));
    auto const statement = db->prepare<int>("select $1");
    between.sent();
    db.reset();
    CHECK(said_goodbye(between));
  }
  SECTION("asynchronous") {
    auto const task = [&]() -> asio::awaitable<void> {
      auto first = co_await tusk::connect(between.options());
      auto db = std::make_unique<tusk::connection>(std::move(first));
      auto const statement = co_await db->prepare<int>("select $1");
      between.sent();
      db.reset();
      CHECK(said_goodbye(between));
    };
    tusk::run(task());
  }
}

TEST_CASE("connection: moves") {
  SECTION("blocking") {
    auto a = tusk::blocking::connect(live::options());
    auto b = tusk::blocking::connect(live::options());
    auto const pid = a.backend_pid();
    auto const replaced = static_cast<std::int32_t>(b.backend_pid());
    auto const statement = a.prepare<int>("select $1 + 1");
    tusk::blocking::connection c = std::move(a);
    CHECK_FALSE(a.is_open());
    a.close();
    CHECK(c.backend_pid() == pid);
    b = std::move(c);
    CHECK(b.backend_pid() == pid);
    CHECK(b.query_one<int>(statement, 1) == 2); // a statement belongs to the session, not to the object
    live::connection other(live::mode::blocking, live::options());
    CHECK(ends(other, replaced));
  }
  SECTION("asynchronous") {
    auto const task = []() -> asio::awaitable<void> {
      auto a = co_await tusk::connect(live::options());
      auto b = co_await tusk::connect(live::options());
      auto const pid = a.backend_pid();
      auto const statement = co_await a.prepare<int>("select $1 + 1");
      auto pending = a.query_one<int>("select 5");
      tusk::connection c = std::move(a);
      CHECK_FALSE(a.is_open());
      b = std::move(c);
      CHECK(b.backend_pid() == pid);
      auto const two = co_await b.query_one<int>(statement, 1);
      CHECK(two == 2);
      auto const five = co_await std::move(pending); // and so does a task
      CHECK(five == 5);
    };
    tusk::run(task());
  }
}

TEST_CASE("connection: many at once") {
  in_both_modes([](live::opener connect) {
    std::vector<live::connection> all;
    for (int i = 0; i < 20; ++i) all.push_back(connect());
    for (int i = 0; i < 20; ++i) CHECK(all[static_cast<std::size_t>(i)].query_one<int>("select $1", i) == i);
  });
}

TEST_CASE("connection: schema, as Prisma's URLs have it, is the search path of a connection") {
  in_both_modes([](live::opener connect) {
    auto odd = connect(live::options().schema("a \"b\\c"));
    CHECK(odd.query_one<std::string>("show search_path") == "\"a \"\"b\\c\"");
    auto both = connect(live::options().schema("app").server_options("-c geqo=off"));
    CHECK(both.query_one<std::string>("show search_path") == "\"app\"");
    CHECK(both.query_one<std::string>("show geqo") == "off");
  });
}
