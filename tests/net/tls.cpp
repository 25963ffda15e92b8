// tusk tests: the TLS filter against a server in memory: handshakes, data, ends, channel binding.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/tls.hpp>

#include "support/catch.hpp"
#include "support/tls_link.hpp"

using namespace std::string_literals;
using namespace tusk_test;
using tusk::net::tls_settings;
using tusk::wire::as_bytes;
using tusk::wire::as_text;

namespace {

tls_settings host(std::string name) {
  tls_settings s;
  s.host = std::move(name);
  return s;
}

server_settings plain_server(int version = TLS1_3_VERSION) {
  server_settings s;
  s.self = plain_identity();
  s.lowest = s.highest = version;
  return s;
}

std::string noise(std::size_t n) {
  std::string bytes(n, '\0');
  std::uint32_t x = 1;
  for (auto& c : bytes) c = static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  return bytes;
}

// What any program may leave behind in the thread's queue.
void dirty_error_queue() {
  std::unique_ptr<BIO, decltype(&BIO_free)> const junk(BIO_new_mem_buf("junk", 4), &BIO_free);
  CHECK(PEM_read_bio_X509(junk.get(), nullptr, nullptr, nullptr) == nullptr);
  CHECK(ERR_peek_error() != 0);
}

} // namespace

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

TEST_CASE("tls: what the ClientHello says") {
  SECTION("a name is sent as it was written") {
    tls_link link(host("Db_1.A.Test"), plain_server());
    link.handshake();
    CHECK(link.server.sni() == "Db_1.A.Test");
  }
  SECTION("unless it must not be") {
    auto quiet = host("a.test");
    quiet.sni = false;
    tls_link link(quiet, plain_server());
    link.handshake();
    CHECK(link.server.sni().empty());
  }
  SECTION("no address and no empty name") {
    for (auto const* name : {"", "127.0.0.1", "1.2.3", "::1", "2001:db8::1"}) {
      tls_link link(host(name), plain_server());
      link.handshake();
      CHECK(link.server.sni().empty());
    }
  }
  SECTION("what cannot be a name") {
    CHECK_THAT(tls_error([] { tusk::net::make_tls(host(std::string(300, 'a'))); }),
               ContainsSubstring("cannot be sent to the server"));
    CHECK(tls_error([] { tusk::net::make_tls(host("a\0b"s)); }) == "a host name must not hold a zero byte");
  }
  SECTION("ALPN is offered, an answer is not needed") {
    for (auto const* answer : {"", "postgresql"}) {
      auto settings = plain_server();
      settings.alpn = answer;
      tls_link link(host("a.test"), settings);
      link.handshake();
      CHECK(link.server.alpn_offered() == "\x0apostgresql");
      CHECK(link.up("x") == "x");
    }
  }
  SECTION("no compression, no session ticket") {
    auto client = tusk::net::make_tls(host("a.test"));
    tusk::wire::buffer out;
    CHECK_FALSE(client->handshake(out));
    auto const hello = as_text(out);
    auto const byte = [&](std::size_t at) { return static_cast<unsigned char>(hello.at(at)); };
    REQUIRE(byte(0) == 22); // a handshake record: its 5 bytes, 4 of the message, 2 version, 32 random, then lists
    auto at = 5u + 4 + 2 + 32;
    at += 1u + byte(at);
    at += 2u + byte(at) * 256u + byte(at + 1);
    CHECK(byte(at) == 1);     // one compression method
    CHECK(byte(at + 1) == 0); // null
    at += 2 + 2;              // the length of all extensions
    while (at < hello.size()) {
      CHECK(byte(at) * 256 + byte(at + 1) != 35); // session_ticket
      at += 4u + byte(at + 2) * 256u + byte(at + 3);
    }
    CHECK(at == hello.size());
  }
}

TEST_CASE("tls: another protocol by ALPN is refused") {
  for (auto const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto settings = plain_server(version);
    settings.alpn = "http/1.1";
    tls_link link(host("a.test"), settings);
    auto const words = tls_error([&] { link.handshake(); });
    CHECK_THAT(words, ContainsSubstring("the TLS handshake with \"a.test\" failed: "));
    CHECK_THROWS_AS(link.client->seal(as_bytes("secret"), link.out), tusk::error);
  }
}

TEST_CASE("tls: versions below 1.2 are refused") {
  SECTION("by such a server") {
    auto settings = plain_server();
    settings.lowest = TLS1_VERSION;
    settings.highest = TLS1_1_VERSION;
    tls_link link(host("a.test"), settings);
    auto const words = tls_error([&] { link.handshake(); });
    CHECK_THAT(words, ContainsSubstring("the TLS handshake with \"a.test\" failed: "));
    CHECK_THAT(words, ContainsSubstring("TLS 1.2 or newer is needed"));
  }
  SECTION("by us, with an alert") {
    for (char const minor : {'\1', '\2'}) { // TLS 1.0, 1.1
      auto const body = "\x03"s + minor + std::string(32, 'r') + "\0\xc0\x13\0"s;
      auto const hello = "\x16\x03"s + minor + "\0\x2a\2\0\0\x26"s + body;
      auto client = tusk::net::make_tls(host("a.test"));
      tusk::wire::buffer out;
      CHECK_FALSE(client->handshake(out));
      out.clear();
      client->feed(as_bytes(hello));
      auto const words = tls_error([&] { client->handshake(out); });
      CHECK_THAT(words, ContainsSubstring("unsupported protocol (TLS 1.2 or newer is needed)"));
      REQUIRE(out.size() == 7);
      CHECK(out.data()[0] == std::byte{21}); // alert
      CHECK(out.data()[6] == std::byte{70}); // protocol_version
    }
  }
}

TEST_CASE("tls: garbage instead of a handshake") {
  for (auto const& garbage : {"HTTP/1.1 400 Bad Request\r\n\r\n"s,
                              "E\0\0\0\x0a"
                              "FATAL"s,
                              std::string(200, '\0'), std::string(200, '\xff'), "\x16\x03\x03\xff\xff"s + noise(2000),
                              noise(3000), "\x15\x03\x03\0\2\2\x28"s, "\x15\x03\x03\0\2\1\0"s}) {
    auto client = tusk::net::make_tls(host("a.test"));
    tusk::wire::buffer out;
    client->handshake(out);
    client->feed(as_bytes(garbage));
    auto const words = tls_error([&] { client->handshake(out); });
    INFO(words);
    CHECK_THAT(words, ContainsSubstring("the TLS handshake with \"a.test\" failed: "));
    CHECK(words.find("no reason") == words.npos);
    CHECK(tls_error([&] { client->handshake(out); }) == words); // and stays so
    std::byte room[100];
    CHECK(tls_error([&] { client->open(room); }) == words);
    CHECK(tls_error([&] { client->seal(as_bytes("x"), out); }) == words);
    client->close(out);
  }
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
  CHECK(words == "the server asks for too many answers (\"a.test\")");
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

TEST_CASE("tls: tls-server-end-point is the hash of the certificate's signature") {
  struct row {
    char const* name;
    int signer;
    EVP_MD const* hash;
    bool pss;
    EVP_MD const* expected;
  };
  row const rows[] = {
      {"ECDSA, SHA-1", EVP_PKEY_EC, EVP_sha1(), false, EVP_sha256()},
      {"ECDSA, SHA-224", EVP_PKEY_EC, EVP_sha224(), false, EVP_sha224()},
      {"ECDSA, SHA-256", EVP_PKEY_EC, EVP_sha256(), false, EVP_sha256()},
      {"ECDSA, SHA-384", EVP_PKEY_EC, EVP_sha384(), false, EVP_sha384()},
      {"ECDSA, SHA-512", EVP_PKEY_EC, EVP_sha512(), false, EVP_sha512()},
      {"RSA, MD5", EVP_PKEY_RSA, EVP_md5(), false, EVP_sha256()},
      {"RSA, SHA-1", EVP_PKEY_RSA, EVP_sha1(), false, EVP_sha256()},
      {"RSA, SHA-256", EVP_PKEY_RSA, EVP_sha256(), false, EVP_sha256()},
      {"RSA, SHA-512", EVP_PKEY_RSA, EVP_sha512(), false, EVP_sha512()},
      {"RSA-PSS, SHA-1", EVP_PKEY_RSA, EVP_sha1(), true, EVP_sha256()},
      {"RSA-PSS, SHA-256", EVP_PKEY_RSA, EVP_sha256(), true, EVP_sha256()},
      {"RSA-PSS, SHA-384", EVP_PKEY_RSA, EVP_sha384(), true, EVP_sha384()},
      {"Ed25519", EVP_PKEY_ED25519, nullptr, false, nullptr},
      {"Ed448", EVP_PKEY_ED448, nullptr, false, nullptr},
  };
  std::vector<std::pair<int, identity>> signers;
  for (auto const type : {EVP_PKEY_EC, EVP_PKEY_RSA, EVP_PKEY_ED25519, EVP_PKEY_ED448}) {
    certificate_spec spec;
    spec.common_names = {"signer"};
    spec.key_type = type;
    if (type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448) spec.hash = nullptr;
    signers.emplace_back(type, issue(spec));
  }
  for (auto const& r : rows) {
    INFO(r.name);
    identity const* signer = nullptr;
    for (auto const& [type, who] : signers)
      if (type == r.signer) signer = &who;
    certificate_spec spec;
    spec.common_names = {"a.test"};
    spec.hash = r.hash;
    spec.pss = r.pss;
    auto settings = plain_server();
    settings.self = issue(spec, signer);
    settings.chain = {*signer}; // the digest is of the first certificate only
    tls_link link(host("a.test"), settings);
    CHECK(link.client->server_end_point().empty());
    link.handshake();
    std::string expected;
    if (r.expected != nullptr) {
      unsigned char digest[EVP_MAX_MD_SIZE];
      unsigned size = 0;
      auto const der = settings.self.der();
      REQUIRE(EVP_Digest(der.data(), der.size(), digest, &size, r.expected, nullptr) == 1);
      expected.assign(reinterpret_cast<char*>(digest), size);
    }
    CHECK((as_text(link.client->server_end_point()) == expected));
  }
}

TEST_CASE("tls: connections do not disturb each other, nor a dirty error queue any of them") {
  auto trusting = host("a.test");
  trusting.check = tusk::net::verify::chain;
  temporary_file const other(make_root("other").pem());
  trusting.root_file = other.name();
  tls_link good(host("a.test"), plain_server(TLS1_2_VERSION));
  tls_link refusing(trusting, plain_server());
  auto confused = tusk::net::make_tls(host("b.test"));
  tusk::wire::buffer out;

  dirty_error_queue();
  CHECK_FALSE(confused->handshake(out));
  confused->feed(as_bytes("no TLS at all"));
  CHECK_THAT(tls_error([&] { confused->handshake(out); }),
             ContainsSubstring("\"b.test\" failed: wrong version number"));
  dirty_error_queue();
  good.handshake();
  CHECK_THAT(tls_error([&] { refusing.handshake(); }), ContainsSubstring("was refused: self"));
  dirty_error_queue();
  CHECK(good.up("one") == "one");
  CHECK_THROWS_AS(confused->handshake(out), tusk::error);
  CHECK_THROWS_AS(refusing.client->handshake(out), tusk::error);
  dirty_error_queue();
  CHECK(good.down("two") == "two");
  CHECK(good.opened().empty()); // "feed more", not an error
  dirty_error_queue();
  good.client->close(good.out);
  good.server.feed(good.out);
  CHECK(good.server.read().empty());
  CHECK(good.server.saw_close());
}
