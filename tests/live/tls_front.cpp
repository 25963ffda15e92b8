// tusk: tests/live/tls_front.cpp — servers behind something that takes TLS for them, with certificates good and bad.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"

#if !defined(TUSK_NO_TLS)

#include "support/files.hpp"
#include "support/revocation.hpp"
#include "support/tls_front.hpp"
#include "support/unusual_certificates.hpp"

#include <chrono>
#include <string>

using namespace live;

namespace {

using tusk::transport;
using namespace tusk_test;

/// A front with one certificate after another, and two servers behind it.
struct stage {
  identity root = make_root("front root");
  temporary_file roots{root.pem()};
  server_settings settings;
  std::map<std::string, int> ports{{"", std::stoi(live::main_server().port())},
                                   {"other.test", std::stoi(live::server_without_tls().port())}};

  stage() {
    settings.alpn = "postgresql";
    settings.self = named("main.test");
    settings.by_name["other.test"] = named("other.test");
  }
  identity named(std::string name) const {
    certificate_spec spec;
    spec.dns = {std::move(name)};
    return issue(spec, &root);
  }
  tusk::options to(live::tls_front const& front, std::string const& host = "main.test") const {
    auto o = tusk::options("hostaddr=127.0.0.1 dbname=tusk user=tusk_trust sslmode=verify-full").host(host);
    return o.port(front.port()).sslrootcert(roots.name());
  }
};

std::string refusal(live::opener const& connect, tusk::options const& o) {
  auto const e = error_of([&] { connect(o); });
  CHECK(e.code() == errc::tls_failed);
  return e.what();
}

} // namespace

TEST_CASE("tls front: the name that is asked for leads to its server, in both ways of beginning") {
  in_both_modes([](live::opener connect) {
    stage s;
    live::tls_front front(s.settings, s.ports);
    for (auto const* way : {"postgres", "direct"})
      for (auto const* host : {"main.test", "other.test"}) {
        auto db = connect(s.to(front, host).sslnegotiation(way));
        CHECK(db.transport() == transport::tls);
        auto const& server = std::string(host) == "main.test" ? live::main_server() : live::server_without_tls();
        CHECK(db.query_one<std::string>("show port") == server.port());
        live::check_usable(db);
      }
    CHECK(front.asked() == std::vector<std::string>{"main.test?", "other.test?", "main.test", "other.test"});
  });
}

TEST_CASE("tls front: no name is sent where that is forbidden, and never an address") {
  in_both_modes([](live::opener connect) {
    stage s;
    live::tls_front front(s.settings, s.ports);
    auto const o = s.to(front).sslmode("require").sslrootcert("/no such file");
    connect(tusk::options(o).sslsni(0));
    connect(tusk::options(o).host("127.0.0.1"));
    connect(tusk::options(o).host("other.test").sslsni(0));
    CHECK(front.asked() == std::vector<std::string>{"?", "?", "?"});
  });
}

TEST_CASE("tls front: a front that does not speak our protocol is refused when TLS begins at once") {
  in_both_modes([](live::opener connect) {
    stage s;
    s.settings.alpn = "";
    live::tls_front silent(s.settings, s.ports);
    CHECK_THAT(refusal(connect, s.to(silent).sslnegotiation("direct")), ContainsSubstring("does not confirm"));
    CHECK(connect(s.to(silent)).transport() == transport::tls); // one that was asked may leave it out
    s.settings.alpn = "h2";
    live::tls_front web(s.settings, s.ports);
    for (auto const* way : {"postgres", "direct"})
      CHECK_THAT(refusal(connect, s.to(web).sslnegotiation(way)),
                 ContainsSubstring("the TLS handshake with \"main.test\""));
  });
}

TEST_CASE("tls front: certificates that are good for nothing") {
  in_both_modes([](live::opener connect) {
    stage s;
    auto const refused = [&](identity self, std::string const& words) {
      s.settings.self = std::move(self);
      live::tls_front front(s.settings, s.ports);
      CHECK_THAT(refusal(connect, s.to(front)), ContainsSubstring(words));
      CHECK_THAT(refusal(connect, s.to(front).sslnegotiation("direct")), ContainsSubstring(words));
    };
    refused(s.named("wrong.test"), "it is issued for \"wrong.test\"");
    refused(s.named("*.test.main.test"), "it is issued for");
    certificate_spec spec;
    spec.dns = {"main.test"};
    spec.begins = -7200, spec.ends = -3600;
    refused(issue(spec, &s.root), "certificate has expired");
    spec.begins = 3600, spec.ends = 7200;
    refused(issue(spec, &s.root), "certificate is not yet valid");
    spec = {};
    spec.dns = {"main.test"};
    refused(issue(spec), "was refused: self");
    spec.extended_usage = "clientAuth";
    refused(issue(spec, &s.root), "not issued for a TLS server");
    spec = {};
    spec.common_names = {std::string("main.test\0.evil.test", 20)};
    refused(issue(spec, &s.root), "a name with a zero byte inside");
  });
}

TEST_CASE("tls front: a certificate that is revoked, in a file of lists or a directory") {
  in_both_modes([](live::opener connect) {
    stage s;
    live::tls_front front(s.settings, s.ports);
    support::directory const dir;
    auto const with = [&](std::string const& list) {
      return std::vector{
          s.to(front).sslcrl(dir.file("list.pem", list)),
          (dir.file("lists/" + revocation_file(s.root), list), s.to(front).sslcrldir(dir.path() + "/lists"))};
    };
    for (auto const& o : with(revocation_list(s.root, {&s.settings.self})))
      CHECK_THAT(refusal(connect, o), ContainsSubstring("certificate revoked"));
    for (auto const& o : with(revocation_list(s.root, {}))) CHECK(connect(o).transport() == transport::tls);
    for (auto const& o : with(revocation_list(s.root, {}, {-7200, -3600})))
      CHECK_THAT(refusal(connect, o), ContainsSubstring("CRL has expired"));
  });
}

TEST_CASE("tls front: unusual certificates are good ones") {
  in_both_modes([](live::opener connect) {
    stage s;
    for (auto const* name : {"ec384-sha384", "ec521-sha512", "rsa-sha512", "rsapss-sha256", "ed25519", "ed448"}) {
      CAPTURE(name);
      unusual_certificate const certificate(name);
      s.settings.self = certificate.self;
      live::tls_front front(s.settings, s.ports);
      temporary_file const roots(certificate.signer.pem());
      auto db = connect(s.to(front, "a.test").sslrootcert(roots.name()));
      live::check_usable(db);
    }
  });
}

TEST_CASE("tls front: what takes TLS for a server cannot be bound to, and that is seen") {
  in_both_modes([](live::opener connect) {
    stage s;
    live::tls_front front(s.settings, s.ports);
    auto const o = s.to(front).user("tusk_scram").password("secret scram");
    CHECK(connect(tusk::options(o)).transport() == transport::tls); // the server is offered "y" and knows no TLS
    auto const e = error_of([&] { connect(tusk::options(o).channel_binding("require")); });
    CHECK(e.code() == errc::authentication_failed);
    CHECK_THAT(e.what(), ContainsSubstring("does not offer SCRAM-SHA-256-PLUS"));
  });
}

TEST_CASE("tls front: cancelling goes the same way") {
  using namespace std::chrono_literals;
  stage s;
  live::tls_front front(s.settings, s.ports);
  for (auto const* way : {"postgres", "direct"}) {
    auto db = tusk::blocking::connect(s.to(front).sslnegotiation(way));
    db.timeout(30ms);
    CHECK(error_of([&] { db.execute("select pg_sleep(60)"); }).code() == errc::timeout);
    db.timeout(0ms);
    CHECK(db.query_one<int>("select 1") == 1);
    auto const asked = front.asked();
    REQUIRE(asked.size() >= 2);
    CHECK(asked.back() == (std::string(way) == "direct" ? "main.test" : "main.test?"));
  }
}

#endif
