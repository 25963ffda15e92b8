// tusk tests: the TLS filter against a server in memory: what is said in the handshake and what comes out of it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/tls.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/tls_link.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace std::string_literals;
using namespace tusk_test;
using tusk::wire::as_bytes;
using tusk::wire::as_text;

namespace {

// What any program may leave behind in the thread's queue.
void dirty_error_queue() {
  std::unique_ptr<BIO, decltype(&BIO_free)> const junk(BIO_new_mem_buf("junk", 4), &BIO_free);
  CHECK(PEM_read_bio_X509(junk.get(), nullptr, nullptr, nullptr) == nullptr);
  CHECK(ERR_peek_error() != 0);
}

} // namespace

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

TEST_CASE("tls: begun at once, the server must confirm the protocol") {
  auto settings = host("a.test");
  settings.negotiation = tusk::conninfo::sslnegotiation::direct;
  for (auto const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto server = plain_server(version);
    {
      tls_link link(settings, server);
      CHECK_THAT(tls_error([&] { link.handshake(); }),
                 ContainsSubstring("the server does not confirm that it speaks \"postgresql\" (ALPN)"));
      CHECK_THROWS_AS(link.up("secret"), tusk::error);
    }
    server.alpn = "postgresql";
    tls_link link(settings, server);
    link.handshake();
    CHECK(link.up("x") == "x");
  }
}

TEST_CASE("tls: the versions that are asked for") {
  using tusk::conninfo::tls_version;
  auto const agreed = [](tls_version least, tls_version most, int server_least, int server_most) {
    auto settings = host("a.test");
    settings.lowest = least;
    settings.highest = most;
    auto server = plain_server();
    server.lowest = server_least;
    server.highest = server_most;
    tls_link link(settings, server);
    auto const words = tls_error([&] { link.handshake(); });
    return words == "no error" ? std::string(SSL_get_version(link.server.ssl())) : words;
  };
  auto constexpr v2 = tls_version::v1_2, v3 = tls_version::v1_3;
  CHECK(agreed(v2, v3, TLS1_2_VERSION, TLS1_3_VERSION) == "TLSv1.3");
  CHECK(agreed(v2, v2, TLS1_2_VERSION, TLS1_3_VERSION) == "TLSv1.2");
  CHECK(agreed(v3, v3, TLS1_2_VERSION, TLS1_3_VERSION) == "TLSv1.3");
  CHECK(agreed(v2, v3, TLS1_2_VERSION, TLS1_2_VERSION) == "TLSv1.2");
  CHECK_THAT(agreed(v3, v3, TLS1_2_VERSION, TLS1_2_VERSION),
             ContainsSubstring("the TLS handshake with \"a.test\" failed"));
  CHECK_THAT(agreed(v2, v2, TLS1_3_VERSION, TLS1_3_VERSION),
             ContainsSubstring("the TLS handshake with \"a.test\" failed"));
}

TEST_CASE("tls: keys are logged where that is asked for, and for the owner only") {
  support::directory const dir;
  auto settings = host("a.test");
  auto const shake = [&] {
    tls_link link(settings, plain_server());
    link.handshake();
    CHECK(link.up("x") == "x");
  };
  auto const log = dir.path() + "/keys";
  shake();
  CHECK(::access(log.c_str(), F_OK) != 0);
  settings.key_log_file = log;
  auto const before = ::umask(0);
  shake();
  ::umask(before);
  struct stat info;
  REQUIRE(::stat(log.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
  std::string text;
  REQUIRE(tusk::net::read_file(log, text) == 0);
  CHECK_THAT(text, ContainsSubstring("CLIENT_TRAFFIC_SECRET_0 "));
  CHECK(text.back() == '\n');
  auto const size = text.size();
  shake(); // of another connection, behind it
  text.clear();
  REQUIRE(tusk::net::read_file(log, text) == 0);
  CHECK(text.size() == 2 * size);
  settings.key_log_file = dir.path() + "/none/keys";
  shake(); // cannot be written: no reason to fail
  settings.key_log_file.clear();
  shake();
  CHECK(::stat(log.c_str(), &info) == 0);
  CHECK(static_cast<std::size_t>(info.st_size) == 2 * size);
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
      {"RSA, SHA-224", EVP_PKEY_RSA, EVP_sha224(), false, EVP_sha224()},
      {"RSA, SHA3-256", EVP_PKEY_RSA, EVP_sha3_256(), false, EVP_sha3_256()},
      {"RSA, SHA-384", EVP_PKEY_RSA, EVP_sha384(), false, EVP_sha384()},
      {"RSA, SHA-1", EVP_PKEY_RSA, EVP_sha1(), false, EVP_sha256()},
      {"RSA, SHA-256", EVP_PKEY_RSA, EVP_sha256(), false, EVP_sha256()},
      {"RSA, SHA-512", EVP_PKEY_RSA, EVP_sha512(), false, EVP_sha512()},
      {"RSA-PSS, SHA-1", EVP_PKEY_RSA, EVP_sha1(), true, EVP_sha256()},
      {"RSA-PSS, SHA-256", EVP_PKEY_RSA, EVP_sha256(), true, EVP_sha256()},
      {"RSA-PSS, SHA-384", EVP_PKEY_RSA, EVP_sha384(), true, EVP_sha384()},
      {"RSA-PSS, SHA-512", EVP_PKEY_RSA, EVP_sha512(), true, EVP_sha512()},
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
  good.server.write("three");
  auto const record = good.server.take();
  good.client->feed(as_bytes(record).first(record.size() - 1));
  CHECK(good.opened().empty()); // "feed more", not an error
  good.client->feed(as_bytes(record).last(1));
  CHECK(good.opened() == "three");
  dirty_error_queue();
  good.client->close(good.out);
  good.server.feed(good.out);
  CHECK(good.server.read().empty());
  CHECK(good.server.saw_close());
}
