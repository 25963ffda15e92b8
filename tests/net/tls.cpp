// tusk tests: the TLS filter against a server in memory: data, ends and failures of a connection.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/tls.hpp>

#include "support/catch.hpp"
#include "support/tls_link.hpp"

using namespace std::string_literals;
using namespace tusk_test;
using tusk::wire::as_bytes;
using tusk::wire::as_text;

TEST_CASE("tls: including it registers it") {
  CHECK(tusk::net::tls_factory == &tusk::net::make_tls);
  CHECK(tusk::net::tls_registered);
}

TEST_CASE("tls: handshake and data, whole and in pieces") {
  for (auto const version : {TLS1_2_VERSION, TLS1_3_VERSION})
    for (std::size_t const piece : {0u, 1u, 7u, 1000u}) {
      INFO("version " << version << ", pieces of " << piece);
      tls_link link(host("a.test"), plain_server(version), piece);
      link.handshake();
      CHECK(SSL_version(link.server.ssl()) == version);
      CHECK(link.client->handshake(link.out)); // again: nothing happens
      CHECK(link.out.empty());
      CHECK(link.up("hello") == "hello");
      CHECK(link.down("hello back") == "hello back");
      CHECK(link.up("x") == "x");
      CHECK(link.down("y") == "y");
      CHECK_FALSE(link.client->closed());
    }
}

TEST_CASE("tls: any amount of data both ways") {
  auto const all = noise(5 << 20);
  auto const version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  INFO("version " << version);
  tls_link link(host("a.test"), plain_server(version));
  link.handshake();
  SECTION("at once") {
    for (std::size_t const size : {1u, 2u, 100u, 16383u, 16384u, 16385u, 65536u, 5u << 20}) {
      INFO(size << " bytes");
      auto const bytes = std::string_view(all).substr(0, size);
      CHECK((link.up(bytes) == bytes));
      CHECK((link.down(bytes) == bytes));
    }
  }
  SECTION("in a window of any size") {
    for (std::size_t const window : {1u, 13u, 16384u, 16385u}) {
      auto const bytes = std::string_view(all).substr(0, window == 1 ? 5000 : 100000);
      CHECK((link.down(bytes, window) == bytes));
    }
  }
  SECTION("in pieces that cut records") {
    for (std::size_t const piece : {1u, 3u, 4096u}) {
      link.piece = piece;
      auto const bytes = std::string_view(all).substr(0, 40000);
      CHECK((link.down(bytes) == bytes));
      CHECK((link.up(bytes) == bytes));
    }
  }
}

TEST_CASE("tls: one open() fills its span from several records") {
  tls_link link(host("a.test"), plain_server());
  link.handshake();
  for (int i = 0; i < 10; ++i) link.server.write(std::string(100, static_cast<char>('a' + i)));
  link.client->feed(as_bytes(link.server.take()));
  std::byte room[950];
  CHECK(link.client->open(room) == 950);
  CHECK(link.client->open({}) == 0);
  CHECK(link.client->open(room) == 50);
  CHECK(link.client->open(room) == 0);
}

TEST_CASE("tls: feeding before all is opened") {
  tls_link link(host("a.test"), plain_server());
  link.handshake();
  auto const all = noise(200000);
  std::string got;
  std::byte room[700];
  for (std::size_t at = 0; at < all.size(); at += 1000) {
    link.server.write(std::string_view(all).substr(at, 1000));
    link.client->feed(as_bytes(link.server.take()));
    auto const n = link.client->open(room);
    got += as_text(std::span(room).first(n));
  }
  CHECK(got.size() == 140000);
  got += link.opened();
  CHECK((got == all));
}

TEST_CASE("tls: open() and seal() before the handshake") {
  tls_link link(host("a.test"), plain_server());
  std::byte room[100];
  CHECK(link.client->open(room) == 0);
  CHECK(link.client->server_end_point().empty());
  link.client->close(link.out);
  CHECK(link.out.empty());
  CHECK_THROWS_AS(link.client->seal(as_bytes("secret"), link.out), tusk::error);
  CHECK(link.out.empty());
}

TEST_CASE("tls: seal() appends") {
  tls_link link(host("a.test"), plain_server());
  link.handshake();
  tusk::wire::buffer out;
  out.append(std::string_view("before"));
  link.client->seal(as_bytes("one"), out);
  link.client->seal(as_bytes("two"), out);
  CHECK(as_text(out).substr(0, 6) == "before");
  link.server.feed(out.view().subspan(6));
  CHECK(link.server.read() == "onetwo");
  auto const size = out.size();
  link.client->seal({}, out);
  CHECK(out.size() == size);
}

TEST_CASE("tls: a broken record is an error, what came before it is not lost") {
  for (auto const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    tls_link link(host("a.test"), plain_server(version));
    link.handshake();
    CHECK(link.down("fine") == "fine"); // and the session tickets
    link.server.write("good");
    auto bytes = link.server.take();
    link.server.write("bad");
    auto broken = link.server.take();
    broken.back() = static_cast<char>(broken.back() ^ 1);
    link.client->feed(as_bytes(bytes + broken));
    std::byte room[100];
    CHECK(link.client->open(room) == 4);
    auto const words = tls_error([&] { link.client->open(room); });
    CHECK_THAT(words, ContainsSubstring("reading from \"a.test\" over TLS failed: "));
    CHECK_THAT(words, ContainsSubstring("bad record mac"));
    CHECK(tls_error([&] { link.client->open(room); }) == words);
    CHECK(tls_error([&] { link.client->seal(as_bytes("x"), link.out); }) == words);
    CHECK_FALSE(link.client->closed());
    link.out.clear();
    link.client->close(link.out); // no close_notify, but the alert that seal() has not taken
    CHECK(link.out.empty());
  }
}

TEST_CASE("tls: the alert about a broken record can be had without sealing") {
  tls_link link(host("a.test"), plain_server());
  link.handshake();
  link.server.write("bad");
  auto broken = link.server.take();
  broken.back() = static_cast<char>(broken.back() ^ 1);
  link.client->feed(as_bytes(broken));
  std::byte room[100];
  CHECK_THROWS_AS(link.client->open(room), tusk::error);
  SECTION("by an empty seal()") { link.client->seal({}, link.out); }
  SECTION("by close()") { link.client->close(link.out); }
  link.server.feed(link.out);
  link.server.read();
  CHECK(link.server.alert() == "bad record mac");
}

TEST_CASE("tls: a truncated stream is not closed") {
  tls_link link(host("a.test"), plain_server());
  link.handshake();
  link.server.write("all of it");
  auto const bytes = link.server.take();
  link.client->feed(as_bytes(bytes).first(bytes.size() - 1));
  CHECK(link.opened().empty());
  CHECK_FALSE(link.client->closed());
  link.client->feed(as_bytes(bytes).last(1));
  CHECK(link.opened() == "all of it");
  CHECK_FALSE(link.client->closed());
}

TEST_CASE("tls: close_notify both ways") {
  auto const version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  tls_link link(host("a.test"), plain_server(version));
  link.handshake();
  SECTION("the server's, behind its last words") {
    link.server.write("last words");
    link.server.close();
    CHECK(link.down("") == "last words");
    CHECK(link.client->closed());
    CHECK(link.opened().empty());
    if (version == TLS1_3_VERSION) { // half open
      link.client->seal(as_bytes("reply"), link.out);
      CHECK_FALSE(link.out.empty());
    }
  }
  SECTION("ours") {
    link.client->seal(as_bytes("bye"), link.out);
    link.client->close(link.out);
    link.server.feed(link.out);
    CHECK(link.server.read() == "bye");
    CHECK(link.server.saw_close());
    CHECK_FALSE(link.client->closed());
    CHECK_THROWS_AS(link.client->seal(as_bytes("more"), link.out), tusk::error);
  }
  SECTION("ours twice is sent once") {
    link.client->close(link.out);
    auto const size = link.out.size();
    link.client->close(link.out);
    CHECK(link.out.size() == size);
  }
}

TEST_CASE("tls: the answer to a key update goes out ahead of the next data") {
  tls_link link(host("a.test"), plain_server());
  link.handshake();
  CHECK(link.down("a") == "a");
  link.server.update_keys();
  CHECK(link.down("b") == "b");
  SECTION("with it") { CHECK(link.up("c") == "c"); }
  SECTION("alone") {
    link.client->seal({}, link.out);
    CHECK_FALSE(link.out.empty());
    link.server.feed(link.out);
    CHECK(link.server.read().empty());
    link.out.clear();
    CHECK(link.up("c") == "c");
  }
  SECTION("with the close") {
    link.client->close(link.out);
    link.server.feed(link.out);
    CHECK(link.server.read().empty());
    CHECK(link.server.saw_close());
  }
  CHECK(link.server.alert() != "bad record mac");
}

TEST_CASE("tls: endless key updates are an error, not memory") {
  tls_link link(host("a.test"), plain_server());
  link.handshake();
  auto const words = tls_error([&] {
    for (int i = 0; i < 5000; ++i) {
      link.server.update_keys();
      link.down("x");
    }
  });
  CHECK(words == "reading from \"a.test\" over TLS failed: it asks for too many key updates");
}

TEST_CASE("tls: renegotiation is refused") {
  tls_link link(host("a.test"), plain_server(TLS1_2_VERSION));
  link.handshake();
  REQUIRE(SSL_renegotiate(link.server.ssl()) == 1);
  link.server.handshake();
  CHECK(link.down("").empty());
  CHECK(link.up("").empty()); // carries the alert
  CHECK(link.server.alert() == "no renegotiation");
}
