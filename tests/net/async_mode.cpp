// tusk tests: net/async_mode.cpp — sockets, deadlines and cancellation on an Asio loop.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/async_mode.hpp>

#include "support/catch.hpp"
#include "support/listener.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/detached.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <thread>

using live::descriptor;
using live::listener;
using mode = tusk::net::async_mode<>;
using std::chrono::milliseconds;
using tusk::errc;
using namespace tusk::net;

namespace {

auto const patience = std::chrono::seconds(20);

/// A loop, and what became of the coroutine that was run on it last.
struct loop {
  asio::io_context io;
  std::exception_ptr failed;
  bool ended = false;

  template <class F> void begin(F f, asio::cancellation_slot slot = {}) {
    ended = false;
    asio::co_spawn(io, std::move(f), asio::bind_cancellation_slot(slot, [this](std::exception_ptr e) {
                     failed = e;
                     ended = true;
                   }));
  }
  /// Runs what can be run without waiting.
  void turn() {
    io.restart();
    io.poll();
  }
  std::error_code finish() {
    io.restart();
    for (auto const end = mode::clock::now() + patience; !ended && mode::clock::now() < end;)
      io.run_one_for(milliseconds(100));
    REQUIRE(ended);
    try {
      if (failed) std::rethrow_exception(failed);
    } catch (std::system_error const& e) {
      return e.code();
    }
    return {};
  }
  template <class F> std::error_code run(F f) {
    begin(std::move(f));
    return finish();
  }
};

/// Both ends of a connection.
struct pair_of : loop {
  explicit pair_of(listener::kind k = listener::kind::tcp) : by(k), client(io.get_executor()) {
    auto const failure = run([this] { return client.connect(by.address(), settings); });
    REQUIRE(!failure);
    server = by.accept();
  }
  ~pair_of() { client.close(); }
  mode::task<void> read_one() {
    auto const to = std::as_writable_bytes(std::span(room));
    got.append(room, co_await client.read_some(to, false));
  }
  std::error_code read() {
    got.clear();
    return run([this] { return read_one(); });
  }
  char room[65536];
  std::string got;
  tusk::conninfo::settings settings;
  listener by;
  mode::socket client;
  descriptor server;
};

} // namespace

TEST_CASE("an asynchronous socket sends at once and is not inherited") {
  auto const before = live::open_descriptors();
  {
    pair_of c;
    auto const fd = c.client.native_handle();
    CHECK(c.client.is_open());
    CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(live::option(fd, IPPROTO_TCP, TCP_NODELAY) != 0);
    pair_of u(listener::kind::local);
    CHECK(!u.run([&] { return u.client.connect(c.by.address(), u.settings); }));
    CHECK(live::receive_some(u.server.get()).empty()); // connecting anew has closed what was there
    u.client.close();
    u.client.close();
    CHECK(!u.client.is_open());
  }
  CHECK(live::open_descriptors() == before);
}

TEST_CASE("asynchronous connect: refused, no such socket, too many guests") {
  loop l;
  mode::socket s(l.io.get_executor());
  tusk::conninfo::settings const settings;
  live::loopback_port const closed(false);
  auto const nobody = resolve("127.0.0.1", static_cast<std::uint16_t>(closed.number()), true).front();
  auto const nowhere = address::unix_socket("/nonexistent/s");
  CHECK(l.run([&] { return s.connect(nobody, settings); }) == std::errc::connection_refused);
  CHECK(l.run([&] { return s.connect(nowhere, settings); }) == std::errc::no_such_file_or_directory);
  listener const busy(listener::kind::local, 0);
  auto const guests = busy.fill_queue();
  CHECK(l.run([&] { return s.connect(busy.address(), settings); }) == std::errc::resource_unavailable_try_again);
  auto bad = settings;
  bad.keepalive.count = 1000;
  auto const before = live::open_descriptors();
  s.close();
  CHECK(l.run([&] { return s.connect(nobody, bad); }) == std::errc::invalid_argument);
  CHECK(live::open_descriptors() <= before);
}

TEST_CASE("an alarm closes the socket, which ends whatever is under way") {
  tusk::conninfo::settings const settings;
  SECTION("connecting, to one who does not answer") {
    listener const busy(listener::kind::tcp, 0);
    auto const guests = busy.fill_queue();
    loop l;
    mode::socket s(l.io.get_executor());
    mode::alarm const limit(l.io.get_executor(), s, milliseconds(20));
    CHECK(!limit.rang());
    auto const code = l.run([&] { return s.connect(busy.address(), settings); });
    CHECK(mode::is_cancellation(code));
    CHECK(limit.rang());
    CHECK(!s.is_open());
  }
  SECTION("reading") {
    pair_of c;
    mode::alarm const limit(c.io.get_executor(), c.client, milliseconds(20));
    CHECK(mode::is_cancellation(c.read()));
    CHECK(limit.rang());
  }
  SECTION("waiting for room to write") {
    pair_of c;
    std::string const much(1 << 20, 'x');
    while (c.client.try_write(tusk::wire::as_bytes(much)) > 0) {}
    mode::alarm const limit(c.io.get_executor(), c.client, milliseconds(20));
    CHECK(mode::is_cancellation(c.run([&] { return c.client.writable(); })));
    CHECK(limit.rang());
  }
}

TEST_CASE("an alarm that is gone, or was never set, does nothing, and keeps no loop running") {
  pair_of c;
  {
    mode::alarm const limit(c.io.get_executor(), c.client, milliseconds(1));
    mode::alarm const far(c.io.get_executor(), c.client, std::chrono::hours(10));
    mode::alarm const none(c.io.get_executor(), c.client, milliseconds(0));
    CHECK(!none.rang());
    std::this_thread::sleep_for(milliseconds(2)); // it is due, and has not been told
  }
  c.io.restart();
  c.io.run(); // returns: nothing is left
  CHECK(c.client.is_open());
  live::send_all(c.server.get(), "still there");
  CHECK(!c.read());
  CHECK(c.got == "still there");
}

TEST_CASE("what arrives is read, then the end, in both families") {
  for (auto k : {listener::kind::tcp, listener::kind::local}) {
    pair_of c(k);
    live::send_all(c.server.get(), "hello");
    CHECK(!c.read());
    CHECK(c.got == "hello");
    CHECK(c.client.try_write(tusk::wire::as_bytes("to you")) == 6);
    CHECK(live::receive_some(c.server.get()) == "to you");
    c.server = descriptor();
    auto const end = c.read();
    CHECK(end == asio::error::eof);
    CHECK(mode::is_end(end));
    CHECK(!mode::is_cancellation(end));
  }
}

TEST_CASE("a reset is an error, and no end") {
  pair_of c;
  live::reset(std::move(c.server));
  auto const code = c.read();
  CHECK(code == asio::error::connection_reset);
  CHECK(!mode::is_end(code));
}

TEST_CASE("megabytes both ways at once, with the callback that writes") {
  constexpr std::size_t total = 6'000'000;
  pair_of c;
  std::size_t received = 0;
  std::thread server([&] { // it reads nothing before it has sent everything
    live::send_all(c.server.get(), std::string(total, 's'));
    while (received < total) {
      auto const n = live::receive_some(c.server.get()).size();
      if (n == 0) break;
      received += n;
    }
  });
  std::string const ours(total, 'c');
  std::size_t sent = 0;
  std::size_t got = 0;
  std::function<void()> write = [&] {
    while (sent < total) {
      auto const n = c.client.try_write(tusk::wire::as_bytes(std::string_view(ours).substr(sent)));
      if (n < 0) return c.client.when_writable([&](auto failed) { failed ? void() : write(); });
      sent += static_cast<std::size_t>(n);
    }
  };
  write();
  auto const read_all = [&]() -> mode::task<void> {
    auto const to = std::as_writable_bytes(std::span(c.room));
    while (got < total) got += co_await c.client.read_some(to, false);
  };
  CHECK(!c.run(read_all));
  while (sent < total) c.io.run_one_for(milliseconds(100));
  server.join();
  CHECK(received == total);
  CHECK(got == total);
}

TEST_CASE("a cancelled coroutine's read ends; under the shield it goes on") {
  for (bool shielded : {false, true}) {
    pair_of c;
    asio::cancellation_signal signal;
    auto const read = [&]() -> mode::task<void> {
      if (shielded) co_await mode::throws_if_cancelled(false);
      c.client.shield(shielded);
      co_await c.read_one();
      if (shielded) co_await c.client.writable();
    };
    c.begin(read, signal.slot());
    c.turn();
    signal.emit(asio::cancellation_type::terminal);
    c.turn();
    CHECK(c.ended != shielded);
    live::send_all(c.server.get(), "the rest");
    auto const code = c.finish();
    CHECK(mode::is_cancellation(code) != shielded);
    CHECK(c.got == (shielded ? "the rest" : ""));
  }
}

TEST_CASE("interrupting ends a read, shielded or not, and harms nobody else") {
  for (bool shielded : {false, true}) {
    pair_of c;
    c.client.interrupt(); // nothing is under way
    c.client.shield(shielded);
    c.begin([&] { return c.read_one(); });
    c.turn();
    CHECK(!c.ended);
    c.client.interrupt();
    CHECK(mode::is_cancellation(c.finish()));
    CHECK(c.client.is_open());
    live::send_all(c.server.get(), "again");
    CHECK(!c.read());
    CHECK(c.got == "again");
  }
}

TEST_CASE("hosts are resolved: numbers at once, names, and names that cannot be") {
  loop l;
  auto const ask = [&](std::string host) {
    std::vector<address> all;
    auto const f = [&]() -> mode::task<void> { all = co_await mode::resolve(l.io.get_executor(), host, 5432); };
    auto const code = l.run(f);
    if (code) CHECK(code == errc::host_not_found);
    return all;
  };
  CHECK(ask("127.0.0.1").at(0).text() == "127.0.0.1:5432");
  CHECK(ask("::1").at(0).text() == "[::1]:5432");
  auto const local = ask("localhost");
  CHECK(!local.empty());
  for (auto const& a : local) CHECK((a.text() == "127.0.0.1:5432" || a.text() == "[::1]:5432"));
  CHECK(ask(std::string(64, 'x') + ".invalid").empty());
  CHECK(ask("").empty());
}

TEST_CASE("posting and yielding let others run") {
  loop l;
  std::string order;
  auto const first = [&]() -> mode::task<void> {
    mode::post(l.io.get_executor(), [&] { order += "posted "; });
    order += "before ";
    co_await mode::yield(l.io.get_executor());
    order += "after ";
  };
  CHECK(!l.run(first));
  CHECK(order == "before posted after ");
}

TEST_CASE("what counts as cancelled") {
  CHECK(mode::is_cancellation(asio::error::operation_aborted));
  CHECK(mode::is_cancellation(mode::cancelled().code()));
  CHECK(!mode::is_cancellation(make_error_code(errc::timeout)));
  CHECK(!mode::is_cancellation(asio::error::eof));
  CHECK(!mode::is_end(asio::error::operation_aborted));
  CHECK(mode::concurrent);
}

TEST_CASE("any executor will do") {
  using concrete = tusk::net::async_mode<asio::io_context::executor_type>;
  asio::io_context io;
  listener const by(listener::kind::local);
  concrete::socket s(io.get_executor());
  tusk::conninfo::settings const settings;
  std::string got;
  auto const talk = [&]() -> concrete::task<void> {
    concrete::alarm const limit(io.get_executor(), s, patience);
    co_await s.connect(by.address(), settings);
    live::send_all(by.accept().get(), "hello");
    char room[16];
    auto const to = std::as_writable_bytes(std::span(room));
    got.assign(room, co_await s.read_some(to, false));
  };
  asio::co_spawn(io, talk, asio::detached);
  io.run();
  CHECK(got == "hello");
}
