// tusk tests: net/cancel.cpp — CancelRequest over a connection of its own.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/cancel.hpp>

#include "support/fake_tls.hpp"
#include "support/memory_mode.hpp"
#include "support/script.hpp"

#include <cerrno>

using namespace std::string_literals;
using std::chrono::milliseconds;

namespace {

std::string const cancel_request = "\0\0\0\x10\x04\xd2\x16\x2e\0\0\0\x07\0\0\0\x09"s; // process 7, key 9
std::string const ssl_request = "\0\0\0\x08\x04\xd2\x16\x2f"s;

/// Cancels what a session is doing that has been logged in.
struct canceller {
  canceller() {
    settings.cancel_timeout = milliseconds(500);
    net.on_connect = [this](memory::peer& p) { prepare(p); };
  }
  void cancel(bool secure = false) {
    tusk::net::cancel_backend<memory::memory_mode>({&net}, tusk::net::address::unix_socket("@server"), settings, {},
                                                   tusk::net::key_of(s.session), secure)
        .get();
  }
  memory::peer& peer() { return net.peers.front(); }
  fake_tls::installed tls;
  memory::network net;
  tusk::conninfo::settings settings;
  script s;
  std::function<void(memory::peer&)> prepare = [](memory::peer&) {};
};

/// Ends the stream once it has got `n` bytes.
auto ends_after(std::size_t n) {
  return [n](memory::peer& p) {
    p.talk = [n](memory::peer& me, std::string_view) {
      if (me.got.size() >= n) me.end();
    };
  };
}

} // namespace

TEST_CASE("sixteen bytes to the same address, then the end is waited for") {
  for (std::size_t window : {std::size_t{1}, memory::unlimited}) {
    canceller c;
    c.prepare = [&](memory::peer& p) {
      p.window = window;
      ends_after(16)(p);
    };
    c.cancel();
    REQUIRE(c.net.peers.size() == 1);
    CHECK(c.peer().where == "@server");
    CHECK(c.peer().got == cancel_request);
    CHECK(c.peer().closed);
    CHECK(c.net.now == milliseconds(0));
  }
}

TEST_CASE("the key goes through TLS when the session has it") {
  canceller c;
  c.prepare = [](memory::peer& p) {
    p.talk = [](memory::peer& me, std::string_view fresh) {
      if (fresh == ssl_request) me.say("S");
      if (fresh == fake_tls::greeting) me.say(fake_tls::consent);
      if (fresh.starts_with('d')) me.end();
    };
  };
  c.cancel(true);
  CHECK(c.peer().got == ssl_request + fake_tls::greeting + fake_tls::data(cancel_request));
  CHECK(c.net.now == milliseconds(0));
}

TEST_CASE("without TLS the key of a session with TLS is not sent") {
  for (std::string const& answer : {"N"s, "S!"s, "E"s, "HTTP/1.1"s}) {
    canceller c;
    c.prepare = [&](memory::peer& p) { p.replies = {answer}; };
    c.cancel(true);
    CHECK(c.peer().got == ssl_request);
    CHECK(c.peer().closed);
    CHECK(c.net.now == milliseconds(0));
  }
  SECTION("nor when the handshake fails") {
    canceller c;
    c.prepare = [](memory::peer& p) { p.replies = {"S", fake_tls::refusal}; };
    c.cancel(true);
    CHECK(c.peer().got == ssl_request + fake_tls::greeting + fake_tls::record('a', "no"));
    CHECK(c.peer().closed);
  }
}

TEST_CASE("a server that does not end the connection is waited for as long as cancel_timeout") {
  canceller c;
  SECTION("it says nothing") {}
  SECTION("it does not even accept") {
    c.prepare = [](memory::peer& p) { p.accepts = false; };
  }
  SECTION("it takes no more than half of the request") {
    c.prepare = [](memory::peer& p) {
      p.window = 8;
      p.asleep = true;
    };
  }
  SECTION("it never stops talking") {
    c.prepare = [&](memory::peer& p) {
      p.talk = [&](memory::peer& me, std::string_view) {
        me.say("blah");
        c.net.now += milliseconds(20);
      };
    };
  }
  c.cancel();
  CHECK(c.net.now == milliseconds(500));
  CHECK(c.peer().closed);
}

TEST_CASE("a server that cannot be reached or goes away is none to cancel at") {
  canceller c;
  SECTION("refused") {
    c.prepare = [](memory::peer&) { tusk::net::throw_errno(ECONNREFUSED, "connect"); };
  }
  SECTION("gone before the request") {
    c.prepare = [](memory::peer& p) { p.fail_writes(EPIPE); };
  }
  SECTION("gone behind it, with an error") {
    c.prepare = [](memory::peer& p) { p.fail_reads(ECONNRESET); };
  }
  SECTION("gone in the middle of asking for TLS") {
    c.prepare = [](memory::peer& p) { p.end(); };
    c.cancel(true);
    CHECK(c.peer().got == ssl_request);
  }
  c.cancel();
  CHECK(c.net.now == milliseconds(0));
  CHECK(c.peer().closed);
}

TEST_CASE("a server that has given no key is not asked") {
  canceller c;
  tusk::protocol::session strange(1000);
  tusk::net::cancel_backend<memory::memory_mode>({&c.net}, tusk::net::address::unix_socket("@server"), c.settings, {},
                                                 tusk::net::key_of(strange), false)
      .get();
  CHECK(c.net.peers.empty());
}
