// tusk tests: net/dial_coroutines.cpp — connecting on an Asio loop: cancelled, too slow, and beside others.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/loop_stage.hpp"

#include <asio/detached.hpp>

using namespace messages;
using std::chrono::milliseconds;
using tusk::errc;

namespace {

/// A dialler and the server it comes to, in one thread.
struct dialling {
  dialling() : by(live::listener::kind::local), settings(login::settings(by.host())) {
    settings.hosts[0].password = tusk::conninfo::secret("s3cret");
  }
  void begin() {
    auto const run = [this]() -> asio::awaitable<void> {
      pump = co_await tusk::net::dial<loop_mode>(io.get_executor(), settings);
    };
    asio::co_spawn(io, run, asio::bind_cancellation_slot(me.signal.slot(), [this](std::exception_ptr e) {
                     me.failed = e;
                     me.ended = true;
                   }));
  }
  void turn() {
    io.restart();
    io.poll();
  }
  void finish() {
    io.restart();
    io.run_for(std::chrono::seconds(20));
    REQUIRE(me.ended);
  }
  live::listener by;
  tusk::conninfo::settings settings;
  asio::io_context io;
  client me;
  tusk::protocol::ref<loop_pump> pump;
};

} // namespace

TEST_CASE("connecting, step by step") {
  dialling d;
  d.begin();
  d.turn();
  auto const server = d.by.accept();
  CHECK(live::arrived(server).size() > 8);
  CHECK(!d.me.ended);
  live::send_all(server.get(), login::welcome());
  d.turn();
  CHECK(d.me.outcome().empty());
  REQUIRE(d.pump);
  d.io.restart();
  CHECK(d.io.run() == 0); // nothing is left on the loop
  d.pump = {};
  CHECK(live::arrived(server) == std::string("X\0\0\0\4", 5));
}

TEST_CASE("one who is cancelled while connecting gets an error of ours, and nothing is left open") {
  dialling d;
  d.settings.hosts.push_back(d.settings.hosts[0]);
  d.settings.connect_timeout = std::chrono::seconds(60);
  SECTION("waiting for the login") {
    d.begin();
    d.turn();
    auto const server = d.by.accept();
    d.me.cancel();
    d.turn();
    live::arrived(server);
    CHECK(hung_up(server));
  }
  SECTION("connecting") {
    live::listener const busy(live::listener::kind::tcp, 0);
    auto const guests = busy.fill_queue();
    d.settings.hosts[0].host = busy.host();
    d.settings.hosts[0].port = busy.port();
    d.begin();
    d.turn();
    d.me.cancel();
    d.turn();
  }
  REQUIRE(d.me.ended);
  CHECK(d.me.outcome() == "cancelled");
  CHECK(d.me.error().code() == asio::error::operation_aborted);
  d.io.restart();
  CHECK(d.io.run() == 0); // no timer is left
}

TEST_CASE("a server that does not answer costs connect_timeout, and the next host is tried") {
  dialling d;
  live::listener const silent(live::listener::kind::local);
  live::listener const busy(live::listener::kind::tcp, 0);
  auto const guests = busy.fill_queue();
  d.settings.connect_timeout = milliseconds(20);
  d.settings.hosts.resize(2, d.settings.hosts[0]);
  d.settings.hosts[0].host = silent.host();
  d.settings.hosts[1].host = busy.host();
  d.settings.hosts[1].port = busy.port();
  d.begin();
  d.finish();
  CHECK(d.me.error().code() == errc::connect_failed);
  auto const words = d.me.outcome();
  auto const first = words.find("failed: no answer within 20 ms (connect_timeout)");
  CHECK(first != words.npos);
  CHECK(words.find("failed: no answer within 20 ms (connect_timeout)", first + 1) != words.npos);
}

TEST_CASE("a Unix server with too many guests is passed over") {
  dialling d;
  live::listener const busy(live::listener::kind::local, 0);
  auto const guests = busy.fill_queue();
  d.settings.hosts.insert(d.settings.hosts.begin(), d.settings.hosts[0]);
  d.settings.hosts[0].host = busy.host();
  d.begin();
  d.turn();
  auto const server = d.by.accept();
  live::send_all(server.get(), login::welcome());
  d.turn();
  CHECK(d.pump);
}

TEST_CASE("a server that goes away is told as in the blocking mode") {
  dialling d;
  d.begin();
  d.turn();
  auto server = d.by.accept();
  SECTION("at the end") {
    live::arrived(server);
    server = live::descriptor();
    d.turn();
    CHECK(d.me.outcome().ends_with("failed: the server closed the connection"));
  }
  SECTION("with an error") {
    server = live::descriptor(); // what it has not read makes it a reset
    d.turn();
    CHECK(d.me.outcome().ends_with("failed: the connection was lost: Connection reset by peer"));
  }
  CHECK(d.me.error().code() == errc::connection_closed);
  CHECK(d.me.error().safe_to_retry());
}

TEST_CASE("a server that asks for many iterations does not stop the others") {
  // How many turns another coroutine gets until the answer is there.
  auto const turns = [](std::string const& iterations) {
    dialling d;
    d.begin();
    d.turn();
    auto const server = d.by.accept();
    live::arrived(server);
    live::send_all(server.get(), sasl({"SCRAM-SHA-256"}));
    d.turn();
    auto const first = live::arrived(server);
    auto const nonce = first.substr(first.rfind("r="));
    live::send_all(server.get(), authentication(11, nonce + "x,s=CCCCCCCCCCCCCCCCCCCCCA==,i=" + iterations));
    int n = 0;
    auto const other = [&]() -> asio::awaitable<void> {
      for (; n < 1000 && live::arrived(server).empty(); ++n) co_await loop_mode::yield(d.io.get_executor());
    };
    asio::co_spawn(d.io, other, asio::detached);
    d.turn();
    live::send_all(server.get(), fatal("28P01", "no"));
    d.turn();
    CHECK(d.me.error().sqlstate() == tusk::sqlstate::invalid_password);
    return n;
  };
  CHECK(turns("100000") >= turns("20000") + 4); // in slices of 20000
}
