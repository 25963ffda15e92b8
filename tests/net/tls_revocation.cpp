// tusk tests: whom the TLS filter trusts no more: revocation lists; and whom the system trusts.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/tls.hpp>

#include "support/files.hpp"
#include "support/revocation.hpp"
#include "support/tls_trust.hpp"
#include "support/variables.hpp"

using namespace std::string_literals;
using namespace tusk_test;

TEST_CASE("trust: changed revocation lists count at once") {
  auto& p = pki();
  auto const good = issue(named("a.test"), &p.root), bad = issue(named("a.test"), &p.root);
  auto settings = checking(verify::chain, "a.test", p.root_file);
  SECTION("in a file") {
    temporary_file file(revocation_list(p.root, {&bad}));
    settings.crl_file = file.name();
    CHECK(outcome(settings, server_with(good)) == "accepted");
    CHECK_THAT(outcome(settings, server_with(bad)), ContainsSubstring("was refused: certificate revoked"));
    file.write(revocation_list(p.root, {&good}));
    CHECK_THAT(outcome(settings, server_with(good)), ContainsSubstring("was refused: certificate revoked"));
    CHECK(outcome(settings, server_with(bad)) == "accepted");
    file.write("no list");
    CHECK(outcome(settings, server_with(good)) == "accepted"); // as in libpq
    file.write(p.root.pem());
    CHECK_THAT(outcome(settings, server_with(good)), ContainsSubstring("was refused: unable to get certificate CRL") &&
                                                         ContainsSubstring("a list of each CA"));
  }
  SECTION("in a directory") {
    support::directory const dir;
    settings.crl_directory = dir.path();
    CHECK_THAT(outcome(settings, server_with(good)), ContainsSubstring("unable to get certificate CRL"));
    dir.file(revocation_file(p.root), revocation_list(p.root, {&bad}));
    CHECK(outcome(settings, server_with(good)) == "accepted");
    CHECK_THAT(outcome(settings, server_with(bad)), ContainsSubstring("certificate revoked"));
    dir.file(revocation_file(p.root), revocation_list(p.root, {&good}));
    CHECK_THAT(outcome(settings, server_with(good)), ContainsSubstring("certificate revoked"));
    settings.crl_file = "/no such file"; // which takes the directory with it, as in libpq
    CHECK(outcome(settings, server_with(good)) == "accepted");
  }
  SECTION("that are too old") {
    temporary_file const file(revocation_list(p.root, {}, {-7200, -3600}));
    settings.crl_file = file.name();
    CHECK_THAT(outcome(settings, server_with(good)),
               ContainsSubstring("was refused: CRL has expired") && ContainsSubstring("fetch a new list"));
  }
  SECTION("of another authority") {
    temporary_file const file(revocation_list(p.other, {}));
    settings.crl_file = file.name();
    CHECK_THAT(outcome(settings, server_with(good)), ContainsSubstring("unable to get certificate CRL"));
  }
  SECTION("without certificates to trust there is nothing to revoke") {
    temporary_file const file(revocation_list(p.root, {&bad}));
    settings.crl_file = file.name();
    settings.check = verify::nothing;
    CHECK(outcome(settings, server_with(bad)) == "accepted");
  }
}

TEST_CASE("trust: the system's certificates, wherever the environment says they are") {
  auto& p = pki();
  auto const server = server_with(issue(named("a.test"), &p.root));
  auto settings = checking(verify::chain_name, "a.test", p.root_file);
  settings.root_file = "system";
  temporary_file const nobody("");
  support::directory const nowhere;
  support::process_variable const no_file("SSL_CERT_FILE", nobody.name()), no_directory("SSL_CERT_DIR", nowhere.path());
  auto const before = tusk::net::system_roots();
  CHECK_THAT(outcome(settings, server), ContainsSubstring("no CA that this system trusts (sslrootcert=system)"));
  {
    temporary_file file(p.root.pem());
    support::process_variable const set("SSL_CERT_FILE", file.name());
    CHECK(outcome(settings, server) == "accepted");
    settings.host = "b.test";
    CHECK_THAT(outcome(settings, server), ContainsSubstring("it is issued for"));
    settings.host = "a.test";
    file.write(p.other.pem() + p.other.pem());
    CHECK_THAT(outcome(settings, server), ContainsSubstring("was refused"));
  }
  {
    support::directory const dir;
    dir.file(certificate_file(p.root), p.root.pem());
    support::process_variable const set("SSL_CERT_DIR", dir.path());
    CHECK(outcome(settings, server) == "accepted");
  }
  CHECK_THAT(outcome(settings, server), ContainsSubstring("was refused"));
  CHECK(tusk::net::system_roots() == before);
}
