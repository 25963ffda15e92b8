// tusk tests: net/socket_options.cpp — how sockets are set up, and what the system refuses.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/socket_options.hpp>

#include "support/catch.hpp"
#include "support/listener.hpp"

#include <string>

using live::descriptor;
using live::listener;
using live::option;
using tusk::conninfo::settings;
using namespace tusk::net;

namespace {

auto const loopback = resolve("127.0.0.1", 1, true).front();

/// The error of making a socket; it must name `option`, and no descriptor may be left.
void refused(settings const& s, std::string const& words) {
  auto const before = live::open_descriptors();
  try {
    descriptor const d(open_socket(loopback, s));
    FAIL("the system took it: " + words);
  } catch (tusk::error const& e) {
    CHECK(e.code() == std::errc::invalid_argument);
    CHECK(std::string(e.what()) == words);
  }
  CHECK(live::open_descriptors() == before);
}

} // namespace

TEST_CASE("TCP sockets send at once, are watched, and belong to this program alone") {
  settings s;
  s.keepalive.idle = std::chrono::seconds(61);
  s.keepalive.interval = std::chrono::seconds(7);
  s.keepalive.count = 4;
  s.tcp_user_timeout = std::chrono::milliseconds(12345);
  descriptor const d(open_socket(loopback, s));
  CHECK(option(d.get(), IPPROTO_TCP, TCP_NODELAY) != 0);
  CHECK(option(d.get(), SOL_SOCKET, SO_KEEPALIVE) != 0);
  CHECK(option(d.get(), IPPROTO_TCP, TCP_KEEPIDLE) == 61);
  CHECK(option(d.get(), IPPROTO_TCP, TCP_KEEPINTVL) == 7);
  CHECK(option(d.get(), IPPROTO_TCP, TCP_KEEPCNT) == 4);
  CHECK(option(d.get(), IPPROTO_TCP, TCP_USER_TIMEOUT) == 12345);
  CHECK((::fcntl(d.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(d.get(), F_GETFL) & O_NONBLOCK) != 0);
}

TEST_CASE("0 is the system's own value") {
  descriptor const ours(open_socket(loopback, {}));
  descriptor const plain(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  CHECK(option(ours.get(), SOL_SOCKET, SO_KEEPALIVE) != 0);
  for (int name : {TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT})
    CHECK(option(ours.get(), IPPROTO_TCP, name) == option(plain.get(), IPPROTO_TCP, name));
}

TEST_CASE("keepalives=0 leaves everything as it is") {
  settings s;
  s.keepalive.on = false;
  s.keepalive.idle = std::chrono::seconds(61);
  s.keepalive.count = 1'000'000; // not looked at
  descriptor const d(open_socket(loopback, s));
  CHECK(option(d.get(), SOL_SOCKET, SO_KEEPALIVE) == 0);
  CHECK(option(d.get(), IPPROTO_TCP, TCP_KEEPIDLE) != 61);
  CHECK(option(d.get(), IPPROTO_TCP, TCP_NODELAY) != 0);
}

TEST_CASE("Unix sockets have none of that") {
  settings s;
  s.keepalive.count = 1'000'000;
  descriptor const d(open_socket(address::unix_socket("/tmp/x"), s));
  CHECK(option(d.get(), SOL_SOCKET, SO_KEEPALIVE) == 0);
  CHECK((::fcntl(d.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(d.get(), F_GETFL) & O_NONBLOCK) != 0);
}

TEST_CASE("a value that the system refuses is named, and the socket is closed") {
  settings s;
  SECTION("idle") {
    s.keepalive.idle = std::chrono::seconds(32768);
    refused(s, "cannot set keepalives_idle to 32768: Invalid argument");
  }
  SECTION("interval") {
    s.keepalive.interval = std::chrono::seconds(32768);
    refused(s, "cannot set keepalives_interval to 32768: Invalid argument");
  }
  SECTION("count") {
    s.keepalive.count = 128;
    refused(s, "cannot set keepalives_count to 128: Invalid argument");
  }
}

TEST_CASE("a family that the system does not know is an error") {
  CHECK_THROWS_MATCHES(open_socket(address(), {}), tusk::error,
                       Catch::Matchers::Predicate<tusk::error>(
                           [](tusk::error const& e) { return e.code() == std::errc::address_family_not_supported; }));
}

TEST_CASE("connecting without waiting: done, under way, and refused") {
  auto const connect = [](address const& to) {
    descriptor const d(open_socket(to, {}));
    bool done = begin_connect(d.get(), to);
    for (pollfd p{d.get(), POLLOUT, 0}; !done; done = connected(d.get())) ::poll(&p, 1, 10'000);
  };
  connect(listener(listener::kind::tcp).address());
  connect(listener(listener::kind::local).address());
  auto const code_of = [&](address const& to) {
    try {
      connect(to);
    } catch (tusk::error const& e) {
      return e.code();
    }
    return std::error_code();
  };
  live::loopback_port const closed(false);
  CHECK(code_of(resolve("127.0.0.1", static_cast<std::uint16_t>(closed.number()), true).front()) ==
        std::errc::connection_refused);
  CHECK(code_of(address::unix_socket("/nonexistent/.s.PGSQL.5432")) == std::errc::no_such_file_or_directory);
  CHECK(code_of(address::unix_socket("@tusk_test_nobody")) == std::errc::connection_refused);
  // A Unix server with too many guests: nothing is under way then, so waiting would be in vain.
  listener const busy(listener::kind::local, 0);
  auto const guests = busy.fill_queue();
  CHECK(code_of(busy.address()) == std::errc::resource_unavailable_try_again);
}

TEST_CASE("a connection under way is not connected") {
  listener const busy(listener::kind::tcp, 0);
  auto const guests = busy.fill_queue();
  descriptor const d(open_socket(busy.address(), {}));
  CHECK(!begin_connect(d.get(), busy.address()));
  CHECK(!connected(d.get()));
}

TEST_CASE("sending without waiting: taken, full, and nobody there") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0); // blocking ones
  descriptor const ours(ends[0]);
  descriptor theirs(ends[1]);
  std::vector<std::byte> const bytes(1 << 20, std::byte{'x'});
  CHECK(send_now(ours.get(), bytes.data(), 3) == 3);
  std::ptrdiff_t n = 0;
  while ((n = send_now(ours.get(), bytes.data(), bytes.size())) > 0) {}
  CHECK(n == -1);
  theirs = descriptor();
  try {
    send_now(ours.get(), bytes.data(), 1); // and no signal ends the program
    FAIL("it was taken");
  } catch (tusk::error const& e) {
    CHECK(e.code() == std::errc::broken_pipe);
    CHECK(std::string(e.what()) == "the connection was lost while sending: Broken pipe");
  }
}
