// tusk tests: whom the TLS filter trusts: sslrootcert, chains, names in real certificates, what is kept between
// connections. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/tls.hpp>

#include "support/tls_trust.hpp"

using namespace std::string_literals;
using namespace tusk_test;

TEST_CASE("trust: the chain must end in a self-signed certificate of the file") {
  auto& p = pki();
  auto const direct = server_with(issue(named("a.test"), &p.root));
  auto const by_intermediate = issue(named("a.test"), &p.intermediate);
  auto const chained = server_with(by_intermediate, {p.intermediate});
  for (auto const check : {verify::chain, verify::chain_name}) {
    CHECK(outcome(checking(check, "a.test", p.root_file), direct) == "accepted");
    CHECK(outcome(checking(check, "a.test", p.root_file), chained) == "accepted");
    CHECK_THAT(outcome(checking(check, "a.test", p.root_file), server_with(by_intermediate)),
               ContainsSubstring("unable to get local issuer certificate (\"/CN=some server\", issued by "
                                 "\"/CN=intermediate\"); \"" +
                                 p.root_file.name() + "\" (sslrootcert) must hold the self-signed certificate"));
    CHECK_THAT(outcome(checking(check, "a.test", p.other_file), direct),
               ContainsSubstring("the certificate of \"a.test\" was refused: unable to get local issuer certificate"));
    CHECK_THAT(outcome(checking(check, "a.test", p.intermediate_file), chained),
               ContainsSubstring("was refused: unable to get issuer certificate"));
    CHECK_THAT(outcome(checking(check, "a.test", p.root_file), server_with(plain_identity())),
               ContainsSubstring("was refused: self"));
  }
  SECTION("several certificates, text around them, other blocks") {
    temporary_file const many("# roots\n" + p.other.pem() + "\nthe good one:\r\n" + p.root.pem() +
                              "-----BEGIN OTHER-----\nAAAA\n-----END OTHER-----\n" + p.root.pem() + "the end");
    CHECK(outcome(checking(verify::chain, "a.test", many), chained) == "accepted");
    temporary_file const both(p.intermediate.pem() + p.root.pem());
    CHECK(outcome(checking(verify::chain, "a.test", both), server_with(by_intermediate)) == "accepted");
  }
  SECTION("TLS 1.2") {
    auto const old = server_with(by_intermediate, {p.intermediate}, TLS1_2_VERSION);
    CHECK(outcome(checking(verify::chain, "a.test", p.root_file), old) == "accepted");
    CHECK_THAT(outcome(checking(verify::chain, "a.test", p.other_file), old), ContainsSubstring("was refused: "));
  }
}

TEST_CASE("trust: a self-signed certificate that is listed itself") {
  auto const self = issue(named("a.test"));
  temporary_file const file(self.pem());
  CHECK(outcome(checking(verify::chain, "b.test", file), server_with(self)) == "accepted");
  CHECK(outcome(checking(verify::chain_name, "a.test", file), server_with(self)) == "accepted");
  CHECK_THAT(outcome(checking(verify::chain_name, "b.test", file), server_with(self)),
             ContainsSubstring("it is issued for \"a.test\""));
  // the same name and another key
  CHECK_THAT(outcome(checking(verify::chain, "a.test", file), server_with(issue(named("a.test")))),
             ContainsSubstring("was refused: "));
}

TEST_CASE("trust: time and purpose") {
  auto const chain = [](certificate_spec const& spec) {
    return outcome(checking(verify::chain, "a.test", pki().root_file), server_with(issue(spec, &pki().root)));
  };
  auto spec = named("a.test");
  SECTION("expired") {
    spec.begins = -7200;
    spec.ends = -3600;
    CHECK_THAT(chain(spec), ContainsSubstring("certificate has expired (\"/CN=some server\", issued by \"/CN=root\"); "
                                              "renew it, or set this machine's clock"));
  }
  SECTION("not yet valid") {
    spec.begins = 3600;
    CHECK_THAT(chain(spec), ContainsSubstring("certificate is not yet valid"));
  }
  SECTION("for clients only") {
    spec.extended_usage = "clientAuth";
    CHECK_THAT(chain(spec), ContainsSubstring("it was not issued for a TLS server"));
  }
  SECTION("for servers") {
    spec.extended_usage = "serverAuth";
    CHECK(chain(spec) == "accepted");
  }
  SECTION("by an issuer that is no authority") {
    auto const leaf = issue(named("leaf.test"), &pki().root);
    CHECK_THAT(outcome(checking(verify::chain, "a.test", pki().root_file), server_with(issue(spec, &leaf), {leaf})),
               ContainsSubstring("was refused: "));
  }
}

TEST_CASE("trust: verify::nothing looks at no certificate and no file") {
  auto settings = checking(verify::nothing, "b.test", pki().other_file);
  auto spec = named("a.test");
  spec.begins = -7200;
  spec.ends = -3600;
  CHECK(outcome(settings, server_with(issue(spec))) == "accepted");
  settings.root_file = "/nonexistent/file";
  CHECK(outcome(settings, server_with(plain_identity())) == "accepted");
  settings.root_file.clear();
  settings.host.clear();
  CHECK(outcome(settings, server_with(plain_identity())) == "accepted");
}

TEST_CASE("trust: the names of a certificate") {
  CHECK(full("a.test", named("a.test")) == "accepted");
  CHECK(full("A.TEST", named("a.test")) == "accepted");
  CHECK(full("b.test", named("a.test")) ==
        "the certificate of \"b.test\" was refused: it is issued for \"a.test\"; connect by that name, or leave the "
        "name unchecked with sslmode=verify-ca");
  CHECK(full("x.w.test", named("*.w.test")) == "accepted");
  CHECK_THAT(full("a.b.w.test", named("*.w.test")), ContainsSubstring("issued for \"*.w.test\""));
  CHECK_THAT(full("192.0.2.1", named("*.0.2.1")), ContainsSubstring("issued for \"*.0.2.1\""));

  certificate_spec addresses;
  addresses.addresses = {"\xc0\0\2\1"s, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"s};
  CHECK(full("192.0.2.1", addresses) == "accepted");
  CHECK(full("2001:DB8:0::1", addresses) == "accepted");
  CHECK_THAT(full("192.0.2.2", addresses), ContainsSubstring("issued for \"192.0.2.1\", \"2001:db8::1\""));
  CHECK_THAT(full("::1", addresses), ContainsSubstring("was refused"));

  certificate_spec common;
  common.common_names = {"one.test", "two.test"};
  CHECK(full("one.test", common) == "accepted");
  CHECK_THAT(full("two.test", common), ContainsSubstring("issued for \"one.test\""));
  common.uris = {"https://two.test/"};
  CHECK(full("one.test", common) == "accepted"); // no name of the host's kind
  common.dns = {"a.test"};
  CHECK_THAT(full("one.test", common), ContainsSubstring("issued for \"a.test\""));

  CHECK_THAT(full("a.test", {}), ContainsSubstring("issued for no name"));
}

TEST_CASE("trust: names that are meant to deceive") {
  certificate_spec spec;
  spec.common_names = {"a.test\0.evil.test"s};
  CHECK_THAT(full("a.test", spec), ContainsSubstring("a name with a zero byte inside: \"a.test\\x00.evil.test\""));
  CHECK_THAT(full("a.test", named("a.test\0.evil.test"s)), ContainsSubstring("a name with a zero byte inside"));
  spec.common_names = {"a.test"};
  spec.raw_alternatives = "no ASN.1"; // must not make the CN count
  CHECK_THAT(full("a.test", spec), ContainsSubstring("the certificate of \"a.test\" was refused: "));
  // OpenSSL refuses that by itself today; it is not left to it.
  CHECK(tls_error([&] { tusk::net::names_of(issue(spec).certificate.get()); }) ==
        "the server's certificate has alternative names that cannot be read");
}

TEST_CASE("trust: a server without a certificate") {
  // What the system's configuration could do to every context, done to the one of this test's own root.
  temporary_file const file(make_root("for this test only").pem());
  auto server = server_with({}, {}, TLS1_2_VERSION);
  server.ciphers = "aNULL:@SECLEVEL=0";
  for (auto const check : {verify::nothing, verify::chain, verify::chain_name}) {
    auto const settings = checking(check, "a.test", file);
    auto const context = tusk::net::tls_contexts::shared().get(settings, &tusk::net::tls::check_certificate);
    REQUIRE(SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0") == 1);
    tls_link link(settings, server);
    auto const words = tls_error([&] { link.handshake(); });
    CHECK(link.client->server_end_point().empty());
    if (check == verify::nothing) {
      CHECK(words == "no error");
      CHECK(link.up("x") == "x");
      REQUIRE(SSL_CTX_set_cipher_list(context.get(), "DEFAULT") == 1); // others use it too
    } else {
      CHECK(words == "the TLS handshake with \"a.test\" failed: the server has shown no certificate");
      CHECK_THROWS_AS(link.up("secret"), tusk::error);
    }
  }
}

TEST_CASE("trust: settings that cannot be used") {
  auto const words = [](tls_settings const& s) { return tls_error([&] { tusk::net::make_tls(s); }); };
  tls_settings s;
  s.host = "a.test";
  for (auto const check : {verify::chain, verify::chain_name}) {
    s.check = check;
    s.root_file = "";
    CHECK(words(s) ==
          "verifying the server's certificate needs sslrootcert, a PEM file, or \"system\" for those of the "
          "system");
    s.root_file = "/nonexistent/root.crt";
    CHECK(words(s) ==
          "the file of trusted certificates \"/nonexistent/root.crt\" (sslrootcert) cannot be read: No such "
          "file or directory; sslrootcert=system trusts the system's CAs, sslmode=require verifies nothing");
    s.root_file = "/";
    CHECK_THAT(words(s), ContainsSubstring("(sslrootcert) cannot be read: "));
    s.root_file = "/dev/zero";
    CHECK_THAT(words(s), ContainsSubstring("is larger than 16 MiB"));
    for (auto const& text : {""s, "garbage"s, "-----BEGIN CERTIFICATE-----\n"s, plain_identity().der()}) {
      temporary_file const file(text);
      s.root_file = file.name();
      CHECK_THAT(words(s), ContainsSubstring("\"" + file.name() + "\" (sslrootcert) holds no certificate in PEM form"));
    }
    auto const pem = plain_identity().pem();
    auto broken = pem;
    broken[broken.size() / 2] = '!';
    temporary_file const file(pem + broken);
    s.root_file = file.name();
    CHECK_THAT(words(s), ContainsSubstring("has a broken certificate, number 2: "));
    temporary_file const encrypted(
        "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
        "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAAAAAAAAAAAAAAAAAAAA==\n"
        "-----END CERTIFICATE-----\n");
    s.root_file = encrypted.name();
    CHECK_THAT(words(s), ContainsSubstring("(sslrootcert) holds no certificate")); // and no prompt
  }
  s = checking(verify::chain_name, "", pki().root_file);
  CHECK_THAT(words(s), ContainsSubstring("a host name is needed"));
  s = checking(verify::chain, "", pki().root_file);
  CHECK(words(s) == "no error");
}

TEST_CASE("trust: what is kept between connections is never shared by different trust") {
  auto& p = pki();
  auto const server = server_with(issue(named("a.test"), &p.root));
  SECTION("a changed file counts at once") {
    temporary_file file(p.root.pem());
    auto const settings = checking(verify::chain, "a.test", file);
    for (int i = 0; i < 3; ++i) {
      file.write(p.root.pem());
      CHECK(outcome(settings, server) == "accepted");
      file.write(p.other.pem());
      CHECK_THAT(outcome(settings, server), ContainsSubstring("was refused"));
    }
    file.write("");
    CHECK_THAT(tls_error([&] { tusk::net::make_tls(settings); }), ContainsSubstring("holds no certificate"));
  }
  SECTION("nor do ways of checking mix") {
    auto const nameless = checking(verify::chain, "b.test", p.root_file);
    auto const strict = checking(verify::chain_name, "b.test", p.root_file);
    auto const lax = checking(verify::nothing, "b.test", p.other_file);
    for (int i = 0; i < 3; ++i) {
      CHECK(outcome(nameless, server) == "accepted");
      CHECK_THAT(outcome(strict, server), ContainsSubstring("was refused"));
      CHECK(outcome(lax, server) == "accepted");
      CHECK_THAT(outcome(checking(verify::chain, "b.test", p.other_file), server), ContainsSubstring("was refused"));
    }
  }
  SECTION("more files than are kept, connections that outlive them") {
    std::vector<identity> roots;
    std::vector<std::unique_ptr<temporary_file>> files;
    std::vector<std::unique_ptr<tls_link>> links;
    for (int i = 0; i < 20; ++i) {
      roots.push_back(make_root("root " + std::to_string(i)));
      files.push_back(std::make_unique<temporary_file>(roots.back().pem()));
      links.push_back(std::make_unique<tls_link>(checking(verify::chain, "a.test", *files.back()),
                                                 server_with(issue(named("a.test"), &roots.back()))));
    }
    for (auto& l : links) l->handshake();
    for (auto& l : links) CHECK(l->up("x") == "x");
  }
}

TEST_CASE("trust: connections of one file share one context, of another none") {
  auto& contexts = tusk::net::tls_contexts::shared();
  auto const nobody = [](X509_STORE_CTX*, void*) { return 0; };
  auto const get = [&](verify check, temporary_file const& file) {
    return contexts.get(checking(check, "a.test", file), nobody);
  };
  auto& p = pki();
  temporary_file const twin(p.root.pem());
  auto const first = get(verify::chain, p.root_file);
  CHECK(get(verify::chain, p.root_file).get() == first.get());
  CHECK(get(verify::chain, twin).get() == first.get()); // the same certificates
  CHECK(get(verify::chain, p.other_file).get() != first.get());
  CHECK(get(verify::chain_name, p.root_file).get() != first.get());
  auto const lax = get(verify::nothing, p.root_file);
  CHECK(lax.get() != first.get());
  CHECK(get(verify::nothing, p.other_file).get() == lax.get());
  auto const everybody = [](X509_STORE_CTX*, void*) { return 1; };
  CHECK(contexts.get(checking(verify::chain, "a.test", p.root_file), everybody).get() != first.get());
}
