// tusk tests: support/loop_stage.hpp — coroutines on one connection, and the server they talk to, in one thread.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The test plays the server on the other end of a Unix socket. What one side sends is there at once, so that a turn of
// the loop lets the clients do all they can do, and tests need no clock.
#pragma once

#include "support/listener.hpp"
#include "support/login.hpp"

#include <tusk/net/async_mode.hpp>
#include <tusk/net/dial.hpp>
#include <tusk/net/pump.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>

#include <chrono>
#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

using loop_mode = tusk::net::async_mode<>;
using loop_pump = tusk::net::pump<loop_mode>;

/// One coroutine that asks for something, and what became of it.
struct client {
  bool ended = false;
  std::string log;
  std::exception_ptr failed;
  asio::cancellation_signal signal;

  void cancel() { signal.emit(asio::cancellation_type::terminal); }
  /// What it got, or the code and the words of what was thrown at it.
  std::string outcome() const {
    if (!ended) return "waits";
    try {
      if (failed) std::rethrow_exception(failed);
    } catch (tusk::error const& e) {
      return loop_mode::is_cancellation(e.code()) ? "cancelled" : e.what();
    }
    return log;
  }
  tusk::error error() const {
    try {
      std::rethrow_exception(failed);
    } catch (tusk::error const& e) {
      return e;
    }
  }
};

class loop_stage {
 public:
  explicit loop_stage(std::chrono::milliseconds cancel_timeout = std::chrono::seconds(60))
      : listener_(live::listener::kind::local), io_(std::make_unique<asio::io_context>()) {
    auto s = login::settings(listener_.host());
    s.cancel_timeout = cancel_timeout;
    auto const connect = [this, s]() -> asio::awaitable<void> {
      pump = co_await tusk::net::dial<loop_mode>(io_->get_executor(), s);
    };
    asio::co_spawn(*io_, connect, [this](std::exception_ptr e) { failed_ = e; });
    turn();
    server = listener_.accept();
    live::arrived(server);
    say(login::welcome());
    turn();
    if (failed_) std::rethrow_exception(failed_);
    REQUIRE(pump);
  }

  /// Lets a new coroutine ask. It has not begun before the next turn.
  client& ask(std::string bytes) {
    auto& c = clients_.emplace_back();
    auto const run = [](tusk::protocol::ref<loop_pump> p, std::string text, client& me) -> asio::awaitable<void> {
      auto r = login::request(text);
      me.log = co_await loop_pump::perform<login::collector>(std::move(p), std::move(r));
    };
    asio::co_spawn(*io_, run(pump, std::move(bytes), c),
                   asio::bind_cancellation_slot(c.signal.slot(), [&c](std::exception_ptr e) {
                     c.failed = e;
                     c.ended = true;
                   }));
    return c;
  }
  void turn() {
    io_->restart();
    io_->poll();
  }
  void run_for(std::chrono::milliseconds time) {
    io_->restart();
    io_->run_for(time);
  }
  /// The server speaks; everybody does what follows from it.
  void say(std::string const& bytes) {
    live::send_all(server.get(), bytes);
    turn();
  }
  /// What the server has got since the last call.
  std::string heard() { return live::arrived(server); }
  /// A CancelRequest has come; its connection is open as long as what is returned.
  live::descriptor cancel_request() {
    auto c = listener_.accept();
    CHECK(live::arrived(c) == login::cancel_request);
    return c;
  }
  bool knocked() const { return listener_.knocked(); }
  asio::io_context& io() { return *io_; }
  /// The loop ends with all that is pending on it. Whoever holds the connection must have let go.
  void end_loop() {
    pump = {};
    io_.reset();
  }
  /// The connection works as if nothing had happened.
  void check_usable() {
    auto& c = ask("again");
    turn();
    CHECK(heard() == "again");
    say(login::result(1));
    CHECK(c.outcome() == "T(a) D7 C(SELECT 1) ");
    CHECK(!knocked());
  }

 private:
  live::listener listener_;
  std::deque<client> clients_;
  std::unique_ptr<asio::io_context> io_;
  std::exception_ptr failed_;

 public:
  live::descriptor server;
  tusk::protocol::ref<loop_pump> pump;
};

/// Whether the other side has closed the connection.
inline bool hung_up(live::descriptor const& d) {
  char c;
  return ::recv(d.get(), &c, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}
