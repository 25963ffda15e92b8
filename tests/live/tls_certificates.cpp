// tusk: tests/live/tls_certificates.cpp — certificates of ours that a server asks for, and lists of revoked ones.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"

#include "support/files.hpp"
#include "support/proxy.hpp"
#include "support/variables.hpp"

#include <chrono>
#include <string>

#include <sys/stat.h>

#if !defined(TUSK_NO_TLS)

using namespace live;

namespace {

using tusk::transport;

std::string file(std::string const& name) { return live::main_server().file(name); }
std::string text_of(std::string const& name) {
  std::ifstream in(file(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
tusk::options by_tls(std::string const& role = "tusk_trust") {
  auto o = tusk::options("host=localhost dbname=tusk sslmode=verify-full").port(live::main_server().port());
  return o.user(role).sslrootcert(file("ca.pem"));
}
/// As the role that comes in by certificate, which is shown.
tusk::options by_certificate() { return by_tls("tusk_cert").sslcert(file("client.pem")).sslkey(file("client.key")); }
std::string shown(live::connection& db) {
  return db.query_one<std::string>("select coalesce(client_dn, '') from pg_stat_ssl where pid = pg_backend_pid()");
}
bool is_new() { return live::main_server().version() >= 17; }

} // namespace

TEST_CASE("tls certificates: ours lets in the role that must have one") {
  in_both_modes([](live::opener connect) {
    auto db = connect(by_certificate());
    CHECK(shown(db) == "/CN=tusk_cert");
    live::check_usable(db);
    auto strict = connect(by_certificate().sslcertmode("require"));
    CHECK(shown(strict) == "/CN=tusk_cert");
    auto encrypted = by_certificate().sslkey(file("client-encrypted.key")).sslpassword("secret key");
    CHECK(shown(*std::make_unique<live::connection>(connect(encrypted))) == "/CN=tusk_cert");
    if (is_new()) {
      auto direct = connect(by_certificate().sslnegotiation("direct"));
      CHECK(shown(direct) == "/CN=tusk_cert");
    }
    for (auto const* version : {"TLSv1.2", "TLSv1.3"}) {
      auto old = connect(by_certificate().ssl_min_protocol_version(version).ssl_max_protocol_version(version));
      CHECK(old.query_one<std::string>("select version from pg_stat_ssl where pid = pg_backend_pid()") == version);
    }
  });
}

TEST_CASE("tls certificates: not shown, or not there") {
  in_both_modes([](live::opener connect) {
    auto other = connect(by_tls().sslcert(file("client.pem")).sslkey(file("client.key")).sslcertmode("disable"));
    CHECK(shown(other).empty());
    auto const hidden = error_of([&] { connect(by_certificate().sslcertmode("disable")); });
    CHECK(hidden.sqlstate() == tusk::sqlstate::invalid_authorization_specification);
    auto const none = error_of([&] { connect(by_tls().sslcert("/no such file").sslcertmode("require")); });
    CHECK(none.code() == errc::authentication_failed);
    CHECK_THAT(none.what(), ContainsSubstring("there is no certificate to show (sslcert)"));
  });
}

TEST_CASE("tls certificates: the key's file is judged before anything is said to the server about it") {
  in_both_modes([](live::opener connect) {
    support::directory const dir;
    auto const words = [&](tusk::options const& o) {
      auto const e = error_of([&] { connect(o); });
      CHECK(e.code() == errc::tls_failed);
      CHECK(e.safe_to_retry());
      return std::string(e.what());
    };
    auto const key = text_of("client.key");
    CHECK_THAT(words(by_certificate().sslkey(dir.file("open.key", key, 0644))),
               ContainsSubstring("open.key\" (sslkey) is open to others") && ContainsSubstring("chmod 06"));
    CHECK_THAT(words(by_certificate().sslkey(dir.path() + "/none")), ContainsSubstring("none\" (sslkey) is not there"));
    CHECK_THAT(words(by_certificate().sslkey(dir.file("other.key", text_of("ca.pem")))),
               ContainsSubstring("other.key\" (sslkey) holds no private key"));
    auto const encrypted = by_certificate().sslkey(file("client-encrypted.key"));
    CHECK_THAT(words(encrypted), ContainsSubstring("is encrypted, and sslpassword is not given"));
    auto const wrong = words(tusk::options(encrypted).sslpassword("hunter2"));
    CHECK_THAT(wrong, ContainsSubstring("cannot be decrypted with sslpassword"));
    CHECK(wrong.find("hunter2") == wrong.npos);
  });
}

TEST_CASE("tls certificates: the standard files of the home directory") {
  // As the environment has it when options are completed: a process has one home, so the whole of it is lent.
  support::directory const home;
  home.file(".postgresql/root.crt", text_of("ca.pem"), 0644);
  home.file(".postgresql/postgresql.crt", text_of("client.pem"), 0644);
  home.file(".postgresql/postgresql.key", text_of("client.key"), 0600);
  support::process_variable const lent("HOME", home.path());
  in_both_modes([&](live::opener connect) {
    auto const o = tusk::options("host=localhost dbname=tusk user=tusk_cert sslmode=verify-full");
    auto db = connect(tusk::options(o).port(live::main_server().port()));
    CHECK(shown(db) == "/CN=tusk_cert");
    home.file(".postgresql/root.crl", text_of("revoked.crl"), 0644);
    auto const e = error_of([&] { connect(tusk::options(o).port(live::main_server().port())); });
    CHECK_THAT(e.what(), ContainsSubstring("certificate revoked"));
  });
}

TEST_CASE("tls certificates: the server's is revoked") {
  in_both_modes([](live::opener connect) {
    for (auto const* mode : {"require", "verify-ca", "verify-full"}) {
      auto db = connect(by_tls().sslmode(mode).sslcrl(file("clean.crl")));
      CHECK(db.transport() == transport::tls);
      auto const e = error_of([&] { connect(by_tls().sslmode(mode).sslcrl(file("revoked.crl"))); });
      CHECK(e.code() == errc::tls_failed);
      CHECK_THAT(e.what(), ContainsSubstring("the certificate of \"localhost\" was refused: certificate revoked"));
    }
    // prefer would then rather go without TLS, as libpq does.
    auto plain = connect(by_tls().sslmode("prefer").sslcrl(file("revoked.crl")));
    CHECK(plain.transport() == transport::tcp);
    support::directory const lists;
    auto const empty = error_of([&] { connect(by_tls().sslcrldir(lists.path())); });
    CHECK_THAT(empty.what(), ContainsSubstring("a list of each CA of the chain"));
  });
}

TEST_CASE("tls certificates: cancelling uses the same settings") {
  using namespace std::chrono_literals;
  for (bool const direct : {false, true}) {
    if (direct && !is_new()) continue;
    CAPTURE(direct);
    live::proxy between(true);
    auto o = by_certificate().host("127.0.0.1").port(between.options().get("port").value());
    if (direct) o.sslnegotiation("direct");
    auto db = tusk::blocking::connect(o);
    db.timeout(30ms);
    CHECK(error_of([&] { db.execute("select pg_sleep(60)"); }).code() == errc::timeout);
    db.timeout(0ms);
    CHECK(db.query_one<int>("select 1") == 1);
    REQUIRE(between.connections() >= 2);
    CHECK(between.sent(1).find('!') == std::string::npos); // no key in the clear
  }
}

#endif
