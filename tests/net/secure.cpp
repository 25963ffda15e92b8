// tusk tests: net/secure.cpp — asking for TLS, and what may come back.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/secure.hpp>

#include "support/catch.hpp"
#include "support/fake_tls.hpp"
#include "support/memory_mode.hpp"

#include <cerrno>

using memory::error_of;
using tusk::errc;
using namespace std::string_literals;
using transport = tusk::net::transport<memory::memory_mode>;

namespace {

std::string const ssl_request = "\0\0\0\x08\x04\xd2\x16\x2f"s;

/// A client that asks a peer for TLS.
struct asking {
  asking() : t(memory::memory_mode::executor{&net}) {
    t.socket().connect(tusk::net::address::unix_socket("@peer"), {});
    settings.host = "db.test";
  }
  memory::peer& peer() { return net.peers.front(); }
  bool ask() { return tusk::net::negotiate_tls(t, settings).get(); }

  fake_tls::installed tls;
  memory::network net;
  tusk::net::tls_settings settings;
  transport t;
};

} // namespace

TEST_CASE("S: the handshake, and then there is TLS") {
  asking a;
  a.peer().replies = {"S", fake_tls::consent};
  CHECK(a.ask());
  CHECK(a.t.secure());
  CHECK(a.peer().got == ssl_request + fake_tls::greeting);
  REQUIRE(a.tls.made().size() == 1);
  CHECK(a.tls.made()[0].host == "db.test");
}

TEST_CASE("TLS is negotiated whatever fits into the buffers") {
  asking a;
  a.peer().window = 3;
  a.peer().most_read = 1;
  a.peer().talk = [](memory::peer& p, std::string_view fresh) {
    if (!fresh.empty() && p.got == ssl_request) p.say("S");
    if (!fresh.empty() && p.got == ssl_request + fake_tls::greeting) p.say(fake_tls::consent);
  };
  CHECK(a.ask());
  CHECK(a.t.secure());
}

TEST_CASE("N: no TLS, on the same connection") {
  asking a;
  a.peer().replies = {"N"};
  CHECK(!a.ask());
  CHECK(!a.t.secure());
  CHECK(a.t.socket().is_open());
  CHECK(a.peer().got == ssl_request);
  CHECK(a.tls.made().empty());
}

TEST_CASE("bytes behind the answer are an attack, and no handshake is begun") {
  for (std::string const answer : {"S", "N"})
    for (std::string const& extra : {"\0"s, "N"s, messages::error_response("28000", "evil"), std::string(1000, 'x')}) {
      asking a;
      a.peer().replies = {answer + extra};
      auto const e = error_of([&] { a.ask(); });
      CHECK(e.code() == errc::protocol_violation);
      CHECK(std::string(e.what()).find("attacker") != std::string::npos);
      CHECK(a.tls.made().empty());
      CHECK(a.peer().got == ssl_request);
    }
}

TEST_CASE("bytes that follow the S later are taken for the handshake, not for the session") {
  asking a;
  a.peer().most_read = 1;
  a.peer().replies = {"S" + messages::error_response("28000", "evil words") + messages::ready()};
  auto const e = error_of([&] { a.ask(); });
  CHECK(e.code() == errc::tls_failed);
  CHECK(std::string(e.what()).find("evil") == std::string::npos);
}

TEST_CASE("E: an error, whose text is never shown") {
  for (std::size_t piece : {std::size_t{1}, memory::unlimited}) {
    asking a;
    a.peer().most_read = piece;
    a.peer().replies = {messages::fatal("0A000", "call 555-1234")};
    auto const e = error_of([&] { a.ask(); });
    CHECK(e.code() == errc::protocol_violation);
    CHECK(std::string(e.what()).find("555") == std::string::npos);
    CHECK(std::string(e.what()).find("not shown") != std::string::npos);
    CHECK(e.server() == nullptr);
    CHECK(a.tls.made().empty());
  }
}

TEST_CASE("anything else is not PostgreSQL") {
  for (std::string const& answer :
       {"HTTP/1.1 400 Bad Request\r\n"s, "H"s, "\0"s, "\xff\xff"s, "s"s, "n"s, "R\0\0\0"s}) {
    asking a;
    a.peer().replies = {answer};
    auto const e = error_of([&] { a.ask(); });
    CHECK(e.code() == errc::protocol_violation);
    CHECK(std::string(e.what()).find("does not speak PostgreSQL's protocol") != std::string::npos);
    CHECK(a.tls.made().empty());
  }
}

TEST_CASE("a server that goes away before it answers has closed the connection") {
  SECTION("the end") {
    asking a;
    a.peer().end();
    CHECK(error_of([&] { a.ask(); }).code() == errc::connection_closed);
  }
  SECTION("an error") {
    asking a;
    a.peer().fail_reads(ECONNRESET);
    CHECK(error_of([&] { a.ask(); }).code() == std::errc::connection_reset);
  }
}

TEST_CASE("a handshake that fails leaves its alert with the server") {
  asking a;
  a.peer().replies = {"S", fake_tls::refusal};
  auto const e = error_of([&] { a.ask(); });
  CHECK(e.code() == errc::tls_failed);
  CHECK(std::string(e.what()) == "the fake handshake failed");
  CHECK(a.peer().got == ssl_request + fake_tls::greeting + fake_tls::record('a', "no"));
}

TEST_CASE("an alert that cannot be sent does not hide why") {
  for (int number : {EPIPE, ECONNRESET, ETIMEDOUT}) {
    asking a;
    a.peer().replies = {"S", fake_tls::refusal};
    a.peer().fail_writes(number, ssl_request.size() + fake_tls::greeting.size());
    auto const e = error_of([&] { a.ask(); });
    CHECK(e.code() == errc::tls_failed);
    CHECK(std::string(e.what()) == "the fake handshake failed");
  }
}

TEST_CASE("a server that goes away during the handshake has refused TLS") {
  for (int how = 0; how < 4; ++how) {
    CAPTURE(how);
    asking a;
    a.peer().talk = [how](memory::peer& p, std::string_view) {
      if (p.got == ssl_request && p.seen == p.got.size() && p.inbox.empty()) p.say("S");
      if (p.got.size() <= ssl_request.size()) return;
      if (how == 0) p.end();
      if (how == 1) p.fail_reads(ECONNRESET);
      if (how == 2) p.say(fake_tls::consent.substr(0, 4)), p.end();
    };
    if (how == 3) a.peer().fail_writes(EPIPE, ssl_request.size());
    auto const e = error_of([&] { a.ask(); });
    CHECK(e.code() == errc::tls_failed);
    CHECK(std::string(e.what()).find("handshake was not completed") != std::string::npos);
  }
}

TEST_CASE("a deadline in the middle is a deadline") {
  for (int answers = 0; answers < 2; ++answers) {
    asking a;
    if (answers == 1) a.peer().replies = {"S"};
    memory::memory_mode::alarm const limit({&a.net}, a.t.socket(), std::chrono::milliseconds(300));
    CHECK(error_of([&] { a.ask(); }).code() == errc::timeout);
    CHECK(limit.rang());
    CHECK(a.net.now == std::chrono::milliseconds(300));
  }
}
