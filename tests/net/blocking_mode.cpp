// tusk tests: net/blocking_mode.cpp — the plain blocking socket, its deadlines, and the names a mode has to offer.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/blocking_mode.hpp>

#include "support/catch.hpp"
#include "support/listener.hpp"

#include <chrono>
#include <string>
#include <thread>

using live::descriptor;
using live::listener;
using mode = tusk::net::blocking_mode;
using std::chrono::milliseconds;
using tusk::errc;
using namespace tusk::net;

namespace {

std::error_code code_of(auto run) {
  try {
    run();
  } catch (std::system_error const& e) {
    return e.code();
  }
  return {};
}
address tcp(int port) { return resolve("127.0.0.1", static_cast<std::uint16_t>(port), true).front(); }

/// Both ends of a connection.
struct pair_of {
  explicit pair_of(listener::kind k = listener::kind::tcp) : by(k), client({}) {
    client.connect(by.address(), {});
    server = by.accept();
  }
  std::string read(bool writing = false) {
    auto const n = client.read_some(std::as_writable_bytes(std::span(room)), writing).value;
    return {room, n};
  }
  char room[65536];
  listener by;
  mode::socket client;
  descriptor server;
};

} // namespace

TEST_CASE("a connected socket blocks, sends at once and is not inherited") {
  auto const before = live::open_descriptors();
  {
    pair_of c;
    auto const fd = c.client.native_handle();
    CHECK(c.client.is_open());
    CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(live::option(fd, IPPROTO_TCP, TCP_NODELAY) != 0);
    pair_of u(listener::kind::local);
    CHECK((::fcntl(u.client.native_handle(), F_GETFL) & O_NONBLOCK) == 0);
    u.client.connect(c.by.address(), {}); // connecting anew closes what was there
    CHECK(live::receive_some(u.server.get()).empty());
    u.client.close();
    u.client.close();
    CHECK(!u.client.is_open());
  }
  CHECK(live::open_descriptors() == before);
}

TEST_CASE("blocking connect: refused, no such socket, too many guests") {
  auto const before = live::open_descriptors();
  {
    mode::socket s({});
    live::loopback_port const closed(false);
    CHECK(code_of([&] { s.connect(tcp(closed.number()), {}); }) == std::errc::connection_refused);
    CHECK(code_of([&] { s.connect(address::unix_socket("/nonexistent/s"), {}); }) ==
          std::errc::no_such_file_or_directory);
    listener const busy(listener::kind::local, 0);
    auto const guests = busy.fill_queue();
    CHECK(code_of([&] { s.connect(busy.address(), {}); }) == std::errc::resource_unavailable_try_again);
  }
  CHECK(live::open_descriptors() == before);
}

TEST_CASE("blocking connect ends at the deadline when nobody answers") {
  listener const busy(listener::kind::tcp, 0);
  auto const guests = busy.fill_queue();
  mode::socket s({});
  auto const begin = mode::clock::now();
  mode::alarm const limit({}, s, milliseconds(30));
  CHECK(!limit.rang());
  CHECK(code_of([&] { s.connect(busy.address(), {}); }) == errc::timeout);
  CHECK(limit.rang());
  CHECK(mode::clock::now() - begin >= milliseconds(30));
}

TEST_CASE("what arrives is read, then the end") {
  for (auto k : {listener::kind::tcp, listener::kind::local}) {
    pair_of c(k);
    live::send_all(c.server.get(), "hello");
    CHECK(c.read() == "hello");
    CHECK(c.client.try_write(tusk::wire::as_bytes("to you")) == 6);
    CHECK(live::receive_some(c.server.get()) == "to you");
    live::send_all(c.server.get(), "bye");
    c.server = descriptor();
    CHECK(c.read() == "bye");
    CHECK(code_of([&] { c.read(); }) == errc::connection_closed);
    CHECK(code_of([&] { c.read(true); }) == errc::connection_closed);
  }
}

TEST_CASE("a reset is the system's error") {
  for (bool writing : {false, true}) {
    pair_of c;
    live::reset(std::move(c.server));
    CHECK(code_of([&] {
            for (;;) c.read(writing);
          }) == std::errc::connection_reset);
    CHECK(code_of([&] { c.client.try_write(tusk::wire::as_bytes("x")); }) == std::errc::broken_pipe);
  }
}

TEST_CASE("a deadline ends waiting for a silent peer, and only as long as the alarm lives") {
  pair_of c;
  {
    mode::alarm const limit({}, c.client, milliseconds(20));
    CHECK(code_of([&] { c.read(); }) == errc::timeout);
    CHECK(limit.rang());
    CHECK(c.client.is_open()); // what is to become of the socket is for others to say
  }
  live::send_all(c.server.get(), "still there");
  CHECK(c.read() == "still there");
  mode::alarm const none({}, c.client, milliseconds(0));
  CHECK(!none.rang());
  live::send_all(c.server.get(), "and on");
  CHECK(c.read() == "and on");
}

TEST_CASE("a later alarm takes the place of an earlier one, which then comes back") {
  pair_of c;
  mode::alarm const outer({}, c.client, milliseconds(1));
  {
    mode::alarm const inner({}, c.client, std::chrono::hours(1));
    live::send_all(c.server.get(), "in time");
    CHECK(c.read() == "in time");
    CHECK(!inner.rang());
  }
  CHECK(code_of([&] { c.read(); }) == errc::timeout);
}

TEST_CASE("a peer that never pauses does not outlast the deadline") {
  pair_of c;
  live::send_all(c.server.get(), std::string(100'000, 'x'));
  mode::alarm const limit({}, c.client, milliseconds(5));
  std::this_thread::sleep_for(milliseconds(6));
  CHECK(code_of([&] { c.read(); }) == errc::timeout);
  CHECK(code_of([&] { c.read(true); }) == errc::timeout);
}

TEST_CASE("with something to write, reading returns nothing as soon as there is room for it") {
  pair_of c;
  CHECK(c.read(true).empty());
  live::send_all(c.server.get(), "first what is there");
  for (std::string got; got.empty();) {
    got = c.read(true); // it may take a moment to arrive
    CHECK((got.empty() || got == "first what is there"));
  }
  c.client.writable();
  std::string const much(1 << 20, 'x');
  while (c.client.try_write(tusk::wire::as_bytes(much)) > 0) {}
  mode::alarm const limit({}, c.client, milliseconds(20));
  CHECK(code_of([&] { c.client.writable(); }) == errc::timeout);
  CHECK(code_of([&] { c.read(true); }) == errc::timeout);
}

TEST_CASE("megabytes both ways at once do not block each other") {
  constexpr std::size_t total = 6'000'000;
  for (auto k : {listener::kind::tcp, listener::kind::local}) {
    pair_of c(k);
    // It reads nothing before it has sent everything.
    std::size_t received = 0;
    std::thread server([&] {
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
    while (sent < total || got < total) {
      while (sent < total) {
        auto const n = c.client.try_write(tusk::wire::as_bytes(std::string_view(ours).substr(sent)));
        if (n < 0) break;
        sent += static_cast<std::size_t>(n);
      }
      if (sent < total || got < total) got += c.read(sent < total).size();
    }
    server.join();
    CHECK(received == total);
    CHECK(got == total);
  }
}

TEST_CASE("a socket that is closed fails instead of waiting") {
  pair_of c;
  c.client.close();
  CHECK(code_of([&] { c.read(); }) == std::errc::bad_file_descriptor);
  CHECK(code_of([&] { c.read(true); }) == std::errc::bad_file_descriptor);
  CHECK(code_of([&] { c.client.writable(); }) == std::errc::bad_file_descriptor);
  CHECK(code_of([&] { c.client.try_write(tusk::wire::as_bytes("x")); }) == std::errc::bad_file_descriptor);
}

TEST_CASE("hosts are resolved: numbers, names, and names that cannot be") {
  CHECK(mode::resolve({}, "127.0.0.1", 5432).value.at(0).text() == "127.0.0.1:5432");
  CHECK(mode::resolve({}, "::1", 5432).value.at(0).text() == "[::1]:5432");
  for (auto const& a : mode::resolve({}, "localhost", 1).value)
    CHECK((a.text() == "127.0.0.1:1" || a.text() == "[::1]:1"));
  CHECK(code_of([] { mode::resolve({}, std::string(64, 'x') + ".invalid", 1); }) == errc::host_not_found);
}

TEST_CASE("in this mode only a deadline cancels") {
  CHECK(mode::is_cancellation(make_error_code(errc::timeout)));
  CHECK(!mode::is_cancellation(make_error_code(errc::connection_closed)));
  CHECK(!mode::is_cancellation(std::make_error_code(std::errc::operation_canceled)));
  CHECK(!mode::is_end(make_error_code(errc::connection_closed))); // that is an error of ours already
  CHECK(mode::cancelled().code() == errc::timeout);
  CHECK(mode::throws_if_cancelled().value);
  CHECK(!mode::concurrent);
}
