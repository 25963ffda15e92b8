// tusk tests: net/tls_identity.hpp — the certificate that we show, its key, and who else could read it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/tls.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/revocation.hpp"
#include "support/tls_link.hpp"

#include <sys/stat.h>

using namespace tusk_test;
using tusk::conninfo::sslcertmode;
using tusk::net::tls_settings;

namespace {

/// A client with a certificate "client" under "intermediate", and a server that asks for it.
struct client {
  identity root = make_root("root");
  identity intermediate = make_authority("intermediate", &root);
  identity self = [this] {
    certificate_spec spec;
    spec.common_names = {"client"};
    return issue(spec, &intermediate);
  }();
  support::directory dir;
  tls_settings settings = host("a.test");

  client() {
    settings.certificate_file = dir.file("client.crt", self.pem() + intermediate.pem());
    key(written_key(self.key.get()));
  }
  void key(std::string const& text, unsigned mode = 0600) { settings.key_file = dir.file("client.key", text, mode); }
  void password(std::string const& words) { settings.key_password = tusk::conninfo::secret(std::string(words)); }

  /// The words of the error, or the name that the server got.
  std::string shown(bool asks = true, int version = TLS1_3_VERSION) const {
    std::string name;
    auto const words = tls_error([&] {
      auto server = plain_server(version);
      server.asks = asks;
      tls_link link(settings, server);
      link.handshake();
      CHECK(link.up("x") == "x");
      CHECK(link.client->certificate_requested() == asks);
      name = link.server.client_name();
      CHECK(link.client->certificate_sent() == !name.empty());
    });
    CHECK(words.find("hunter2") == words.npos);
    return words == "no error" ? name : words;
  }
};

} // namespace

TEST_CASE("client certificate: it is shown to a server that asks for it, with its chain") {
  client c;
  for (auto const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CHECK(c.shown(true, version) == "client");
    CHECK(c.shown(false, version).empty());
    auto server = plain_server(version);
    server.asks = true;
    tls_link link(c.settings, server);
    link.handshake();
    CHECK(sk_X509_num(SSL_get_peer_cert_chain(link.server.ssl())) == 1); // besides its own
  }
}

TEST_CASE("client certificate: sslcertmode=disable shows none") {
  client c;
  c.settings.certificate_mode = sslcertmode::disable;
  CHECK(c.shown().empty());
  c.settings.certificate_file = "/"; // and looks at none
  CHECK(c.shown().empty());
}

TEST_CASE("client certificate: none is no error, one that cannot be read is") {
  client c;
  auto const good = c.settings.certificate_file;
  for (auto const& missing : {std::string(), c.dir.path() + "/none", good + "/none"}) {
    c.settings.certificate_file = missing;
    CHECK(c.shown().empty());
  }
  c.settings.certificate_file = "/";
  CHECK(c.shown() == "the certificate \"/\" (sslcert) cannot be read: Is a directory");
  c.settings.certificate_file = c.dir.file("junk", "junk");
  CHECK_THAT(c.shown(), ContainsSubstring("(sslcert) holds no certificate in PEM form: no start line"));
  auto broken = c.intermediate.pem();
  broken[broken.size() / 2] = '!';
  c.settings.certificate_file = c.dir.file("broken", c.self.pem() + broken);
  CHECK_THAT(c.shown(), ContainsSubstring("(sslcert) has a broken certificate, number 2: "));
}

TEST_CASE("client certificate: files that are renewed count at once") {
  client c;
  CHECK(c.shown() == "client");
  certificate_spec spec;
  spec.common_names = {"renewed"};
  auto const renewed = issue(spec, &c.root);
  c.dir.file("client.crt", renewed.pem());
  c.key(written_key(renewed.key.get()));
  CHECK(c.shown() == "renewed");
}

TEST_CASE("client key: in any form that OpenSSL writes") {
  client c;
  std::string const words = "hunter2 with ünicode";
  for (bool const der : {false, true}) {
    CAPTURE(der);
    c.key(written_key(c.self.key.get(), {der, {}}));
    CHECK(c.shown() == "client");
    c.password("hunter2, not needed");
    CHECK(c.shown() == "client");
    c.password("");
    c.key(written_key(c.self.key.get(), {der, words}));
    CHECK_THAT(c.shown(), ContainsSubstring("client.key\" (sslkey) is encrypted, and sslpassword is not given"));
    c.password("hunter2");
    CHECK_THAT(c.shown(), ContainsSubstring("client.key\" (sslkey) cannot be decrypted with sslpassword: "));
    c.password(std::string(5000, 'x'));
    CHECK_THAT(c.shown(), ContainsSubstring("(sslkey) cannot be decrypted with sslpassword: "));
    c.password(words);
    CHECK(c.shown() == "client");
    c.password("");
  }
  c.key("# a comment\r\n" + written_key(c.self.key.get()));
  CHECK(c.shown() == "client");
}

TEST_CASE("client key: none, garbage, or another certificate's") {
  client c;
  auto const name = c.settings.key_file;
  c.settings.key_file = "";
  CHECK(c.shown() == "there is a certificate (sslcert), and no private key (sslkey)");
  c.settings.key_file = c.dir.path() + "/none";
  CHECK(c.shown() == "the private key \"" + c.dir.path() + "/none\" (sslkey) is not there, and its certificate is");
  c.settings.key_file = name;
  for (auto const& text : {std::string(), std::string("garbage"), c.self.pem(), std::string(1000, '\0')}) {
    c.key(text);
    CHECK_THAT(c.shown(), ContainsSubstring("(sslkey) holds no private key in PEM or DER form: "));
  }
  c.key(std::string(2 << 20, 'x'));
  CHECK_THAT(c.shown(), ContainsSubstring("(sslkey) is larger than 1 MiB"));
  c.key(written_key(c.root.key.get()));
  CHECK_THAT(c.shown(), ContainsSubstring("(sslkey) is not that of the certificate \"" + c.settings.certificate_file));
}

TEST_CASE("client key: who else could read it") {
  client c;
  auto const text = written_key(c.self.key.get());
  bool const root = ::geteuid() == 0;
  for (unsigned const mode : {0400u, 0600u, 0500u, 0700u}) {
    c.key(text, mode);
    CHECK(c.shown() == "client");
  }
  for (unsigned const mode : {0644u, 0604u, 0602u, 0601u, 0660u, 0620u, 0610u, 0666u, 0777u}) {
    CAPTURE(mode);
    c.key(text, mode);
    CHECK_THAT(c.shown(), ContainsSubstring("(sslkey) is open to others than ") && ContainsSubstring("; chmod 06"));
  }
  c.key(text, 0640); // root may lend it to a group
  CHECK(c.shown() == (root ? "client"
                           : "the private key \"" + c.settings.key_file +
                                 "\" (sslkey) is open to others than its owner; chmod 0600 it"));
  if (root) { // another's key, which root can read: the owner's group may not
    REQUIRE(::chown(c.settings.key_file.c_str(), 1, 1) == 0);
    CHECK_THAT(c.shown(), ContainsSubstring("than its owner; chmod 0600 it"));
    c.key(text, 0600);
    CHECK(c.shown() == "client");
  }
}

TEST_CASE("client key: what is no file, and must not be waited for") {
  client c;
  c.settings.key_file = c.dir.path();
  CHECK_THAT(c.shown(), ContainsSubstring("(sslkey) is not a regular file"));
  c.settings.key_file = c.dir.path() + "/fifo";
  REQUIRE(::mkfifo(c.settings.key_file.c_str(), 0600) == 0);
  CHECK_THAT(c.shown(), ContainsSubstring("(sslkey) is not a regular file"));
}

TEST_CASE("client key: it is gone once the handshake is done") {
  client c;
  auto server = plain_server();
  server.asks = true;
  tls_link link(c.settings, server);
  auto* const filter = static_cast<tusk::net::tls*>(link.client.get());
  CHECK(filter->holds_private_key());
  link.handshake();
  CHECK_FALSE(filter->holds_private_key());
  CHECK(link.server.client_name() == "client");
}
